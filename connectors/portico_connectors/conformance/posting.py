"""One payment stands in the ERP once, applied to the cent, whatever happens on the way."""

import asyncio
from decimal import Decimal

import pytest

from portico_connectors.conformance.bench import Bench, Fault, HeldPayment
from portico_connectors.conformance.benched import Benched
from portico_connectors.conformance.runs import payable, payment_for
from portico_connectors.errors import OutcomeUnknown, PostingRefused, RetryLater
from portico_connectors.records import Invoice, Payment, PaymentToPost, PostedPayment

AMOUNTS = [Decimal("3.33"), Decimal("10.00"), Decimal("0.01")]
KEY = "portico-0198d0c2-7f3a-7c1e-9a10-000000000001"


async def _held(bench: Bench, our_key: str = KEY) -> list[HeldPayment]:
    return [payment for payment in await bench.payments() if payment.our_key == our_key]


def _says_what_was_asked(posted: PostedPayment, payment: PaymentToPost) -> bool:
    asked = {part.invoice_erp_id: part.amount for part in payment.applications}
    return posted.unapplied == 0 and {part.invoice_erp_id: part.amount for part in posted.applications} == asked


class Posting(Benched):
    """How payments are written."""

    async def test_a_payment_closes_exactly_the_chosen_invoices(self, bench: Bench) -> None:
        before = await bench.facts()
        async with bench.connect() as connector:
            invoices = await payable(bench, connector, 3)
            payment = payment_for(KEY, invoices, AMOUNTS)
            assert await connector.find_payment(KEY) is None
            posted = await connector.post_payment(payment)
            assert _says_what_was_asked(posted, payment)
            assert not posted.was_there
            found = await connector.find_payment(KEY)
            page = await connector.payments((KEY, f"{KEY}-not-there"))
        (record,) = page.records
        assert isinstance(record, Payment)
        assert (record.our_key, record.erp_id, record.amount) == (KEY, posted.erp_id, sum(AMOUNTS, Decimal(0)))
        assert found is not None
        assert (found.erp_id, found.was_there) == (posted.erp_id, True)
        applied = {invoice.erp_id: amount for invoice, amount in zip(invoices, AMOUNTS, strict=True)}
        assert await _held(bench) == [HeldPayment(our_key=KEY, amount=sum(AMOUNTS, Decimal(0)), applications=applied)]
        expected = {erp_id: amount - applied.get(erp_id, 0) for erp_id, amount in before.open_amounts.items()}
        assert (await bench.facts()).open_amounts == expected

    async def test_twice_is_once(self, bench: Bench) -> None:
        async with bench.connect() as connector:
            payment = payment_for(KEY, await payable(bench, connector, 3), AMOUNTS)
            first = await connector.post_payment(payment)
        async with bench.connect() as connector:
            second = await connector.post_payment(payment)
        assert second.was_there
        assert (second.erp_id, second.applications) == (first.erp_id, first.applications)
        assert len(await _held(bench)) == 1

    async def test_twice_at_the_same_time_is_once(self, bench: Bench) -> None:
        async with bench.connect() as one, bench.connect() as other:
            payment = payment_for(KEY, await payable(bench, one, 3), AMOUNTS)
            answers = await asyncio.gather(
                one.post_payment(payment), other.post_payment(payment), return_exceptions=True
            )
        for answer in answers:
            assert isinstance(answer, OutcomeUnknown) or (
                isinstance(answer, PostedPayment) and _says_what_was_asked(answer, payment)
            )
        assert len(await _held(bench)) == 1

    async def test_a_lost_answer_is_found_again(self, bench: Bench) -> None:
        async with bench.connect() as connector:
            payment = payment_for(KEY, await payable(bench, connector, 3), AMOUNTS)
            await bench.fault(Fault.LOST_REPLY, 1)
            try:
                posted = await connector.post_payment(payment)
            except OutcomeUnknown:
                posted = await connector.post_payment(payment)
        assert await bench.fired() == 1
        assert posted.was_there
        assert _says_what_was_asked(posted, payment)
        assert len(await _held(bench)) == 1

    async def test_a_throttled_write_is_carried_out_once(self, bench: Bench) -> None:
        async with bench.connect() as connector:
            payment = payment_for(KEY, await payable(bench, connector, 3), AMOUNTS)
            await bench.fault(Fault.THROTTLED, 2)
            try:
                posted = await connector.post_payment(payment)
            except RetryLater:
                await bench.fault(Fault.THROTTLED, 0)
                posted = await connector.post_payment(payment)
        assert await bench.fired() > 0
        assert _says_what_was_asked(posted, payment)
        assert len(await _held(bench)) == 1

    @pytest.mark.parametrize("fault", [Fault.FAILING, Fault.GATEWAY, Fault.CUT])
    async def test_in_bad_weather_it_is_carried_out_once(self, bench: Bench, fault: Fault) -> None:
        async with bench.connect() as connector:
            payment = payment_for(KEY, await payable(bench, connector, 3), AMOUNTS)
            await bench.fault(fault, 3)
            posted = None
            for _ in range(5):
                try:
                    posted = await connector.post_payment(payment)
                    break
                except (RetryLater, OutcomeUnknown):
                    continue
        assert await bench.fired() > 0
        assert posted is not None
        assert _says_what_was_asked(posted, payment)
        assert len(await _held(bench)) == 1

    async def test_more_than_is_open_is_refused(self, bench: Bench) -> None:
        async with bench.connect() as connector:
            (invoice,) = await payable(bench, connector, 1)
            payment = payment_for(KEY, [invoice], [invoice.open_amount + 1])
            with pytest.raises(PostingRefused) as caught:
                await connector.post_payment(payment)
        assert str(caught.value)
        assert await _held(bench) == []

    async def test_an_invoice_that_is_gone_is_refused(self, bench: Bench) -> None:
        async with bench.connect() as connector:
            invoices: list[Invoice] = await payable(bench, connector, 3)
            await bench.remove(invoices[1].erp_id)
            with pytest.raises(PostingRefused):
                await connector.post_payment(payment_for(KEY, invoices, AMOUNTS))
        assert await _held(bench) == []

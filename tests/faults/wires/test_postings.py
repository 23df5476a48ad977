"""A payment on its way into the ERP, with each exchange of that way harmed in turn: it stands there once, to the cent,
its invoices are payable at no moment between, and the mirror agrees with the books in the end."""

import asyncio
from decimal import Decimal

from portico_billing.invoices.models import InvoiceRow
from portico_billing.payments.holds import live_holds
from tests.faults.wires.bad_wire import Harm
from tests.faults.wires.conftest import Places
from tests.faults.wires.office import Office

TRIES = 6
AT_ONCE = 4  # fewer than the pool has connections
CREATES = "POST /services/rest/record/v1/customerPayment"


async def brought(office: Office, skip: int, harm: Harm, *words: str) -> None:
    """A posting whose exchange of that number among those with these words is harmed, until it is posted."""
    posting_id, invoice = await office.paid()
    states = []
    async with office.line() as (wire, connector):
        rule = wire.harm(harm, *words, skip=skip)
        for _ in range(TRIES):
            posting = await office.bring(connector, posting_id)
            states.append(posting.state)
            assert await office.payable(invoice) == 0, (harm, words, states)
            if posting.state == "posted" and await open_of(office, invoice) == 0:
                break
        assert rule.fired == 1, (harm, words, len(wire.seen))
        # an ERP that takes the same key twice would have it twice: what it has answered is not sent again
        written = [each for each in wire.seen if each.line.startswith(CREATES) and each.reply_bytes]
        assert len(written) == 1, (harm, words, states)
    assert states[-1] == "posted", (harm, words, states)
    assert "refused" not in states, (harm, words, states)
    (held,) = await asyncio.to_thread(office.erp.control, "GET", "/payments", external_id=posting.our_key)
    assert Decimal(held["amount"]) == Decimal("123.45")
    assert [(part["invoice_id"], part["amount"]) for part in held["applications"]] == [(invoice.erp_id, "123.45")]
    (row,) = await asyncio.to_thread(office.erp.control, "GET", "/invoices", number=invoice.number)
    assert Decimal(row["open"]) == 0
    async with office.database.tenant_session(office.tenant) as session:
        assert await live_holds(session, [invoice.id]) == []


async def open_of(office: Office, invoice: InvoiceRow) -> int:
    async with office.database.tenant_session(office.tenant) as session:
        return (await session.get_one(InvoiceRow, invoice.id)).open_minor


async def way(office: Office) -> list[tuple[str, int]]:
    """The exchanges of a posting that nothing befalls: first line, bytes of the answer."""
    posting_id, _ = await office.paid()
    async with office.line() as (wire, connector):
        assert (await office.bring(connector, posting_id)).state == "posted"
        return [(exchange.line, exchange.reply_bytes) for exchange in wire.seen]


async def test_each_exchange_on_a_payments_way_into_the_erp_may_be_harmed(office: Office, places: Places) -> None:
    steps = await way(office)
    creates = [size for line, size in steps if line.startswith(CREATES)]
    assert len(creates) == 1
    assert len(steps) >= 8
    slots = asyncio.Semaphore(AT_ONCE)

    async def one(skip: int, harm: Harm, *words: str) -> None:
        async with slots:
            await brought(office, skip, harm, *words)

    works = []
    for number, (line, size) in enumerate(steps):
        cut = Harm("reply", at=size // 2) if number % 4 else Harm("instead", body=b'{"error": {"code": "UNEXPECTED"}}')
        if number % 2 == 0 and not line.startswith(CREATES):
            works.append(one(number, cut))
    harms = [Harm("request", at=40), *(Harm("reply", at) for at in places(creates[0]))]
    harms += [Harm("half_close", at=30), Harm("silence")]
    works += [one(0, harm, CREATES) for harm in harms]
    await asyncio.gather(*works)


async def test_a_payment_in_doubt_is_looked_up_before_anything_is_written_again(office: Office) -> None:
    posting_id, invoice = await office.paid()
    async with office.line() as (wire, connector):
        lost = wire.harm(Harm("reply", at=0), CREATES)
        unseen = wire.harm(
            Harm("reply", at=0), "suiteql", "t.externalid = ", times=2, after=lost
        )  # nor can it be asked
        assert (await office.bring(connector, posting_id)).state == "in_doubt"
        assert (lost.fired, unseen.fired) == (1, 2)
        assert await office.payable(invoice) == 0
        assert (await office.bring(connector, posting_id)).state == "posted"
        assert sum(exchange.line.startswith(CREATES) for exchange in wire.seen) == 1
    assert await open_of(office, invoice) == 0

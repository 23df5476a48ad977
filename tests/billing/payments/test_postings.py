"""What we owe the ERP gets there once, whatever is lost; and no invoice is payable twice on the way."""

import asyncio
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import update

from portico_billing.invoices.models import InvoiceRow
from portico_billing.invoices.upsert import upsert_invoices
from portico_billing.payments.attending import NothingToAttend, attend
from portico_billing.payments.holds import end_holds_for
from portico_billing.payments.models import AllocationRow, PaymentRow, PostingRow
from portico_billing.payments.posting_run import NotPosted, post, store_outcome
from portico_billing.payments.postings import Claim, NothingToRetry, claim_posting, due_postings, retry_posting
from portico_billing.payments.refusals import CannotPay
from portico_connectors.errors import RetryLater
from portico_connectors.records import Invoice
from portico_core.clock import now
from portico_tenants.audit import AuditRow
from tests.billing.payments.killing import Death, Killed, MortalDatabase
from tests.billing.payments.ledger import Ledger
from tests.billing.payments.shop import Shop
from tests.factories.payments import order_of


@dataclass
class Office:
    """A shop whose ERP keeps books."""

    shop: Shop
    erp: Ledger

    async def paid(self, amounts: dict[InvoiceRow, int]) -> PaymentRow:
        """A settled payment."""
        payment = await self.shop.open(amounts)
        await self.shop.pay(payment)
        await self.shop.sweep()
        return await self.shop.payment(payment.id)

    async def claim(self) -> Claim | None:
        async with self.shop.database.tenant_session(self.shop.tenant) as session:
            await session.execute(update(PostingRow).values(due_at=now(), claimed_until=None))
            due = await due_postings(session)
            return await claim_posting(session, due[0]) if due else None

    async def is_free(self, claim: Claim) -> bool:
        """Whether another worker could take what this one has or had."""
        async with self.shop.database.tenant_session(self.shop.tenant) as session:
            return await claim_posting(session, claim.posting_id) is not None

    async def bring(self) -> None:
        """What the sync's job does, as if due now."""
        claim = await self.claim()
        if claim is not None:
            outcome = await post(self.erp, claim)
            async with self.shop.database.tenant_session(self.shop.tenant) as session:
                await store_outcome(session, claim, outcome)

    async def posting(self) -> PostingRow:
        (posting,) = await self.shop.postings()
        return posting

    async def invoice(self, invoice_id: UUID) -> InvoiceRow:
        async with self.shop.database.tenant_session(self.shop.tenant) as session:
            return await session.get_one(InvoiceRow, invoice_id)

    async def applied(self) -> dict[UUID, int | None]:
        return {each.invoice_id: each.applied_minor for each in await self.shop.all(AllocationRow)}


@pytest.fixture
def office(shop: Shop) -> Office:
    return Office(shop, Ledger())


async def two_invoices(office: Office) -> tuple[InvoiceRow, InvoiceRow]:
    whole, part = await office.shop.invoice(12_000), await office.shop.invoice(5_000)
    for each in (whole, part):
        office.erp.add(each, office.shop.customer)
    return whole, part


async def test_a_payment_is_applied_as_chosen_and_then_its_holds_end(office: Office) -> None:
    whole, part = await two_invoices(office)
    await office.paid({whole: 12_000, part: 1_250})
    await office.bring()
    (told,) = office.erp.posted
    assert [(each.invoice_erp_id, str(each.amount)) for each in told.applications] == [
        (whole.erp_id, "120.00"),
        (part.erp_id, "12.50"),
    ]
    assert (str(told.amount), told.reference[:2]) == ("132.50", "P-")
    posting = await office.posting()
    assert (posting.state, posting.erp_number, posting.unapplied_minor) == ("posted", "PYMT1", 0)
    assert await office.applied() == {whole.id: 12_000, part.id: 1_250}
    assert await office.shop.live() == {}
    assert [(await office.invoice(each.id)).open_minor for each in (whole, part)] == [0, 3_750]
    assert await office.claim() is None


async def test_what_was_paid_in_the_erp_meanwhile_stays_unapplied(office: Office) -> None:
    whole, part = await two_invoices(office)
    await office.paid({whole: 12_000, part: 5_000})
    office.erp.add(whole, office.shop.customer, open_minor=2_000)
    await office.bring()
    posting = await office.posting()
    assert (posting.state, posting.unapplied_minor) == ("posted", 10_000)
    assert await office.applied() == {whole.id: 2_000, part.id: 5_000}
    assert await office.shop.live() == {}


async def test_an_invoice_that_is_gone_gets_nothing_and_holds_nothing(office: Office) -> None:
    whole, part = await two_invoices(office)
    await office.paid({whole: 12_000, part: 5_000})
    del office.erp.open[whole.erp_id]
    await office.bring()
    assert (await office.posting()).unapplied_minor == 12_000
    assert (await office.invoice(whole.id)).state == "gone"
    assert await office.shop.live() == {}


async def test_a_lost_answer_is_in_doubt_and_then_found(office: Office) -> None:
    whole, part = await two_invoices(office)
    await office.paid({whole: 12_000, part: 1_250})
    office.erp.faults = ["lost"]
    await office.bring()
    assert (await office.posting()).state == "in_doubt"
    assert await office.shop.live() == {whole.id: 12_000, part.id: 1_250}
    await office.bring()
    assert (await office.posting()).state == "posted"
    assert await office.applied() == {whole.id: 12_000, part.id: 1_250}
    assert len(office.erp.posted) == 1
    assert await office.shop.live() == {}


async def test_an_erp_that_is_busy_gets_it_later(office: Office) -> None:
    whole, _ = await two_invoices(office)
    await office.paid({whole: 12_000})
    office.erp.faults = ["post"]
    await office.bring()
    assert ((await office.posting()).state, len(office.erp.posted)) == ("owed", 0)
    await office.bring()
    assert (await office.posting()).state == "posted"


async def test_a_refusal_is_tried_again_and_then_waits_for_a_person(office: Office) -> None:
    whole, _ = await two_invoices(office)
    await office.paid({whole: 12_000})
    office.erp.faults = ["refuse"] * 3
    for state in ("owed", "owed", "refused"):
        await office.bring()
        assert (await office.posting()).state == state
    assert await office.claim() is None
    assert await office.shop.live() == {whole.id: 12_000}
    async with office.shop.database.tenant_session(office.shop.tenant) as session:
        await retry_posting(session, (await office.posting()).id, actor="person:staff")
    await office.bring()
    assert (await office.posting()).state == "posted"
    async with office.shop.database.tenant_session(office.shop.tenant) as session:
        with pytest.raises(NothingToRetry):
            await retry_posting(session, (await office.posting()).id, actor="person:staff")


async def test_a_busy_erp_uses_up_none_of_the_refusals_tries(office: Office) -> None:
    whole, _ = await two_invoices(office)
    await office.paid({whole: 12_000})
    office.erp.faults = ["post", "read", "post", "refuse", "post", "refuse", "refuse"]
    for state in (*["owed"] * 6, "refused"):
        await office.bring()
        assert (await office.posting()).state == state
    assert office.erp.faults == []


async def test_try_now_begins_the_refusals_tries_anew(office: Office) -> None:
    whole, _ = await two_invoices(office)
    await office.paid({whole: 12_000})
    office.erp.faults = ["refuse"] * 3
    for _ in range(3):
        await office.bring()
    async with office.shop.database.tenant_session(office.shop.tenant) as session:
        await retry_posting(session, (await office.posting()).id, actor="person:staff")
    office.erp.faults = ["refuse"] * 2
    for _ in range(2):
        await office.bring()
        assert (await office.posting()).state == "owed"


async def test_what_staff_booked_by_hand_is_read_again_and_not_posted(office: Office) -> None:
    whole, _ = await two_invoices(office)
    payment = await office.paid({whole: 12_000})
    office.erp.faults = ["refuse"] * 3
    for _ in range(3):
        await office.bring()
    office.erp.add(whole, office.shop.customer, open_minor=0)
    async with office.shop.database.tenant_session(office.shop.tenant) as session:
        await attend(session, office.shop.visit, payment.id)
    await office.bring()
    assert office.erp.posted == []
    assert await office.shop.live() == {}
    assert (await office.invoice(whole.id)).open_minor == 0
    assert "payment.attended" in {each.action for each in await office.shop.all(AuditRow)}


async def test_what_is_in_doubt_cannot_be_waved_through(office: Office) -> None:
    whole, _ = await two_invoices(office)
    payment = await office.paid({whole: 12_000})
    office.erp.faults = ["lost"]
    await office.bring()
    async with office.shop.database.tenant_session(office.shop.tenant) as session:
        with pytest.raises(NothingToAttend):
            await attend(session, office.shop.visit, payment.id)


async def test_holds_stay_until_the_invoices_were_read_again(office: Office) -> None:
    whole, _ = await two_invoices(office)
    await office.paid({whole: 12_000})
    claim = await office.claim()
    assert claim is not None
    office.erp.faults = []
    outcome = await post(office.erp, claim)
    unread = type(outcome)(payment=outcome.payment, answered_at=outcome.answered_at, reread=None)  # type: ignore[union-attr,call-arg]
    async with office.shop.database.tenant_session(office.shop.tenant) as session:
        await store_outcome(session, claim, unread)
    assert (await office.posting()).state == "posted"
    assert await office.shop.live() == {whole.id: 12_000}
    with pytest.raises(CannotPay):
        await office.shop.start(order_of({whole: 12_000}))
    await office.bring()  # the sweep comes back for it
    assert await office.shop.live() == {}
    assert len(office.erp.posted) == 1


async def test_a_read_from_before_the_answer_neither_ends_holds_nor_comes_back(office: Office) -> None:
    whole, _ = await two_invoices(office)
    await office.paid({whole: 12_000})
    stale = office.erp.page((whole.erp_id,), now())  # a sync that is slow to write
    await office.bring()
    records = [each for each in stale.records if isinstance(each, Invoice)]
    assert records[0].open_amount == 120
    async with office.shop.database.tenant_session(office.shop.tenant) as session:
        await upsert_invoices(session, records, stale.started_at)
        await end_holds_for(session, [whole.erp_id], stale.started_at)
    assert (await office.invoice(whole.id)).open_minor == 0


async def test_a_read_from_before_the_answer_leaves_the_hold_where_the_reread_failed(office: Office) -> None:
    whole, _ = await two_invoices(office)
    await office.paid({whole: 12_000})
    early = now()
    claim = await office.claim()
    assert claim is not None
    outcome = await post(office.erp, claim)
    unread = type(outcome)(payment=outcome.payment, answered_at=outcome.answered_at, reread=None)  # type: ignore[union-attr,call-arg]
    async with office.shop.database.tenant_session(office.shop.tenant) as session:
        await store_outcome(session, claim, unread)
        assert await end_holds_for(session, [whole.erp_id], early) == 0
        assert await end_holds_for(session, [whole.erp_id], now()) == 1


async def test_a_sync_that_was_quicker_than_our_reread_changes_nothing(office: Office) -> None:
    whole, _ = await two_invoices(office)
    await office.paid({whole: 12_000})
    stale = office.erp.page((whole.erp_id,), now())
    claim = await office.claim()
    assert claim is not None
    outcome = await post(office.erp, claim)
    fresh = office.erp.page((whole.erp_id,), now() - timedelta(milliseconds=1))
    async with office.shop.database.tenant_session(office.shop.tenant) as session:
        await upsert_invoices(session, [each for each in fresh.records if isinstance(each, Invoice)], fresh.started_at)
    async with office.shop.database.tenant_session(office.shop.tenant) as session:
        await store_outcome(session, claim, outcome)  # finds the row unchanged and writes nothing but its age
    assert await office.shop.live() == {}
    async with office.shop.database.tenant_session(office.shop.tenant) as session:
        await upsert_invoices(session, [each for each in stale.records if isinstance(each, Invoice)], stale.started_at)
    assert (await office.invoice(whole.id)).open_minor == 0


async def test_a_reread_that_finds_nothing_new_still_bars_older_reads(office: Office) -> None:
    whole, _ = await two_invoices(office)
    first = office.erp.page((whole.erp_id,), now())
    async with office.shop.database.tenant_session(office.shop.tenant) as session:
        await upsert_invoices(session, [each for each in first.records if isinstance(each, Invoice)], first.started_at)
    await office.paid({whole: 2_000})
    office.erp.add(whole, office.shop.customer, open_minor=14_000)  # a credit was taken back in the ERP
    stale = office.erp.page((whole.erp_id,), now())
    await office.bring()  # 2,000 off: as the mirror had it
    assert (await office.invoice(whole.id)).open_minor == 12_000
    async with office.shop.database.tenant_session(office.shop.tenant) as session:
        await upsert_invoices(session, [each for each in stale.records if isinstance(each, Invoice)], stale.started_at)
    assert (await office.invoice(whole.id)).open_minor == 12_000


async def test_two_workers_have_it_one_at_a_time(office: Office) -> None:
    whole, _ = await two_invoices(office)
    await office.paid({whole: 12_000})
    posting = await office.posting()

    async def take() -> Claim | None:
        async with office.shop.database.tenant_session(office.shop.tenant) as session:
            return await claim_posting(session, posting.id)

    claims = await asyncio.gather(*(take() for _ in range(5)))
    assert sum(claim is not None for claim in claims) == 1


async def test_try_now_takes_nothing_from_the_worker_that_has_it(office: Office) -> None:
    whole, _ = await two_invoices(office)
    await office.paid({whole: 12_000})
    claim = await office.claim()
    assert claim is not None
    async with office.shop.database.tenant_session(office.shop.tenant) as session:
        await retry_posting(session, claim.posting_id, actor="person:staff")
    assert not await office.is_free(claim)
    posting = await office.posting()
    assert posting.due_at == posting.claimed_until  # and if that worker has died, it is tried then
    outcome = await post(office.erp, claim)
    async with office.shop.database.tenant_session(office.shop.tenant) as session:
        await store_outcome(session, claim, outcome)
    assert (await office.posting()).state == "posted"


async def test_a_worker_that_is_late_gives_away_nothing_of_the_next_one(office: Office) -> None:
    whole, _ = await two_invoices(office)
    await office.paid({whole: 12_000})
    late, claim = await office.claim(), await office.claim()
    assert late is not None and claim is not None  # noqa: PT018
    async with office.shop.database.tenant_session(office.shop.tenant) as session:
        await store_outcome(session, late, NotPosted(error=RetryLater("busy", after_seconds=0)))
    assert not await office.is_free(claim)
    async with office.shop.database.tenant_session(office.shop.tenant) as session:
        await store_outcome(session, claim, NotPosted(error=RetryLater("busy", after_seconds=0)))
    assert await office.is_free(claim)


async def test_the_worker_dies_at_every_step(office: Office) -> None:
    shop = office.shop
    for step in range(12):
        invoice = await shop.invoice(100)
        office.erp.add(invoice, shop.customer)
        payment = await office.paid({invoice: 100})
        death = Death(step)
        dying = MortalDatabase(shop.database, death)
        try:
            mortal = Office(replace(shop, database=dying), office.erp)
            posting = next(each for each in await shop.postings() if each.payment_id == payment.id)
            async with dying.tenant_session(shop.tenant) as session:
                claim = await claim_posting(session, posting.id)
            assert claim is not None
            death.step("before the ERP")
            outcome = await post(mortal.erp, claim)
            death.step("after the ERP")
            async with dying.tenant_session(shop.tenant) as session:
                await store_outcome(session, claim, outcome)
        except Killed:
            await office.bring()
        assert {each.state for each in await shop.postings()} == {"posted"}
        assert len(office.erp.posted) == step + 1
        assert await shop.live() == {}
        assert (await office.invoice(invoice.id)).open_minor == 0
        if not death.struck:
            assert step == 6
            return
    raise AssertionError("it never came to an end")

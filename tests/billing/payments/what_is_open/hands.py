"""What the state machine has in its hands, and how it reaches the product: every function here calls the real one."""

import secrets
from asyncio import AbstractEventLoop
from collections import Counter
from collections.abc import Coroutine
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, TypeVar
from uuid import UUID

from msgspec.structs import replace as changed
from sqlalchemy import select, update

from portico_billing.invoices.choice import Choice
from portico_billing.invoices.models import InvoiceRow
from portico_billing.invoices.queries import invoices
from portico_billing.invoices.standing import standings
from portico_billing.payments.checkout import Order, Started, start_payment
from portico_billing.payments.models import AllocationRow, PaymentRow, PostingRow
from portico_billing.payments.posting_run import Outcome, Posted, post, store_outcome
from portico_billing.payments.postings import Claim, NothingToRetry, claim_posting, retry_posting
from portico_billing.payments.settle import Seen, refresh, settle
from portico_billing.stripe.errors import AccountRevoked
from portico_connectors.connector import Page
from portico_connectors.records import Record, RecordType
from portico_core.clock import now, today
from portico_portal.sync import rereads, runs
from portico_portal.sync.fetch import Fetcher
from portico_portal.sync.models import RunRow
from tests.billing.payments.conftest import open_account
from tests.billing.payments.shop import Shop
from tests.billing.payments.what_is_open.books import Books
from tests.billing.payments.what_is_open.model import ENDED, NOTHING, STEP, Back, Mirrored, Model, Payment, Read
from tests.factories.customers import make_customer
from tests.factories.payments import visit_of
from tests.factories.people import make_member
from tests.state_machines import AsyncMachine

T = TypeVar("T")
NEVER = 10**9


@dataclass(eq=False)
class Paid:
    """A payment: ours, the model's, and what has become of it at Stripe: "none" where nothing will. `taken` is the
    claim of the worker that has its posting."""

    id: UUID
    model: Payment
    stripe: str = "creating"
    intent: dict[str, Any] = field(default_factory=dict)
    back: Back = NOTHING
    taken: Claim | None = None

    @property
    def is_over(self) -> bool:
        """Ended here, and its money did not come: Stripe's word for it may be another, or come later."""
        return self.model.state in ENDED and self.stripe not in ("succeeded", "quarantined")

    @property
    def is_heard(self) -> bool:
        """Whether we know all that Stripe does."""
        return (self.is_over or self.stripe == self.model.state) and self.back == self.model.back


@dataclass(frozen=True)
class Brought:
    """What a worker has in hand between the ERP's answer and writing it down."""

    paid: Paid
    claim: Claim
    outcome: Outcome
    answered: int | None
    read: Read | None


@dataclass(frozen=True)
class Late:
    """A read on its way: a page of the sync with its run, or invoices read by their ids."""

    page: Page[Record]
    read: Read
    run_id: UUID | None = None


class Hands(AsyncMachine):
    """A customer and a Stripe account of the walk's own, at the tenant of `shop`."""

    def __init__(
        self, loop: AbstractEventLoop, shop: Shop, fetcher: Fetcher, currency: str, happened: Counter[str]
    ) -> None:
        super().__init__(loop)
        self.currency = currency
        self.happened = happened
        self.shop = self.do(_own(shop, currency))
        self.fetcher = fetcher
        self.books = Books(currency=currency)
        self.model = Model(currency)
        self.rows: dict[str, InvoiceRow] = {}
        self.payments: list[Paid] = []
        self.news: list[tuple[Paid, Seen, str, Back]] = []
        self.revoked = False
        self.claims: list[tuple[Paid, Claim]] = []
        self.brought: list[Brought] = []
        self.pages: list[Late] = []
        self.run_id: UUID | None = None
        self.readings: list[Late] = []
        self.owed: dict[str, int] = {}
        self.rested_at = 0
        self.before: dict[str, int] = {}  # what was open before the last change in the ERP

    def count(self, what: str, times: int = 1) -> None:
        self.happened[what] += times

    def reads(self, read: Read, *, only: set[str] | None = None) -> None:
        """The model learns of a read. One that brings another figure than is known by now counts as late."""
        kept = self.model.invoices
        self.count(
            "older figures that came late",
            sum(read.began < kept[name].began and (minor or 0) != kept[name].open for name, minor in read.open.items()),
        )
        self.model.reads(read, only=only)

    def model_is_moved(self) -> bool:
        """Whether enough has happened since the last rest for another one to be worth its time."""
        return bool(self.payments) and self.books.time > self.rested_at + 12

    # Naming things

    def add_invoice(self, name: str, total: int) -> None:
        self.books.invoice(name, self.shop.customer.erp_id, total)
        self.model.invoices[name] = Mirrored(open=0, began=0, total=total)

    def name_at(self, at: int) -> str:
        return self.pick(list(self.model.invoices), at)

    def name_of(self, invoice_id: UUID) -> str:
        return next(name for name, row in self.rows.items() if row.id == invoice_id)

    def pick(self, things: list[T], at: int) -> T:
        return things[at % len(things)]

    def parts(self, lines: list[tuple[int, str, int]]) -> dict[str, int]:
        """What the payer types: all that is payable, a part of it in Stripe's steps, or more than there is."""
        parts = {}
        for at, share, figure in lines:
            name = self.name_at(at)
            payable = self.model.payable(name)
            step = STEP[self.currency]
            part = max(payable * figure // 61 // step * step, step)
            parts[name] = {"all": payable or 1, "part": part, "more": payable + figure}[share]
        return parts

    # Payments

    def at_stripe(self, state: str | None = None) -> list[Paid]:
        return [
            each for each in self.payments if each.stripe not in ("creating", "none") and state in (None, each.stripe)
        ]

    def received(self) -> list[Paid]:
        return [each for each in self.payments if each.model.state == "succeeded"]

    def learns(self, paid: Paid, state: str | None = None, back: Back | None = None) -> None:
        """Stripe's word as of now, or as it was."""
        had_ended = paid.model.state in ENDED
        self.model.learns(paid.model, state or paid.stripe, paid.back if back is None else back)
        self.count("money that came after the end", had_ended and paid.model.state not in ENDED)

    def asked(self, *works: Coroutine[Any, Any, object]) -> bool:
        """Whether Stripe answered, all of them at once; it answers unless the account is cut off."""
        for each in self.do_at_once(*works):
            if self.revoked:
                assert isinstance(each, AccountRevoked), each
            elif isinstance(each, BaseException):
                raise each
        return not self.revoked

    async def press(self, order: Order) -> Started:
        async with self.shop.database.tenant_session(self.shop.tenant) as session:
            return await start_payment(session, self.shop.visit, order)

    def opened(self, paid: Paid) -> None:
        """Its page was asked for, if it had none."""
        if paid.stripe == "creating":
            paid.stripe = "none" if self.revoked else "open"
            self.model.learns(paid.model, "failed" if self.revoked else "open")

    async def refresh(self, paid: Paid) -> str:
        return await refresh(self.shop.database, self.shop.gateway, self.shop.tenant, paid.id, source="test")

    async def look(self, paid: Paid) -> Seen:
        payment = await self.shop.payment(paid.id)
        checkout = await self.shop.gateway.retrieve_checkout(self.shop.account, payment.checkout_session_id or "")
        return Seen(checkout=checkout, intent=checkout.intent)

    async def settle(self, paid: Paid, seen: Seen) -> None:
        async with self.shop.database.tenant_session(self.shop.tenant) as session:
            await settle(session, paid.id, seen, source="late")

    # Postings

    async def claim(self, paid: Paid) -> Claim | None:
        """Whoever had it is given up."""
        async with self.shop.database.tenant_session(self.shop.tenant) as session:
            mine, passed = PostingRow.payment_id == paid.id, now() - timedelta(seconds=1)
            posting = (await session.scalars(select(PostingRow).where(mine))).one()
            if posting.state == "refused":
                await retry_posting(session, posting.id, actor="person:staff")
            await session.execute(update(PostingRow).where(mine).values(due_at=passed, claimed_until=passed))
            paid.taken = await claim_posting(session, posting.id)
        return paid.taken

    async def try_now(self, paid: Paid) -> Claim | None:
        """Staff press the button, and a worker is there at once."""
        async with self.shop.database.tenant_session(self.shop.tenant) as session:
            posting_id = await session.scalar(select(PostingRow.id).where(PostingRow.payment_id == paid.id))
            assert posting_id is not None
        try:
            async with self.shop.database.tenant_session(self.shop.tenant) as session:
                await retry_posting(session, posting_id, actor="person:staff")
        except NothingToRetry:
            return None
        async with self.shop.database.tenant_session(self.shop.tenant) as session:
            return await claim_posting(session, posting_id)

    async def write_down(self, brought: Brought) -> None:
        was_read_only = isinstance(brought.outcome, Posted) and brought.outcome.payment is None
        if brought.paid.taken is brought.claim and not was_read_only:
            brought.paid.taken = None
        async with self.shop.database.tenant_session(self.shop.tenant) as session:
            await store_outcome(session, brought.claim, brought.outcome)

    async def bring(self, paid: Paid, claim: Claim) -> Brought:
        self.books.answered = self.books.read = None
        outcome = await post(self.books, claim)
        return Brought(paid, claim, outcome, self.books.answered, self.books.read)

    def was_written(self, brought: Brought) -> None:
        """What the model makes of it. What this payment no longer holds, somebody else has read in the meantime."""
        outcome, payment = brought.outcome, brought.paid.model
        if not isinstance(outcome, Posted):
            return
        if outcome.payment is not None and brought.answered is not None:
            self.model.is_posted(payment, brought.answered)
            self.count("payments recorded")
        if outcome.reread is not None and brought.read is not None:
            self.reads(brought.read, only=set(payment.held))

    async def record_all(self) -> None:
        """Every payment that was received is brought to the ERP, and its invoices are read again."""
        for paid in self.payments:
            while paid.model.state == "succeeded" and (claim := await self.claim(paid)) is not None:
                brought = await self.bring(paid, claim)
                await self.write_down(brought)
                self.was_written(brought)

    # Reads

    def ask_for_page(self) -> None:
        """The run that has just begun reads all that the ERP has."""
        page, read = self.books.begin(tuple(name for name in self.model.invoices if name in self.books.open))
        self.pages.append(Late(page, read, self.run_id))

    async def run(self) -> UUID:
        async with self.shop.database.tenant_session(self.shop.tenant) as session:
            long_ago = now() - runs.LOST_AFTER - timedelta(seconds=1)
            await session.execute(update(RunRow).values(heartbeat_at=long_ago))
            started = await runs.start(session, RecordType.INVOICE.value)
        assert started is not None
        return started.run_id

    async def keep(self, late: Late) -> bool:
        """False where the run was overtaken."""
        assert late.run_id is not None
        try:
            await self.fetcher.keep(late.run_id, RecordType.INVOICE, late.page)
        except runs.Overtaken:
            return False
        async with self.shop.database.tenant_session(self.shop.tenant) as session:
            await runs.finish(session, late.run_id, RecordType.INVOICE.value, started_at=late.page.started_at)
        return True

    async def owe(self, names: list[str]) -> None:
        async with self.shop.database.tenant_session(self.shop.tenant) as session:
            await rereads.owe(session, names, now())

    async def all_rows(self) -> list[InvoiceRow]:
        async with self.shop.database.tenant_session(self.shop.tenant) as session:
            mine = InvoiceRow.customer_id == self.shop.customer.id
            return list(await session.scalars(select(InvoiceRow).where(mine)))

    # Comparing

    async def check_shown(self) -> None:
        """The list, its sums and the model say the same."""
        day = today(self.shop.tenant.time_zone)
        async with self.shop.database.tenant_session(self.shop.tenant) as session:
            customer_id = self.shop.customer.id
            found = await invoices(session, customer_id, Choice(view="all", sort="number"), day)
            told = await standings(session, customer_id, day)
        shown = {
            line.number.lower(): (line.payable.minor, line.outstanding.minor, line.open.minor) for line in found.rows
        }
        model = self.model
        wanted = {
            name: (model.payable(name), model.outstanding(name), max(kept.open - model.received(name), 0))
            for name, kept in model.invoices.items()
        }
        gone = wanted.keys() - shown.keys()
        assert shown == {name: figures for name, figures in wanted.items() if name not in gone}
        assert all(wanted[name] == (0, 0, 0) for name in gone)
        for number, figures in enumerate(([each.payable for each in told], [each.balance for each in told])):
            assert sum(each.minor for each in figures) == sum(of_one[number] for of_one in wanted.values())

    def check_promises(self) -> None:
        """No more can be paid than the books had open when they were read, less what we had promised and they did not
        know of: seen from the ERP, without holds."""
        for name, kept in self.model.invoices.items():
            unknown = sum(
                paid.model.parts[name]
                for paid in self.payments
                if name in paid.model.parts
                and paid.model.promises
                and self.books.arrived.get(f"pay-{paid.id}", NEVER) > kept.began
            )
            assert self.model.payable(name) <= max(self.books.was_open(name, kept.began) - unknown, 0)

    async def check_sums(self) -> None:
        """At rest: mirror and books agree, nothing received is held, and all parts make their whole."""
        model = self.model
        for name, kept in model.invoices.items():
            assert kept.open == self.books.is_open(name)
        assert not [each for each in model.payments if each.state == "succeeded" and each.held]
        ids = [paid.id for paid in self.payments]
        async with self.shop.database.tenant_session(self.shop.tenant) as session:
            payments = {row.id: row for row in await session.scalars(select(PaymentRow).where(PaymentRow.id.in_(ids)))}
            parts = list(await session.scalars(select(AllocationRow).where(AllocationRow.payment_id.in_(ids))))
            postings = list(await session.scalars(select(PostingRow).where(PostingRow.payment_id.in_(ids))))
        assert {each.payment_id for each in postings} == {
            row.id for row in payments.values() if row.state == "succeeded"
        }
        for paid in self.payments:
            row = payments[paid.id]
            mine = [part for part in parts if part.payment_id == row.id]
            assert (row.state, row.amount_minor) == (paid.model.state, paid.model.amount)
            assert (row.out_of_reach_since is not None) == paid.model.hidden
            assert sum(part.amount_minor for part in mine) == row.amount_minor
            posting = next((each for each in postings if each.payment_id == row.id), None)
            if posting is not None:
                posted = self.books.payments[posting.our_key]
                applied = sum(part.applied_minor or 0 for part in mine)
                assert applied + (posting.unapplied_minor or 0) == row.received_minor == row.amount_minor
                assert self.books.major(applied) == sum(each.amount for each in posted.applications)
        assert len(self.books.posted) == len(postings)
        received = sum(row.received_minor for row in payments.values())
        at_stripe = (await self.shop.at_stripe()).get(self.currency.lower(), {}).get("received", 0)
        assert received == at_stripe


async def _own(shop: Shop, currency: str) -> Shop:
    tenant = changed(shop.tenant, stripe_account=f"acct_{secrets.token_hex(8)}")
    await open_account(shop.control, tenant)
    async with shop.database.tenant_session(tenant) as session:
        customer = await make_customer(session, currency=currency)
        person = await make_member(session, customer)
    return replace(shop, tenant=tenant, customer=customer, visit=visit_of(person, customer))

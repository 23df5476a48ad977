"""A distributor that takes payments: a tenant with an account on a running paysim, a customer, a payer, invoices."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
from sqlalchemy import select, update

from portico_billing.invoices.models import InvoiceRow
from portico_billing.payments import events, sweeping
from portico_billing.payments.checkout import Order, Started, start_payment
from portico_billing.payments.models import HoldRow, MoneyEventRow, PaymentRow, PostingRow, StripeEventRow
from portico_billing.payments.opening import open_checkout
from portico_billing.stripe.gateway import Gateway
from portico_billing.stripe.inbox import store_event
from portico_billing.stripe.objects import Event, event_of
from portico_core.clock import now
from portico_tenants.customers.models import CustomerRow
from portico_tenants.people.visit import Visit
from portico_tenants.session import Database
from portico_tenants.tenant import Tenant
from tests.factories.invoices import make_invoice
from tests.factories.payments import order_of

BUDGET = timedelta(seconds=30)


@dataclass
class Shop:
    """`control` is paysim's control API: what payers, banks and bad networks do."""

    database: Database
    gateway: Gateway
    tenant: Tenant
    customer: CustomerRow
    visit: Visit
    control: httpx.AsyncClient
    numbers: list[int] = field(default_factory=lambda: [1000])

    @property
    def account(self) -> str:
        assert self.tenant.stripe_account is not None
        return self.tenant.stripe_account

    async def invoice(self, open_minor: int = 12_000, **values: Any) -> InvoiceRow:
        self.numbers[0] += 1
        async with self.database.tenant_session(self.tenant) as session:
            values = {"number": str(self.numbers[0]), "total_minor": open_minor, **values}
            return await make_invoice(session, self.customer, open_minor=open_minor, **values)

    async def start(self, order: Order) -> Started:
        async with self.database.tenant_session(self.tenant) as session:
            return await start_payment(session, self.visit, order)

    async def open(self, amounts: dict[InvoiceRow, int]) -> PaymentRow:
        """A payment whose page is open."""
        started = await self.start(order_of(amounts))
        await open_checkout(self.database, self.gateway, self.tenant, started.payment_id, source="test")
        payment = await self.payment(started.payment_id)
        assert payment.state == "open"
        return payment

    async def pay(self, payment: PaymentRow, method: str = "card", number: str = "", **more: Any) -> dict[str, Any]:
        """What the payer does on Stripe's page; the intent afterwards."""
        answer = await self.control.post(
            f"sessions/{payment.checkout_session_id}/pay", json={"method": method, "number": number, **more}
        )
        assert answer.status_code == 200, answer.text
        intent: dict[str, Any] = answer.json()["payment_intent"]
        return intent

    async def bank(self, intent: dict[str, Any], **settlement: Any) -> None:
        """How a debit ends."""
        answer = await self.control.post(f"payment_intents/{intent['id']}/settle", json=settlement)
        assert answer.status_code == 200, answer.text

    async def fault(self, kind: str, **order: Any) -> str:
        answer = await self.control.post("faults", json={"kind": kind, "account": self.account, **order})
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    async def fired(self, fault: str) -> int:
        faults = (await self.control.get("faults")).json()
        return int(next(one["fired"] for one in faults if one["id"] == fault))

    async def sent(self) -> list[Event]:
        """All events that paysim has of the account, oldest first."""
        told = (await self.control.get("events", params={"account": self.account})).json()
        return [event_of(each) for each in reversed(told)]

    async def deliver(self, event: Event) -> UUID | None:
        """As the webhook stores it; the row's id, or None where it was there before."""
        async with self.database.tenant_session(self.tenant) as session:
            if not await store_event(session, event):
                return None
            return await session.scalar(select(StripeEventRow.id).where(StripeEventRow.event_id == event.id))

    async def work(self, row_id: UUID | None) -> None:
        if row_id is not None:
            await events.work_event(self.database, self.gateway, self.tenant, row_id)

    async def sweep(self, *payment_ids: UUID) -> None:
        """What the scheduler runs, as if these payments (or all) were due now, and every event had waited."""
        async with self.database.tenant_session(self.tenant) as session:
            due = update(PaymentRow).values(check_at=now())
            await session.execute(due.where(PaymentRow.id.in_(payment_ids)) if payment_ids else due)
            await session.execute(update(StripeEventRow).values(received_at=now() - timedelta(minutes=5)))
        await sweeping.sweep_events(self.database, self.gateway, self.tenant, BUDGET)
        await sweeping.sweep_payments(self.database, self.gateway, self.tenant, BUDGET)

    async def payment(self, payment_id: UUID) -> PaymentRow:
        async with self.database.tenant_session(self.tenant) as session:
            return await session.get_one(PaymentRow, payment_id)

    async def all(self, model: type[Any]) -> Sequence[Any]:
        async with self.database.tenant_session(self.tenant) as session:
            return list(await session.scalars(select(model)))

    async def live(self) -> dict[UUID, int]:
        """Live holds by invoice."""
        sums: dict[UUID, int] = {}
        for hold in await self.all(HoldRow):
            if hold.ended_at is None:
                sums[hold.invoice_id] = sums.get(hold.invoice_id, 0) + hold.amount_minor
        return sums

    async def facts(self) -> list[str]:
        return sorted(each.kind for each in await self.all(MoneyEventRow))

    async def postings(self) -> Sequence[PostingRow]:
        return await self.all(PostingRow)

    async def at_stripe(self) -> dict[str, Any]:
        """What paysim took in on the account: `{"received", "processing", "refunded", "payments"}` by currency."""
        sums: dict[str, Any] = (await self.control.get(f"accounts/{self.account}/payments")).json()["sums"]
        return sums

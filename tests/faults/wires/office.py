"""Who brings payments to an ERP: real rows, the real connector at the end of a wire of its own, a simulated ERP."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import select, update

from portico_billing.invoices.models import InvoiceRow
from portico_billing.payments.holds import hold_for, live_holds
from portico_billing.payments.models import AllocationRow, HoldRow, PaymentRow, PostingRow
from portico_billing.payments.posting_run import post, store_outcome
from portico_billing.payments.postings import claim_posting, owe_posting
from portico_connectors.http import Limits
from portico_connectors.netsuite import NetSuite
from portico_connectors.netsuite.client import Patience
from portico_core.clock import now
from portico_core.ids import new_id
from portico_tenants.customers.models import CustomerRow
from portico_tenants.session import Database
from portico_tenants.tenant import Tenant
from tests.factories.invoices import make_invoice
from tests.faults.wires.bad_wire import BadWire, bad_wire
from tests.portal.sync.erp import Erp

PATIENCE = Patience(attempts=2, first_wait=0.01)
LIMITS = Limits(connect=5, read=1, write=5, exchange=2)
AMOUNT = 12_345


@dataclass
class Office:
    """Who brings payments to the ERP; each over a line of its own."""

    database: Database
    tenant: Tenant
    customer: CustomerRow
    erp: Erp

    async def paid(self) -> tuple[UUID, InvoiceRow]:
        """An invoice of the ERP, paid here, and the posting that is owed for it."""
        lines = [{"description": "Hexagon bolts", "rate": "123.45"}]
        document = {"customer": self.customer.erp_id, "lines": lines}
        made = await asyncio.to_thread(self.erp.control, "POST", "/documents", document)
        async with self.database.tenant_session(self.tenant) as session:
            invoice = await make_invoice(
                session, self.customer, erp_id=made["id"], number=made["number"], total_minor=AMOUNT
            )
            payment = PaymentRow(
                customer_id=self.customer.id,
                form_key=new_id(),
                currency=invoice.currency,
                amount_minor=AMOUNT,
                received_minor=AMOUNT,
                state="succeeded",
                stripe_account="acct_none",
                expires_at=now(),
                settled_at=now(),
            )
            session.add(payment)
            await session.flush()
            session.add(
                AllocationRow(
                    payment_id=payment.id, invoice_id=invoice.id, position=0, amount_minor=AMOUNT, was_open_minor=AMOUNT
                )
            )
            session.add(HoldRow(**hold_for(payment.id, invoice.id, AMOUNT)))
            await owe_posting(session, payment.id)
            posting_id = await session.scalar(select(PostingRow.id).where(PostingRow.payment_id == payment.id))
        assert posting_id is not None
        return posting_id, invoice

    async def bring(self, connector: NetSuite, posting_id: UUID) -> PostingRow:
        """What the sync's job does, as if the posting were due now."""
        async with self.database.tenant_session(self.tenant) as session:
            passed = now() - timedelta(seconds=1)
            due = update(PostingRow).where(PostingRow.id == posting_id)
            await session.execute(due.values(due_at=passed, claimed_until=passed))
            claim = await claim_posting(session, posting_id)
        if claim is not None:
            outcome = await post(connector, claim)
            async with self.database.tenant_session(self.tenant) as session:
                await store_outcome(session, claim, outcome)
        async with self.database.tenant_session(self.tenant) as session:
            return await session.get_one(PostingRow, posting_id)

    async def payable(self, invoice: InvoiceRow) -> int:
        """What a payer could pay of it now."""
        async with self.database.tenant_session(self.tenant) as session:
            row = await session.get_one(InvoiceRow, invoice.id)
            return row.open_minor - sum(hold.amount_minor for hold in await live_holds(session, [invoice.id]))

    @asynccontextmanager
    async def line(self) -> AsyncIterator[tuple[BadWire, NetSuite]]:
        values = self.erp.values
        async with bad_wire(self.erp.url) as wire:
            settings = {**values, "base_url": wire.url, "restlet_url": wire.url}
            async with NetSuite.open(
                settings, values, time_zone="Europe/London", allow_private=True, limits=LIMITS, patience=PATIENCE
            ) as connector:
                yield wire, connector

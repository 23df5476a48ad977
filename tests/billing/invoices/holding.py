"""Payments with live holds, as the checkout would have written them."""

from datetime import timedelta

from portico_billing.invoices.models import InvoiceRow
from portico_billing.payments.models import HoldRow, PaymentRow
from portico_core.clock import now
from portico_core.ids import new_id
from portico_tenants.session import TenantSession


async def hold(session: TenantSession, invoice: InvoiceRow, minor: int, state: str = "processing") -> PaymentRow:
    """A payment in `state` that promises `minor` to the invoice."""
    payment = PaymentRow(
        id=new_id(),
        customer_id=invoice.customer_id,
        form_key=new_id(),
        currency=invoice.currency,
        amount_minor=minor,
        state=state,
        stripe_account="acct_test",
        expires_at=now() + timedelta(hours=1),
        submitted_at=now(),
    )
    session.add(payment)
    await session.flush()
    session.add(HoldRow(id=new_id(), invoice_id=invoice.id, payment_id=payment.id, amount_minor=minor))
    await session.flush()
    return payment

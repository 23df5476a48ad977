"""Invoices and credits for tests, as a sync would have mirrored them. Amounts are minor units of the row's currency."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal

from portico_billing.invoices.models import CreditRow, ErpPaymentRow, InvoiceLineRow, InvoiceRow
from portico_core.clock import now, today
from portico_core.ids import new_id
from portico_core.money import to_decimal
from portico_tenants.customers.models import CustomerRow
from portico_tenants.session import TenantSession


async def make_invoice(
    session: TenantSession,
    customer: CustomerRow,
    *,
    total_minor: int = 12_000,
    open_minor: int | None = None,
    due_in_days: int = 14,
    lines: Sequence[InvoiceLineRow] | None = None,
    **values: object,
) -> InvoiceRow:
    """An invoice of one line, wholly open unless told, issued 30 days before it falls due in the tenant's zone."""
    invoice_id = new_id()
    mark = invoice_id.hex[-8:]
    due_on = today(session.tenant.time_zone) + timedelta(days=due_in_days)
    row = InvoiceRow(
        **{
            "id": invoice_id,
            "erp_id": f"i{mark}",
            "customer_id": customer.id,
            "number": f"INV-{mark}",
            "issued_on": due_on - timedelta(days=30),
            "due_on": due_on,
            "currency": customer.currency,
            "total_minor": total_minor,
            "open_minor": total_minor if open_minor is None else open_minor,
            "modified_at": now(),
            "read_at": now(),
            "fingerprint": mark.encode(),
            **values,
        }
    )
    session.add(row)
    await session.flush()
    session.add_all(lines or [make_line(row)])
    await session.flush()
    return row


def make_line(invoice: InvoiceRow, *, position: int = 1, **values: object) -> InvoiceLineRow:
    """A line worth the whole invoice; add it to a session, or hand it to `make_invoice`."""
    amount = to_decimal(invoice.total_minor, invoice.currency)
    return InvoiceLineRow(
        **{
            "invoice_id": invoice.id,
            "position": position,
            "sku": "BOLT-M8",
            "description": "Bolts M8, a box of a hundred",
            "quantity": Decimal(1),
            "unit": "box",
            "unit_price": amount,
            "amount": amount,
            **values,
        }
    )


async def make_credit(
    session: TenantSession, customer: CustomerRow, *, total_minor: int = 3_000, **values: object
) -> CreditRow:
    """A credit memo, wholly unused unless told (`open_minor`)."""
    credit_id = new_id()
    mark = credit_id.hex[-8:]
    row = CreditRow(
        **{
            "id": credit_id,
            "erp_id": f"k{mark}",
            "customer_id": customer.id,
            "number": f"CM-{mark}",
            "issued_on": today(session.tenant.time_zone),
            "currency": customer.currency,
            "total_minor": total_minor,
            "open_minor": total_minor,
            "modified_at": now(),
            "read_at": now(),
            "fingerprint": mark.encode(),
            **values,
        }
    )
    session.add(row)
    await session.flush()
    return row


async def make_erp_payment(
    session: TenantSession, customer: CustomerRow, *, amount_minor: int = 3_000, **values: object
) -> ErpPaymentRow:
    """A payment that the ERP knows and that was not made here."""
    payment_id = new_id()
    mark = payment_id.hex[-8:]
    row = ErpPaymentRow(
        **{
            "id": payment_id,
            "erp_id": f"m{mark}",
            "customer_id": customer.id,
            "number": f"PAY-{mark}",
            "paid_on": today(session.tenant.time_zone),
            "currency": customer.currency,
            "amount_minor": amount_minor,
            "modified_at": now(),
            "read_at": now(),
            "fingerprint": mark.encode(),
            **values,
        }
    )
    session.add(row)
    await session.flush()
    return row

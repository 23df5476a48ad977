"""The receipt of a payment: for the screen and the printer as a page, and as a PDF."""

from typing import Any

from portico_billing.invoices.sheets.paper import billed_to, with_country
from portico_billing.payments.models import PaymentRow
from portico_billing.payments.showing.queries import customer_row
from portico_billing.payments.showing.sentences import Words
from portico_billing.payments.showing.views import allocations_of, payment_view
from portico_core.clock import today
from portico_core.errors import NotFound
from portico_tenants.session import TenantSession
from portico_themes.branding import brand_of
from portico_themes.page import Page
from portico_themes.wording import wording_of


class NoReceipt(NotFound):
    """There is no such page here."""


async def receipt_of(session: TenantSession, payment: PaymentRow, page: Page) -> dict[str, Any]:
    """What `payments/receipt.html` shows. NoReceipt unless the money has settled."""
    if payment.state != "succeeded":
        raise NoReceipt
    customer = await customer_row(session, payment.customer_id)
    address = customer.billing_address
    return {
        "payment": payment_view(payment, Words.of(page)),
        "allocations": await allocations_of(session, payment.id, page.today),
        "billed_to": with_country(billed_to(customer.name, address), address.get("country", ""), page.locale),
        "customer_number": customer.number,
    }


def pdf_of(session: TenantSession, receipt: dict[str, Any], page: Page, mark: bytes | None) -> bytes:
    """The same set by typst. Takes processor time: call it off the event loop."""
    from portico_themes.pdf import receipt_pdf  # typst is loaded only where a paper is made

    payment, tenant = receipt["payment"], session.tenant
    return receipt_pdf(
        brand_of(tenant),
        page.locale,
        {
            "number": payment.number,
            "received_on": today(tenant.time_zone, payment.settled_at),
            "method": payment.method,
            "amount": payment.amount,
            **{name: receipt[name] for name in ("customer_number", "billed_to", "allocations")},
        },
        mark,
        wording_of(tenant),
    )

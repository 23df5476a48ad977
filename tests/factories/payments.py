"""Payers and their forms for tests."""

from collections.abc import Mapping
from uuid import UUID

from portico_billing.invoices.models import InvoiceRow
from portico_billing.payments.checkout import Chosen, Order
from portico_core.ids import new_id
from portico_tenants.access import CustomerRole
from portico_tenants.customers.models import CustomerRow
from portico_tenants.people.models import PersonRow
from portico_tenants.people.visit import ChosenCustomer, Visit
from portico_themes.texts import translate


def visit_of(person: PersonRow, customer: CustomerRow, role: CustomerRole = CustomerRole.PAYER) -> Visit:
    """A signed-in person at their customer, as the session cookie would have made it."""
    return Visit(
        session_id=new_id(),
        person_id=person.id,
        name=person.name,
        email=person.email,
        language=person.language,
        customer=ChosenCustomer(
            id=customer.id, number=customer.number, name=customer.name, currency=customer.currency, role=role
        ),
        customers=1,
        staff_role=None,
        csrf_token="token",
        request_id="request",
    )


def order_of(amounts: Mapping[InvoiceRow, int], *, form_key: UUID | None = None, seen: int | None = None) -> Order:
    """A form that pays these amounts, in minor units."""
    return Order(
        form_key=form_key or new_id(),
        chosen=tuple(
            Chosen(invoice_id=invoice.id, amount_minor=amount, seen_minor=seen) for invoice, amount in amounts.items()
        ),
        origin="http://portal.localhost:8000",
        locale="en-GB",
        text=lambda message, **values: translate("en", message, **values),
    )

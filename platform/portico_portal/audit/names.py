"""What entries were done to, under the names people know: asked once for a whole page, in the tenant's own tables."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import ARRAY, ColumnElement, Select, Text, Uuid, any_, cast, literal, select, union_all

from portico_billing.invoices.models import InvoiceRow
from portico_billing.payments.models import PaymentRow, PostingRow
from portico_portal.audit.queries import AuditView
from portico_tenants.customers.models import CustomerRow
from portico_tenants.people.models import MailedLinkRow, PersonRow
from portico_tenants.session import TenantSession


class Name(msgspec.Struct, frozen=True, kw_only=True):
    """What a person, customer, invoice, payment or invitation is called. `more` is a person's or an invitation's
    address, a customer's number, a document's currency. `shown_as` is what can be looked at: of a posting its payment.
    """

    text: str
    more: str
    shown_as: UUID


Names = Mapping[tuple[str, UUID], Name]


async def names_of(session: TenantSession, rows: Sequence[AuditView]) -> Names:
    """Names by kind and id; whatever is not there any more has none."""
    wanted: dict[str, set[UUID]] = defaultdict(set)
    for row in rows:
        if (known := id_of(row)) is not None:
            wanted[row.object_type].add(known)
        if row.customer_id is not None:
            wanted["customer"].add(row.customer_id)
    found = await session.execute(
        union_all(
            _named("person", PersonRow.id, PersonRow.name, PersonRow.email, wanted),
            _named("customer", CustomerRow.id, CustomerRow.name, CustomerRow.number, wanted),
            _named("invoice", InvoiceRow.id, InvoiceRow.number, InvoiceRow.currency, wanted),
            _named("payment", PaymentRow.id, _PAYMENT_NUMBER, PaymentRow.currency, wanted),
            _named("posting", PostingRow.id, _PAYMENT_NUMBER, PaymentRow.currency, wanted, shown_as=PaymentRow.id).join(
                PaymentRow, PaymentRow.id == PostingRow.payment_id
            ),
            _named("invitation", MailedLinkRow.id, MailedLinkRow.name, MailedLinkRow.email, wanted),
        )
    )
    return {(kind, known): Name(text=text, more=more, shown_as=shown) for kind, known, text, more, shown in found}


def id_of(row: AuditView) -> UUID | None:
    """The id of an entry's object; brands, texts and connections have none."""
    try:
        return UUID(row.object_id)
    except ValueError:
        return None


_PAYMENT_NUMBER: ColumnElement[str] = literal("P-", Text) + cast(PaymentRow.number, Text)


def _named(
    kind: str, known: Any, text: Any, more: Any, wanted: Mapping[str, set[UUID]], *, shown_as: Any = None
) -> Select[Any]:
    shown = known if shown_as is None else shown_as
    ids = literal(list(wanted.get(kind, ())), ARRAY(Uuid))  # one value, so that every page asks with the same statement
    return select(literal(kind, Text), known, text, more, shown).where(known == any_(ids))

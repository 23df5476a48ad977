"""Payments at a glance, over all customers: the last ones, what came in, what the ERP has not, what needs a person."""

from datetime import datetime
from uuid import UUID

import msgspec
from sqlalchemy import ScalarSelect, func, select

from portico_billing.payments.models import PaymentRow, PostingRow
from portico_billing.payments.showing.staff_queries import needing
from portico_core.money import Money
from portico_tenants.customers.models import CustomerRow
from portico_tenants.session import TenantSession


class LatestPayment(msgspec.Struct, frozen=True, kw_only=True):
    """One of the last payments, with its customer's name."""

    id: UUID
    number: str
    customer: str
    created_at: datetime
    amount: Money
    state: str


async def latest(session: TenantSession, rows: int) -> list[LatestPayment]:
    """The last payments of all customers, latest first."""
    found = await session.execute(
        select(PaymentRow, CustomerRow.name)
        .join(CustomerRow, CustomerRow.id == PaymentRow.customer_id)
        .order_by(PaymentRow.number.desc())
        .limit(rows)
    )
    return [
        LatestPayment(
            id=payment.id,
            number=f"P-{payment.number}",
            customer=customer,
            created_at=payment.created_at,
            amount=Money(payment.amount_minor, payment.currency),
            state=payment.state,
        )
        for payment, customer in found
    ]


async def received(session: TenantSession, since: datetime) -> list[Money]:
    """What was settled since then, one sum per currency, largest first."""
    total = func.sum(PaymentRow.received_minor)
    rows = await session.execute(
        select(PaymentRow.currency, total)
        .where(PaymentRow.settled_at > since)
        .group_by(PaymentRow.currency)
        .order_by(total.desc())
    )
    return [Money(int(minor), currency) for currency, minor in rows]


async def waiting(session: TenantSession) -> dict[str, int]:
    """Postings that the ERP has not, counted by state: owed, in_doubt, refused."""
    rows = await session.execute(
        select(PostingRow.state, func.count()).where(PostingRow.state != "posted").group_by(PostingRow.state)
    )
    return {"owed": 0, "in_doubt": 0, "refused": 0} | dict(rows.all())


def attention_count() -> ScalarSelect[int]:
    """How many payments need a person: for a statement that counts other things as well."""
    found = needing().subquery("needing")
    return select(func.count(found.c[0].distinct())).scalar_subquery()

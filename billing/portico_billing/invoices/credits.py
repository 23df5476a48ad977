"""The list of credit memos: those with something left first, then the latest."""

from datetime import date
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import case, select

from portico_billing.invoices.choice import PAGE_ROWS, page_number
from portico_billing.invoices.listing import simple_pager
from portico_billing.invoices.models import CreditRow
from portico_core.money import Money
from portico_tenants.session import TenantSession
from portico_themes.links import link


class CreditLine(msgspec.Struct, frozen=True, kw_only=True):
    """A row of the list; `open` is what is left to use."""

    id: UUID
    number: str
    issued_on: date
    total: Money
    open: Money
    state: str


async def credits_page(session: TenantSession, customer_id: UUID, asked: str) -> dict[str, Any]:
    """Rows and pager of the page that was asked for."""
    number = page_number(asked)
    first = (number - 1) * PAGE_ROWS
    rows = (
        await session.execute(
            select(
                CreditRow.id,
                CreditRow.number,
                CreditRow.issued_on,
                CreditRow.currency,
                CreditRow.total_minor,
                CreditRow.open_minor,
                CreditRow.state,
            )
            .where(CreditRow.customer_id == customer_id)
            .order_by(case((CreditRow.open_minor > 0, 0), else_=1), CreditRow.issued_on.desc(), CreditRow.id)
            .limit(PAGE_ROWS + 1)
            .offset(first)
        )
    ).all()
    lines = [
        CreditLine(
            id=id_,
            number=name,
            issued_on=issued_on,
            total=Money(total, currency),
            open=Money(open_, currency),
            state="voided" if state != "posted" else "open" if open_ > 0 else "used",
        )
        for id_, name, issued_on, currency, total, open_, state in rows[:PAGE_ROWS]
    ]
    more = len(rows) > PAGE_ROWS
    return {
        "rows": lines,
        "pager": simple_pager(number, len(lines), more=more, url=lambda wanted: link("credits", page=wanted)),
    }

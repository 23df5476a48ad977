"""The history of payments as rows of a page and as a file."""

import csv
import io
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

import msgspec
from litestar import Response

from portico_billing.invoices.export import BYTE_ORDER_MARK, safe
from portico_billing.invoices.listing import Pager
from portico_billing.payments.showing.queries import PAGE_ROWS, HistoryRow
from portico_billing.payments.showing.sentences import Words
from portico_core.clock import today
from portico_core.money import Money
from portico_tenants import audit
from portico_tenants.people.visit import Visit
from portico_tenants.session import TenantSession
from portico_themes.links import link
from portico_themes.texts import N_

HEAD = (N_("Payment"), N_("Date"), N_("Paid with"), N_("Invoices"), N_("Status"), N_("Currency"), N_("Amount"))
STATE_WORDS = {
    "creating": N_("Not finished"),
    "open": N_("Not finished"),
    "processing": N_("Processing"),
    "succeeded": N_("Paid"),
    "failed": N_("Refused"),
    "expired": N_("Not paid"),
    "quarantined": N_("Being checked"),
    "refunded": N_("Refunded"),
    "refunded_in_part": N_("Refunded in part"),
}


class ShownRow(msgspec.Struct, frozen=True, kw_only=True):
    """A row of `payments/list.html`. Payments that only the ERP knows have a day (`on`), no time and no page."""

    id: UUID
    ours: bool
    number: str
    created_at: datetime | None
    on: date | None
    method: str
    state: str
    amount: Money
    count: int
    has_receipt: bool


def shown(rows: Sequence[HistoryRow], words: Words) -> list[ShownRow]:
    """Rows ready for the page."""
    return [
        ShownRow(
            id=row.id,
            ours=row.ours,
            number=row.number,
            created_at=row.at,
            on=row.on,
            method=words.method(row.method, row.method_last4),
            state=row.state,
            amount=row.amount,
            count=row.count,
            has_receipt=row.has_receipt,
        )
        for row in rows
    ]


def csv_of(rows: Sequence[HistoryRow], words: Words) -> bytes:
    """A file for spreadsheets. Amounts are plain decimals, dates ISO in the tenant's zone."""
    text = io.StringIO()
    table = csv.writer(text)
    table.writerow([words.text(each) for each in HEAD])
    for row in rows:
        day = row.on or (today(words.zone, row.at) if row.at else None)
        table.writerow(
            [
                safe(row.number),
                day.isoformat() if day else "",
                safe(words.method(row.method, row.method_last4)),
                row.count,
                words.text(STATE_WORDS[row.state]),
                row.amount.currency,
                str(row.amount.amount),
            ]
        )
    return (BYTE_ORDER_MARK + text.getvalue()).encode()


def download(content: bytes, name: str, media_type: str) -> Response[bytes]:
    """An answer that browsers keep as a file. `name` is ours, never a foreign system's."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "private, no-store"}
    return Response(content, media_type=media_type, headers=headers)


async def record(session: TenantSession, visit: Visit, action: str, object_type: str, object_id: UUID) -> None:
    """Downloads are audited."""
    await audit.record(
        session,
        actor=visit.actor,
        action=action,
        object_type=object_type,
        object_id=object_id,
        customer_id=visit.customer_id,
        request_id=visit.request_id,
    )


def page_number(text: str, most: int) -> int:
    """The page that an address asks for, from 1; the first where it cannot be read."""
    return min(max(int(text), 1), most) if text.isdecimal() and len(text) < 8 else 1


def pager(place: str, number: int, rows: int, total: int, **query: Any) -> Pager:
    """The addresses before and behind a page of the list called `place`."""
    first = (number - 1) * PAGE_ROWS + 1
    more = first - 1 + rows < total
    return Pager(
        first=first if rows else 0,
        last=first - 1 + rows,
        total=total,
        previous_url=link(place, page=number - 1 if number > 2 else None, **query) if number > 1 else None,
        next_url=link(place, page=number + 1, **query) if more else None,
    )

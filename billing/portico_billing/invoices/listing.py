"""The list as its template takes it: views with counts, addresses that keep what was chosen, pages."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any
from uuid import UUID

import msgspec

from portico_billing.invoices import queries
from portico_billing.invoices.choice import DOWN_AT_FIRST, PAGE_ROWS, SORTS, Choice
from portico_billing.invoices.payable import VIEWS
from portico_billing.invoices.queries import Found
from portico_billing.invoices.standing import Counts
from portico_tenants.session import TenantSession
from portico_themes.links import link
from portico_themes.page import Page
from portico_themes.texts import N_

# Why a row's box cannot be ticked, by the invoice's state.
REASONS = {
    "started": N_("A payment for this invoice was started. Finish it, or cancel it."),
    "processing": N_("A payment for this invoice is under way."),
    "recording": N_("This invoice is paid; our bookkeeping is recording it."),
    "paid": N_("Nothing is open on this invoice."),
    "voided": N_("This invoice was cancelled."),
}


class ViewLink(msgspec.Struct, frozen=True, kw_only=True):
    """One of the views above the list; `count` is None where counting would cost more than it tells."""

    key: str
    url: str
    count: int | None
    current: bool


class Pager(msgspec.Struct, frozen=True, kw_only=True):
    """Where the page stands. `total` is None where there are too many to count."""

    first: int
    last: int
    total: int | None
    previous_url: str | None
    next_url: str | None


async def found(session: TenantSession, customer_id: UUID | None, choice: Choice, today: date, counts: Counts) -> Found:
    """The page of rows; the total of a plain view is known from the counts."""
    known = None if choice.narrowed else getattr(counts, choice.view, None)
    return await queries.invoices(session, customer_id, choice, today, known_total=known)


def context(choice: Choice, rows: Found, counts: Counts, page: Page, *, place: str, csv: str) -> dict[str, Any]:
    """What `invoices/_list.html` reads. `place` and `csv` name the addresses of the list and its file."""

    def url(**changes: Any) -> str:
        return link(place, **choice.address(**changes))

    return {
        "view": choice.view,
        "views": [
            ViewLink(
                key=key,
                url=link(place, view=key if key != "open" else "", q=choice.query),
                count=getattr(counts, key, None),
                current=key == choice.view,
            )
            for key in VIEWS
        ],
        "query": choice.query,
        "search_all_url": link(place, view="all", q=choice.query) if choice.view != "all" else None,
        "filters": choice.typed,
        "filtered": choice.typed.any,
        "clear_url": link(place, view=choice.view if choice.view != "open" else ""),
        "due": choice.due,
        "sort": choice.sort,
        "sort_down": choice.down,
        "sort_urls": _sort_urls(choice, place),
        "rows": rows.rows,
        "reasons": {state: page.text(reason) for state, reason in REASONS.items()},
        "pager": Pager(
            first=rows.first,
            last=rows.last,
            total=rows.total,
            previous_url=url(page=choice.page - 1) if choice.page > 1 else None,
            next_url=url(page=choice.page + 1) if rows.more else None,
        ),
        "csv_url": link(csv, **choice.address(page=1)),
    }


def simple_pager(number: int, rows: int, *, more: bool, url: Callable[[int], str], total: int | None = None) -> Pager:
    """The pager of a list of which only this page is known; `url` gives the address of a page."""
    first = (number - 1) * PAGE_ROWS
    return Pager(
        first=first + 1,
        last=first + rows,
        total=rows if total is None and number == 1 and not more else total,
        previous_url=url(number - 1) if number > 1 else None,
        next_url=url(number + 1) if more else None,
    )


def _sort_urls(choice: Choice, place: str) -> Mapping[str, str]:
    urls: dict[str, str] = {}
    for key in SORTS:
        down = not choice.down if key == choice.sort else key in DOWN_AT_FIRST
        urls[key] = link(place, **choice.address(sort=f"-{key}" if down else key, page=1))
    return urls

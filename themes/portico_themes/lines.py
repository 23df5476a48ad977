"""The rows of the invoice list, written out by hand: as a template's loop they are half of the page's cost.

`templates/invoices/_list.html` is the only caller, and says around them what their columns are.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Protocol
from uuid import UUID

from markupsafe import Markup
from markupsafe import escape as escape_all

from portico_core.money import Money
from portico_themes.formats import Formats
from portico_themes.links import link
from portico_themes.texts import translate

MOST_DAYS = 4000
WITHOUT_DISTANCE = frozenset({"paid", "recording", "voided"})  # nothing is late or soon of what is settled


class Row(Protocol):
    """What the list knows of an invoice."""

    @property
    def id(self) -> UUID: ...
    @property
    def number(self) -> str: ...
    @property
    def purchase_order(self) -> str: ...
    @property
    def issued_on(self) -> date: ...
    @property
    def due_on(self) -> date: ...
    @property
    def state(self) -> str: ...
    @property
    def total(self) -> Money: ...
    @property
    def open(self) -> Money: ...
    @property
    def selectable(self) -> bool: ...


def ids(rows: Iterable[Row]) -> str:
    """All ids, with a comma between."""
    return ",".join([str(row.id) for row in rows])


class Writer:
    """The rows in one locale, as of one day. Kept while the day lasts: it remembers how the days it met are written."""

    def __init__(self, locale: str, formats: Formats, today: date) -> None:
        self._formats = formats
        self._today = today
        self._order = escape(translate(locale, "order"))
        self._select = escape(translate(locale, "Select invoice"))
        self._place = escape(link("invoice", invoice=""))
        self._days: dict[date, str] = {}
        self._distances: dict[date, str] = {}

    def rows(
        self, rows: Iterable[Row], badge: Callable[[str], str], reasons: Mapping[str, str], *, ticks: bool
    ) -> Markup:
        """`badge` gives a state's mark, `reasons` say why a row of a state cannot be ticked; `ticks` is whether rows
        have a box at all."""
        marks: dict[str, str] = {}
        lines = []
        for row in rows:
            state, due_on = row.state, row.due_on
            number, order = escape(row.number), escape(row.purchase_order)
            if state not in marks:
                marks[state] = badge(state)
            tick = self._tick(row, number, reasons) if ticks else ""
            distance = "" if state in WITHOUT_DISTANCE else self._distance(due_on)
            on_phone = f'<span class="sub sub-phone">, {self._order} {order}</span>' if order else ""
            total = self._money(row.total)
            still_open = total if row.open == row.total else self._money(row.open)
            lines.append(
                f'<tr role="row">{tick}<th role="rowheader" scope="row" class="c-no">'
                f'<a class="doc" href="{self._place}{row.id}">{number}</a></th>'
                f'<td role="cell" class="c-hide quiet">{order}</td>'
                f'<td role="cell" class="c-hide quiet">{self._day(row.issued_on)}</td>'
                f'<td role="cell" class="c-due"><span class="c-hide">{self._day(due_on)} </span>'
                f"{distance}{on_phone}</td>"
                f'<td role="cell" class="c-state">{marks[state]}</td>'
                f'<td role="cell" class="num c-hide quiet">{total}</td>'
                f'<td role="cell" class="num c-open"><strong>{still_open}</strong></td></tr>\n'
            )
        return Markup("".join(lines))  # noqa: S704 - written out above; what is foreign in it is escaped

    def _tick(self, row: Row, number: str, reasons: Mapping[str, str]) -> str:
        off = ""
        if not row.selectable:
            reason = reasons.get(row.state)
            off = " disabled" if reason is None else f' disabled title="{escape(reason)}"'
        return (
            f'<td role="cell" class="c-check"><input type="checkbox" name="tick" value="{row.id}"'
            f' aria-label="{self._select} {number}"{off}></td>'
        )

    def _day(self, day: date) -> str:
        found = self._days.get(day)
        if found is None:
            if len(self._days) >= MOST_DAYS:
                self._days.clear()
            text = escape(self._formats.day(day, self._today))
            found = self._days[day] = f'<time{far(day, self._today)} datetime="{day.isoformat()}">{text}</time>'
        return found

    def _distance(self, due_on: date) -> str:
        found = self._distances.get(due_on)
        if found is None:
            if len(self._distances) >= MOST_DAYS:
                self._distances.clear()
            text, urgency, _ = self._formats.distance(due_on, self._today)
            span = f'<span class="sub"><span class="{urgency}">{escape(text)}</span></span>'
            found = self._distances[due_on] = span
        return found

    def _money(self, money: Money) -> str:
        exact, said = self._formats.money_pair(money)
        return f'<data class="money" value="{exact}">{escape(said)}</data>'


def far(day: date, today: date) -> str:
    """The mark of a day in another year: a column that has one gives all its days the room of a year."""
    return ' class="far"' if day.year != today.year else ""


_MARKUP = re.compile("[&<>'\"]")


def escape(text: str) -> str:
    """As MarkupSafe's; most texts have nothing in them that needs it, which is quicker seen than done."""
    return str(escape_all(text)) if _MARKUP.search(text) else text

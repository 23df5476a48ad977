"""What a person asked of the list: view, search, filters, sort and page, read from the address and written back.

What cannot be read is as if it had not been said; every bound is kept here.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any, Literal, get_args

import msgspec

from portico_billing.invoices.payable import VIEWS, View
from portico_core.errors import Invalid
from portico_core.money import to_minor
from portico_themes.amounts import parse_amount
from portico_themes.plots import DUE_KEYS

PAGE_ROWS = 50
MOST_PAGES = 400  # an offset is read past row by row; whoever looks further narrows the search
LONGEST_SEARCH = 80

Sort = Literal["number", "order", "issued", "due", "total", "open"]
SORTS: tuple[Sort, ...] = get_args(Sort)
OPEN_VIEWS = frozenset({"open", "overdue", "soon", "processing"})
DOWN_AT_FIRST = frozenset({"issued", "total", "open"})


class Typed(msgspec.Struct, frozen=True, kw_only=True):
    """The filters as they were typed, to be shown again."""

    issued_from: str = ""
    issued_until: str = ""
    amount_from: str = ""
    amount_until: str = ""

    @property
    def any(self) -> bool:
        return bool(self.issued_from or self.issued_until or self.amount_from or self.amount_until)


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """The list that was asked for. Amounts are minor units of the customer's currency."""

    view: View = "open"
    query: str = ""
    due: str = ""
    sort: Sort = "due"
    down: bool = False
    page: int = 1
    typed: Typed = Typed()
    issued_from: date | None = None
    issued_until: date | None = None
    amount_from: int | None = None
    amount_until: int | None = None

    @property
    def narrowed(self) -> bool:
        """Whether more than the view decides what is shown."""
        return bool(self.query or self.due or self.typed.any)

    def address(self, **changes: Any) -> dict[str, object]:
        """The query of this list's address, with changes; what is as usual is left out."""
        wanted = {
            "view": self.view,
            "q": self.query,
            "due": self.due,
            "sort": f"-{self.sort}" if self.down else self.sort,
            "page": self.page,
            **msgspec.structs.asdict(self.typed),
            **changes,
        }
        usual = {"view": "open", "sort": usual_sort(wanted["view"]), "page": 1}
        return {name: value for name, value in wanted.items() if value and usual.get(name) != value}


def usual_sort(view: str) -> str:
    """Oldest due first where something is to be done, else the latest first."""
    return "due" if view in OPEN_VIEWS else "-issued"


def choice_of(asked: Mapping[str, str], *, locale: str, currency: str) -> Choice:
    """The choice that the address's query makes."""
    due = asked.get("due", "") if asked.get("due") in DUE_KEYS else ""
    view: View = next((each for each in VIEWS if each == asked.get("view")), "open")
    sort, down = _sort(asked.get("sort", ""), view)
    typed = Typed(**{name: clean(asked.get(name, ""), 20) for name in Typed.__struct_fields__})
    return Choice(
        view=view,
        query=clean(asked.get("q", ""), LONGEST_SEARCH),
        due=due,
        sort=sort,
        down=down,
        page=page_number(asked.get("page", "")),
        typed=typed,
        issued_from=_day(typed.issued_from),
        issued_until=_day(typed.issued_until),
        amount_from=_minor(typed.amount_from, locale, currency),
        amount_until=_minor(typed.amount_until, locale, currency),
    )


def _sort(text: str, view: str) -> tuple[Sort, bool]:
    for wanted in (text, usual_sort(view)):
        found = next((each for each in SORTS if each == wanted.removeprefix("-")), None)
        if found is not None:
            return found, wanted.startswith("-")
    return "due", False


def page_number(text: str) -> int:
    """A page that was asked for, kept within bounds."""
    return min(max(int(text), 1), MOST_PAGES) if text.isdecimal() and len(text) < 8 else 1


def clean(text: str, longest: int) -> str:
    """Typed text without what no search can find, kept short."""
    return " ".join(text.replace("\0", "").split())[:longest]


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _minor(text: str, locale: str, currency: str) -> int | None:
    try:
        return to_minor(parse_amount(text, locale, currency), currency) if text else None
    except Invalid:
        return None

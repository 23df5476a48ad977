"""How a SuiteQL text is put together: columns that an account may lack, conditions for pages, checked literals.

Texts are put together from the constants of this file and literals that `literal` has checked; bound parameters are
documented but used by no public client, literals by all of them.
"""

import re
from collections.abc import Collection, Iterable

import msgspec

from portico_connectors.netsuite.cursor import Cursor, next_second

MAX_IN = 1000
_ID = re.compile(r"-?[0-9]{1,18}")
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}")
_KEY = re.compile(r"[A-Za-z0-9_-]{1,100}")
SHOW_TIME = "TO_CHAR({}, 'YYYY-MM-DD HH24:MI:SS')"
SHOW_DATE = "TO_CHAR({}, 'YYYY-MM-DD')"


class Column(msgspec.Struct, frozen=True):
    """`name` is the key in the row. One that is not required is left out where the account has none; `join` is what
    its expression needs beyond the table."""

    name: str
    sql: str
    required: bool = False
    join: str = ""


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """One query. `id` and `changed` are the expressions of the row's id and time of change ("" where none)."""

    name: str
    table: str
    columns: tuple[Column, ...]
    where: str = ""
    group: str = ""
    id: str = ""
    changed: str = ""

    def column(self, name: str) -> str:
        """The expression of a column."""
        return next(column.sql for column in self.columns if column.name == name)

    def requires(self, name: str) -> bool:
        """Whether the sync cannot do without a column."""
        return any(column.required for column in self.columns if column.name == name)

    def select(self, missing: Collection[str], conditions: Iterable[str], order: str = "") -> str:
        """The text, without the columns named in `missing`."""
        columns = [column for column in self.columns if column.name not in missing]
        listed = ", ".join(f"{column.sql} AS {column.name}" for column in columns)
        joins = dict.fromkeys(column.join for column in columns if column.join)
        parts = ["SELECT", listed, "FROM", self.table, *joins, *_where(self.where, *conditions)]
        if self.group:
            parts += ["GROUP BY", self.group]
        if order:
            parts += ["ORDER BY", order]
        return " ".join(parts)

    def extent(self, conditions: Iterable[str], *, timed: bool) -> str:
        """How many rows there are and, where the table tells, the latest change among them."""
        latest = [SHOW_TIME.format(f"MAX({self.changed})"), "AS upto,"] if timed else []
        return " ".join(("SELECT", *latest, "COUNT(*) AS total FROM", self.table, *_where(self.where, *conditions)))

    def order(self, *, timed: bool) -> str:
        """A total order: the time as shown, to the second, then the id."""
        return f"{SHOW_TIME.format(self.changed)}, {self.id}" if timed else self.id

    def since(self, start: str | None) -> list[str]:
        """The condition for changes from `start` on."""
        return [f"{self.changed} >= {time(start)}"] if start else []

    def remaining(self, run: Cursor) -> list[str]:
        """The conditions for the rows of a run after the last one read."""
        if run.whole:
            return [f"{self.id} > {ident(run.id)}"] if run.id else []
        conditions = [f"{self.changed} < {time(next_second(run.upto or ''))}"]
        if run.at and run.id:
            later = f"{self.changed} >= {time(next_second(run.at))}"
            return [f"{self.changed} >= {time(run.at)}", f"({later} OR {self.id} > {ident(run.id)})", *conditions]
        return [*self.since(run.since), *conditions]


def _where(*conditions: str) -> tuple[str, ...]:
    given = [condition for condition in conditions if condition]
    return ("WHERE", " AND ".join(given)) if given else ()


def ident(value: str) -> str:
    """An internal id as a literal."""
    if not _ID.fullmatch(value):
        raise ValueError("not a NetSuite internal id")
    return value


def time(value: str) -> str:
    """A wall-clock time as an expression."""
    if not _TIME.fullmatch(value):
        raise ValueError("not a NetSuite time")
    return f"TO_TIMESTAMP('{value}', 'YYYY-MM-DD HH24:MI:SS')"


def key(value: str) -> str:
    """An external id of ours as a literal: letters, digits, _ and - only, as the record API's `eid:` demands."""
    if not _KEY.fullmatch(value):
        raise ValueError("a key for NetSuite consists of letters, digits, _ and -")
    return f"'{value}'"


def among(expression: str, ids: Iterable[str]) -> str:
    """A condition for up to 1,000 ids."""
    return f"{expression} IN ({', '.join(ident(value) for value in ids)})"


def is_ident(value: str) -> bool:
    """Whether the text can be an internal id at all."""
    return _ID.fullmatch(value) is not None

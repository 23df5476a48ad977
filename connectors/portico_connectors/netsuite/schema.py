"""Asks queries of an account whose columns are known only by asking: what is missing is left out, once and for all."""

import re
from collections.abc import Collection, Iterable

from portico_connectors.errors import Reconnect
from portico_connectors.netsuite.client import Client, Rows
from portico_connectors.netsuite.faults import Failing, SchemaDrift
from portico_connectors.netsuite.suiteql import Column, Source


class Schema:
    """What this account and role show. Remembered as long as the connection is open."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._missing: dict[str, set[str]] = {}
        self._probed: set[str] = set()
        self._absent: set[str] = set()

    @property
    def missing(self) -> list[str]:
        """Columns left out so far, as `source.column`, sorted."""
        return sorted(f"{source}.{column}" for source, columns in self._missing.items() for column in columns)

    async def fetch(self, source: Source, conditions: Iterable[str], *, order: str = "", limit: int) -> Rows:
        """Rows of a source, without the columns that the account lacks. Raises Reconnect if a required one is."""
        conditions = list(conditions)
        missing = self._missing.setdefault(source.name, set())
        while True:
            asked = frozenset(missing)
            try:
                return await self._client.suiteql(source.select(asked, conditions, order), limit=limit)
            except SchemaDrift as drift:
                trouble: SchemaDrift | Failing = drift
                found = _named(source, asked, drift.name)
                hopeless = drift.name in source.table.lower().split()
            except Failing as failure:
                # Some unknown columns make NetSuite fail instead of naming them.
                if not failure.internal:
                    raise
                trouble, found, hopeless = failure, set(), False
            if missing != asked:
                continue  # another read of this source found out meanwhile
            if not found and not hopeless and source.name not in self._probed:
                found = await self._probe(source, missing)
            if not found:
                raise refusal(source, trouble.name) if isinstance(trouble, SchemaDrift) else trouble
            missing |= found

    async def _probe(self, source: Source, missing: set[str]) -> set[str]:
        """Ask for each optional column by itself."""
        self._probed.add(source.name)
        found: set[str] = set()
        required = tuple(column for column in source.columns if column.required)
        for column in source.columns:
            if column.required or column.name in missing:
                continue
            try:
                await self._ask_for(source, (*required[:1], column))
            except SchemaDrift:
                found.add(column.name)
            except Failing as failure:
                if not failure.internal:
                    raise
                # The column's fault only if all is well without it; else this is a bad day, and nothing is concluded.
                await self._ask_for(source, required)
                found.add(column.name)
        return found

    async def _ask_for(self, source: Source, columns: tuple[Column, ...]) -> None:
        alone = Source(name=source.name, table=source.table, columns=columns, where=source.where, group=source.group)
        await self._client.suiteql(alone.select((), ()), limit=1)

    async def fetch_optional(self, source: Source, conditions: Iterable[str], *, limit: int) -> Rows | None:
        """Rows of a table that belongs to a feature; None where the account has it not."""
        if source.name in self._absent:
            return None
        try:
            return await self.fetch(source, conditions, order=source.id, limit=limit)
        except MissingColumn:
            self._absent.add(source.name)
            return None


class MissingColumn(Reconnect):
    """A column or table that the sync cannot do without is not shown to the role."""


def refusal(source: Source, name: str) -> MissingColumn:
    """What to say where the sync cannot do without."""
    return MissingColumn(
        f"NetSuite does not show {name} to this role, which reading {source.name} records needs; "
        "check the role's permissions and SuiteAnalytics Workbook"
    )


def _named(source: Source, missing: Collection[str], name: str) -> set[str]:
    """The optional columns that need what NetSuite calls missing; none if a required one needs it too."""
    word = re.compile(rf"\b{re.escape(name)}\b", re.IGNORECASE)

    def needs(column: Column) -> bool:
        return word.search(column.sql) is not None or word.search(column.join) is not None

    concerned = [column for column in source.columns if column.name not in missing and needs(column)]
    return set() if any(column.required for column in concerned) else {column.name for column in concerned}

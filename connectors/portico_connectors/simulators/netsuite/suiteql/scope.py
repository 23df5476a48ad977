"""Names in a query: which source a column belongs to, and what a piece of translated SQL is."""

from dataclasses import dataclass, field

from portico_connectors.simulators.netsuite.answers import Refused, bad_query, unexpected_error
from portico_connectors.simulators.netsuite.config import Options
from portico_connectors.simulators.netsuite.suiteql.catalog import KNOWN_ELSEWHERE, TABLES
from portico_connectors.simulators.netsuite.suiteql.columns import Column, Kind, Table


@dataclass(frozen=True)
class Sql:
    """Translated SQL with what is known of its value. `literal` is set for plain text and numbers."""

    text: str
    kind: Kind = Kind.UNKNOWN
    refers: str | None = None
    filled: bool = False
    literal: str | None = None
    parameter: bool = False


@dataclass
class Scope:
    """The sources of one SELECT by alias, each with its columns; `parent` is the query around it."""

    parent: "Scope | None" = None
    sources: dict[str, dict[str, Column]] = field(default_factory=dict)
    tables: dict[str, str] = field(default_factory=dict)

    def add(self, alias: str, columns: dict[str, Column], table: str) -> None:
        """Name a source; a name twice is refused."""
        if alias in self.sources:
            raise bad_query("Search error occurred: Invalid or unsupported search.")
        self.sources[alias] = columns
        self.tables[alias] = table


class Names:
    """Resolves tables and columns as one account has them."""

    def __init__(self, tables: dict[str, Table], options: Options) -> None:
        self.tables = tables
        self.options = options

    def table(self, name: str) -> Table:
        """The table of this name; "not found" where a feature is off, "invalid type" where there is none."""
        found = self.tables.get(name.lower())
        if found is not None:
            return found
        if name.lower() in TABLES or name.lower() in KNOWN_ELSEWHERE:
            raise bad_query(f"Search error occurred: Record '{name}' was not found.")
        raise bad_query(f"Invalid search type: {name}.")

    def column(self, scope: Scope, alias: str | None, name: str) -> Sql:
        """A column reference, looked up outwards. Unknown and ambiguous ones are refused."""
        wanted = name.lower()
        level: Scope | None = scope
        while level is not None:
            holders = [
                source
                for source, columns in level.sources.items()
                if (alias is None or source == alias.lower()) and wanted in columns
            ]
            if len(holders) > 1:
                raise bad_query(f"Search error occurred: Ambiguous identifier '{name}'.")
            if holders:
                column = level.sources[holders[0]][wanted]
                return Sql(f'"{holders[0]}"."{wanted}"', column.kind, column.refers, column.filled)
            level = level.parent
        raise self._unknown(scope, alias, name)

    def _unknown(self, scope: Scope, alias: str | None, name: str) -> Refused:
        searched = [table for source, table in scope.tables.items() if alias is None or source == alias.lower()]
        for table in searched:
            if name.lower() in (column.lower() for column in self.options.crashing_columns.get(table, [])):
                return unexpected_error()
            if table in TABLES and name.lower() in TABLES[table].columns:
                return bad_query(f"Search error occurred: Field '{name}' for record '{table}' was not found.")
        available = ", ".join(f"{source}={table}" for source, table in scope.tables.items())
        shown = name if alias is None else f"{alias}.{name}"
        return bad_query(
            f"Search error occurred: Unknown identifier '{shown}'. Available identifiers are: {{{available}}}"
        )

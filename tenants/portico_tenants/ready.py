"""Statements as asyncpg takes them, for what every page asks: made once, and run past SQLAlchemy, whose way there and
back costs several times what PostgreSQL does. `TenantSession.ask` runs them in the session's own transaction.
"""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

from sqlalchemy import Insert, Select
from sqlalchemy.dialects.postgresql.asyncpg import dialect
from sqlalchemy.sql.compiler import SQLCompiler


class Ready:
    """A statement whose text and order of values are worked out at its first use and kept."""

    def __init__(self, statement: Select[*tuple[Any, ...]] | Insert) -> None:
        self._statement = statement

    @cached_property
    def text(self) -> str:
        return self._compiled.string

    def values(self, given: Mapping[str, Any]) -> list[Any]:
        """In the statement's order; KeyError for one that is missing. What it does not know is left out."""
        own = self._own
        return [given[name] if name in given else own[name] for name in self._names]

    @cached_property
    def _names(self) -> Sequence[str]:
        return self._compiled.positiontup or ()

    @cached_property
    def _own(self) -> dict[str, Any]:
        """Values that were written into the statement."""
        return {name: value for name, value in self._compiled.params.items() if value is not None}

    @cached_property
    def _compiled(self) -> SQLCompiler:
        return self._statement.compile(dialect=dialect())  # type: ignore[no-untyped-call]  # untyped in the library

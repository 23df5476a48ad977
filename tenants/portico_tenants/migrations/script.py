"""The script that makes all of a new tenant's tables, generated from the models, sent as one batch."""

from functools import cache
from importlib import resources
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import MetaData
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateIndex, CreateTable, DDLElement

from portico_tenants import rights

FILE = "tenant.sql"
VERSION_TABLE = "alembic_version"
_REVISION = "-- revision "


class TenantScript(NamedTuple):
    """SQL for an empty schema that is the search path, and the revision it amounts to."""

    revision: str
    sql: str

    @property
    def text(self) -> str:
        """As the file has it: the revision stands in the first line."""
        return f"{_REVISION}{self.revision}\n-- Written by `make migration` from the models; not by hand.\n{self.sql}"


def shipped() -> TenantScript:
    """The script of this release."""
    text = (resources.files(__package__) / FILE).read_text()
    first_line, _, rest = text.partition("\n")
    return TenantScript(first_line.removeprefix(_REVISION), rest.partition("\n")[2])


@cache
def needed() -> str:
    """The revision that this release's code was written for."""
    return shipped().revision


def is_behind(revision: str | None, than: str) -> bool:
    """Whether a schema lacks something of revision `than`. A later one lacks nothing: revisions add.

    Revisions are numbers of four digits, so an older one sorts first.
    """
    return revision is None or revision < than


def write(script: TenantScript) -> None:
    """Put it where `shipped` finds it; for `make migration`, in a working copy."""
    (Path(__file__).parent / FILE).write_text(script.text)


def from_models(tables: MetaData, revision: str) -> TenantScript:
    """The script for these tables."""
    statements: list[str] = []
    for table in tables.sorted_tables:
        statements.append(_sql(CreateTable(table)))
        statements += sorted(_sql(CreateIndex(index)) for index in table.indexes)
        statements += table.info.get("then", ())
    statements += version_table(revision)
    return TenantScript(revision, "".join(f"\n{statement.strip()};\n" for statement in statements))


def version_table(revision: str) -> list[str]:
    """The table in which Alembic finds a schema's revision; written by the owner alone."""
    return [
        f"CREATE TABLE {VERSION_TABLE} (\n\tversion_num VARCHAR(32) NOT NULL,\n"
        f"\tCONSTRAINT {VERSION_TABLE}_pkc PRIMARY KEY (version_num)\n)",
        *guard_version_table(),
        f"INSERT INTO {VERSION_TABLE} (version_num) VALUES ('{revision}')",  # noqa: S608  # both are ours
    ]


def guard_version_table() -> tuple[str, ...]:
    """Takes the writing of revisions away from the tenant's role."""
    return rights.read_only(VERSION_TABLE)["then"]


def _sql(element: DDLElement) -> str:
    lines = str(element.compile(dialect=postgresql.dialect(paramstyle="named"))).splitlines()  # type: ignore[no-untyped-call]
    return "\n".join(line.rstrip() for line in lines)

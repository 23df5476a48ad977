"""The revisions of a history as SQL: rendered once, then sent to as many schemas as wait for them.

Alembic's `op` is one global per process, so running revisions for several tenants at a time is out of the question;
sending the same SQL is not.
"""

from collections.abc import Iterator, Sequence
from functools import cache
from io import StringIO
from pathlib import Path
from typing import Literal, NamedTuple

from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import ScriptDirectory

from portico_core.db import CONTROL_SCHEMA
from portico_tenants.migrations import script as scripts

History = Literal["control", "tenant"]


class Step(NamedTuple):
    """One revision: from `before` (None where there is nothing yet) to `revision`, its own mark included."""

    before: str | None
    revision: str
    sql: str


def directory(history: History, parent: Path = Path(__file__).parent) -> ScriptDirectory:
    """Alembic's view of the files."""
    return ScriptDirectory(str(parent / history), messaging_opts={"quiet": True})


@cache
def steps(history: History) -> tuple[Step, ...]:
    """All revisions from nothing to the head, in order."""
    return tuple(rendered(directory(history), history))


def missing(all_steps: Sequence[Step], revision: str | None) -> Sequence[Step]:
    """What a schema at `revision` waits for. LookupError if this release does not know that revision."""
    known = [None, *(step.revision for step in all_steps)]
    if revision not in known:
        raise LookupError(f"revision {revision} is not one of this release's")
    return all_steps[known.index(revision) :]


def rendered(files: ScriptDirectory, history: History) -> Iterator[Step]:
    """The same for files that lie elsewhere."""
    before: str | None = None
    for revision in reversed(list(files.walk_revisions())):
        written = StringIO()
        context = MigrationContext.configure(
            dialect_name="postgresql",
            dialect_opts={"paramstyle": "named"},  # else each % of a statement is doubled
            opts={
                "as_sql": True,
                "output_buffer": written,
                "fn": lambda current, _, target=revision.revision: files._upgrade_revs(target, current),
                "starting_rev": before,
                "version_table_schema": CONTROL_SCHEMA if history == "control" else None,
            },
        )
        with Operations.context(context):
            context.run_migrations()
        sql = written.getvalue()
        if before is None and history == "tenant":
            sql += "".join(f"{statement};\n" for statement in scripts.guard_version_table())
        yield Step(before, revision.revision, sql)
        before = revision.revision

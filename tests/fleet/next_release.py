"""The release after this one: a copy of the tenants' room with two revisions more, put before ours on the path.

Processes started with its environment are that release; those without are this one. So old and new run side by side.
"""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

import portico_tenants
from portico_tenants.migrations import history, script

ADDS = """
    op.add_column("customer", sa.Column("nickname", sa.Text(), nullable=True))
    op.create_table(
        "customer_note",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_customer_note_customer_id_customer")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customer_note")),
    )
"""
FILLS = """
    op.create_index("ix_customer_nickname", "customer", ["nickname"], unique=False)
    op.execute("UPDATE customer SET nickname = name WHERE nickname IS NULL")
"""
FILE = '''"""{says}."""

import sqlalchemy as sa
from alembic import op

revision = "{revision}"
down_revision = "{before}"
branch_labels = None
depends_on = None


def upgrade() -> None:{body}'''


@dataclass(frozen=True)
class NextRelease:
    """`folder` goes first on the path. A schema at `between` has the first of the new revisions only."""

    folder: Path
    before: str
    between: str
    newest: str

    @property
    def environment(self) -> dict[str, str]:
        """For processes of that release."""
        return {"PYTHONPATH": os.pathsep.join(filter(None, (str(self.folder), os.environ.get("PYTHONPATH"))))}


def make_next_release(folder: Path) -> NextRelease:
    """Written below `folder`."""
    room = folder / "portico_tenants"
    shutil.copytree(Path(portico_tenants.__file__).parent, room, ignore=shutil.ignore_patterns("__pycache__"))
    before = history.steps("tenant")[-1].revision
    between, newest = (f"{int(before) + further:04}" for further in (1, 2))
    versions = room / "migrations" / "tenant" / "versions"
    for revision, previous, says, body in (
        (between, before, "Names that customers go by", ADDS),
        (newest, between, "Names are looked for", FILLS),
    ):
        name = f"{revision}_{says.lower().replace(' ', '_')}.py"
        (versions / name).write_text(FILE.format(says=says, revision=revision, before=previous, body=body))
    steps = list(history.rendered(history.directory("tenant", room / "migrations"), "tenant"))
    sql = script.shipped().sql + "".join(step.sql for step in steps[-2:])
    (room / "migrations" / script.FILE).write_text(script.TenantScript(newest, sql).text)
    return NextRelease(folder, before, between, newest)

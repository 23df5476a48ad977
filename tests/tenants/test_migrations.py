"""Schemas that were migrated and schemas that were made at once are the same, and both are what the models say."""

import re
import shutil
from pathlib import Path

import pytest
from sqlalchemy import Column, Enum, MetaData, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB

from portico_core.db import CONTROL_SCHEMA, NAMING
from portico_core.ids import new_id
from portico_core.settings import DatabaseSettings
from portico_portal.schema import every_model, script_of_models
from portico_tenants import rights
from portico_tenants.migrations import catalog, history, revise, script
from portico_tenants.migrations.history import History, Step
from portico_tenants.owner import app_login, owner_connection, owner_url
from portico_tenants.rights import append_only
from portico_tenants.tenant import role_name

AGAIN = "run `make migration` and commit what it writes"


async def test_migrated_from_nothing_and_made_from_the_script_are_alike(fresh_database: DatabaseSettings) -> None:
    migrated, fresh = role_name(new_id()), role_name(new_id())
    made_at_once = [Step(None, "", script.shipped().sql)]
    async with owner_connection(fresh_database) as owner:
        major = owner.get_server_version().major
        for role, steps in ((migrated, history.steps("tenant")), (fresh, made_at_once)):
            async with owner.transaction():
                await owner.execute(rights.of_tenant(role, app_login(fresh_database), major))
                for step in steps:
                    await owner.execute(step.sql)
        by_steps, at_once = await catalog.lines(owner, migrated), await catalog.lines(owner, fresh)
        versions = [
            await owner.fetchval(f"SELECT version_num FROM {role}.alembic_version")  # noqa: S608
            for role in (migrated, fresh)
        ]
    assert sorted(by_steps - at_once) == sorted(at_once - by_steps) == []
    assert len(by_steps) > 100
    assert versions == [script.shipped().revision] * 2


async def test_the_revisions_are_what_the_models_say(fresh_database: DatabaseSettings) -> None:
    role = role_name(new_id())
    async with owner_connection(fresh_database) as owner, owner.transaction():
        await owner.execute(rights.of_tenant(role, app_login(fresh_database), owner.get_server_version().major))
        for step in history.steps("tenant"):
            await owner.execute(step.sql)
    schema, url = every_model(), owner_url(fresh_database)
    assert await revise.differences(url, CONTROL_SCHEMA, schema.control) == [], AGAIN
    assert await revise.differences(url, role, schema.tenant) == [], AGAIN


def test_the_script_is_what_the_models_say() -> None:
    assert script.shipped().text == script_of_models().text, AGAIN


FORBIDDEN = {
    "a column's type changes in place": r"\bALTER\s+(COLUMN\s+)?\S+\s+(SET\s+DATA\s+)?TYPE\b",
    "columns are not listed": r"\bSELECT\s+\*",
    "a native enum": r"\bCREATE\s+TYPE\b",
    "an extension that not every server has": r"\bCREATE\s+EXTENSION\b",
    "a column or table is renamed in place": r"\bRENAME\b",
    "a transaction of its own": r"^\s*(BEGIN|COMMIT|ROLLBACK)\b|\bCONCURRENTLY\b",
    "something is dropped that the release before still uses": r"\bDROP\b|\bTRUNCATE\b",
    "a column that the release before would have to fill": (
        r"\bSET\s+NOT\s+NULL\b|\bADD\s+(COLUMN\s+)?(?!CONSTRAINT\b)(?![^;]*\bDEFAULT\b)[^;]*\bNOT\s+NULL\b"
    ),
}
# What a revision takes away, by its number: only what the release before this one had ceased to use.
CONTRACTS: dict[str, frozenset[str]] = {}


def _forbidden(sql: str) -> list[str]:
    without_blocks = re.sub(r"DO \$\$.*?\$\$", "", sql, flags=re.DOTALL)
    return [what for what, sign in FORBIDDEN.items() if re.search(sign, without_blocks, re.IGNORECASE | re.MULTILINE)]


@pytest.mark.parametrize("which", ["control", "tenant"])
def test_revisions_add_and_change_nothing_in_place(which: History) -> None:
    """Old code runs on the new schema meanwhile, with plans and queries made for the old one."""
    for step in history.steps(which):
        found = set(_forbidden(step.sql)) - CONTRACTS.get(f"{which} {step.revision}", frozenset())
        assert not found, f"{which} {step.revision}"


@pytest.mark.parametrize(
    "sql",
    [
        "ALTER TABLE invoice ALTER COLUMN memo TYPE varchar(20)",
        "ALTER TABLE invoice ALTER memo SET DATA TYPE varchar(20)",
        "INSERT INTO a SELECT * FROM b",
        "CREATE TYPE state AS ENUM ('on', 'off')",
        "CREATE EXTENSION pg_trgm",
        "ALTER TABLE invoice RENAME COLUMN memo TO note",
        "CREATE INDEX CONCURRENTLY ix ON invoice (memo)",
        "ALTER TABLE a ADD b int;\nCOMMIT;",
        "ALTER TABLE invoice DROP COLUMN memo",
        "DROP TABLE invoice",
        "DROP INDEX ix_invoice_number",
        "ALTER TABLE invoice ALTER COLUMN memo SET NOT NULL",
        "ALTER TABLE invoice ADD COLUMN memo TEXT NOT NULL",
    ],
)
def test_what_a_revision_must_not_do_is_seen(sql: str) -> None:
    assert len(_forbidden(sql)) == 1


@pytest.mark.parametrize(
    "sql",
    [
        "ALTER TABLE invoice ADD COLUMN memo TEXT",
        "ALTER TABLE invoice ADD COLUMN memo TEXT DEFAULT '' NOT NULL",
        "CREATE TABLE a (id UUID NOT NULL)",
        "ALTER TABLE a ADD CONSTRAINT ck_a CHECK (b IS NOT NULL)",
        "CREATE INDEX ix_a ON a (b) WHERE b IS NOT NULL",
    ],
)
def test_what_a_revision_may_do_is_left_alone(sql: str) -> None:
    assert _forbidden(sql) == []


def test_histories_are_single_lines() -> None:
    for which in ("control", "tenant"):
        numbers = [step.revision for step in history.steps(which)]
        assert numbers == [f"{number:04}" for number in range(1, len(numbers) + 1)]


async def test_a_further_revision_is_written_from_what_the_models_gained(
    fresh_database: DatabaseSettings, tmp_path: Path
) -> None:
    shutil.copytree(Path(history.directory("tenant").dir), tmp_path / "tenant")
    files = history.directory("tenant", tmp_path)
    tables = MetaData(naming_convention=NAMING)
    for table in every_model().tenant.sorted_tables:
        table.to_metadata(tables)
    tables.tables["customer"].append_column(Column("nickname", Text))
    Table(
        "visit_note",
        tables,
        Column("id", Uuid, primary_key=True),
        Column("note", JSONB),
        info=append_only("visit_note"),
    )
    role = role_name(new_id())

    async with owner_connection(fresh_database) as owner, owner.transaction():
        await owner.execute(rights.of_tenant(role, app_login(fresh_database), owner.get_server_version().major))
        for step in history.steps("tenant"):
            await owner.execute(step.sql)
    [written] = await revise.write_revisions(owner_url(fresh_database), role, tables, files, "notes on visits")
    assert written is not None
    assert written.name == f"{len(history.steps('tenant')) + 1:04}_notes_on_visits.py"

    added = list(history.rendered(history.directory("tenant", tmp_path), "tenant"))[-1]
    async with owner_connection(fresh_database) as owner, owner.transaction():
        await owner.execute(f"SET LOCAL search_path TO {role}")
        await owner.execute(added.sql)
        lines = await catalog.lines(owner, role)
    assert {"column customer.nickname text", "the tenant may INSERT visit_note"} <= lines
    assert "the tenant may UPDATE visit_note" not in lines
    assert await revise.differences(owner_url(fresh_database), role, tables) == []
    assert await revise.write_revisions(owner_url(fresh_database), role, tables, files, "nothing") == []


def test_tables_stand_where_they_are_looked_for() -> None:
    known = set(every_model().tenant.tables) | {name.partition(".")[2] for name in every_model().control.tables}
    root = Path(__file__).parents[2]
    named = {
        name
        for room in ("platform", "tenants", "connectors", "billing", "themes")
        for file in (root / room).rglob("*.py")
        if "simulators" not in file.parts and "paysim" not in file.parts
        for name in re.findall(r'^    __tablename__ = "(\w+)"', file.read_text(), re.MULTILINE)
    }
    assert named == known


def test_no_tenants_table_carries_a_schema_or_a_native_enum() -> None:
    for table in every_model().tenant.sorted_tables:
        assert table.schema is None
        assert "tenant_id" not in table.columns
        assert not [column.name for column in table.columns if isinstance(column.type, Enum)]

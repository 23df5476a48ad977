"""Writes revisions: the difference between the models and a database at the newest revision."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Literal, TypeVar

from alembic.autogenerate import compare_metadata, produce_migrations, render_python_code
from alembic.autogenerate.api import AutogenContext
from alembic.migration import MigrationContext
from alembic.operations import ops
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, MetaData
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from portico_core.db import CONTROL_SCHEMA

T = TypeVar("T")
TABLES_PER_REVISION = 12


async def differences(url: str, schema: str, tables: MetaData) -> list[Any]:
    """What separates that schema of the database from the models, in Alembic's words; empty where nothing does."""
    return await _compared(url, schema, lambda context: list(compare_metadata(context, tables)))


async def write_revisions(url: str, schema: str, tables: MetaData, files: ScriptDirectory, message: str) -> list[Path]:
    """New files with what that schema, which is at the newest revision, lacks; none where it lacks nothing."""
    found = (await _compared(url, schema, lambda context: produce_migrations(context, tables))).upgrade_ops
    if found is None or found.is_empty():
        return []
    portions = list(_portions(found, tables))
    numbered = [f"{message} {number}" for number in range(1, len(portions) + 1)] if len(portions) > 1 else [message]
    written = [_write(files, portion, each) for portion, each in zip(portions, numbered, strict=True)]
    return [path for path in written if path is not None]


def _write(files: ScriptDirectory, operations: list[ops.MigrateOperation], message: str) -> Path | None:
    code = render_python_code(ops.UpgradeOps(operations), render_item=_without_internals)
    written = files.generate_revision(
        f"{len(list(files.walk_revisions())) + 1:04}",
        message,
        upgrades="\n".join(line for line in code.splitlines() if "###" not in line).strip(),
        imports="from sqlalchemy.dialects import postgresql" if "postgresql.JSONB" in code else "",
    )
    return None if written is None else Path(written.path)


async def _compared(url: str, schema: str, compare: Callable[[MigrationContext], T]) -> T:
    named = schema if schema == CONTROL_SCHEMA else None  # how the models' tables name their schema

    def compare_sync(connection: Connection) -> T:
        context = MigrationContext.configure(
            connection,
            opts={
                "compare_type": True,
                "compare_server_default": True,
                "include_schemas": named is not None,
                "include_name": lambda name, kind, _: kind != "schema" or name == named,
                "version_table_schema": named,
            },
        )
        return compare(context)

    engine = create_async_engine(
        make_url(url).set(drivername="postgresql+asyncpg"),
        # a tenant's tables carry no schema name: its schema has to be the default one of the connection
        connect_args={"server_settings": {"search_path": "public" if named else schema}},
        poolclass=NullPool,
    )
    async with engine.connect() as connection:
        return await connection.run_sync(compare_sync)


def _without_internals(kind: str, value: object, _: AutogenContext) -> str | Literal[False]:
    return "postgresql.JSONB()" if kind == "type" and isinstance(value, JSONB) else False


def _portions(found: ops.UpgradeOps, tables: MetaData) -> Iterator[list[ops.MigrateOperation]]:
    """A file's worth each, so that a revision can be read in one sitting."""
    portion: list[ops.MigrateOperation] = []
    made = 0
    for operation in _with_rights(found, tables):
        if isinstance(operation, ops.CreateTableOp):
            if made == TABLES_PER_REVISION:
                yield portion
                portion, made = [], 0
            made += 1
        portion.append(operation)
    yield portion


def _with_rights(found: ops.UpgradeOps, tables: MetaData) -> Iterator[ops.MigrateOperation]:
    """After a new table, what it wants beyond being one (`rights`)."""
    for operation in found.ops:
        if isinstance(operation, ops.CreateTableOp):
            operation.info = {}
        yield operation
        if isinstance(operation, ops.CreateTableOp):
            key = f"{operation.schema}.{operation.table_name}" if operation.schema else operation.table_name
            for statement in tables.tables[key].info.get("then", ()):
                yield ops.ExecuteSQLOp(statement)

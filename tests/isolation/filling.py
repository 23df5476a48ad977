"""A word of its own in every text of every table of a tenant, read from the models: new tables and columns are covered.

What cannot hold a free word is named in CODES, with what it holds.
"""

import json
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import BigInteger, CheckConstraint, Column, Date, DateTime, LargeBinary, Numeric, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB

from portico_core.clock import now
from portico_core.ids import new_id
from portico_portal.schema import every_model
from portico_tenants.tenant import Tenant

# Columns that are read as a code of ours or of somebody else's, so that no text of a person or a customer stands there;
# with what a row made here holds.
CODES = {
    **dict.fromkeys(("customer.currency", "invoice.currency", "credit.currency", "erp_payment.currency"), "USD"),
    "difference.currency": "USD",
    "difference.kind": "stripe_amount",
    **dict.fromkeys(("invoice.state", "credit.state", "erp_payment.state"), "posted"),
    **dict.fromkeys(("payment.currency", "payment.state", "payment.failure", "payment.method"), ""),
    **dict.fromkeys(("payment.method_last4", "payment.checkout_url", "payment.stripe_account"), ""),
    **dict.fromkeys(("payment.checkout_session_id", "payment.payment_intent_id"), ""),
    **dict.fromkeys(("hold.ended_because", "posting.state", "stripe_event.state", "stripe_event.type"), ""),
    **dict.fromkeys(("person.language", "person.password_hash", "staff.role", "membership.role"), ""),
    **dict.fromkeys(("mailed_link.kind", "mailed_link.role"), ""),
    **dict.fromkeys(("sync_cursor.record_type", "sync_run.record_type", "set_aside.record_type"), "invoice"),
    "invoice_paper.source": "ours",
    "stripe_call.purpose": "checkout",
    "money_event.kind": "received",
    "money_event.status": "succeeded",
    "connection.connector": "netsuite",
    "connection.time_zone": "UTC",
    "connection.state": "active",
    "sync_cursor.cursor": "",
    "sync_run.kind": "incremental",
    "sync_run.state": "done",
    "secret.key_id": "test",
    "secret.name": "connection.token_id",
    "brand_file.name": "",
}


def tables() -> list[Table]:
    """Those of a tenant, referred ones first."""
    return list(every_model().tenant.sorted_tables)


def texts(table: Table) -> Iterator[Column[str]]:
    """Columns of free text."""
    for column in table.columns:
        if isinstance(column.type, Text) and _code(column) is None:
            yield column


def _code(column: Column[Any]) -> str | None:
    """What a column of codes holds in a row made here: the first value of its check, or what CODES says."""
    for check in column.table.constraints:
        if isinstance(check, CheckConstraint) and str(check.sqltext).startswith(f"{column.name} IN ("):
            return str(check.sqltext).split("'")[1]
    return CODES.get(f"{column.table.name}.{column.name}")


async def fill(owner: asyncpg.Connection, tenant: Tenant, word: str) -> None:
    """A row in every empty table, and `word` in every text and every JSON document of every row."""
    async with owner.transaction():
        await owner.execute(f"SET LOCAL search_path TO {tenant.role}")
        for table in tables():
            if not await owner.fetchval(f"SELECT EXISTS (SELECT FROM {table.name})"):
                await _insert(owner, table, word)
            changes = [
                f"{column.name} = CASE WHEN {column.name} ILIKE '%' || $1 || '%' THEN {column.name}"
                f" ELSE $1 || coalesce({column.name}, '') END"
                for column in texts(table)
            ]
            changes += [
                f"{column.name} = coalesce({column.name}, '{{}}') || jsonb_build_object('note', $1::text)"
                for column in table.columns
                if isinstance(column.type, JSONB)
            ]
            if changes:
                await owner.execute(f"UPDATE {table.name} SET {', '.join(changes)}", word)


async def without(owner: asyncpg.Connection, tenant: Tenant, word: str) -> list[str]:
    """Texts that hold the word in no row."""
    missing = []
    for table in tables():
        for column in texts(table):
            found = await owner.fetchval(
                f"SELECT EXISTS (SELECT FROM {tenant.role}.{table.name} WHERE {column.name} ILIKE $1)", f"%{word}%"
            )
            if not found:
                missing.append(f"{table.name}.{column.name}")
    return missing


async def fingerprint(owner: asyncpg.Connection, tenant: Tenant, *, but: set[str] = frozenset()) -> dict[str, str]:  # type: ignore[assignment]
    """What stands in each table now: rows and a hash of all of them."""
    names = [table.name for table in tables() if table.name not in but]
    parts = " UNION ALL ".join(
        f"SELECT '{name}', count(*) || ' rows, ' || md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), ''))"
        f" FROM {tenant.role}.{name} t"
        for name in names
    )
    return {str(name): str(told) for name, told in await owner.fetch(parts)}


async def _insert(owner: asyncpg.Connection, table: Table, word: str) -> None:
    values = {}
    for column in table.columns:
        wanted = not column.nullable or isinstance(column.type, BigInteger)  # amounts go with their rows
        if column.server_default is None and wanted and column.identity is None:
            values[column.name] = await _value(owner, column, word)
    names = ", ".join(values)
    marks = ", ".join(f"${number}" for number in range(1, len(values) + 1))
    await owner.execute(f"INSERT INTO {table.name} ({names}) VALUES ({marks})", *values.values())


async def _value(owner: asyncpg.Connection, column: Column[object], word: str) -> object:
    for key in column.foreign_keys:
        return await owner.fetchval(f"SELECT {key.column.name} FROM {key.column.table.name} LIMIT 1")
    if (code := _code(column)) is not None:
        return code
    kinds: list[tuple[type, object]] = [
        (Text, word),
        (JSONB, json.dumps({"note": word})),
        (Uuid, new_id()),
        (DateTime, now()),
        (Date, now().date()),
        (LargeBinary, word.encode()),
        (Numeric, 7),
    ]
    if column.type.python_type is bool:
        return False
    return next((value for kind, value in kinds if isinstance(column.type, kind)), 7)


def id_of(name: str) -> UUID:
    """The same id for the same name, in whichever tenant."""
    return UUID(bytes=name.encode().ljust(16, b".")[:16], version=4)

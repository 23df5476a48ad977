"""What the run asks of the portal's tables: how the sync went, who is the largest, what is still on its way."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

import asyncpg

# In the order of a backfill: the tables into which the records of a type go.
KINDS = ("term", "customer", "contact", "invoice", "credit", "payment")
COUNTS = """
    SELECT 'term' AS kind, (SELECT count(*) FROM term) AS many
    UNION ALL SELECT 'customer', (SELECT count(*) FROM customer)
    UNION ALL SELECT 'contact', (SELECT count(*) FROM contact)
    UNION ALL SELECT 'invoice', (SELECT count(*) FROM invoice) + (SELECT count(*) FROM invoice_line)
    UNION ALL SELECT 'credit', (SELECT count(*) FROM credit) + (SELECT count(*) FROM credit_line)
        + (SELECT count(*) FROM credit_application)
    UNION ALL SELECT 'payment', (SELECT count(*) FROM erp_payment) + (SELECT count(*) FROM erp_application)"""


class Largest(NamedTuple):
    """The customer with the largest sum of invoices, and what is open on them."""

    id: str
    number: str
    name: str
    invoices: int
    open_invoices: int
    open_amount: Decimal


class Books:
    """The tables of one tenant, by the owner's login; `role` names its schema."""

    def __init__(self, database_url: str, role: str) -> None:
        self._url = database_url
        self._role = role

    async def backfill(self) -> dict[str, dict[str, Any]]:
        """By record type: records and rows that came, seconds of the runs, and how many were set aside. `all` has the
        seconds in which any run went on, should some overlap; `tables` their size in bytes.

        A run that was stopped counts until its last sign of life.
        """
        async with self._connected() as connection:
            runs = await connection.fetch(
                "SELECT record_type AS kind, read, extract(epoch FROM started_at)::float AS began,"
                " extract(epoch FROM CASE state WHEN 'done' THEN finished_at ELSE heartbeat_at END)::float AS ended"
                " FROM sync_run WHERE kind = 'backfill' ORDER BY started_at"
            )
            counted = await connection.fetch(COUNTS)
            aside = await connection.fetch("SELECT record_type AS kind, count(*) AS many FROM set_aside GROUP BY 1")
            size = await connection.fetchval(
                "SELECT sum(pg_total_relation_size(c.oid))::bigint FROM pg_class c JOIN pg_namespace n"
                " ON n.oid = c.relnamespace WHERE n.nspname = current_schema() AND c.relkind = 'r'"
            )
        found: dict[str, dict[str, Any]] = {
            kind: {"records": 0, "rows": 0, "seconds": 0.0, "set_aside": 0} for kind in KINDS
        }
        for each in runs:
            found[each["kind"]]["records"] += each["read"]
            found[each["kind"]]["seconds"] += each["ended"] - each["began"]
        for each in counted:
            found[each["kind"]]["rows"] += each["many"]
        for each in aside:
            found[each["kind"]]["set_aside"] = each["many"]
        whole = {name: sum(each[name] for each in found.values()) for name in ("records", "rows", "set_aside")}
        spans = [(each["began"], each["ended"]) for each in runs]
        return {**found, "all": {**whole, "seconds": covered(spans)}, "tables": {"bytes": size}}

    async def largest(self, currency: str) -> Largest:
        """Among those with that currency."""
        async with self._connected() as connection:
            (row,) = await connection.fetch(
                "SELECT c.id, c.number, c.name, count(*) AS many, count(*) FILTER (WHERE open_minor > 0) AS still_open,"
                " sum(open_minor)::bigint AS open_minor FROM customer c JOIN invoice i ON i.customer_id = c.id"
                " WHERE i.state = 'posted' AND c.currency = $1 AND i.currency = $1"
                " GROUP BY c.id ORDER BY sum(total_minor) DESC, c.number LIMIT 1",
                currency,
            )
        amount = Decimal(row["open_minor"]) / 100
        return Largest(str(row["id"]), row["number"], row["name"], row["many"], row["still_open"], amount)

    async def of_nothing(self) -> list[str]:
        """Numbers of the invoices whose total is nothing."""
        async with self._connected() as connection:
            return [row["number"] for row in await connection.fetch("SELECT number FROM invoice WHERE total_minor = 0")]

    async def is_under_way(self, payment_id: str) -> bool:
        """Whether something that this payment paid is not yet read back from the ERP."""
        async with self._connected() as connection:
            under_way = "SELECT EXISTS (SELECT FROM hold WHERE payment_id = $1 AND ended_at IS NULL)"
            return bool(await connection.fetchval(under_way, UUID(payment_id)))

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[asyncpg.Connection]:
        connection = await asyncpg.connect(self._url)
        try:
            await connection.execute("SELECT set_config('search_path', $1, false)", self._role)
            yield connection
        finally:
            await connection.close()


def covered(spans: Sequence[tuple[float, float]]) -> float:
    """How long at least one of them went on."""
    seconds, until = 0.0, float("-inf")
    for began, ended in sorted(spans):
        seconds += max(0.0, ended - max(began, until))
        until = max(until, ended)
    return seconds

"""What the portal's tables hold, straight from the database."""

from decimal import Decimal
from uuid import UUID

import asyncpg

from portico_portal.local.compare.document import Books, Document, Documents, Payments
from portico_tenants.tenant import role_name

AT_ONCE = 5000


async def read_portal(database_url: str, tenant: str) -> Books:
    """The books of a tenant, by the owner's login of demo.json. The lines are not kept in memory."""
    connection = await asyncpg.connect(database_url)
    try:
        tenant_id: UUID = await connection.fetchval("SELECT id FROM portico.tenant WHERE slug = $1", tenant)
        await connection.execute("SELECT set_config('search_path', $1, false)", role_name(tenant_id))
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            documents = await _documents(connection)
            return Books(documents, await _payments(connection))
    finally:
        await connection.close()


async def _documents(connection: asyncpg.Connection) -> Documents:
    found: Documents = {}
    for row in await connection.fetch(
        "SELECT d.number, d.is_credit, c.number AS customer, d.issued_on, d.total_minor, d.open_minor FROM ("
        "SELECT number, false AS is_credit, customer_id, issued_on, total_minor, open_minor FROM invoice "
        "WHERE state = 'posted' UNION ALL "
        "SELECT number, true, customer_id, issued_on, total_minor, open_minor FROM credit "
        "WHERE state = 'posted') d JOIN customer c ON c.id = d.customer_id"
    ):
        total, still_open = Decimal(row["total_minor"]) / 100, Decimal(row["open_minor"]) / 100
        found[row["number"]] = Document(
            row["number"], row["is_credit"], row["customer"], row["issued_on"], total, still_open
        )
    for query in (
        "SELECT d.number, l.sku, l.description, l.quantity, l.unit_price, l.amount "
        "FROM invoice_line l JOIN invoice d ON d.id = l.invoice_id WHERE d.state = 'posted' "
        "ORDER BY d.id, l.position",
        "SELECT d.number, l.sku, l.description, l.quantity, l.unit_price, l.amount "
        "FROM credit_line l JOIN credit d ON d.id = l.credit_id WHERE d.state = 'posted' "
        "ORDER BY d.id, l.position",
    ):
        async for number, sku, description, quantity, price, amount in connection.cursor(query, prefetch=AT_ONCE):
            found[number].add_line(sku, description, quantity, price, amount)
    return found


async def _payments(connection: asyncpg.Connection) -> Payments:
    """What payers chose and paid, by the key that goes into the ERP."""
    found: Payments = {}
    for our_key, number, amount in await connection.fetch(
        "SELECT p.our_key, d.number, a.amount_minor FROM posting p JOIN payment_allocation a USING (payment_id) "
        "JOIN invoice d ON d.id = a.invoice_id"
    ):
        found.setdefault(our_key, {})[number] = Decimal(amount) / 100
    return found

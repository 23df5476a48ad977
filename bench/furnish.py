"""A customer with many invoices, and a payer who has signed in to look at them."""

from datetime import UTC, date, datetime, timedelta

from portico_core.ids import new_id
from portico_tenants.people import sessions
from portico_tenants.people.models import MembershipRow, PersonRow
from portico_tenants.session import Database
from portico_tenants.tenant import Tenant

OPEN_EVERY = 20


def amount(number: int) -> int:
    """Minor units that no other invoice near has."""
    return 1_000 + number * 7_919 % 500_000


async def furnish(database: Database, tenant: Tenant, invoices: int) -> tuple[object, str]:
    """The customer's id and the token of a payer who is signed in; one invoice in twenty is open."""
    customer_id, person_id, at = new_id(), new_id(), datetime.now(UTC)
    async with database.tenant_session(tenant) as session:
        connection = await session.raw()
        await connection.execute(
            "INSERT INTO customer (id, erp_id, number, name, currency, modified_at, read_at, fingerprint)"
            " VALUES ($1, 'c1', '104233', 'Ashdown Fabrication', 'GBP', $2, $2, '')",
            customer_id,
            at,
        )
        day = date.today() - timedelta(days=400)  # noqa: DTZ011 - any day does
        rows = [
            (
                *(new_id(), f"i{number}", customer_id, f"SF-{number}", f"PO {number}"),
                *(day + timedelta(days=number * 7 % 389), day + timedelta(days=number * 7 % 389 + 30), "GBP"),
                *(amount(number), amount(number) if number % OPEN_EVERY == 0 else 0, at, at, b""),
            )
            for number in range(invoices)
        ]
        columns = ["id", "erp_id", "customer_id", "number", "purchase_order", "issued_on", "due_on", "currency"]
        columns += ["total_minor", "open_minor", "modified_at", "read_at", "fingerprint"]
        await connection.copy_records_to_table("invoice", records=rows, columns=columns)
        session.add(PersonRow(id=person_id, email="payer@bench.example", name="Priya Nair"))
        await session.flush()
        session.add(MembershipRow(id=new_id(), person_id=person_id, customer_id=customer_id, role="payer"))
        await session.flush()
        token = await sessions.open_session(session, person_id)
    return customer_id, token

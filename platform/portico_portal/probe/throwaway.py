"""The probe's own tenants: made, furnished with a word that stands nowhere else, and deleted whatever happens.

Their hosts end in `.invalid`, which no name server answers and no portal has. What a killed probe left behind is known
by slug and hosts together, so that no tenant of the operator's is ever taken for one.
"""

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import asyncpg

from portico_billing.invoices.models import CreditRow, InvoiceRow
from portico_billing.payments.models import PaymentRow
from portico_core.clock import now
from portico_core.errors import Conflict
from portico_core.ids import new_id
from portico_core.settings import DatabaseSettings
from portico_tenants.access import CustomerRole, StaffRole
from portico_tenants.customers.models import CustomerRow
from portico_tenants.owner import app_login
from portico_tenants.people import sessions
from portico_tenants.people.models import MembershipRow, PersonRow, StaffRow
from portico_tenants.provision import NewTenant, create_tenant
from portico_tenants.removal import delete_tenant
from portico_tenants.session import Database, TenantSession
from portico_tenants.tenant import Tenant

SLUG = "canary-probe-"
HOST = ".canary.invalid"
LOCK = 0x706F727469636F  # of the owner's session: one probe at a time, and none once its process is gone

_LEFT_BEHIND = """
SELECT slug FROM portico.tenant t WHERE slug ~ '^canary-probe-[0-9a-f]{12}$' AND NOT EXISTS (
    SELECT FROM portico.domain d WHERE d.tenant_id = t.id AND d.host <> t.slug || '.canary.invalid')
ORDER BY slug
"""


class ProbeRunning(Conflict):
    """Another probe is running in this database."""


@dataclass(frozen=True)
class Thrown:
    """A tenant of the probe's: its word, session tokens of a member and of staff, ids by the names routes have for
    them. `shared` ids are the same in both tenants, `own` ones are not."""

    tenant: Tenant
    word: str
    member: str
    staff: str
    shared: dict[str, object]
    own: dict[str, object]


@asynccontextmanager
async def alone(owner: asyncpg.Connection) -> AsyncIterator[None]:
    """The only probe here meanwhile. Raises ProbeRunning."""
    if not await owner.fetchval("SELECT pg_try_advisory_lock($1)", LOCK):
        raise ProbeRunning
    try:
        yield
    finally:
        await owner.execute("SELECT pg_advisory_unlock($1)", LOCK)


async def remove_leftovers(owner: asyncpg.Connection) -> int:
    """Delete what earlier probes left, this one's tenants included; how many. Only while `alone`."""
    left = [str(row["slug"]) for row in await owner.fetch(_LEFT_BEHIND)]
    for slug in left:
        await delete_tenant(owner, slug)
    return len(left)


async def make_two(owner: asyncpg.Connection, settings: DatabaseSettings, database: Database) -> tuple[Thrown, Thrown]:
    """Two furnished tenants. Whoever calls this calls `remove_leftovers` afterwards, whatever happened."""
    shared: dict[str, object] = {name: new_id() for name in ("reference", "credit", "payment_id", "customer_id")}
    one, other = [await _make(owner, settings, database, shared) for _ in range(2)]
    return one, other


async def _make(
    owner: asyncpg.Connection, settings: DatabaseSettings, database: Database, shared: dict[str, object]
) -> Thrown:
    slug, word = f"{SLUG}{secrets.token_hex(6)}", f"canary{secrets.token_hex(8)}"
    new = NewTenant(slug=slug, name=word, hosts=(f"{slug}{HOST}",), brand={"name": word})
    tenant = await create_tenant(owner, app_login(settings), new)
    own: dict[str, object] = {name: new_id() for name in shared}
    async with database.tenant_session(tenant) as session:
        member = await _person(session, word, "member")
        staff = await _person(session, word, "staff")
        session.add(StaffRow(person_id=staff.id, role=StaffRole.OWNER.value))
        for number, ids in enumerate((shared, own)):
            await _things(session, word, number, ids)
        session.add(
            MembershipRow(person_id=member.id, customer_id=shared["customer_id"], role=CustomerRole.ADMIN.value)
        )
        await session.flush()
        tokens = [await sessions.open_session(session, person.id) for person in (member, staff)]
    return Thrown(tenant, word, tokens[0], tokens[1], shared, own)


async def _person(session: TenantSession, word: str, role: str) -> PersonRow:
    person = PersonRow(email=f"{role}@{word}{HOST}", name=f"{word} {role}")
    session.add(person)
    await session.flush()
    return person


async def _things(session: TenantSession, word: str, number: int, ids: dict[str, object]) -> None:
    """A customer with an invoice, a credit and a payment, each with the word in its texts."""
    name = f"{word}-{number}"
    stamps = {"modified_at": now(), "read_at": now(), "fingerprint": b""}
    customer_id, day = UUID(str(ids["customer_id"])), now().date()
    session.add(CustomerRow(id=customer_id, erp_id=name, number=name, name=name, currency="USD", **stamps))
    await session.flush()
    document = {
        "customer_id": customer_id,
        "erp_id": name,
        "number": name,
        "issued_on": day,
        "currency": "USD",
        "total_minor": 100,
        "open_minor": 100,
        "memo": name,
        **stamps,
    }
    session.add(InvoiceRow(id=ids["reference"], due_on=day + timedelta(days=30), **document))
    session.add(CreditRow(id=ids["credit"], **document))
    session.add(
        PaymentRow(
            id=ids["payment_id"],
            customer_id=customer_id,
            form_key=new_id(),
            currency="USD",
            amount_minor=100,
            state="expired",
            stripe_account="none",
            expires_at=now(),
            ended_at=now(),
        )
    )
    await session.flush()

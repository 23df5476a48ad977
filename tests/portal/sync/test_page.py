"""The sync page and the audit trail as staff read them, in German, where nothing of ours may stay English."""

from datetime import timedelta

import httpx
import pytest
import pytest_asyncio
from sqlalchemy import select

from portico_core.clock import now
from portico_portal.sync import runs
from portico_portal.sync.models import ConnectionRow, CursorRow, RunRow, SetAsideRow
from portico_tenants import audit
from portico_tenants.access import StaffRole
from portico_tenants.people import sessions
from portico_tenants.session import Database, TenantSession
from portico_tenants.tenant import Tenant
from tests.factories.people import make_staff
from tests.portal.desk.test_desk import text_of
from tests.portal.portal import Browser, Portal

NO_CUSTOMER = "Its customer (10882) is not here"


@pytest_asyncio.fixture
async def staff(portal: Portal, database: Database, tenant: Tenant) -> Browser:
    """A German owner; the ERP is connected."""
    async with database.tenant_session(tenant) as session:
        person = await make_staff(session, StaffRole.OWNER, language="de")
        token = await sessions.open_session(session, person.id)
        session.add(ConnectionRow(connector="netsuite", settings={}, time_zone="Europe/London"))
        session.add(CursorRow(record_type="customer", cursor="9", fresh_at=now(), held=4372))
    return portal.at(tenant, cookies=httpx.Cookies({"session": token}))


async def set_aside(session: TenantSession, *reasons: str) -> None:
    for number, why in enumerate(reasons):
        session.add(SetAsideRow(record_type="customer", erp_id=str(number), why=why))


@pytest.mark.parametrize(
    ("reasons", "head"),
    [
        ((), "Nichts ist zurückgestellt"),
        ((NO_CUSTOMER,), "1 zurückgestellt, 1 Ursache"),
        ((NO_CUSTOMER, NO_CUSTOMER), "2 zurückgestellt, 1 Ursache"),
        ((NO_CUSTOMER, "An amount is too large"), "2 zurückgestellt, 2 Ursachen"),
    ],
)
async def test_how_many_for_how_many_causes(
    staff: Browser, database: Database, tenant: Tenant, reasons: tuple[str, ...], head: str
) -> None:
    async with database.tenant_session(tenant) as session:
        await set_aside(session, *reasons)

    said = text_of(await staff.get("/staff/sync"))

    assert f"{head} " in said


@pytest.mark.parametrize(
    ("why", "told"),
    [
        (NO_CUSTOMER, "Der Kunde (10882) ist nicht im Portal"),
        ("Its invoice's id is longer than 200 characters", "Zu lang: ID der Rechnung (mehr als 200 Zeichen)"),
        ("foreigntotal is missing", "foreigntotal fehlt"),
        ("Whatever an ERP may say", "Whatever an ERP may say"),
    ],
)
async def test_a_cause_is_told_in_the_reader_s_language_and_tried_again_as_it_is_stored(
    staff: Browser, database: Database, tenant: Tenant, why: str, told: str
) -> None:
    async with database.tenant_session(tenant) as session:
        await set_aside(session, why)

    shown = await staff.get("/staff/sync")

    assert f"{told} Kunden" in text_of(shown)
    assert f'name="why" value="{why.replace(chr(39), "&#39;")}"' in shown.text


async def test_a_worker_that_vanished_is_told_in_the_reader_s_language(
    staff: Browser, database: Database, tenant: Tenant
) -> None:
    async with database.tenant_session(tenant) as session:
        from_long_ago = now() - timedelta(hours=1)
        session.add(
            RunRow(record_type="customer", kind="backfill", started_at=from_long_ago, heartbeat_at=from_long_ago)
        )
    async with database.tenant_session(tenant) as session:
        await runs.start(session, "customer")

    assert "Der Worker ist verschwunden" in text_of(await staff.get("/staff/sync"))


async def test_reading_a_type_from_its_beginning_forgets_where_it_stood_not_how_much_is_here(
    staff: Browser, database: Database, tenant: Tenant
) -> None:
    assert "4.372" in text_of(await staff.get("/staff/sync"))

    await staff.post("/staff/sync/retry", {"record_type": "customer", "why": NO_CUSTOMER})

    async with database.tenant_session(tenant) as session:
        position = (await session.execute(select(CursorRow.cursor, CursorRow.fresh_at))).one()
    assert tuple(position) == (None, None)
    assert "4.372" in text_of(await staff.get("/staff/sync"))


@pytest.mark.parametrize(
    ("actor", "words"),
    [
        ("job:postings", "Das Portal, beim Buchen im ERP job:postings"),
        ("job:payment_intent.succeeded", "Stripe job:payment_intent.succeeded"),
        ("job:something_new", "Das Portal job:something_new"),
        ("nobody", "Jemand ohne Anmeldung nobody"),
        ("operator:command", "Der Betreiber operator:command"),
    ],
)
async def test_whoever_is_no_person_is_named_in_words(
    staff: Browser, database: Database, tenant: Tenant, actor: str, words: str
) -> None:
    async with database.tenant_session(tenant) as session:
        await audit.record(session, actor=actor, action="posting.posted", object_type="posting", object_id=1)

    assert words in text_of(await staff.get("/staff/audit"))

"""The sync page and the audit trail as staff read them, in German, where nothing of ours may stay English."""

import re
from datetime import datetime, timedelta

import httpx
import pytest
import pytest_asyncio
from sqlalchemy import select

from portico_connectors.records import RecordType
from portico_core.clock import now
from portico_portal.sync import runs
from portico_portal.sync.models import ConnectionRow, CursorRow, RunRow, SetAsideRow
from portico_portal.sync.status import status
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


async def test_a_fetch_that_was_asked_for_is_told_to_have_ended_once_every_type_was_read(
    staff: Browser, database: Database, tenant: Tenant
) -> None:
    async def said() -> str:
        return text_of(await staff.get(asked.headers["location"]))

    async def ended(
        record_type: str, state: str = "done", changed: int = 0, started_at: datetime | None = None
    ) -> None:
        async with database.tenant_session(tenant) as session:
            at = now()
            session.add(
                RunRow(
                    record_type=record_type,
                    kind="incremental",
                    state=state,
                    started_at=started_at or at,
                    finished_at=at,
                    changed=changed,
                )
            )

    await ended("invoice", changed=500)  # before
    await staff.get("/staff/sync")
    asked = await staff.post("/staff/sync/run", {})

    assert "Der Abruf hat begonnen." in await said()
    for each in RecordType:
        assert "Aktuell, " not in await said()
        await ended(each.value, changed=2 if each is RecordType.PAYMENT else 0)
    assert "Der Abruf hat begonnen." not in await said()
    assert re.search(r"Aktuell, \d\d:\d\d : 2 Datensätze geändert", await said())
    await ended("payment", changed=40)  # of a later round
    assert "2 Datensätze geändert" in await said()

    assert "Aktuell, " not in text_of(await staff.get("/staff/sync"))


async def test_what_ran_already_counts_until_the_fetch_has_been_there_itself(
    staff: Browser, database: Database, tenant: Tenant
) -> None:
    asked_at = now()
    async with database.tenant_session(tenant) as session:
        for started_at, changed in ((asked_at - timedelta(minutes=1), 3), (asked_at + timedelta(seconds=1), 4)):
            for each in RecordType:
                session.add(
                    RunRow(
                        record_type=each.value,
                        kind="incremental",
                        state="done",
                        started_at=started_at,
                        finished_at=started_at + timedelta(minutes=2),
                        changed=changed if each is RecordType.INVOICE else 0,
                    )
                )
        await session.flush()
        found = (await status(session, asked_at)).asked

    assert found is not None
    assert found.changed == 7


async def test_a_fetch_that_broke_off_is_told_until_it_went_well(
    staff: Browser, database: Database, tenant: Tenant
) -> None:
    asked_at = now()
    async with database.tenant_session(tenant) as session:
        for seconds, state in enumerate(("failed", "done"), start=1):
            at = asked_at + timedelta(seconds=seconds)
            session.add(
                RunRow(record_type="term", kind="incremental", state=state, started_at=at, finished_at=at, error="502")
            )
            await session.flush()
            found = (await status(session, asked_at)).asked
            assert found is not None
            assert found.failed is (state == "failed")
            assert (found.ended_at is None) is (state == "done")  # the other types are still to be read


@pytest.mark.parametrize("asked", ["", "x", "-1", "²", "1", "9" * 14, "9" * 40])
async def test_a_moment_that_nobody_asked_at_is_passed_over(staff: Browser, asked: str) -> None:
    shown = await staff.get("/staff/sync", params={"asked": asked})

    assert shown.status_code == 200
    assert "Der Abruf hat begonnen." not in text_of(shown)


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
        ("job:postings", "Das Portal, beim Buchen im ERP"),
        ("job:payment_intent.succeeded", "Stripe"),
        ("job:something_new", "Das Portal"),
        ("nobody", "Jemand ohne Anmeldung"),
        ("operator:command", "Der Betreiber"),
    ],
)
async def test_whoever_is_no_person_is_named_in_words(
    staff: Browser, database: Database, tenant: Tenant, actor: str, words: str
) -> None:
    async with database.tenant_session(tenant) as session:
        await audit.record(session, actor=actor, action="posting.posted", object_type="posting", object_id=1)

    said = text_of(await staff.get("/staff/audit"))
    assert f" {words} Im ERP gebucht" in said
    assert said.endswith(f"Wer {actor}")

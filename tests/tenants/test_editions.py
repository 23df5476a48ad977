"""What staff set is kept, published for every process, undone; and the one door to the control schema is narrow."""

import asyncio
import json

import asyncpg
import pytest
from sqlalchemy import select, text

from portico_core.errors import NotFound
from portico_core.settings import Settings
from portico_tenants import editions
from portico_tenants.access import StaffRole
from portico_tenants.audit import AuditRow
from portico_tenants.editions import ChangedMeanwhile
from portico_tenants.people.models import PersonRow
from portico_tenants.provision import suspend_tenant
from portico_tenants.resolve import CHANNEL, Directory
from portico_tenants.session import Database, TenantSession
from portico_tenants.tenant import Tenant
from tests.factories.people import make_staff
from tests.factories.tenants import make_tenant

RED, BLUE, GREEN = ({"primary": colour} for colour in ("#aa0000", "#0000aa", "#00aa00"))


@pytest.fixture
async def ada(database: Database, tenant: Tenant) -> PersonRow:
    async with database.tenant_session(tenant) as session:
        return await make_staff(session, StaffRole.OWNER, name="Ada")


async def _publish(database: Database, tenant: Tenant, content: dict[str, str], by: PersonRow) -> int:
    async with database.tenant_session(tenant) as session:
        desk = await editions.read(session, "brand")
        seen = await editions.save(session, "brand", content, by=by.id, seen=desk.seen)
        return await editions.publish(session, "brand", by=by.id, seen=seen)


async def _now(owner: asyncpg.Connection, tenant: Tenant) -> dict[str, object]:
    [row] = await owner.fetch("SELECT brand, texts FROM portico.tenant WHERE id = $1", tenant.id)
    return {what: json.loads(document) for what, document in row.items()}


async def test_a_draft_is_nobodys_but_the_editors_until_it_is_published(
    database: Database, owner: asyncpg.Connection, tenant: Tenant, other_tenant: Tenant, ada: PersonRow
) -> None:
    elsewhere = Directory(database, max_age_seconds=0)
    async with database.tenant_session(tenant) as session:
        seen = await editions.save(session, "brand", RED, by=ada.id, seen=0)
    async with database.tenant_session(tenant) as session:
        desk = await editions.read(session, "brand")
    assert desk.draft
    assert (desk.content, desk.draft.by, desk.seen) == (RED, "Ada", seen)
    before, others = await _now(owner, tenant), await _now(owner, other_tenant)
    assert before["brand"] == {}
    told = asyncio.Event()
    await owner.add_listener(CHANNEL, lambda *_: told.set())
    async with database.tenant_session(tenant) as session:
        await editions.publish(session, "brand", by=ada.id, seen=seen)
    async with asyncio.timeout(5):
        await told.wait()
    assert await _now(owner, tenant) == before | {"brand": RED}
    assert await _now(owner, other_tenant) == others
    now = await elsewhere.by_id(tenant.id)
    assert now.brand == RED
    assert now.version != tenant.version
    async with database.tenant_session(tenant) as session:
        entry = (await session.scalars(select(AuditRow).where(AuditRow.object_type == "brand"))).one()
        assert (entry.action, entry.before, entry.after) == ("brand.published", {}, RED)
        assert (await editions.read(session, "brand")).draft is None
        assert (await editions.read(session, "texts")).past == ()


async def test_an_undo_finds_what_stood_before_the_first_edition_and_what_the_operator_set(
    database: Database, owner: asyncpg.Connection, tenant: Tenant, ada: PersonRow
) -> None:
    await owner.execute("UPDATE portico.tenant SET brand = $2 WHERE id = $1", tenant.id, json.dumps(GREEN))
    await _publish(database, tenant, RED, ada)
    async with database.tenant_session(tenant) as session:
        desk = await editions.read(session, "brand")
        assert desk.before
        assert (desk.before.content, desk.before.by) == (GREEN, "")
        await editions.restore(session, "brand", desk.before.number, by=ada.id, seen=desk.seen)
    assert (await _now(owner, tenant))["brand"] == GREEN
    async with database.tenant_session(tenant) as session:
        assert (await editions.read(session, "brand")).published == GREEN
        with pytest.raises(NotFound):
            await editions.restore(session, "texts", desk.seen, by=ada.id, seen=0)


async def test_nobody_overwrites_what_they_have_not_seen(database: Database, tenant: Tenant, ada: PersonRow) -> None:
    async with database.tenant_session(tenant) as session:
        bob = await make_staff(session, StaffRole.OWNER, name="Bob")
        first = await editions.save(session, "texts", {"a": "1"}, by=bob.id, seen=0)
        second = await editions.save(session, "texts", {"a": "2"}, by=ada.id, seen=first)
        for blind in (0, first):
            for change in (
                editions.save(session, "texts", {"a": "3"}, by=bob.id, seen=blind),
                editions.discard(session, "texts", by=bob.id, seen=blind),
                editions.publish(session, "texts", by=bob.id, seen=blind),
            ):
                with pytest.raises(ChangedMeanwhile) as told:
                    await change
                assert told.value.by == "Ada"
        third = await editions.save(session, "texts", {"a": "4"}, by=ada.id, seen=first)
        await editions.discard(session, "texts", by=bob.id, seen=third)
        assert (await editions.read(session, "texts")).seen == 0
        assert await editions.save(session, "texts", {"a": "5"}, by=ada.id, seen=0) > third > second


async def test_a_discarded_draft_is_in_the_audit_trail_with_what_it_would_have_changed(
    database: Database, tenant: Tenant, ada: PersonRow
) -> None:
    published = await _publish(database, tenant, RED | {"name": "Ours"}, ada)
    async with database.tenant_session(tenant) as session:
        draft = await editions.save(session, "brand", BLUE | {"name": "Ours"}, by=ada.id, seen=published)
        for seen in (draft, published):  # the second finds none
            await editions.discard(session, "brand", by=ada.id, seen=seen, request_id="r")
    async with database.tenant_session(tenant) as session:
        assert (await editions.read(session, "brand")).draft is None
        entry = (await session.scalars(select(AuditRow).where(AuditRow.action == "brand.discarded"))).one()
    assert (entry.actor, entry.object_id, entry.request_id) == (f"person:{ada.id}", str(draft), "r")
    assert (entry.before, entry.after) == (BLUE, RED)


async def test_editions_are_bounded(
    database: Database, tenant: Tenant, ada: PersonRow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(editions, "KEPT", 3)
    for number in range(5):
        last = await _publish(database, tenant, {"name": str(number)}, ada)
    async with database.tenant_session(tenant) as session:
        past = (await editions.read(session, "brand")).past
    assert [each.content for each in past] == [{"name": "4"}, {"name": "3"}, {"name": "2"}]
    assert past[0].number == last


PUBLISH = text("SELECT portico.publish_own(:what, CAST(:content AS jsonb))")


@pytest.mark.parametrize(
    ("what", "content"),
    [("name", "{}"), ("brand", "[]"), ("brand", '"x"'), ("texts", json.dumps({"a": "x" * 70_000}))],
)
async def test_the_door_takes_two_documents_of_bounded_size(session: TenantSession, what: str, content: str) -> None:
    assert (await session.execute(PUBLISH, {"what": what, "content": content})).scalar_one_or_none() is None


async def test_the_door_opens_for_an_active_tenants_role_alone(
    settings: Settings, database: Database, owner: asyncpg.Connection
) -> None:
    tenant = await make_tenant(owner, settings)
    async with database.control_session() as session:
        answer = await session.execute(PUBLISH, {"what": "brand", "content": json.dumps(RED)})
        assert answer.scalar_one_or_none() is None
    async with database.tenant_session(tenant) as session:
        somebody = await make_staff(session, StaffRole.OWNER)
    await suspend_tenant(owner, tenant.slug)
    with pytest.raises(editions.CannotPublish):
        await _publish(database, tenant, RED, somebody)
    assert (await _now(owner, tenant))["brand"] == {}

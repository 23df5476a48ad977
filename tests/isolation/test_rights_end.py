"""A right that ends between two requests is gone in the second one, with every form and address still in hand."""

from collections.abc import Awaitable, Callable

import pytest
from sqlalchemy import delete, select, update

from portico_core.clock import now
from portico_portal.probe.doors import Door
from portico_tenants.access import STAFF_PERMISSIONS, CustomerRole, Permission, StaffRole
from portico_tenants.audit import MOST_REFUSALS, REFUSED, AuditRow
from portico_tenants.people.models import LoginSessionRow, MembershipRow, PersonRow, StaffRow
from portico_tenants.session import Database, TenantSession
from tests.isolation.knocking import knock
from tests.isolation.routes import doors_for
from tests.isolation.world import House, browser, nothing
from tests.portal.portal import Portal

STREAM = "/staff/sync/events"  # answers for minutes; who may not have it is refused at once


async def membership_removed(session: TenantSession, person: PersonRow) -> None:
    await session.execute(delete(MembershipRow).where(MembershipRow.person_id == person.id))


async def staff_removed(session: TenantSession, person: PersonRow) -> None:
    await session.execute(delete(StaffRow).where(StaffRow.person_id == person.id))


async def person_disabled(session: TenantSession, person: PersonRow) -> None:
    await session.execute(update(PersonRow).where(PersonRow.id == person.id).values(disabled_at=now()))


async def signed_out_elsewhere(session: TenantSession, person: PersonRow) -> None:
    await session.execute(delete(LoginSessionRow).where(LoginSessionRow.person_id == person.id))


async def session_ran_out(session: TenantSession, person: PersonRow) -> None:
    await session.execute(
        update(LoginSessionRow).where(LoginSessionRow.person_id == person.id).values(expires_at=now())
    )


async def made_viewer(session: TenantSession, person: PersonRow) -> None:
    await session.execute(
        update(MembershipRow).where(MembershipRow.person_id == person.id).values(role=CustomerRole.VIEWER.value)
    )


async def made_service(session: TenantSession, person: PersonRow) -> None:
    await session.execute(update(StaffRow).where(StaffRow.person_id == person.id).values(role=StaffRole.SERVICE.value))


End = Callable[[TenantSession, PersonRow], Awaitable[None]]
BEYOND_VIEWER = {Permission.PAY, Permission.MEMBERS_MANAGE}
BEYOND_SERVICE = set(STAFF_PERMISSIONS[StaffRole.OWNER]) - set(STAFF_PERMISSIONS[StaffRole.SERVICE])
# Who, what happens, which doors, and what they answer from then on: a status and where it leads.
ENDS: dict[str, tuple[str, End, list[Door], tuple[int, str]]] = {
    "a member removed": ("admin", membership_removed, doors_for("customer"), (303, "/switch")),
    "one of the staff removed": ("owner", staff_removed, doors_for("staff"), (403, "")),
    "a member disabled": ("payer", person_disabled, doors_for("person", "customer"), (303, "/sign-in")),
    "staff disabled": ("owner", person_disabled, doors_for("person", "staff"), (303, "/sign-in")),
    "signed out elsewhere": ("admin", signed_out_elsewhere, doors_for("person", "customer"), (303, "/sign-in")),
    "a session that ran out": ("owner", session_ran_out, doors_for("person", "staff"), (303, "/sign-in")),
    "an admin made viewer": (
        "admin",
        made_viewer,
        [door for door in doors_for("customer") if door.access.permission in BEYOND_VIEWER],
        (403, ""),
    ),
    "an owner made service": (
        "owner",
        made_service,
        [door for door in doors_for("staff") if door.access.permission in BEYOND_SERVICE],
        (403, ""),
    ),
}


@pytest.mark.parametrize("what", ENDS)
async def test_it_is_gone_with_the_next_request(portal: Portal, database: Database, house: House, what: str) -> None:
    who, end, closed, expected = ENDS[what]
    opened = await browser(portal, house, who)
    home = "/staff" if who == "owner" else "/invoices"
    assert (await opened.client.get(home)).status_code == 200, "before, the door is open"
    async with database.tenant_session(house.tenant) as session:
        await end(session, house.people[who])
    assert closed
    for door in closed:
        for ids in (house.ids, nothing(house)):
            answer = await knock(opened, door, ids)
            where = answer.headers.get("location", "").partition("?")[0]
            assert (answer.status_code, where) == expected, (what, str(door))
            assert house.canary not in answer.text


async def test_a_membership_that_ends_while_its_customer_is_chosen_leaves_the_others(
    portal: Portal, database: Database, house: House
) -> None:
    """A person of two customers, removed from the one they work for: nothing of it, and the other one by choice."""
    stranger = house.people["stranger"]
    async with database.tenant_session(house.tenant) as session:
        session.add(MembershipRow(person_id=stranger.id, customer_id=house.ids["customer_id"], role="payer"))
    opened = await browser(portal, house, "stranger")
    await opened.post("/switch", {"customer": str(house.ids["customer_id"])})
    assert house.canary in (await opened.get("/invoices")).text
    async with database.tenant_session(house.tenant) as session:
        await session.execute(
            delete(MembershipRow).where(
                MembershipRow.person_id == stranger.id, MembershipRow.customer_id == house.ids["customer_id"]
            )
        )
    answer = await opened.get("/invoices")
    assert (answer.status_code, answer.headers["location"]) == (303, "/switch")
    assert house.canary not in (await opened.get("/switch")).text
    assert (await opened.post("/switch", {"customer": str(house.ids["customer_id"])})).status_code == 404


async def test_whoever_tries_on_and_on_fills_no_trail(portal: Portal, database: Database, house: House) -> None:
    """Refusals are written down up to a bound for each person and hour, and another's are written all the same."""
    stranger, viewer = house.people["stranger"], house.people["viewer"]
    async with database.tenant_session(house.tenant) as session:
        session.add_all(
            AuditRow(
                actor=f"person:{stranger.id}",
                action=REFUSED,
                object_type="person",
                object_id=str(stranger.id),
                at=now(),
            )
            for _ in range(MOST_REFUSALS - 1)
        )
    for who in ("stranger", "viewer"):
        opened = await browser(portal, house, who)
        for _ in range(3):
            assert (await opened.get("/staff")).status_code == 403
    async with database.tenant_session(house.tenant) as session:
        written = (await session.scalars(select(AuditRow.object_id).where(AuditRow.action == REFUSED))).all()
    assert written.count(str(stranger.id)) == MOST_REFUSALS
    assert written.count(str(viewer.id)) == 3

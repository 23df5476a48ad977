"""Sessions: never the one that somebody planted; over at once when one signs out, changes the password, is removed."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from uuid import UUID

import httpx
import pytest
from sqlalchemy import func, select, update

from portico_core.clock import now
from portico_tenants.access import CustomerRole, StaffRole
from portico_tenants.people import members, sessions
from portico_tenants.people.models import LoginSessionRow, PersonRow
from portico_tenants.session import Database
from tests.factories.customers import make_customer
from tests.factories.people import join
from tests.hardening.sessions_mail import mailed_reset
from tests.hardening.test_csrf import FROM_OURS
from tests.isolation.world import House, browser
from tests.portal.portal import PASSWORD, Browser, Portal

NEW = "heron thistle quarry 41"
ACTOR = "system:test"


async def is_somebody(person: Browser) -> bool:
    return (await person.client.get("/profile")).status_code == 200


async def with_password(database: Database, house: House, who: str, password_hash: str) -> PersonRow:
    person = house.people[who]
    async with database.tenant_session(house.tenant) as session:
        await session.execute(update(PersonRow).where(PersonRow.id == person.id).values(password_hash=password_hash))
    return person


async def another_session(portal: Portal, database: Database, house: House, person: PersonRow) -> Browser:
    async with database.tenant_session(house.tenant) as session:
        token = await sessions.open_session(session, person.id)
    return portal.at(house.tenant, cookies=httpx.Cookies({"session": token}))


async def test_a_planted_session_is_not_taken_over(
    portal: Portal, database: Database, house: House, password_hash: str
) -> None:
    """Neither a token that somebody made up, nor the intruder's own good one."""
    payer = await with_password(database, house, "payer", password_hash)
    for planted in ("chosen-by-somebody-else", house.tokens["stranger"]):
        victim, intruder = portal.at(house.tenant), portal.at(house.tenant)
        for each in (victim, intruder):
            each.client.cookies.set("session", planted, domain=house.tenant.host)
        await browser_signs_in(victim, payer.email)
        assert victim.client.cookies["session"] != planted
        assert await is_somebody(victim)
        assert not await is_somebody(intruder), "the session that was there before has ended"


async def browser_signs_in(person: Browser, email: str, password: str = PASSWORD) -> None:
    """Also where a session's cookie is there already: then the form is not shown, so its token comes from elsewhere."""
    kept = person.client.cookies.get("session")
    page = await person.get("/sign-in")
    if page.status_code == 303:
        await person.get("/profile")
    answer = await person.post("/sign-in", {"email": email, "password": password})
    assert answer.status_code == 303, answer.text
    assert person.client.cookies["session"] != kept


async def test_where_a_session_ran_out_one_signs_in_again_in_the_same_browser(
    portal: Portal, database: Database, house: House, password_hash: str
) -> None:
    payer = await with_password(database, house, "payer", password_hash)
    person = portal.at(house.tenant)
    await person.sign_in(payer.email)
    async with database.tenant_session(house.tenant) as session:
        await sessions.end_sessions_of(session, payer.id)
    assert not await is_somebody(person)
    assert (await person.sign_in(payer.email)).status_code == 303
    assert await is_somebody(person)


Deed = Callable[[Portal, Database, House, PersonRow], Awaitable[None]]


async def signs_out(portal: Portal, database: Database, house: House, person: PersonRow) -> None:
    own = portal.at(house.tenant, cookies=httpx.Cookies({"session": house.tokens["finance"]}))
    await own.sign_out()


async def changes_the_password(portal: Portal, database: Database, house: House, person: PersonRow) -> None:
    own = await another_session(portal, database, house, person)
    await own.get("/profile")
    answer = await own.post("/profile/password", {"current": PASSWORD, "password": NEW})
    assert answer.status_code == 303, answer.text
    assert await is_somebody(own), "where it was changed one stays signed in"


async def has_it_reset(portal: Portal, database: Database, house: House, person: PersonRow) -> None:
    token = await mailed_reset(portal, house.tenant, person.email)
    own = portal.at(house.tenant)
    await own.get(f"/reset/{token}")
    assert (await own.post(f"/reset/{token}", {"password": NEW})).status_code == 303
    assert await is_somebody(own)


async def is_removed_from_the_staff(portal: Portal, database: Database, house: House, person: PersonRow) -> None:
    async with database.tenant_session(house.tenant) as session:
        await members.change_staff_role(session, person.id, None, actor=ACTOR)


async def is_disabled(portal: Portal, database: Database, house: House, person: PersonRow) -> None:
    async with database.tenant_session(house.tenant) as session:
        await session.execute(update(PersonRow).where(PersonRow.id == person.id).values(disabled_at=now()))


async def signs_that_device_out(portal: Portal, database: Database, house: House, person: PersonRow) -> None:
    own = await another_session(portal, database, house, person)
    await own.get("/profile")
    async with database.tenant_session(house.tenant) as session:
        others = await session.scalars(
            select(LoginSessionRow.id)
            .where(LoginSessionRow.person_id == person.id)
            .order_by(LoginSessionRow.created_at)
            .limit(1)
        )
        first = others.one()
    assert (await own.post(f"/profile/sessions/{first}/end")).status_code == 303


async def stayed_for_a_week(portal: Portal, database: Database, house: House, person: PersonRow) -> None:
    """Busy all the time, so that no pause ended it."""
    async with database.tenant_session(house.tenant) as session:
        await session.execute(
            update(LoginSessionRow)
            .where(LoginSessionRow.person_id == person.id)
            .values(created_at=now() - sessions.LONGEST - timedelta(seconds=1), seen_at=now())
        )


@pytest.mark.parametrize(
    "deed",
    [
        signs_out,
        changes_the_password,
        has_it_reset,
        is_removed_from_the_staff,
        is_disabled,
        signs_that_device_out,
        stayed_for_a_week,
    ],
)
async def test_a_session_is_over_at_once_for_pages_forms_and_open_streams(
    portal: Portal, database: Database, house: House, password_hash: str, deed: Deed
) -> None:
    person = await with_password(database, house, "finance", password_hash)
    open_one = await browser(portal, house, "finance")
    stream = asyncio.create_task(open_one.client.get("/staff/sync/events"))
    async with asyncio.timeout(60):
        await until_streaming(portal)
        assert not stream.done()
        await deed(portal, database, house, person)
        assert not await is_somebody(open_one)
        form = {"csrf_token": open_one.tokens[-1], "name": "Changed by nobody"}
        sent = await open_one.client.post("/profile", data=form, headers=FROM_OURS)
        assert (sent.status_code, sent.headers["location"]) == (303, "/sign-in")
        await stream  # ends by itself
    async with database.tenant_session(house.tenant) as session:
        name = await session.scalar(select(PersonRow.name).where(PersonRow.id == person.id))
    assert name != "Changed by nobody"


async def until_streaming(portal: Portal) -> None:
    operator = portal.platform().client
    while "portico_streams 1.0" not in (await operator.get("/metrics")).text:  # noqa: ASYNC110 - seen from outside
        await asyncio.sleep(0.05)


async def test_a_lost_role_ends_the_page_that_needs_it_and_its_stream(
    portal: Portal, database: Database, house: House
) -> None:
    finance = await browser(portal, house, "finance")
    stream = asyncio.create_task(finance.client.get("/staff/sync/events"))
    async with asyncio.timeout(60):
        await until_streaming(portal)
        async with database.tenant_session(house.tenant) as session:
            await members.change_staff_role(session, house.people["finance"].id, StaffRole.SERVICE, actor=ACTOR)
        await stream
    assert (await finance.client.get("/staff/sync")).status_code == 403
    assert (await finance.client.get("/staff")).status_code == 200


async def test_a_member_removed_is_gone_here_and_signed_out_with_the_last_role(
    portal: Portal, database: Database, house: House
) -> None:
    viewer = house.people["viewer"]
    opened = await browser(portal, house, "viewer")
    async with database.tenant_session(house.tenant) as session:
        second = await join(session, viewer, await make_customer(session), CustomerRole.VIEWER)
    assert (await opened.client.get("/invoices")).status_code == 200
    async with database.tenant_session(house.tenant) as session:
        first, customer = (house.ids[name] for name in ("member_id", "customer_id"))
        await members.remove(session, UUID(str(first)), customer_id=UUID(str(customer)), actor=ACTOR)
    assert (await opened.client.get("/invoices")).headers["location"] == "/switch"
    assert await is_somebody(opened), "there is another customer"
    async with database.tenant_session(house.tenant) as session:
        await members.remove(session, second.id, customer_id=second.customer_id, actor=ACTOR)
    assert not await is_somebody(opened)
    async with database.tenant_session(house.tenant) as session:
        statement = select(func.count()).select_from(LoginSessionRow).where(LoginSessionRow.person_id == viewer.id)
        assert await session.scalar(statement) == 0

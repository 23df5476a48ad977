"""Links in mails are keys: good once, for one purpose, at one distributor, and for one of two who come at once."""

import asyncio

import httpx
from sqlalchemy import func, select

from portico_tenants.access import CustomerRole, StaffRole
from portico_tenants.people import links, members
from portico_tenants.people.models import LoginSessionRow, MembershipRow, PersonRow
from portico_tenants.session import Database
from tests.hardening.sessions_mail import links_to, mailed_reset
from tests.hardening.test_sessions import NEW, with_password
from tests.isolation.world import House, browser
from tests.portal.portal import PASSWORD, Browser, Portal

OTHER = "copper lantern seven fields"
ACTOR = "system:test"


async def sent(person: Browser, path: str, values: dict[str, str]) -> httpx.Response:
    await person.get("/sign-in")
    return await person.post(path, values)


async def fits(portal: Portal, house: House, email: str, password: str) -> bool:
    return (await portal.at(house.tenant).sign_in(email, password)).status_code == 303


async def test_a_used_reset_link_is_good_no_more_nor_are_its_older_sisters(
    portal: Portal, database: Database, house: House
) -> None:
    email = house.people["payer"].email
    older = await mailed_reset(portal, house.tenant, email)
    newer = await mailed_reset(portal, house.tenant, email)
    assert older != newer
    assert (await portal.at(house.tenant).get(f"/reset/{older}")).status_code == 200, "asking again ends no link"
    assert (await sent(portal.at(house.tenant), f"/reset/{newer}", {"password": NEW})).status_code == 303
    for token in (newer, older):
        thief = portal.at(house.tenant)
        assert (await thief.get(f"/reset/{token}")).status_code == 410
        assert (await sent(thief, f"/reset/{token}", {"password": OTHER})).status_code == 410
    assert await fits(portal, house, email, NEW)
    assert not await fits(portal, house, email, OTHER)


async def test_a_changed_password_ends_the_reset_links_before_it(
    portal: Portal, database: Database, house: House, password_hash: str
) -> None:
    payer = await with_password(database, house, "payer", password_hash)
    token = await mailed_reset(portal, house.tenant, payer.email)
    own = await browser(portal, house, "payer")
    assert (await own.post("/profile/password", {"current": PASSWORD, "password": NEW})).status_code == 303
    assert (await sent(portal.at(house.tenant), f"/reset/{token}", {"password": OTHER})).status_code == 410


async def test_of_two_who_use_a_reset_link_at_once_one_wins(portal: Portal, database: Database, house: House) -> None:
    person = house.people["payer"]
    token = await mailed_reset(portal, house.tenant, person.email)
    both = [portal.at(house.tenant), portal.at(house.tenant)]
    answers = await asyncio.gather(
        *(sent(one, f"/reset/{token}", {"password": word}) for one, word in zip(both, (NEW, OTHER), strict=True))
    )
    assert sorted(answer.status_code for answer in answers) == [303, 410]
    words = {answer.status_code: word for answer, word in zip(answers, (NEW, OTHER), strict=True)}
    assert await fits(portal, house, person.email, words[303])
    assert not await fits(portal, house, person.email, words[410])
    loser = both[[answer.status_code for answer in answers].index(410)]
    assert "session" not in loser.client.cookies


async def test_of_two_who_accept_an_invitation_at_once_one_wins(
    portal: Portal, database: Database, house: House
) -> None:
    email = "new@firm.example"
    token = await invite(portal, house, email)
    both = [portal.at(house.tenant), portal.at(house.tenant)]
    answers = await asyncio.gather(
        *(
            sent(one, f"/invitation/{token}", {"name": f"Pat {word.split()[0]}", "password": word})
            for one, word in zip(both, (NEW, OTHER), strict=True)
        )
    )
    assert sorted(answer.status_code for answer in answers) == [303, 410]
    words = {answer.status_code: word for answer, word in zip(answers, (NEW, OTHER), strict=True)}
    async with database.tenant_session(house.tenant) as session:
        person = (await session.scalars(select(PersonRow).where(PersonRow.email == email))).one()
        for table, many in ((MembershipRow, 1), (LoginSessionRow, 1)):
            statement = select(func.count()).select_from(table).where(table.person_id == person.id)
            assert await session.scalar(statement) == many
    assert person.name == f"Pat {words[303].split()[0]}"
    assert await fits(portal, house, email, words[303])
    assert not await fits(portal, house, email, words[410])


async def test_two_invitations_of_one_address_at_once_make_one_person_with_one_password(
    portal: Portal, database: Database, house: House
) -> None:
    """To a customer and to the staff: both roles, and nobody is signed in with a password that was not kept."""
    email = "both@firm.example"
    tokens = (await invite(portal, house, email), await invite(portal, house, email, staff=True))
    people = [portal.at(house.tenant), portal.at(house.tenant)]
    answers = await asyncio.gather(
        *(
            sent(one, f"/invitation/{token}", {"name": "Pat", "password": word})
            for one, token, word in zip(people, tokens, (NEW, OTHER), strict=True)
        )
    )
    assert [answer.status_code for answer in answers] == [303, 303]
    kept = [word for word in (NEW, OTHER) if await fits(portal, house, email, word)]
    assert len(kept) == 1
    for person, word in zip(people, (NEW, OTHER), strict=True):
        assert ("session" in person.client.cookies) == (word in kept)


async def test_a_used_invitation_does_not_bring_a_removed_member_back(
    portal: Portal, database: Database, house: House
) -> None:
    email = "left@firm.example"
    token = await invite(portal, house, email)
    left = portal.at(house.tenant)
    assert (await sent(left, f"/invitation/{token}", {"name": "Left", "password": NEW})).status_code == 303
    async with database.tenant_session(house.tenant) as session:
        membership = (
            await session.scalars(
                select(MembershipRow)
                .join(PersonRow, PersonRow.id == MembershipRow.person_id)
                .where(PersonRow.email == email)
            )
        ).one()
        await members.remove(session, membership.id, customer_id=membership.customer_id, actor=ACTOR)
    assert (await sent(left, f"/invitation/{token}", {"name": "Left", "password": OTHER})).status_code == 410
    assert (await left.client.get("/profile")).status_code == 303


async def test_a_withdrawn_invitation_that_is_open_in_a_browser_grants_nothing(
    portal: Portal, database: Database, house: House
) -> None:
    token = await invite(portal, house, "never@firm.example")
    opened = portal.at(house.tenant)
    assert (await opened.get(f"/invitation/{token}")).status_code == 200
    async with database.tenant_session(house.tenant) as session:
        link = await links.find(session, token, "invitation")
        assert await links.withdraw(session, link.id, customer_id=link.customer_id, actor=ACTOR)
    answer = await opened.post(f"/invitation/{token}", {"name": "Never", "password": NEW})
    assert answer.status_code == 410


async def test_a_link_is_of_one_kind_and_of_one_distributor(portal: Portal, house: House, other_house: House) -> None:
    reset = await mailed_reset(portal, house.tenant, house.people["payer"].email)
    invitation = await invite(portal, house, "kind@firm.example")
    for path in (f"/invitation/{reset}", f"/reset/{invitation}"):
        assert (await sent(portal.at(house.tenant), path, {"name": "X", "password": NEW})).status_code == 410
    for path in (f"/reset/{reset}", f"/invitation/{invitation}"):
        answer = await sent(portal.at(other_house.tenant), path, {"name": "X", "password": NEW})
        assert answer.status_code == 410


async def invite(portal: Portal, house: House, email: str, *, staff: bool = False) -> str:
    """Invited at the page by who may; the token that the mail brings."""
    inviter = await browser(portal, house, "owner" if staff else "admin")
    role = StaffRole.SERVICE if staff else CustomerRole.VIEWER
    path = "/staff/members/invite" if staff else "/members/invite"
    answer = await inviter.post(path, {"email": email, "name": "New", "role": role.value})
    assert answer.status_code == 303, answer.text
    return (await links_to(portal, house.tenant, email))[-1]

"""Mailed links: good once, expiring, granting exactly what was offered."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from portico_core.clock import now
from portico_core.errors import Invalid
from portico_tenants.access import CustomerRole, StaffRole
from portico_tenants.people import links, sessions
from portico_tenants.people.members import LastOfThem
from portico_tenants.people.models import MailedLinkRow, MembershipRow, PersonRow, StaffRow
from portico_tenants.session import TenantSession
from tests.factories.customers import make_customer
from tests.factories.people import make_member, make_person, make_staff

ACTOR = "person:somebody"


async def invited(session: TenantSession, role: CustomerRole = CustomerRole.VIEWER) -> links.Invitation:
    customer = await make_customer(session)
    return await links.invite(
        session,
        actor=ACTOR,
        email=" New@Firm.Example ",
        name="New",
        role=role,
        customer_id=customer.id,
        invited_by=None,
    )


async def test_accepting_makes_the_person_with_the_offered_role_and_uses_the_link_up(session: TenantSession) -> None:
    made = await invited(session)
    link = await links.find(session, made.token, "invitation")
    assert (link.email, link.role, link.known) == ("new@firm.example", "viewer", False)
    person_id = await links.accept_invitation(session, link, name="New Person", password_hash="hash")
    role = await session.scalar(select(MembershipRow.role).where(MembershipRow.person_id == person_id))
    assert role == "viewer"
    with pytest.raises(links.LinkExpired):
        await links.find(session, made.token, "invitation")
    with pytest.raises(links.LinkExpired):
        await links.accept_invitation(session, link, name="Twice", password_hash="other")


async def test_a_second_invitation_ends_the_first(session: TenantSession) -> None:
    first = await invited(session)
    customer_id = (await links.find(session, first.token, "invitation")).customer_id
    again = await links.invite(
        session,
        actor=ACTOR,
        email=first.email,
        name="",
        role=CustomerRole.PAYER,
        customer_id=customer_id,
        invited_by=None,
    )
    with pytest.raises(links.LinkExpired):
        await links.find(session, first.token, "invitation")
    assert (await links.find(session, again.token, "invitation")).role == "payer"


async def test_an_invitation_never_replaces_a_password(session: TenantSession) -> None:
    made = await invited(session)
    await make_person(session, email=made.email, password_hash="the old one")
    link = await links.find(session, made.token, "invitation")
    assert link.known
    person_id = await links.accept_invitation(session, link, name="Other", password_hash="planted")
    stored = await session.scalar(select(PersonRow.password_hash).where(PersonRow.id == person_id))
    assert stored == "the old one"


async def test_links_run_out_and_are_of_one_kind(session: TenantSession) -> None:
    made = await invited(session)
    with pytest.raises(links.LinkExpired):
        await links.find(session, made.token, "reset")
    await session.execute(update(MailedLinkRow).values(expires_at=now() - timedelta(seconds=1)))
    with pytest.raises(links.LinkExpired):
        await links.find(session, made.token, "invitation")


async def test_another_customers_administrator_cannot_withdraw_it(session: TenantSession) -> None:
    made = await invited(session)
    link = await links.find(session, made.token, "invitation")
    other = await make_customer(session)
    assert not await links.withdraw(session, link.id, customer_id=other.id, actor=ACTOR)
    assert not await links.withdraw(session, link.id, customer_id=None, actor=ACTOR)
    assert await links.withdraw(session, link.id, customer_id=link.customer_id, actor=ACTOR)
    with pytest.raises(links.LinkExpired):
        await links.find(session, made.token, "invitation")


async def test_staff_are_invited_without_a_customer_and_customers_with_one(session: TenantSession) -> None:
    made = await links.invite(
        session,
        actor=ACTOR,
        email="f@stanmoor.example",
        name="",
        role=StaffRole.FINANCE,
        customer_id=None,
        invited_by=None,
    )
    link = await links.find(session, made.token, "invitation")
    person_id = await links.accept_invitation(session, link, name="Fin", password_hash="hash")
    assert await session.scalar(select(StaffRow.role).where(StaffRow.person_id == person_id)) == "finance"
    with pytest.raises(Invalid):
        await links.invite(
            session,
            actor=ACTOR,
            email="x@y.example",
            name="",
            role=CustomerRole.ADMIN,
            customer_id=None,
            invited_by=None,
        )


@pytest.mark.parametrize("to_the_staff", [True, False])
async def test_an_invitation_does_not_take_the_last_owners_or_administrators_role(
    session: TenantSession, to_the_staff: bool
) -> None:
    """Somebody who invites their own address to a lesser role would lock their company out."""
    customer = await make_customer(session)

    async def one_more() -> PersonRow:
        if to_the_staff:
            return await make_staff(session, StaffRole.OWNER)
        return await make_member(session, customer, CustomerRole.ADMIN)

    first = await one_more()
    made = await links.invite(
        session,
        actor=ACTOR,
        email=first.email,
        name="",
        role=StaffRole.FINANCE if to_the_staff else CustomerRole.VIEWER,
        customer_id=None if to_the_staff else customer.id,
        invited_by=first.id,
    )
    link = await links.find(session, made.token, "invitation")
    with pytest.raises(LastOfThem):
        async with session.begin_nested():
            await links.accept_invitation(session, link, name="", password_hash=None)

    await one_more()
    await links.accept_invitation(session, link, name="", password_hash=None)
    staff = await session.scalar(select(StaffRow.role).where(StaffRow.person_id == first.id))
    member = await session.scalar(select(MembershipRow.role).where(MembershipRow.person_id == first.id))
    assert (staff, member) == (("finance", None) if to_the_staff else (None, "viewer"))


async def test_a_reset_ends_every_session_and_unknown_addresses_get_none(session: TenantSession) -> None:
    person = await make_member(session, await make_customer(session), password_hash="old")
    token = await sessions.open_session(session, person.id)
    made = await links.make_reset(session, await links.ask_reset(session, person.email.upper()))
    assert made is not None
    link = await links.find(session, made[1], "reset")
    await links.use_reset(session, link, password_hash="new", request_id="r-1")
    assert await sessions.visit_of(session, token, csrf_key=b"k", request_id="r-1") is None
    assert await links.make_reset(session, await links.ask_reset(session, "nobody@nowhere.example")) is None
    waiting = await session.scalar(
        select(func.count()).select_from(MailedLinkRow).where(MailedLinkRow.used_at.is_(None))
    )
    assert waiting == 0


@pytest.mark.parametrize("text", ["", "pat", "@a.example", "pat@", "pat@host", "a b@c.example", "a\n@c.example"])
def test_what_is_no_address_is_refused_at_its_field(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        links.clean_email(text)
    assert refused.value.fields == {"email": "Enter an email address, like name@company.example."}

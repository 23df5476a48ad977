"""Members: listed within their customer, changed by its administrators, never left without one."""

import asyncio
from uuid import UUID

import pytest
from sqlalchemy import select

from portico_core.errors import NotFound
from portico_tenants.access import CustomerRole, StaffRole
from portico_tenants.audit import AuditRow
from portico_tenants.people import members
from portico_tenants.people.models import MembershipRow
from portico_tenants.session import Database, TenantSession
from portico_tenants.tenant import Tenant
from tests.factories.customers import make_customer
from tests.factories.people import make_member, make_staff

ACTOR = "person:admin"


async def test_a_list_holds_the_members_of_that_customer_only(session: TenantSession) -> None:
    ours, theirs = await make_customer(session), await make_customer(session)
    person = await make_member(session, ours, name="Ada")
    await make_member(session, theirs, name="Bob")
    assert [member.person_id for member in await members.of_customer(session, ours.id)] == [person.id]


async def test_another_customers_membership_is_not_there(session: TenantSession) -> None:
    ours, theirs = await make_customer(session), await make_customer(session)
    await make_member(session, theirs, CustomerRole.VIEWER)
    foreign = (await members.of_customer(session, theirs.id))[0]
    with pytest.raises(NotFound):
        await members.change_role(session, foreign.id, CustomerRole.ADMIN, customer_id=ours.id, actor=ACTOR)
    with pytest.raises(NotFound):
        await members.remove(session, foreign.id, customer_id=ours.id, actor=ACTOR)


async def test_the_last_administrator_stays(session: TenantSession) -> None:
    customer = await make_customer(session)
    await make_member(session, customer, CustomerRole.ADMIN)
    only = (await members.of_customer(session, customer.id))[0]
    with pytest.raises(members.LastOfThem):
        await members.remove(session, only.id, customer_id=customer.id, actor=ACTOR)
    with pytest.raises(members.LastOfThem):
        await members.change_role(session, only.id, CustomerRole.PAYER, customer_id=customer.id, actor=ACTOR)
    await make_member(session, customer, CustomerRole.ADMIN)
    await members.remove(session, only.id, customer_id=customer.id, actor=ACTOR)
    assert await session.get(MembershipRow, only.id) is None


async def test_two_administrators_who_remove_each_other_at_once_leave_one(database: Database, tenant: Tenant) -> None:
    for _ in range(5):
        async with database.tenant_session(tenant) as session:
            customer = await make_customer(session)
            await make_member(session, customer, CustomerRole.ADMIN)
            await make_member(session, customer, CustomerRole.ADMIN)
            both = [each.id for each in await members.of_customer(session, customer.id)]

        async def remove(member_id: UUID, customer_id: UUID = customer.id) -> None:
            async with database.tenant_session(tenant) as session:
                await members.remove(session, member_id, customer_id=customer_id, actor=ACTOR)

        results = await asyncio.gather(*(remove(each) for each in both), return_exceptions=True)
        assert sorted(type(each).__name__ for each in results) == ["LastOfThem", "NoneType"]


async def test_the_last_owner_stays(session: TenantSession) -> None:
    owner = await make_staff(session, StaffRole.OWNER)
    with pytest.raises(members.LastOfThem):
        await members.change_staff_role(session, owner.id, None, actor=ACTOR)
    await make_staff(session, StaffRole.OWNER)
    await members.change_staff_role(session, owner.id, StaffRole.SERVICE, actor=ACTOR)
    assert {member.role for member in await members.of_staff(session)} == {"owner", "service"}


async def test_a_change_of_role_is_in_the_audit_with_before_and_after(session: TenantSession) -> None:
    customer = await make_customer(session)
    person = await make_member(session, customer, CustomerRole.VIEWER)
    member = (await members.of_customer(session, customer.id))[0]
    await members.change_role(session, member.id, CustomerRole.PAYER, customer_id=customer.id, actor=ACTOR)
    entry = (await session.scalars(select(AuditRow).where(AuditRow.object_id == str(person.id)))).one()
    assert (entry.action, entry.before, entry.after) == (
        "membership.role_changed",
        {"role": "viewer"},
        {"role": "payer"},
    )
    assert entry.customer_id == customer.id


async def test_choices_are_found_by_name_and_number(session: TenantSession) -> None:
    ash = await make_customer(session, name="Ashdown Fabrication", number="104233")
    person = await make_member(session, ash)
    session.add(MembershipRow(person_id=person.id, customer_id=(await make_customer(session)).id, role="viewer"))
    await session.flush()
    assert len(await members.choices(session, person.id)) == 2
    assert [each.id for each in await members.choices(session, person.id, search="ashd")] == [ash.id]
    assert [each.id for each in await members.choices(session, person.id, search="1042")] == [ash.id]
    assert await members.choices(session, person.id, search="%") == []

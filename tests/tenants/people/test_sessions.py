"""Sign-in sessions: rights count as of now, and only the holder of the token is anybody."""

from datetime import timedelta

from sqlalchemy import delete, update

from portico_core.clock import now
from portico_tenants.access import CustomerRole, Permission, StaffRole
from portico_tenants.people import sessions
from portico_tenants.people.models import LoginSessionRow, MembershipRow, PersonRow
from portico_tenants.people.visit import Visit
from portico_tenants.session import Database, TenantSession
from portico_tenants.tenant import Tenant
from tests.factories.customers import make_customer
from tests.factories.people import make_member, make_person, make_staff

KEY = b"k" * 32


async def visit(session: TenantSession, token: str) -> Visit | None:
    return await sessions.visit_of(session, token, csrf_key=KEY, request_id="r-1")


async def test_a_payer_sees_and_pays_at_the_chosen_customer_and_manages_nobody(session: TenantSession) -> None:
    customer = await make_customer(session)
    payer = await make_member(session, customer, CustomerRole.PAYER)
    found = await visit(session, await sessions.open_session(session, payer.id))
    assert found is not None
    assert found.customer_id == customer.id
    assert found.may(Permission.PAY)
    assert not found.may(Permission.MEMBERS_MANAGE)
    assert not found.may(Permission.STAFF_SEE)


async def test_staff_without_a_customer_have_staff_rights_only(session: TenantSession) -> None:
    person = await make_staff(session, StaffRole.SERVICE)
    found = await visit(session, await sessions.open_session(session, person.id))
    assert found is not None
    assert found.customer is None
    assert found.may(Permission.STAFF_SEE)
    assert not found.may(Permission.STAFF_MONEY)
    assert not found.may(Permission.INVOICES_SEE)


async def test_a_removed_membership_bites_at_the_next_request(session: TenantSession) -> None:
    customer = await make_customer(session)
    payer = await make_member(session, customer)
    token = await sessions.open_session(session, payer.id)
    await session.execute(delete(MembershipRow).where(MembershipRow.person_id == payer.id))
    found = await visit(session, token)
    assert found is not None
    assert found.customer is None
    assert not found.may(Permission.INVOICES_SEE)


async def test_a_disabled_person_and_an_expired_session_are_nobody(session: TenantSession) -> None:
    person = await make_person(session)
    token = await sessions.open_session(session, person.id)
    await session.execute(update(PersonRow).where(PersonRow.id == person.id).values(disabled_at=now()))
    assert await visit(session, token) is None
    await session.execute(update(PersonRow).where(PersonRow.id == person.id).values(disabled_at=None))
    assert await visit(session, token) is not None
    await session.execute(update(LoginSessionRow).values(expires_at=now() - timedelta(seconds=1)))
    assert await visit(session, token) is None


async def test_the_row_holds_the_hash_and_not_the_token(session: TenantSession) -> None:
    person = await make_person(session)
    token = await sessions.open_session(session, person.id)
    row = (await session.get_one(LoginSessionRow, (await sessions.devices(session, person.id))[0].id)).token_hash
    assert token.encode() not in row
    assert await visit(session, row.hex()) is None


async def test_the_same_token_is_nobody_at_another_tenant(
    database: Database, tenant: Tenant, other_tenant: Tenant
) -> None:
    async with database.tenant_session(tenant) as session:
        token = await sessions.open_session(session, (await make_person(session)).id)
    async with database.tenant_session(other_tenant) as session:
        assert await visit(session, token) is None
    async with database.tenant_session(tenant) as session:
        assert await visit(session, token) is not None


async def test_one_switches_only_to_ones_own_customers(session: TenantSession) -> None:
    first, second, foreign = [await make_customer(session, name=name) for name in ("Ash", "Birch", "Cedar")]
    person = await make_member(session, first)
    session.add(MembershipRow(person_id=person.id, customer_id=second.id, role="viewer"))
    await session.flush()
    token = await sessions.open_session(session, person.id)
    before = await visit(session, token)
    assert before is not None
    assert before.customer_id == first.id
    assert await sessions.choose_customer(session, before, second.id)
    after = await visit(session, token)
    assert after is not None
    assert after.customer_id == second.id
    assert not after.may(Permission.PAY)
    assert not await sessions.choose_customer(session, after, foreign.id)


async def test_signing_out_everywhere_spares_the_session_named(session: TenantSession) -> None:
    person = await make_person(session)
    kept, gone = [await sessions.open_session(session, person.id) for _ in range(2)]
    mine = await visit(session, kept)
    assert mine is not None
    await sessions.end_sessions_of(session, person.id, but=mine.session_id)
    assert await visit(session, kept) is not None
    assert await visit(session, gone) is None


def test_a_form_token_fits_its_cookie_and_any_key_in_use() -> None:
    old, new = b"o" * 32, b"n" * 32
    token = sessions.csrf_token(old, "cookie")
    assert sessions.csrf_fits([new, old], "cookie", token)
    assert not sessions.csrf_fits([new], "cookie", token)
    assert not sessions.csrf_fits([new, old], "another cookie", token)
    assert not sessions.csrf_fits([new, old], "cookie", "")

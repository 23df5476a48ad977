"""Members of a customer and staff of the distributor: listing, changing a role, removing. Rights bite at once."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec
from sqlalchemy import Label, delete, func, or_, select, true, update

from portico_core.errors import Conflict, NotFound
from portico_tenants import audit
from portico_tenants.access import CustomerRole, StaffRole
from portico_tenants.customers.models import CustomerRow
from portico_tenants.people.models import LoginSessionRow, MailedLinkRow, MembershipRow, PersonRow, StaffRow
from portico_tenants.people.sessions import end_sessions_of_nobody
from portico_tenants.session import TenantSession

LIMIT = 200


class MemberView(msgspec.Struct, frozen=True, kw_only=True):
    """A member or staff person as listed. `id` is the membership's (staff: the person's)."""

    id: UUID
    person_id: UUID
    name: str
    email: str
    role: str
    since: datetime
    last_seen: datetime | None


class InvitationView(msgspec.Struct, frozen=True, kw_only=True):
    """An invitation that nobody has used yet."""

    id: UUID
    email: str
    name: str
    role: str
    expires_at: datetime


class CustomerChoice(msgspec.Struct, frozen=True, kw_only=True):
    """A customer that a person may switch to."""

    id: UUID
    number: str
    name: str
    role: str


class LastOfThem(Conflict):
    """There must be at least one: give somebody else this role first."""


async def choices(session: TenantSession, person_id: UUID, *, search: str = "") -> list[CustomerChoice]:
    """The customers a person is a member of, by name; those whose name or number contains `search`."""
    found = (
        func.lower(CustomerRow.name).contains(search.lower(), autoescape=True)
        | CustomerRow.number.contains(search, autoescape=True)
        if search
        else true()
    )
    rows = await session.execute(
        select(CustomerRow.id, CustomerRow.number, CustomerRow.name, MembershipRow.role)
        .join(MembershipRow, MembershipRow.customer_id == CustomerRow.id)
        .where(MembershipRow.person_id == person_id, found)
        .order_by(func.lower(CustomerRow.name), CustomerRow.id)
        .limit(LIMIT)
    )
    return [CustomerChoice(id=r.id, number=r.number, name=r.name, role=r.role) for r in rows]


async def of_customer(session: TenantSession, customer_id: UUID) -> list[MemberView]:
    """The members of a customer, by name."""
    rows = await session.execute(
        select(
            MembershipRow.id,
            PersonRow.id.label("person_id"),
            PersonRow.name,
            PersonRow.email,
            MembershipRow.role,
            MembershipRow.created_at.label("since"),
            _last_seen(),
        )
        .join(PersonRow, PersonRow.id == MembershipRow.person_id)
        .where(MembershipRow.customer_id == customer_id, PersonRow.disabled_at.is_(None))
        .order_by(func.lower(PersonRow.name), PersonRow.id)
        .limit(LIMIT)
    )
    return [MemberView(**row._mapping) for row in rows]


async def of_staff(session: TenantSession) -> list[MemberView]:
    """The distributor's own people, by name."""
    rows = await session.execute(
        select(
            PersonRow.id,
            PersonRow.id.label("person_id"),
            PersonRow.name,
            PersonRow.email,
            StaffRow.role,
            StaffRow.created_at.label("since"),
            _last_seen(),
        )
        .join(StaffRow, StaffRow.person_id == PersonRow.id)
        .where(PersonRow.disabled_at.is_(None))
        .order_by(func.lower(PersonRow.name), PersonRow.id)
        .limit(LIMIT)
    )
    return [MemberView(**row._mapping) for row in rows]


async def invitations(session: TenantSession, customer_id: UUID | None) -> list[InvitationView]:
    """Open invitations to a customer (None: to the staff), newest first."""
    rows: Sequence[MailedLinkRow] = (
        await session.scalars(
            select(MailedLinkRow)
            .where(
                MailedLinkRow.kind == "invitation",
                MailedLinkRow.customer_id.is_not_distinct_from(customer_id),
                MailedLinkRow.used_at.is_(None),
                MailedLinkRow.withdrawn_at.is_(None),
                MailedLinkRow.expires_at > func.now(),
            )
            .order_by(MailedLinkRow.created_at.desc())
            .limit(LIMIT)
        )
    ).all()
    return [
        InvitationView(id=r.id, email=r.email, name=r.name, role=r.role or "", expires_at=r.expires_at) for r in rows
    ]


async def change_role(
    session: TenantSession, membership_id: UUID, role: CustomerRole, *, customer_id: UUID, actor: str
) -> None:
    """Change a member's role at this customer."""
    member, has_another_admin = await _locked(session, membership_id, customer_id)
    if member.role == role.value:
        return
    if member.role == CustomerRole.ADMIN and not has_another_admin:
        raise LastOfThem
    before, member.role = member.role, role.value
    await audit.record(
        session,
        actor=actor,
        action="membership.role_changed",
        object_type="person",
        object_id=member.person_id,
        customer_id=customer_id,
        before={"role": before},
        after={"role": role.value},
    )


async def remove(session: TenantSession, membership_id: UUID, *, customer_id: UUID, actor: str) -> None:
    """End a membership: the person's next request no longer sees this customer."""
    member, has_another_admin = await _locked(session, membership_id, customer_id)
    if member.role == CustomerRole.ADMIN and not has_another_admin:
        raise LastOfThem
    await session.delete(member)
    await session.flush()
    await end_sessions_of_nobody(session, member.person_id)
    await audit.record(
        session,
        actor=actor,
        action="membership.removed",
        object_type="person",
        object_id=member.person_id,
        customer_id=customer_id,
        before={"role": member.role},
    )


async def change_staff_role(session: TenantSession, person_id: UUID, role: StaffRole | None, *, actor: str) -> None:
    """Change the role of one of the distributor's own people, or end it (None). One owner must remain."""
    rows = (await session.scalars(select(StaffRow).order_by(StaffRow.person_id).with_for_update())).all()
    person = next((row for row in rows if row.person_id == person_id), None)
    if person is None:
        raise NotFound
    owners = [row for row in rows if row.role == StaffRole.OWNER]
    if owners == [person] and role is not StaffRole.OWNER:
        raise LastOfThem
    before = person.role
    if role is None:
        await session.execute(delete(StaffRow).where(StaffRow.person_id == person_id))
        await end_sessions_of_nobody(session, person_id)
    else:
        await session.execute(update(StaffRow).where(StaffRow.person_id == person_id).values(role=role.value))
    await audit.record(
        session,
        actor=actor,
        action="staff.removed" if role is None else "staff.role_changed",
        object_type="person",
        object_id=person_id,
        before={"role": before},
        after={"role": role.value} if role else None,
    )


def _last_seen() -> Label[datetime]:
    return (
        select(func.max(LoginSessionRow.seen_at))
        .where(LoginSessionRow.person_id == PersonRow.id)
        .scalar_subquery()
        .label("last_seen")
    )


async def _locked(session: TenantSession, membership_id: UUID, customer_id: UUID) -> tuple[MembershipRow, bool]:
    """The member, and whether somebody else is an administrator. Locked together and in the order of their ids: two
    administrators who remove each other at once wait for one another instead of getting stuck."""
    statement = (
        select(MembershipRow)
        .where(
            MembershipRow.customer_id == customer_id,
            or_(MembershipRow.id == membership_id, MembershipRow.role == CustomerRole.ADMIN.value),
        )
        .order_by(MembershipRow.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    rows = (await session.scalars(statement)).all()
    member = next((row for row in rows if row.id == membership_id), None)
    if member is None:
        raise NotFound
    return member, any(row.id != membership_id and row.role == CustomerRole.ADMIN for row in rows)

"""Links in mails: invitations and password resets. Random, good once, expiring; only their hash is stored."""

from datetime import datetime, timedelta
from uuid import UUID

import msgspec
from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert

from portico_core import mail_addresses
from portico_core.clock import now
from portico_core.errors import Gone, Invalid
from portico_core.ids import hash_token, new_id, new_token
from portico_tenants import audit
from portico_tenants.access import CustomerRole, StaffRole
from portico_tenants.customers.models import CustomerRow
from portico_tenants.people import members
from portico_tenants.people.models import MailedLinkRow, MembershipRow, PersonRow, ResetRequestRow, StaffRow
from portico_tenants.people.sessions import end_sessions_of
from portico_tenants.session import TenantSession

INVITATION_LIFETIME = timedelta(days=7)
RESET_LIFETIME = timedelta(hours=1)


class Invitation(msgspec.Struct, frozen=True, kw_only=True):
    """An invitation as made: `token` goes into the mail's link and is nowhere else."""

    id: UUID
    token: str
    email: str
    customer_name: str | None
    role: str
    expires_at: datetime


class OpenLink(msgspec.Struct, frozen=True, kw_only=True):
    """A link that is still good, and whom it is for. `known` tells that the address already has a password here."""

    id: UUID
    kind: str
    email: str
    name: str
    customer_id: UUID | None
    customer_name: str | None
    role: str | None
    expires_at: datetime
    known: bool


class LinkExpired(Gone):
    """This link is no longer good. Ask for a new one."""


def clean_email(text: str, *, field: str = "email") -> str:
    """An address as stored: trimmed, lower case. Refused where no mail can go there."""
    email = text.strip().lower()
    mail_addresses.check(email, field=field)
    return email


def known_email(text: str) -> str:
    """The same of somebody who may have been here before addresses were checked like that."""
    email = text.strip().lower()
    mail_addresses.check_shape(email)
    return email


async def invite(
    session: TenantSession,
    *,
    actor: str,
    email: str,
    name: str,
    role: CustomerRole | StaffRole,
    customer_id: UUID | None,
    invited_by: UUID | None,
    request_id: str | None = None,
) -> Invitation:
    """Invite somebody to a customer (`customer_id` and a customer role) or to the staff (no customer).

    An earlier open invitation of the same kind to the same address is withdrawn: only the newest link is good.
    """
    email = clean_email(email)
    if isinstance(role, CustomerRole) != (customer_id is not None):
        raise Invalid(fields={"role": "Choose a role."})
    customer_name = None
    if customer_id is not None:
        customer_name = (
            await session.scalars(select(CustomerRow.name).where(CustomerRow.id == customer_id))
        ).one_or_none()
    await session.execute(
        update(MailedLinkRow)
        .where(
            MailedLinkRow.kind == "invitation",
            MailedLinkRow.email == email,
            MailedLinkRow.customer_id.is_not_distinct_from(customer_id),
            MailedLinkRow.used_at.is_(None),
            MailedLinkRow.withdrawn_at.is_(None),
        )
        .values(withdrawn_at=func.now())
    )
    token = new_token()
    link = MailedLinkRow(
        token_hash=hash_token(token),
        kind="invitation",
        email=email,
        name=name.strip(),
        customer_id=customer_id,
        role=role.value,
        invited_by=invited_by,
        expires_at=now() + INVITATION_LIFETIME,
    )
    session.add(link)
    await session.flush()
    await audit.record(
        session,
        actor=actor,
        action="invitation.sent",
        object_type="invitation",
        object_id=link.id,
        customer_id=customer_id,
        after={"email": email, "role": role.value},
        request_id=request_id,
    )
    return Invitation(
        id=link.id, token=token, email=email, customer_name=customer_name, role=role.value, expires_at=link.expires_at
    )


async def withdraw(session: TenantSession, link_id: UUID, *, customer_id: UUID | None, actor: str) -> bool:
    """Withdraw an open invitation of that customer (None: of the staff); False where there is none."""
    gone = await session.execute(
        update(MailedLinkRow)
        .where(
            MailedLinkRow.id == link_id,
            MailedLinkRow.customer_id.is_not_distinct_from(customer_id),
            MailedLinkRow.kind == "invitation",
            MailedLinkRow.used_at.is_(None),
            MailedLinkRow.withdrawn_at.is_(None),
        )
        .values(withdrawn_at=func.now())
        .returning(MailedLinkRow.email)
    )
    email = gone.scalar_one_or_none()
    if email is None:
        return False
    await audit.record(
        session,
        actor=actor,
        action="invitation.withdrawn",
        object_type="invitation",
        object_id=link_id,
        customer_id=customer_id,
        before={"email": email},
    )
    return True


async def ask_reset(session: TenantSession, email: str) -> UUID:
    """Note that a new password was asked for; the same work whether or not the address is known."""
    request = ResetRequestRow(email=email[:254].strip().lower())
    session.add(request)
    await session.flush()
    return request.id


async def make_reset(session: TenantSession, request_id: UUID) -> tuple[PersonRow, str, datetime] | None:
    """Take a request off the list; the person and the link's token where the address is known and active."""
    request = await session.get(ResetRequestRow, request_id, with_for_update=True)
    if request is None:
        return None
    await session.delete(request)
    person = (
        await session.scalars(
            select(PersonRow).where(PersonRow.email == request.email, PersonRow.disabled_at.is_(None))
        )
    ).one_or_none()
    if person is None:
        return None
    token = new_token()
    link = MailedLinkRow(
        token_hash=hash_token(token),
        kind="reset",
        email=person.email,
        name=person.name,
        expires_at=now() + RESET_LIFETIME,
    )
    session.add(link)
    return person, token, link.expires_at


async def find(session: TenantSession, token: str, kind: str) -> OpenLink:
    """The link behind a token; LinkExpired where it ran out, was used, withdrawn or never was."""
    row = (
        await session.execute(
            select(MailedLinkRow, CustomerRow.name, PersonRow.password_hash)
            .outerjoin(CustomerRow, CustomerRow.id == MailedLinkRow.customer_id)
            .outerjoin(PersonRow, PersonRow.email == MailedLinkRow.email)
            .where(
                MailedLinkRow.token_hash == hash_token(token),
                MailedLinkRow.kind == kind,
                MailedLinkRow.used_at.is_(None),
                MailedLinkRow.withdrawn_at.is_(None),
                MailedLinkRow.expires_at > func.now(),
            )
        )
    ).one_or_none()
    if row is None:
        raise LinkExpired
    link, customer_name, password_hash = row
    return OpenLink(
        id=link.id,
        kind=link.kind,
        email=link.email,
        name=link.name,
        customer_id=link.customer_id,
        customer_name=customer_name,
        role=link.role,
        expires_at=link.expires_at,
        known=password_hash is not None,
    )


async def accept_invitation(
    session: TenantSession, link: OpenLink, *, name: str, password_hash: str | None, request_id: str | None = None
) -> UUID:
    """Use an invitation up: make or find the person, grant the role; the person's id.

    `password_hash` is None where the address already has a password here: an invitation never replaces it. Raises
    LastOfThem where it would take the last owner's or administrator's role.
    """
    await _use_up(session, link)
    person_id = await _person(session, email=link.email, name=name, password_hash=password_hash)
    actor = f"person:{person_id}"
    # Who is here already changes roles as in the list of people: the last owner and the last administrator stay.
    if link.customer_id is None:
        if await session.scalar(select(StaffRow.person_id).where(StaffRow.person_id == person_id)):
            await members.change_staff_role(session, person_id, StaffRole(str(link.role)), actor=actor)
        else:
            await session.execute(insert(StaffRow).values(person_id=person_id, role=link.role))
    else:
        at = link.customer_id
        mine = select(MembershipRow.id).where(MembershipRow.person_id == person_id, MembershipRow.customer_id == at)
        if membership_id := await session.scalar(mine):
            await members.change_role(session, membership_id, CustomerRole(str(link.role)), customer_id=at, actor=actor)
        else:
            await session.execute(insert(MembershipRow).values(person_id=person_id, customer_id=at, role=link.role))
    await audit.record(
        session,
        actor=actor,
        action="invitation.accepted",
        object_type="invitation",
        object_id=link.id,
        customer_id=link.customer_id,
        after={"role": link.role},
        request_id=request_id,
    )
    return person_id


async def use_reset(session: TenantSession, link: OpenLink, *, password_hash: str, request_id: str) -> UUID:
    """Set the new password and end every session of the person; the person's id."""
    await _use_up(session, link)
    person_id = (
        await session.scalars(
            update(PersonRow)
            .where(PersonRow.email == link.email)
            .values(password_hash=password_hash)
            .returning(PersonRow.id)
        )
    ).one()
    await end_sessions_of(session, person_id)
    await end_resets(session, link.email)
    await audit.record(
        session,
        actor=f"person:{person_id}",
        action="password.reset",
        object_type="person",
        object_id=person_id,
        request_id=request_id,
    )
    return person_id


async def end_resets(session: TenantSession, email: str) -> None:
    """A password has changed: links that were mailed for the one before are no longer good.

    Asking for another link ends none, else whoever asks again and again would keep somebody out.
    """
    await session.execute(
        update(MailedLinkRow)
        .where(
            MailedLinkRow.kind == "reset",
            MailedLinkRow.email == email,
            MailedLinkRow.used_at.is_(None),
            MailedLinkRow.withdrawn_at.is_(None),
        )
        .values(withdrawn_at=func.now())
    )


async def _use_up(session: TenantSession, link: OpenLink) -> None:
    used = await session.execute(
        update(MailedLinkRow)
        .where(MailedLinkRow.id == link.id, MailedLinkRow.used_at.is_(None), MailedLinkRow.withdrawn_at.is_(None))
        .values(used_at=func.now())
        .returning(MailedLinkRow.id)
    )
    if used.first() is None:  # the same link in two tabs: one of them was first
        raise LinkExpired


async def _person(session: TenantSession, *, email: str, name: str, password_hash: str | None) -> UUID:
    # Two invitations of one address may be accepted at once: the second waits here, and finds the first's person.
    await session.execute(
        insert(PersonRow)
        .values(id=new_id(), email=email, name=name.strip(), password_hash=password_hash)
        .on_conflict_do_nothing(index_elements=["email"])
    )
    person = (await session.scalars(select(PersonRow).where(PersonRow.email == email).with_for_update())).one()
    if person.password_hash is None:
        person.password_hash = password_hash
        person.name = name.strip() or person.name
    return person.id

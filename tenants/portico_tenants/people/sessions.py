"""Sign-in sessions: rows in the tenant's schema, found by the hash of the cookie's token, one query per request."""

import hashlib
import hmac
from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

import msgspec
from sqlalchemy import bindparam, delete, func, select, update
from sqlalchemy.exc import DBAPIError

from portico_core.clock import now
from portico_core.ids import hash_token, new_token
from portico_core.logs import log
from portico_tenants.access import CustomerRole, StaffRole
from portico_tenants.customers.models import CustomerRow
from portico_tenants.people.models import LoginSessionRow, MembershipRow, PersonRow, StaffRow
from portico_tenants.people.visit import ChosenCustomer, Visit
from portico_tenants.ready import Ready
from portico_tenants.session import TenantSession

logger = log(__name__)
LIFETIME = timedelta(hours=8)  # without a request
LONGEST = timedelta(days=7)  # however busy: then the password is asked for again
SEEN_STEP = timedelta(minutes=5)  # a request writes "seen" at most this often


def csrf_token(key: bytes, cookie: str) -> str:
    """The token that forms of this cookie's holder must bring back."""
    return hmac.new(key, b"csrf:" + cookie.encode(), hashlib.sha256).hexdigest()


def csrf_fits(keys: Iterable[bytes], cookie: str, given: str) -> bool:
    """Whether `given` was derived from the cookie with any of the keys."""
    # As bytes: of text it takes ASCII only, and whoever sends something else is refused, not answered with a defect.
    return any(hmac.compare_digest(csrf_token(key, cookie).encode(), given.encode()) for key in keys)


async def open_session(session: TenantSession, person_id: UUID, *, user_agent: str = "") -> str:
    """Sign a person in; the token for the cookie. Chooses the customer where there is just one."""
    token = new_token()
    customers = (
        await session.scalars(
            select(MembershipRow.customer_id)
            .join(CustomerRow, CustomerRow.id == MembershipRow.customer_id)
            .where(MembershipRow.person_id == person_id)
            .order_by(func.lower(CustomerRow.name), CustomerRow.id)
            .limit(1)
        )
    ).all()
    session.add(
        LoginSessionRow(
            token_hash=hash_token(token),
            person_id=person_id,
            customer_id=customers[0] if customers else None,
            user_agent=user_agent[:300],
            expires_at=now() + LIFETIME,
        )
    )
    await session.flush()
    return token


_chosen = (
    select(CustomerRow.id, CustomerRow.number, CustomerRow.name, CustomerRow.currency, MembershipRow.role)
    .join(MembershipRow, MembershipRow.customer_id == CustomerRow.id)
    .where(
        MembershipRow.person_id == LoginSessionRow.person_id,
        MembershipRow.customer_id == LoginSessionRow.customer_id,
    )
    .lateral("chosen")
)
_customers = (
    select(func.count())
    .where(MembershipRow.person_id == LoginSessionRow.person_id)
    .scalar_subquery()
    .label("customers")
)
# Built once: every request asks this, and building it takes longer than answering it.
_VISIT = Ready(
    select(
        LoginSessionRow.id,
        LoginSessionRow.person_id,
        LoginSessionRow.seen_at,
        PersonRow.name,
        PersonRow.email,
        PersonRow.language,
        StaffRow.role.label("staff_role"),
        _customers,
        _chosen.c.id.label("customer_id"),
        _chosen.c.number.label("customer_number"),
        _chosen.c.name.label("customer_name"),
        _chosen.c.currency.label("customer_currency"),
        _chosen.c.role.label("customer_role"),
    )
    .join(PersonRow, PersonRow.id == LoginSessionRow.person_id)
    .outerjoin(StaffRow, StaffRow.person_id == PersonRow.id)
    .outerjoin(_chosen, LoginSessionRow.customer_id == _chosen.c.id)
    .where(
        LoginSessionRow.token_hash == bindparam("token_hash"),
        LoginSessionRow.expires_at > func.now(),
        LoginSessionRow.created_at > func.now() - LONGEST,
        PersonRow.disabled_at.is_(None),
    )
)


async def visit_of(session: TenantSession, token: str, *, csrf_key: bytes, request_id: str) -> Visit | None:
    """Who holds this token, as of now: removed memberships, changed roles and disabled persons count at once."""
    rows = await session.ask(_VISIT, {"token_hash": hash_token(token)})
    if not rows:
        return None
    row = rows[0]
    if now() - row["seen_at"] > SEEN_STEP:
        await _note_seen(session, row["id"])
    return Visit(
        session_id=row["id"],
        person_id=row["person_id"],
        name=row["name"],
        email=row["email"],
        language=row["language"],
        customer=None
        if row["customer_id"] is None
        else ChosenCustomer(
            id=row["customer_id"],
            number=row["customer_number"],
            name=row["customer_name"],
            currency=row["customer_currency"],
            role=CustomerRole(row["customer_role"]),
        ),
        customers=row["customers"],
        staff_role=StaffRole(row["staff_role"]) if row["staff_role"] else None,
        csrf_token=csrf_token(csrf_key, token),
        request_id=request_id,
    )


async def _note_seen(session: TenantSession, session_id: UUID) -> None:
    """Not worth a page that could be read: a database whose disk is full refuses every change."""
    try:
        async with session.begin_nested():
            await session.execute(
                update(LoginSessionRow)
                .where(LoginSessionRow.id == session_id)
                .values(seen_at=now(), expires_at=now() + LIFETIME)
            )
    except DBAPIError as error:
        if error.connection_invalidated:
            raise
        logger.warning("not noted that somebody was here", error=type(error).__name__)


async def staff_role_of(session: TenantSession, session_id: UUID) -> StaffRole | None:
    """The role at the distributor that a session's holder has as of now; None once the session is over."""
    role = await session.scalar(
        select(StaffRow.role)
        .join(LoginSessionRow, LoginSessionRow.person_id == StaffRow.person_id)
        .join(PersonRow, PersonRow.id == StaffRow.person_id)
        .where(
            LoginSessionRow.id == session_id,
            LoginSessionRow.expires_at > func.now(),
            LoginSessionRow.created_at > func.now() - LONGEST,
            PersonRow.disabled_at.is_(None),
        )
    )
    return StaffRole(role) if role else None


async def choose_customer(session: TenantSession, visit: Visit, customer_id: UUID) -> bool:
    """Work for another of one's customers from now on; False where there is no such membership."""
    membership = select(MembershipRow.customer_id).where(
        MembershipRow.person_id == visit.person_id, MembershipRow.customer_id == customer_id
    )
    chosen = await session.execute(
        update(LoginSessionRow)
        .where(LoginSessionRow.id == visit.session_id, membership.exists())
        .values(customer_id=customer_id)
        .returning(LoginSessionRow.id)
    )
    return chosen.first() is not None


async def renew(session: TenantSession, session_id: UUID) -> str:
    """A new token for a session whose holder has just proved who they are; the one before is nobody's."""
    token = new_token()
    await session.execute(
        update(LoginSessionRow).where(LoginSessionRow.id == session_id).values(token_hash=hash_token(token))
    )
    return token


async def end_session(session: TenantSession, token: str) -> None:
    """Sign this browser out."""
    await session.execute(delete(LoginSessionRow).where(LoginSessionRow.token_hash == hash_token(token)))


async def end_sessions_of(session: TenantSession, person_id: UUID, *, but: UUID | None = None) -> None:
    """Sign a person out everywhere, except in the session `but`."""
    statement = delete(LoginSessionRow).where(LoginSessionRow.person_id == person_id)
    await session.execute(statement if but is None else statement.where(LoginSessionRow.id != but))


async def end_sessions_of_nobody(session: TenantSession, person_id: UUID) -> None:
    """Sign a person out everywhere who has lost the last role here."""
    roles = (
        select(MembershipRow.person_id)
        .where(MembershipRow.person_id == person_id)
        .union_all(select(StaffRow.person_id).where(StaffRow.person_id == person_id))
    )
    await session.execute(delete(LoginSessionRow).where(LoginSessionRow.person_id == person_id, ~roles.exists()))


class Device(msgspec.Struct, frozen=True, kw_only=True):
    """A signed-in browser of a person. `device` is what the browser said of itself."""

    id: UUID
    device: str
    created_at: datetime
    seen_at: datetime


async def devices(session: TenantSession, person_id: UUID) -> list[Device]:
    """Where a person is signed in, latest first; at most 50."""
    rows = await session.execute(
        select(
            LoginSessionRow.id,
            LoginSessionRow.user_agent.label("device"),
            LoginSessionRow.created_at,
            LoginSessionRow.seen_at,
        )
        .where(
            LoginSessionRow.person_id == person_id,
            LoginSessionRow.expires_at > func.now(),
            LoginSessionRow.created_at > func.now() - LONGEST,
        )
        .order_by(LoginSessionRow.seen_at.desc())
        .limit(50)
    )
    return [Device(**row._mapping) for row in rows]


async def end_one(session: TenantSession, person_id: UUID, session_id: UUID) -> bool:
    """End one of a person's sessions; False where it is not theirs."""
    ended = await session.execute(
        delete(LoginSessionRow)
        .where(LoginSessionRow.id == session_id, LoginSessionRow.person_id == person_id)
        .returning(LoginSessionRow.id)
    )
    return ended.first() is not None


async def forget_expired(session: TenantSession) -> None:
    """Remove sessions that ran out."""
    await session.execute(
        delete(LoginSessionRow).where(
            (LoginSessionRow.expires_at < func.now()) | (LoginSessionRow.created_at < func.now() - LONGEST)
        )
    )

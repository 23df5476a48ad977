"""Reading the audit trail: newest first, by keyset, with persons' names for their ids."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import ColumnElement, Text, cast, func, or_, select, true, tuple_
from sqlalchemy.orm import aliased

from portico_tenants.audit import AuditRow
from portico_tenants.people.models import PersonRow
from portico_tenants.session import TenantSession

PAGE = 50


class AuditView(msgspec.Struct, frozen=True, kw_only=True):
    """One entry. `actor` is a person's name and address, or what it was; `actor_code` is as stored."""

    id: UUID
    at: datetime
    actor: str
    actor_code: str
    customer_id: UUID | None
    action: str
    object_type: str
    object_id: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    request_id: str | None


async def entries(
    session: TenantSession, *, action: str = "", actor: str = "", before: UUID | None = None
) -> Sequence[AuditView]:
    """Up to PAGE + 1 entries (one more tells that there are older ones) whose action or actor begins so."""
    person = (
        select(PersonRow.name + " <" + PersonRow.email + ">")
        .where(AuditRow.actor == "person:" + cast(PersonRow.id, Text))
        .scalar_subquery()
    )
    rows = await session.execute(
        select(
            AuditRow.id,
            AuditRow.at,
            func.coalesce(person, AuditRow.actor).label("actor"),
            AuditRow.actor.label("actor_code"),
            AuditRow.customer_id,
            AuditRow.action,
            AuditRow.object_type,
            AuditRow.object_id,
            AuditRow.before,
            AuditRow.after,
            AuditRow.request_id,
        )
        .where(
            AuditRow.action.startswith(action, autoescape=True) if action else true(),
            _by(actor) if actor else true(),
            _older(before) if before is not None else true(),
        )
        .order_by(AuditRow.at.desc(), AuditRow.id.desc())
        .limit(PAGE + 1)
    )
    return [AuditView(**row._mapping) for row in rows]


def _older(before: UUID) -> ColumnElement[bool]:
    """Than the entry with this id; ids alone are in no order within a millisecond."""
    last = aliased(AuditRow)
    at = select(last.at).where(last.id == before).scalar_subquery()
    return tuple_(AuditRow.at, AuditRow.id) < tuple_(at, before)


def _by(actor: str) -> ColumnElement[bool]:
    text = actor.lower()
    named = select("person:" + cast(PersonRow.id, Text)).where(
        or_(
            func.lower(PersonRow.name).contains(text, autoescape=True),
            PersonRow.email.contains(text, autoescape=True),
        )
    )
    return or_(AuditRow.actor.startswith(actor, autoescape=True), AuditRow.actor.in_(named))

"""The audit trail as the distributor's staff read it: filtered, newest first, a page at a time."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, TypedDict
from urllib.parse import urlencode
from uuid import UUID

import msgspec
from sqlalchemy import ColumnElement, Text, cast, func, select, tuple_

from portico_tenants.audit import AuditRow
from portico_tenants.people.models import PersonRow
from portico_tenants.session import TenantSession

PAGE = 50
RECENT = 1000
_PERSON = "person:"


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """An entry as it is shown: `actor` in words where it is a person of this tenant, else as it was written."""

    id: UUID
    at: datetime
    actor: str
    action: str
    object_type: str
    object_id: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    request_id: str | None


class TrailPage(TypedDict):
    """A page of the trail, newest first, with the filter as it was typed.

    `actions` are those of late, to choose from; `older_url` is the query of the page that follows, None at the end.
    """

    rows: list[Entry]
    action: str
    actor: str
    actions: list[str]
    older_url: str | None


async def read(session: TenantSession, *, action: str = "", actor: str = "", before: str = "") -> TrailPage:
    """Entries whose action begins with `action` and whose actor is, or as a person is called, `actor`.

    `before` is where the page before ended; what is no such mark begins at the newest entry.
    """
    action, actor = (typed.replace("\x00", "") for typed in (action, actor))  # PostgreSQL's texts hold none
    chosen = select(AuditRow).order_by(AuditRow.at.desc(), AuditRow.id.desc()).limit(PAGE + 1)
    if action:
        chosen = chosen.where(AuditRow.action.startswith(action, autoescape=True))
    if actor:
        chosen = chosen.where(await _is_actor(session, actor))
    if (mark := _mark(before)) is not None:
        chosen = chosen.where(tuple_(AuditRow.at, AuditRow.id) < mark)
    found = list((await session.scalars(chosen)).all())
    names = await _names(session, found[:PAGE])
    rows = [_entry(row, names) for row in found[:PAGE]]
    return TrailPage(
        rows=rows,
        action=action,
        actor=actor,
        actions=await _recent_actions(session),
        older_url=_older(rows[-1], action, actor) if len(found) > PAGE else None,
    )


def _older(last: Entry, action: str, actor: str) -> str:
    values = {"action": action, "actor": actor, "before": f"{last.at.isoformat()} {last.id}"}
    return f"?{urlencode({name: value for name, value in values.items() if value})}"


async def _is_actor(session: TenantSession, typed: str) -> ColumnElement[bool]:
    wanted = typed.strip().lower()
    people = await session.scalars(
        select(PersonRow.id)
        .where(
            func.lower(PersonRow.name).contains(wanted, autoescape=True)
            | PersonRow.email.contains(wanted, autoescape=True)
        )
        .limit(RECENT)
    )
    named = AuditRow.actor.in_([f"{_PERSON}{person_id}" for person_id in people])
    return named | AuditRow.actor.startswith(wanted, autoescape=True)


async def _names(session: TenantSession, rows: Sequence[AuditRow]) -> dict[str, str]:
    ids = {row.actor.removeprefix(_PERSON) for row in rows if row.actor.startswith(_PERSON)}
    people = await session.execute(
        select(PersonRow.id, PersonRow.name, PersonRow.email).where(cast(PersonRow.id, Text).in_(ids))
    )
    return {f"{_PERSON}{person_id}": f"{name} <{email}>" for person_id, name, email in people}


async def _recent_actions(session: TenantSession) -> list[str]:
    recent = select(AuditRow.action).order_by(AuditRow.at.desc()).limit(RECENT).subquery()
    return list((await session.scalars(select(recent.c.action).distinct().order_by(recent.c.action))).all())


def _mark(before: str) -> tuple[datetime, UUID] | None:
    at, _, entry_id = before.partition(" ")
    try:
        mark = datetime.fromisoformat(at), UUID(entry_id)
    except ValueError:
        return None
    return mark if mark[0].tzinfo is not None else None


def _entry(row: AuditRow, names: Mapping[str, str]) -> Entry:
    values = {field: getattr(row, field) for field in Entry.__struct_fields__}
    return Entry(**values | {"actor": names.get(row.actor, row.actor)})

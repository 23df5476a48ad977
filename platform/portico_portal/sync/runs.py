"""Runs: one per record type at a time, with progress that pages can show and a fence against late writers."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import delete, func, select, text, update
from sqlalchemy.dialects.postgresql import insert

from portico_connectors.errors import RecordRejected
from portico_connectors.records import RecordType
from portico_core.clock import now
from portico_core.errors import Conflict
from portico_core.ids import new_id
from portico_portal.sync.held import count_held
from portico_portal.sync.models import CursorRow, RunRow, SetAsideRow
from portico_tenants.mirror import Merged, SetAside
from portico_tenants.session import TenantSession
from portico_themes.texts import N_

LOST_AFTER = timedelta(seconds=90)  # without a page or a heartbeat: the worker is gone
KEEP = timedelta(days=30)
VANISHED = N_("The worker vanished; the next run goes on from there.")


class Overtaken(Conflict):
    """This run was given up for lost and another one took over."""


class Started(msgspec.Struct, frozen=True, kw_only=True):
    """A run that is ours, and the cursor to go on from."""

    run_id: UUID
    cursor: str | None


async def start(session: TenantSession, record_type: str) -> Started | None:
    """Take the record type; None while another worker is at it. A run without a sign of life is given up."""
    await session.execute(
        update(RunRow)
        .where(RunRow.record_type == record_type, RunRow.state == "running", RunRow.heartbeat_at < now() - LOST_AFTER)
        .values(state="lost", finished_at=func.now(), error=VANISHED)
    )
    position = (
        await session.execute(select(CursorRow.cursor, CursorRow.fresh_at).where(CursorRow.record_type == record_type))
    ).one_or_none()
    cursor, fresh_at = position or (None, None)
    run_id = new_id()
    statement = insert(RunRow).values(
        id=run_id, record_type=record_type, kind="incremental" if fresh_at else "backfill"
    )
    # As a literal: with a bound value PostgreSQL cannot match the partial index once it plans without the values.
    taken = await session.execute(
        statement.on_conflict_do_nothing(
            index_elements=["record_type"], index_where=text("state = 'running'")
        ).returning(RunRow.id)
    )
    return None if taken.first() is None else Started(run_id=run_id, cursor=cursor)


async def keep_page(
    session: TenantSession,
    run_id: UUID,
    record_type: str,
    *,
    cursor: str | None,
    read: int,
    total: int | None,
    merged: Merged,
    rejected: tuple[RecordRejected, ...],
    read_well: tuple[str, ...],
) -> None:
    """Progress, cursor and what was set aside, in the page's transaction. Raises Overtaken (and so writes nothing)."""
    aside = [
        *merged.set_aside,
        *(SetAside(each.record_type, each.erp_id, each.why) for each in rejected),
    ]
    mine = await session.execute(
        update(RunRow)
        .where(RunRow.id == run_id, RunRow.state == "running")
        .values(
            heartbeat_at=func.clock_timestamp(),
            read=RunRow.read + read,
            total=total if total is not None else RunRow.total,
            new=RunRow.new + merged.new,
            changed=RunRow.changed + merged.changed,
            set_aside=RunRow.set_aside + len(aside),
        )
        .returning(RunRow.id)
    )
    if mine.first() is None:
        raise Overtaken
    await note_aside(session, aside)
    failed = {each.erp_id for each in aside}
    await forget_aside(session, record_type, [erp_id for erp_id in read_well if erp_id not in failed])
    moved = {} if cursor is None else {"cursor": cursor}
    if moved or merged.new:
        await _move(session, record_type, {**moved, "held": merged.new}, {**moved, "held": CursorRow.held + merged.new})


async def note_aside(session: TenantSession, aside: list[SetAside]) -> None:
    """Remember records that could not be kept."""
    if not aside:
        return
    latest = {(each.record_type, each.erp_id): each for each in aside}
    statement = insert(SetAsideRow).values(
        [{"record_type": kind, "erp_id": erp_id, "why": each.why} for (kind, erp_id), each in sorted(latest.items())]
    )
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=["record_type", "erp_id"],
            set_={"why": statement.excluded.why, "last_at": func.now(), "times": SetAsideRow.times + 1},
        )
    )


async def forget_aside(session: TenantSession, record_type: str, erp_ids: list[str]) -> None:
    """These records were read well after all."""
    if erp_ids:
        await session.execute(
            delete(SetAsideRow).where(SetAsideRow.record_type == record_type, SetAsideRow.erp_id.in_(erp_ids))
        )


async def finish(session: TenantSession, run_id: UUID, record_type: str, *, started_at: datetime) -> None:
    """The record type is complete as of `started_at`."""
    done = await session.execute(
        update(RunRow)
        .where(RunRow.id == run_id, RunRow.state == "running")
        .values(state="done", finished_at=func.clock_timestamp())
        .returning(RunRow.id)
    )
    if done.first() is None:
        raise Overtaken
    complete = {"fresh_at": started_at, "held": await count_held(session, RecordType(record_type))}
    await _move(session, record_type, complete, complete)
    await session.execute(delete(RunRow).where(RunRow.state != "running", RunRow.started_at < now() - KEEP))


async def fail(session: TenantSession, run_id: UUID, why: str) -> None:
    """The run ended early; the next one goes on from the last page."""
    await session.execute(
        update(RunRow)
        .where(RunRow.id == run_id, RunRow.state == "running")
        .values(state="failed", finished_at=func.clock_timestamp(), error=why[:500])
    )


async def _move(session: TenantSession, record_type: str, first: dict[str, Any], then: dict[str, Any]) -> None:
    statement = insert(CursorRow).values(record_type=record_type, **first)
    await session.execute(statement.on_conflict_do_update(index_elements=["record_type"], set_=then))

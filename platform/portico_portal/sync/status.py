"""What the staff's sync page shows: one value, read in a handful of statements whatever the tenant's size."""

from datetime import datetime, timedelta

import msgspec
from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import distinct_on

from portico_billing.payments.models import PostingRow
from portico_connectors import registry
from portico_connectors.records import RecordType
from portico_core.clock import now
from portico_portal.sync import connections
from portico_portal.sync.models import CursorRow, RunRow, SetAsideRow
from portico_tenants.session import TenantSession

HISTORY = 20
CAUSES = 20
EXAMPLES = 5
ENDED = 60  # runs since a fetch was asked for, among which are its own


class RunView(msgspec.Struct, frozen=True, kw_only=True):
    """A run as shown. `per_second` and `seconds_left` are None where they cannot be told yet."""

    record_type: str
    kind: str
    state: str
    started_at: datetime
    finished_at: datetime | None
    total: int | None
    read: int
    new: int
    changed: int
    set_aside: int
    error: str | None
    per_second: int | None
    seconds_left: int | None

    @property
    def percent(self) -> int | None:
        """Of the total, where the ERP told one."""
        return None if not self.total else min(100, self.read * 100 // self.total)


class TypeView(msgspec.Struct, frozen=True, kw_only=True):
    """A record type: how much of it we hold (None before its first run), how old that is, and its last run."""

    record_type: str
    held: int | None
    fresh_at: datetime | None
    set_aside: int
    last: RunView | None


class CauseView(msgspec.Struct, frozen=True, kw_only=True):
    """Records set aside for the same reason: one fix mends all of them."""

    why: str
    record_type: str
    count: int
    examples: tuple[str, ...]
    last_at: datetime


class AskedView(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a fetch that a person asked for: `ended_at` is None until every record type was read since, or
    one of them broke off (`failed`, until its next attempt went well)."""

    ended_at: datetime | None = None
    failed: bool = False
    changed: int = 0


class SyncStatus(msgspec.Struct, frozen=True, kw_only=True):
    """All of it. `causes` are the greatest of `cause_count`; `postings` counts those not posted by state; `asked` is
    None where nobody has just asked for a fetch."""

    connection: connections.Connection | None
    running: tuple[RunView, ...]
    types: tuple[TypeView, ...]
    causes: tuple[CauseView, ...]
    cause_count: int
    history: tuple[RunView, ...]
    postings: dict[str, int]
    oldest: datetime | None
    asked: AskedView | None = None


async def status(session: TenantSession, asked_at: datetime | None = None) -> SyncStatus:
    """As of now. `asked_at` is when a person has asked for a fetch, by the database's clock."""
    latest = select(RunRow).ext(distinct_on(RunRow.record_type)).order_by(RunRow.record_type, RunRow.started_at.desc())
    last = {row.record_type: _view(row) for row in (await session.scalars(latest)).all()}
    cursors = {row.record_type: row for row in (await session.scalars(select(CursorRow))).all()}
    why_count = func.count(SetAsideRow.why.distinct())
    asides = await session.execute(
        select(SetAsideRow.record_type, func.count(), why_count).group_by(SetAsideRow.record_type)
    )
    aside = {record_type: (count, causes) for record_type, count, causes in asides}
    history = await session.scalars(
        select(RunRow).where(RunRow.state != "running").order_by(RunRow.started_at.desc()).limit(HISTORY)
    )
    waiting = await session.execute(
        select(PostingRow.state, func.count()).where(PostingRow.state != "posted").group_by(PostingRow.state)
    )
    types = tuple(
        TypeView(
            record_type=each.value,
            held=cursors[each.value].held if each.value in cursors else None,
            fresh_at=cursors[each.value].fresh_at if each.value in cursors else None,
            set_aside=aside.get(each.value, (0, 0))[0],
            last=last.get(each.value),
        )
        for each in RecordType
    )
    known = [each.fresh_at for each in types if each.fresh_at is not None]
    connection = await connections.find(session)
    return SyncStatus(
        connection=connection,
        running=tuple(run for run in last.values() if run.state == "running"),
        types=types,
        causes=await _causes(session),
        cause_count=sum(causes for _, causes in aside.values()),
        history=tuple(_view(row) for row in history.all()),
        postings={row[0]: row[1] for row in waiting},
        oldest=min(known) if known else None,
        asked=await _asked(session, connection, asked_at) if connection and asked_at else None,
    )


async def _asked(session: TenantSession, connection: connections.Connection, asked_at: datetime) -> AskedView:
    """From the runs that ended since then, those that ran already included: the fetch leaves to them what they are at.
    A type's later rounds are no part of the answer."""
    since = select(RunRow).where(RunRow.finished_at >= asked_at).order_by(RunRow.finished_at).limit(ENDED)
    latest: dict[str, RunRow] = {}
    changed = 0
    for run in await session.scalars(since):
        before = latest.get(run.record_type)
        if before is None or before.state != "done" or before.started_at < asked_at:
            latest[run.record_type] = run
            changed += run.new + run.changed
    broken = any(run.state != "done" for run in latest.values())
    if not broken and not latest.keys() >= set(registry.load(connection.connector).manifest.record_types):
        return AskedView()
    ends = [run.finished_at for run in latest.values() if run.finished_at]
    return AskedView(ended_at=max(ends), failed=broken, changed=changed)


async def _causes(session: TenantSession) -> tuple[CauseView, ...]:
    rows = await session.execute(
        select(
            SetAsideRow.record_type,
            SetAsideRow.why,
            func.count().label("count"),
            func.max(SetAsideRow.last_at).label("last_at"),
            func.array_agg(SetAsideRow.erp_id).label("ids"),
        )
        .group_by(SetAsideRow.record_type, SetAsideRow.why)
        .order_by(func.count().desc())
        .limit(CAUSES)
    )
    return tuple(
        CauseView(
            why=row.why,
            record_type=row.record_type,
            count=row._mapping["count"],
            examples=tuple(row.ids[:EXAMPLES]),
            last_at=row.last_at,
        )
        for row in rows
    )


def _view(row: RunRow) -> RunView:
    until = row.finished_at or now()
    seconds = (until - row.started_at).total_seconds()
    rate = round(row.read / seconds) if row.read and seconds >= 1 else None
    left = None
    if row.state == "running" and rate and row.total and timedelta(seconds=seconds) > timedelta(seconds=10):
        left = max(0, (row.total - row.read) // rate)
    return RunView(
        record_type=row.record_type,
        kind=row.kind,
        state=row.state,
        started_at=row.started_at,
        finished_at=row.finished_at,
        total=row.total,
        read=row.read,
        new=row.new,
        changed=row.changed,
        set_aside=row.set_aside,
        error=row.error,
        per_second=rate,
        seconds_left=left,
    )

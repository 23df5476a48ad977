"""How the sync fared over the last day, hour by hour: how old the oldest figures got, and how much was copied."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import BigInteger, ColumnElement, DateTime, bindparam, cast, func, select

from portico_core.clock import now
from portico_portal.sync.models import CursorRow, RunRow
from portico_tenants.session import TenantSession

HOUR = timedelta(hours=1)
HOURS = 24
BEFORE = 24  # hours before those shown in which the round is looked for that the first figures were from

Hourly = Sequence[tuple[datetime, int]]


class Pulse(msgspec.Struct, frozen=True, kw_only=True):
    """Per hour, by its end, oldest first: the greatest age of any record type in minutes, and the records that were new
    or had changed. (Those read and found unchanged say how a connector asks, not what there was to copy.)"""

    age: Hourly
    copied: Hourly


class Round(msgspec.Struct, frozen=True, kw_only=True):
    """The complete rounds of a record type that ended in one hour: the last one's start, and how old things got."""

    started_at: datetime
    oldest: timedelta | None


_at = bindparam("at", type_=DateTime(timezone=True))
_since = bindparam("since", type_=DateTime(timezone=True))


def _hours_ago(column: ColumnElement[Any]) -> ColumnElement[int]:
    return cast(func.floor(func.extract("epoch", _at - column) / 3600), BigInteger)


_done = (
    select(
        RunRow.record_type,
        RunRow.started_at,
        RunRow.finished_at,
        # Until a round ends, what we hold is as old as the start of the one before.
        (
            RunRow.finished_at
            - func.lag(RunRow.started_at).over(partition_by=RunRow.record_type, order_by=RunRow.started_at)
        ).label("reached"),
    )
    .where(RunRow.state == "done", RunRow.started_at > _since)
    .subquery("done")
)
_hour = _hours_ago(_done.c.finished_at).label("hour")
_ROUNDS = select(_done.c.record_type, _hour, func.max(_done.c.started_at), func.max(_done.c.reached)).group_by(
    _done.c.record_type, _hour
)
_ended = func.coalesce(RunRow.finished_at, RunRow.heartbeat_at)
_COPIED = (
    select(_hours_ago(_ended).label("hour"), func.sum(RunRow.new + RunRow.changed))
    .where(RunRow.started_at > _since)
    .group_by("hour")
)


async def pulse(session: TenantSession) -> Pulse:
    """As of now: two statements over the rounds of two days."""
    at = now()
    values = {"at": at, "since": at - (HOURS + BEFORE) * HOUR}
    rounds: dict[str, dict[int, Round]] = {}
    for record_type, hour, started_at, oldest in await session.execute(_ROUNDS, values):
        rounds.setdefault(record_type, {})[int(hour)] = Round(started_at=started_at, oldest=oldest)
    cursors = await session.execute(select(CursorRow.record_type, CursorRow.fresh_at))
    fresh = {record_type: fresh_at for record_type, fresh_at in cursors if fresh_at is not None}
    copied = {int(hour): int(count) for hour, count in await session.execute(_COPIED, values)}
    return Pulse(
        age=_ages(at, rounds, fresh),
        copied=[(at - ago * HOUR, copied.get(ago, 0)) for ago in reversed(range(HOURS))],
    )


def _ages(
    at: datetime, rounds: Mapping[str, Mapping[int, Round]], fresh: Mapping[str, datetime]
) -> list[tuple[datetime, int]]:
    ages = dict.fromkeys(range(HOURS), timedelta())
    for record_type in {*rounds, *fresh}:
        last: datetime | None = None
        of_type = rounds.get(record_type, {})
        for ago in reversed(range(HOURS + BEFORE)):
            end = at - ago * HOUR
            reached = timedelta()
            if (found := of_type.get(ago)) is not None:
                last, reached = found.started_at, found.oldest or reached
            if last is None and (known := fresh.get(record_type)) is not None and known <= end:
                last = known
            if last is not None and ago < HOURS:
                ages[ago] = max(ages[ago], end - last, reached)
    return [(at - ago * HOUR, round(ages[ago].total_seconds() / 60)) for ago in reversed(range(HOURS))]

"""How the sync fares, in one line and one statement: for pages that are about something else."""

from datetime import datetime

import msgspec
from sqlalchemy import func, select

from portico_portal.sync.freshness import NORMAL_SECONDS
from portico_portal.sync.models import ConnectionRow, CursorRow, RunRow, SetAsideRow
from portico_tenants.session import TenantSession


class SyncBrief(msgspec.Struct, frozen=True, kw_only=True):
    """`state` is none, active or paused; `oldest` when the record type read longest ago was read."""

    state: str
    paused_because: str | None
    oldest: datetime | None
    interval_seconds: int
    set_aside: int
    running: int


BRIEF = select(
    select(ConnectionRow.state).scalar_subquery(),
    select(ConnectionRow.paused_because).scalar_subquery(),
    select(ConnectionRow.interval_seconds).scalar_subquery(),
    select(func.min(CursorRow.fresh_at)).scalar_subquery(),
    select(func.count()).select_from(SetAsideRow).scalar_subquery(),
    select(func.count()).where(RunRow.state == "running").scalar_subquery(),
)


async def brief(session: TenantSession) -> SyncBrief:
    """As of now."""
    state, paused_because, interval_seconds, oldest, set_aside, running = (await session.execute(BRIEF)).one()
    return SyncBrief(
        state=state or "none",
        paused_because=paused_because,
        oldest=oldest,
        interval_seconds=interval_seconds or NORMAL_SECONDS,
        set_aside=set_aside,
        running=running,
    )

"""How old the invoices are: one statement, for every page that shows mirrored figures."""

from datetime import timedelta

from sqlalchemy import literal, select, true

from portico_billing.invoices.freshness import Fetching, Freshness
from portico_connectors.records import RecordType
from portico_core.clock import now
from portico_portal.sync.models import ConnectionRow, CursorRow, RunRow
from portico_tenants.ready import Ready
from portico_tenants.session import TenantSession

INVOICES = RecordType.INVOICE.value
NORMAL_SECONDS = 300
STALE_AFTER = 10  # times the normal interval

_here = select(literal(1).label("one")).subquery("here")
_first_read = (
    select(RunRow.read, RunRow.total)
    .where(RunRow.record_type == INVOICES, RunRow.state == "running", RunRow.kind == "backfill")
    .subquery("first_read")
)
FRESHNESS = Ready(
    select(CursorRow.fresh_at, ConnectionRow.interval_seconds, _first_read.c.read, _first_read.c.total)
    .select_from(_here)
    .outerjoin(CursorRow, CursorRow.record_type == INVOICES)
    .outerjoin(ConnectionRow, true())
    .outerjoin(_first_read, true())
)


async def freshness(session: TenantSession) -> Freshness:
    """As of now."""
    [(fresh_at, interval_seconds, read, total)] = await session.ask(FRESHNESS, {})
    interval = interval_seconds or NORMAL_SECONDS
    stale = fresh_at is not None and now() - fresh_at > timedelta(seconds=interval * STALE_AFTER)
    fetching = None if read is None else Fetching(done=read, total=total)
    return Freshness(as_of=fresh_at, interval_seconds=interval, stale=stale, fetching=fetching)

"""The staff's sync page: what runs, what is broken with its way out, how old everything is. Live by event stream."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

from litestar import Request, Response, get, post
from litestar.response import Redirect, ServerSentEvent, ServerSentEventMessage
from sqlalchemy import func, select, update

from portico_billing.payments.postings import hurry
from portico_connectors.records import RecordType
from portico_core.clock import now
from portico_core.errors import Conflict
from portico_portal import metrics
from portico_portal.accounts.forms import fields
from portico_portal.sync import connections, rereads
from portico_portal.sync.fetch import SWEEP
from portico_portal.sync.models import CursorRow
from portico_portal.sync.pulse import pulse
from portico_portal.sync.status import SyncStatus, status
from portico_portal.web.notes import redirect_with_note
from portico_portal.web.stopping import stopping
from portico_tenants.access import STAFF_PERMISSIONS, Access, Permission
from portico_tenants.people import sessions
from portico_tenants.people.visit import Visit
from portico_tenants.session import Database, TenantSession
from portico_tenants.tenant import Tenant
from portico_themes.links import link
from portico_themes.page import Page
from portico_themes.plots import MINUTES, columns_over_time, over_time
from portico_themes.texts import N_

SYNC = Access.staff(Permission.STAFF_SYNC)
BEAT_SECONDS = 1.0
STREAM_SECONDS = 600  # then the browser reconnects: rights are looked at anew
ASKED_FOR = timedelta(hours=1)  # what became of a fetch is told in a page that was reached by asking for it


@get("/staff/sync", access=SYNC)
async def show(visit: Visit, session: TenantSession, page: Page, asked: str = "") -> Response[Any]:
    """The page. `asked` is when its reader has asked for a fetch (`_to_the_answer`)."""
    current = await status(session, _asked_at(asked))
    if current.connection is None:
        return page("staff/sync.html", sync=current, asked="", age=None, copied=None)
    day = await pulse(session)
    return page(
        "staff/sync.html",
        sync=current,
        asked=asked if current.asked else "",
        age=over_time(day.age, ends=MINUTES),
        copied=columns_over_time(day.copied),
    )


@get("/staff/sync/events", access=SYNC)
async def events(visit: Visit, tenant: Tenant, database: Database, page: Page, asked: str = "") -> ServerSentEvent:
    """The live part, each time it has changed. Holds no database connection between two looks."""
    return ServerSentEvent(_changes(visit, tenant, database, page, asked))


async def _changes(
    visit: Visit, tenant: Tenant, database: Database, page: Page, asked: str
) -> AsyncGenerator[ServerSentEventMessage, None]:
    """Ends at once with the session, and with the role that may see it."""
    stop = stopping()
    shown: SyncStatus | None = None
    metrics.STREAMS.inc()
    try:
        for number in range(round(STREAM_SECONDS / BEAT_SECONDS)):
            async with database.tenant_session(tenant) as session:
                role = await sessions.staff_role_of(session, visit.session_id)
                if role is None or Permission.STAFF_SYNC not in STAFF_PERMISSIONS[role]:
                    return
                current = await status(session, _asked_at(asked))
            if current != shown:
                shown = current
                html = page.render("staff/_sync.html", {**page.common, "sync": current})
                yield ServerSentEventMessage(data=html, event="message", id=number, retry=2000)
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), BEAT_SECONDS)
                return
    finally:
        metrics.STREAMS.dec()


@post("/staff/sync/run", access=SYNC)
async def run_now(visit: Visit, session: TenantSession) -> Response[Any]:
    """Fetch now; what runs already goes on."""
    await connections.rest_no_more(session)
    await session.hurry(SWEEP)
    return await _to_the_answer(session)


@post("/staff/sync/pause", access=SYNC)
async def pause(request: Request[Any, Any, Any], visit: Visit, session: TenantSession) -> Response[Any]:
    """Pause or resume (`action`)."""
    if (await fields(request)).get("action") == "resume":
        await connections.resume(session, actor=visit.actor)
        await session.hurry(SWEEP)
        await hurry(session)
        return await _to_the_answer(session)
    why = N_(f"{visit.name} has paused it.")
    await connections.pause(session, why, actor=visit.actor)
    return redirect_with_note("/staff/sync", "sync_paused")


@post("/staff/sync/retry", access=SYNC)
async def retry(request: Request[Any, Any, Any], visit: Visit, session: TenantSession) -> Response[Any]:
    """Try again what was set aside for a reason (`why`): invoices by their ids; another record type (`record_type`)
    is read from its beginning."""
    values = await fields(request)
    record_type = values.get("record_type", "")
    found = await connections.find(session)
    if found is None or found.state != "active":
        raise NothingFetches
    if record_type == RecordType.INVOICE.value:
        await rereads.owe_set_aside(session, values.get("why", ""))
    else:
        from_the_start = {"cursor": None, "fresh_at": None}
        await session.execute(update(CursorRow).where(CursorRow.record_type == record_type).values(from_the_start))
    await connections.rest_no_more(session)
    await session.hurry(SWEEP)
    return redirect_with_note("/staff/sync", "sync_started")


async def _to_the_answer(session: TenantSession) -> Redirect:
    """The page with the moment of asking in its address, by which it says when the fetch has ended and what it
    brought: on its own, and without script when it is loaded again."""
    at = (await session.execute(select(func.clock_timestamp()))).scalar_one()
    return Redirect(link("staff_sync", asked=int(at.timestamp() * 1000)), status_code=303)


def _asked_at(asked: str) -> datetime | None:
    if not (asked.isascii() and asked.isdecimal() and len(asked) < 15):
        return None
    at = datetime.fromtimestamp(int(asked) / 1000, UTC)
    return at if abs(now() - at) < ASKED_FOR else None


class NothingFetches(Conflict):
    """The connection is paused. Resume it first."""


ROUTES = [show, events, run_now, pause, retry]

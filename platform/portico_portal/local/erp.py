"""Connects the demo's tenants to their simulated ERPs, and watches the first sync go by."""

import asyncio
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import func, or_, select, update

from portico_connectors.records import RecordType
from portico_core.clock import now
from portico_portal.local.display import Bars
from portico_portal.local.distributors import Distributor
from portico_portal.local.programs import erp_credentials
from portico_portal.local.state import State
from portico_portal.sync import connections
from portico_portal.sync.fetch import SWEEP
from portico_portal.sync.models import CursorRow, RunRow, SetAsideRow
from portico_tenants.secrets import Safe
from portico_tenants.session import Database, TenantSession
from portico_tenants.tenant import Tenant

INTERVAL_SECONDS = 30
LOOK_SECONDS = 0.4
NAMES = {
    RecordType.TERM: "terms",
    RecordType.CUSTOMER: "customers",
    RecordType.CONTACT: "contacts",
    RecordType.INVOICE: "invoices",
    RecordType.CREDIT: "credits",
    RecordType.PAYMENT: "payments",
}


class SyncFailed(Exception):
    """The first sync stopped; the text says why, in the words that staff would read."""


async def connect(
    database: Database, safe: Safe, tenant: Tenant, distributor: Distributor, url: str, state: State
) -> None:
    """Store the connection, unless it is there and the simulator still has that address. A sync is due at once.

    Nobody fetches yet: what an earlier start left running is lost, and need not be waited for.
    """
    values = connection_values(distributor, url, state)
    async with database.tenant_session(tenant) as session:
        there = await connections.find(session)
        if there is None or there.settings.get("base_url") != url:
            await connections.store(
                session,
                safe,
                connector="netsuite",
                values=values,
                time_zone=distributor.time_zone,
                interval_seconds=INTERVAL_SECONDS,
                actor="system:demo",
            )
        await session.execute(
            update(RunRow)
            .where(RunRow.state == "running")
            .values(state="lost", finished_at=func.now(), error="The demo was stopped.")
        )
        await session.remember(SWEEP, now())


def connection_values(distributor: Distributor, url: str, state: State) -> Mapping[str, str]:
    """What the distributor's staff would type into the connection form."""
    credentials = erp_credentials(state, distributor)
    return {
        "account_id": distributor.erp_account,
        "auth_method": "oauth2",
        "client_id": credentials.client_id,
        "certificate_id": credentials.certificate_id,
        "private_key_pem": credentials.private_key_pem or "",
        "pdf_script": "customscript_portal_invoice_pdf",
        "pdf_deployment": "customdeploy_portal_invoice_pdf",
        "base_url": url,
        "restlet_url": url,
    }


async def first_sync(database: Database, tenants: Mapping[str, Tenant], bars: Bars, *, began: datetime) -> list[str]:
    """Wait until each record type of each tenant has been read once. Returns what was set aside, in words.

    Runs that failed before `began` belong to an earlier start.
    """
    waiting = dict(tenants)
    aside = []
    while waiting:
        for name, tenant in list(waiting.items()):
            async with database.tenant_session(tenant) as session:
                if await _show(session, name, bars, began):
                    del waiting[name]
                    aside += await _set_aside(session, name)
        await asyncio.sleep(LOOK_SECONDS if waiting else 0)
    return aside


async def _show(session: TenantSession, name: str, bars: Bars, began: datetime) -> bool:
    """Put the runs on the display; True once all types are complete. Raises SyncFailed."""
    fresh = set(await session.scalars(select(CursorRow.record_type).where(CursorRow.fresh_at.is_not(None))))
    runs = await session.execute(
        select(RunRow.record_type, RunRow.state, RunRow.read, RunRow.total, RunRow.error)
        .where(or_(RunRow.started_at >= began, RunRow.state.in_(("running", "done"))))
        .order_by(RunRow.started_at.desc())
        .limit(len(RecordType) * 2)
    )
    newest: dict[str, tuple[str, int, int | None, str | None]] = {}
    for record_type, run_state, read, total, error in runs:
        newest.setdefault(record_type, (run_state, read, total, error))
    for record_type in RecordType:
        run_state, read, total, error = newest.get(record_type.value, ("", 0, None, None))
        if run_state == "failed" and record_type.value not in fresh:
            raise SyncFailed(f"The first sync of {session.tenant.name} stopped at its {NAMES[record_type]}: {error}")
        if run_state:
            bars.show(f"{name} {NAMES[record_type]}", read, read if run_state == "done" else total)
    return fresh >= {each.value for each in RecordType}


async def _set_aside(session: TenantSession, name: str) -> list[str]:
    kinds = await session.execute(
        select(SetAsideRow.record_type, func.count())
        .group_by(SetAsideRow.record_type)
        .order_by(SetAsideRow.record_type)
    )
    return [f"{name}: {count} {NAMES[RecordType(which)]} set aside" for which, count in kinds]

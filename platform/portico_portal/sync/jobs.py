"""Jobs of the sync. Postings have a queue and threads of their own: a long backfill never delays money."""

from uuid import UUID

from portico_core.jobs import job
from portico_core.settings import Settings
from portico_portal.sync import connections
from portico_portal.sync.fetch import SWEEP, Fetcher
from portico_portal.sync.health import report
from portico_portal.sync.slots import ErpSlots
from portico_tenants.resolve import Directory
from portico_tenants.secrets import Safe
from portico_tenants.session import Database
from portico_themes.render import Renderer

HOURS = 3600


@job(queue="sync", sweeps=SWEEP, time_limit_seconds=6 * HOURS, max_retries=0)
async def fetch_records(
    tenant_id: UUID,
    *,
    database: Database,
    directory: Directory,
    settings: Settings,
    safe: Safe,
    renderer: Renderer,
    slots: ErpSlots,
) -> None:
    """Fetch what is new in the tenant's ERP."""
    tenant = await directory.by_id(tenant_id)
    async with database.tenant_session(tenant) as session:
        if await connections.is_resting(session):
            return
    await Fetcher(tenant, database, settings, safe, renderer, slots).fetch()
    await report(database, tenant)

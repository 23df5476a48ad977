"""The job that sends owed mails."""

from uuid import UUID

from portico_core.jobs import job
from portico_core.settings import Settings
from portico_portal.mail.send import send_due
from portico_tenants.mails import SWEEP
from portico_tenants.resolve import Directory
from portico_tenants.secrets import Safe
from portico_tenants.session import Database


@job(queue="mail", sweeps=SWEEP, time_limit_seconds=600)
async def send_mails(
    tenant_id: UUID, *, database: Database, directory: Directory, settings: Settings, safe: Safe
) -> None:
    """Send the tenant's mails that are due."""
    tenant = await directory.by_id(tenant_id)
    await send_due(database, tenant, settings.mail, safe)

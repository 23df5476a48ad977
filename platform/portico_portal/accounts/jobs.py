"""Housekeeping of persons: what ran out is removed."""

from uuid import UUID

from portico_core.jobs import job
from portico_tenants.people import attempts, sessions
from portico_tenants.resolve import Directory
from portico_tenants.session import Database


@job(queue="default", sweeps="housekeeping")
async def tidy_people(tenant_id: UUID, *, database: Database, directory: Directory) -> None:
    """Forget sessions and counters that ran out."""
    tenant = await directory.by_id(tenant_id)
    async with database.tenant_session(tenant) as session:
        await sessions.forget_expired(session)
        await attempts.forget_old(session)

"""Emptying what we owe the ERP: one posting at a time, claimed, brought to the ERP, stored. Money has its own queue."""

from datetime import timedelta
from uuid import UUID

from portico_billing.payments.posting_run import NotPosted, post, store_outcome
from portico_billing.payments.postings import SWEEP, claim_posting, due_postings, wait_along
from portico_connectors.connector import Connector
from portico_connectors.errors import ConnectorError, Reconnect, RetryLater
from portico_core.clock import now
from portico_core.jobs import job
from portico_core.settings import Settings
from portico_portal.sync import connections
from portico_portal.sync.slots import ErpSlots, Use
from portico_portal.sync.trouble import pause_and_tell
from portico_tenants.resolve import Directory
from portico_tenants.secrets import Safe
from portico_tenants.session import Database
from portico_tenants.tenant import Tenant
from portico_themes.render import Renderer

WAIT_FOR_CONNECTION = timedelta(minutes=5)


@job(queue="postings", sweeps=SWEEP, time_limit_seconds=240)
async def post_payments(
    tenant_id: UUID,
    *,
    database: Database,
    directory: Directory,
    settings: Settings,
    safe: Safe,
    renderer: Renderer,
    slots: ErpSlots,
) -> None:
    """Bring every due payment of the tenant to its ERP."""
    tenant = await directory.by_id(tenant_id)
    async with database.tenant_session(tenant) as session:
        due = await due_postings(session)
        if not due:
            return
        try:
            sealed = await connections.take(session, safe)
        except (connections.NoConnection, connections.Paused):
            await session.remember(SWEEP, now() + WAIT_FOR_CONNECTION)
            return
    try:
        connector = sealed.open(settings, slots.for_(Use.MONEY))
    except Reconnect as error:
        await pause_and_tell(database, tenant, settings, renderer, error)
        return
    async with connector:
        for posting_id in due:
            trouble = await _post_one(database, tenant, connector, posting_id)
            if isinstance(trouble, Reconnect):
                await pause_and_tell(database, tenant, settings, renderer, trouble)
                return
            if isinstance(trouble, RetryLater):
                async with database.tenant_session(tenant) as session:
                    await wait_along(session, posting_id)
                return


async def _post_one(
    database: Database, tenant: Tenant, connector: Connector, posting_id: UUID
) -> ConnectorError | None:
    """One posting, and what the ERP's trouble with it was."""
    async with database.tenant_session(tenant) as session:
        claim = await claim_posting(session, posting_id)
    if claim is None:
        return None
    outcome = await post(connector, claim)
    async with database.tenant_session(tenant) as session:
        await store_outcome(session, claim, outcome)
    return outcome.error if isinstance(outcome, NotPosted) else None

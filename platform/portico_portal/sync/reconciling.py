"""Once an hour our ledger is held against Stripe's and the ERP's. What differs is shown; nothing is repaired."""

from uuid import UUID

from portico_billing.payments.reconciling.with_erp import compare_with_erp, erp_is_due
from portico_billing.payments.reconciling.with_stripe import compare_with_stripe
from portico_billing.stripe.gateway import Gateway
from portico_connectors.errors import ConnectorError, Reconnect
from portico_core.jobs import job
from portico_core.logs import log
from portico_core.settings import Settings
from portico_portal.sync import connections
from portico_portal.sync.slots import ErpSlots, Use
from portico_portal.sync.trouble import pause_and_tell
from portico_tenants.resolve import Directory
from portico_tenants.secrets import Safe
from portico_tenants.session import Database
from portico_themes.render import Renderer

logger = log(__name__)


@job(queue="default", sweeps="reconciling", time_limit_seconds=600, max_retries=0)
async def compare_books(
    tenant_id: UUID,
    *,
    database: Database,
    directory: Directory,
    settings: Settings,
    safe: Safe,
    stripe: Gateway,
    renderer: Renderer,
    slots: ErpSlots,
) -> None:
    """Compare both sides, where they are due."""
    tenant = await directory.by_id(tenant_id)
    await compare_with_stripe(database, stripe, tenant)
    try:
        async with database.tenant_session(tenant) as session:
            sealed = await connections.take(session, safe)
    except (connections.NoConnection, connections.Paused):
        return
    if not await erp_is_due(database, tenant):
        return
    try:
        async with sealed.open(settings, slots.for_(Use.COPY)) as connector:
            await compare_with_erp(database, connector, tenant)
    except Reconnect as error:
        await pause_and_tell(database, tenant, settings, renderer, error)
    except ConnectorError as error:
        logger.warning("not compared with the ERP", tenant=str(tenant.id), error=type(error).__name__)

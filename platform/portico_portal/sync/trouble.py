"""The ERP refuses our key: the connection is paused and the staff are told, once."""

from portico_connectors.errors import Reconnect
from portico_core.logs import log
from portico_core.settings import Settings
from portico_portal.sync import connections
from portico_portal.sync.tell import tell_staff
from portico_tenants.session import Database
from portico_tenants.tenant import Tenant
from portico_themes.render import Renderer

logger = log(__name__)


async def pause_and_tell(
    database: Database, tenant: Tenant, settings: Settings, renderer: Renderer, error: Reconnect
) -> None:
    """Pause the connection with the ERP's reason; the mail goes out only where it was not paused already."""
    logger.warning("the ERP refuses us", tenant=str(tenant.id))
    async with database.tenant_session(tenant) as session:
        if await connections.pause(session, str(error), actor="job:sync"):
            await tell_staff(session, tenant, settings, renderer, str(error))

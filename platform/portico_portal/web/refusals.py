"""What a signed-in person was refused is written into the audit trail, by itself: the refused request rolls back.

What is not yours and what is not there are written alike, as they are answered alike.
"""

from typing import Any

from litestar import Request
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from portico_core.errors import Told
from portico_core.logs import log
from portico_portal.web.access import NoCustomer
from portico_tenants import audit
from portico_tenants.people.visit import Visit
from portico_tenants.session import Database
from portico_tenants.tenant import Tenant

logger = log(__name__)


async def note_refusal(
    request: Request[Any, Any, Any], database: Database, tenant: Tenant, visit: Visit, refusal: Told
) -> None:
    """Write it down; where even that does not work it stays refused, and the log says so."""
    if isinstance(refusal, NoCustomer):  # sent to choose one, nothing was refused
        return
    try:
        async with database.tenant_session(tenant) as session:
            await audit.record_refusal(
                session,
                person_id=visit.person_id,
                customer_id=visit.customer.id if visit.customer else None,
                asked=f"{request.method} {request.url.path}",
                status=refusal.status,
                request_id=visit.request_id,
            )
    except (DBAPIError, PoolTimeout, OSError) as error:
        logger.warning("a refusal could not be audited", error=type(error).__name__)

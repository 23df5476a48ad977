"""The ERP's own papers, fetched while somebody waits: within seconds, or not at all."""

import anyio

from portico_connectors.errors import ConnectorError
from portico_core.logs import log
from portico_core.settings import Settings
from portico_portal.sync import connections
from portico_portal.sync.slots import ErpSlots, Use
from portico_tenants.secrets import CannotOpen, Safe
from portico_tenants.session import Database
from portico_tenants.tenant import Tenant

logger = log(__name__)
WAIT_SECONDS = 6.0


class ErpPapers:
    """Fetches an invoice's PDF from the tenant's ERP (see `portico_billing.invoices.sheets.papers`)."""

    def __init__(self, database: Database, settings: Settings, safe: Safe, slots: ErpSlots) -> None:
        self.database = database
        self.settings = settings
        self.safe = safe
        self.slots = slots

    async def erp_paper(self, tenant: Tenant, invoice_erp_id: str) -> bytes | None:
        """The paper, or None: the ERP has none, is slow, down, paused, not connected, its access data do not open."""
        try:
            async with self.database.tenant_session(tenant) as session:
                sealed = await connections.take(session, self.safe)
            with anyio.fail_after(WAIT_SECONDS):
                async with sealed.open(self.settings, self.slots.for_(Use.PAGE)) as connector:
                    paper = await connector.invoice_pdf(invoice_erp_id)
        except (connections.NoConnection, connections.Paused):
            return None
        except CannotOpen as error:
            logger.error("no paper from the ERP", tenant=str(tenant.id), why=str(error))
            return None
        except (ConnectorError, TimeoutError) as error:
            logger.info("no paper from the ERP", tenant=str(tenant.id), why=type(error).__name__)
            return None
        return paper.content if paper else None

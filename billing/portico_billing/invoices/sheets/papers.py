"""Papers of invoices: the ERP's own PDF, kept by the invoice's version; else ours, made anew each time.

Ours is not kept: it takes milliseconds, and the ERP may have its own again a minute later.
"""

from collections.abc import Callable
from typing import Protocol, runtime_checkable
from uuid import UUID

import anyio
import anyio.to_thread
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from portico_billing.invoices.models import InvoicePaperRow
from portico_billing.invoices.sheets.documents import Invoice
from portico_connectors.errors import ConnectorError
from portico_core.errors import NotFound, Unavailable
from portico_core.logs import log
from portico_tenants import brand_files
from portico_tenants.session import Database, TenantSession
from portico_tenants.tenant import Tenant
from portico_themes.branding import Brand

logger = log(__name__)
ERP_SECONDS = 5.0
LARGEST_PAPER = 10_000_000


@runtime_checkable
class Papers(Protocol):
    """Where the ERP's own papers come from: the sync opens the tenant's connection. A dependency by the name papers."""

    async def erp_paper(self, tenant: Tenant, invoice_erp_id: str) -> bytes | None:
        """The PDF as the ERP prints it, or None where it gives none. No transaction may be open meanwhile."""
        ...


async def kept_paper(session: TenantSession, invoice_id: UUID, version: int) -> bytes | None:
    """The paper of this very version, if it was fetched before."""
    content: bytes | None = await session.scalar(
        select(InvoicePaperRow.content).where(
            InvoicePaperRow.invoice_id == invoice_id, InvoicePaperRow.version == version
        )
    )
    return content


async def mark_of(session: TenantSession, brand: Brand) -> bytes | None:
    """The brand's mark, for our own papers."""
    try:
        return await brand_files.content(session, brand.mark) if brand.mark else None
    except NotFound:
        return None


async def fetch_paper(
    database: Database, tenant: Tenant, papers: Papers, invoice: Invoice, *, ours: Callable[[], bytes]
) -> bytes:
    """The ERP's paper, kept for the next reader, or within seconds `ours` (made off the event loop).

    No transaction may be open meanwhile: an ERP is slow, and a transaction is a connection.
    """
    content = await _from_erp(papers, tenant, invoice.erp_id)
    if content is None:
        return await anyio.to_thread.run_sync(ours)
    async with database.tenant_session(tenant) as session:
        await session.execute(
            insert(InvoicePaperRow)
            .values(invoice_id=invoice.line.id, version=invoice.version, source="erp", content=content)
            .on_conflict_do_nothing()
        )
    return content


async def _from_erp(papers: Papers, tenant: Tenant, erp_id: str) -> bytes | None:
    try:
        with anyio.fail_after(ERP_SECONDS):
            content = await papers.erp_paper(tenant, erp_id)
    except (ConnectorError, Unavailable, TimeoutError) as error:
        logger.info("no paper from the ERP", tenant=str(tenant.id), why=type(error).__name__)
        return None
    if content is not None and (not content.startswith(b"%PDF-") or len(content) > LARGEST_PAPER):
        logger.warning("the ERP's paper is not a PDF that can be kept", tenant=str(tenant.id), size=len(content))
        return None
    return content

"""How many records of a type the portal holds: counted once when a run of it ends, so that no page has to."""

from typing import Any

from sqlalchemy import Select, func, select

from portico_billing.invoices.models import CreditRow, ErpPaymentRow, InvoiceRow
from portico_billing.invoices.payable import GONE
from portico_connectors.records import RecordType
from portico_tenants.customers.models import ContactRow, CustomerRow, TermRow
from portico_tenants.session import TenantSession

_COUNTS: dict[RecordType, Select[Any]] = {
    RecordType.TERM: select(func.count()).select_from(TermRow),
    RecordType.CUSTOMER: select(func.count()).select_from(CustomerRow),
    RecordType.CONTACT: select(func.count()).select_from(ContactRow),
    RecordType.INVOICE: select(func.count()).select_from(InvoiceRow).where(InvoiceRow.state != GONE),
    RecordType.CREDIT: select(func.count()).select_from(CreditRow),
    RecordType.PAYMENT: select(func.count()).select_from(ErpPaymentRow),
}


async def count_held(session: TenantSession, record_type: RecordType) -> int:
    """Those that are in the ERP, as far as we know: an invoice that is gone there is kept and not counted."""
    return await session.scalar(_COUNTS[record_type]) or 0

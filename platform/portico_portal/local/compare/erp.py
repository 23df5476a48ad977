"""What the simulated ERP holds, over its own protocol."""

from collections.abc import Mapping
from typing import Any

from portico_connectors import registry
from portico_connectors.records import Credit, Customer, Invoice, Payment, RecordType
from portico_portal.local.compare.document import Books, Document, Documents, Payments


class Unreadable(Exception):
    """The ERP has records that cannot be translated; the text names them."""


async def read_erp(simulator: Mapping[str, Any], time_zone: str) -> Books:
    """The books of the account in demo.json, read as a backfill reads them. Raises Unreadable."""
    settings = {
        "account_id": simulator["account"],
        "auth_method": "oauth2",
        "base_url": simulator["url"],
        "restlet_url": simulator["url"],
        "client_id": simulator["credentials"]["client_id"],
        "certificate_id": simulator["credentials"]["certificate_id"],
    }
    secrets = {"private_key_pem": simulator["credentials"]["private_key_pem"]}
    connector = registry.load("netsuite").open(settings, secrets, time_zone=time_zone, allow_private=True)
    customers: dict[str, str] = {}
    invoices: dict[str, str] = {}
    documents: Documents = {}
    payments: Payments = {}
    async with connector:
        for record_type in (RecordType.CUSTOMER, RecordType.INVOICE, RecordType.CREDIT, RecordType.PAYMENT):
            async for page in connector.pages(record_type, None):
                if page.rejected:
                    raise Unreadable(f"{record_type}: {page.rejected[0]} (and {len(page.rejected) - 1} more)")
                for record in page.records:
                    if isinstance(record, Customer):
                        customers[record.erp_id] = record.number
                    elif isinstance(record, Invoice | Credit):
                        documents[record.number] = _document(record, customers[record.customer_erp_id])
                        invoices[record.erp_id] = record.number
                    elif isinstance(record, Payment) and record.our_key is not None:
                        parts = {invoices[each.invoice_erp_id]: each.amount for each in record.applications}
                        payments[record.our_key] = parts
    return Books(documents, payments)


def _document(record: Invoice | Credit, customer: str) -> Document:
    made = Document(
        record.number, isinstance(record, Credit), customer, record.issued_on, record.total, record.open_amount
    )
    for line in record.lines:
        made.add_line(line.sku, line.description, line.quantity, line.unit_price, line.amount)
    return made

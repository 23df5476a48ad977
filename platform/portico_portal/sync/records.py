"""Which mirror takes which record type, and the order in which a sync reads them."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Any

from portico_billing.invoices import upsert as billing
from portico_connectors.records import RecordType
from portico_tenants.customers import upsert as customers
from portico_tenants.mirror import Merged
from portico_tenants.session import TenantSession

Upsert = Callable[[TenantSession, Sequence[Any], datetime], Awaitable[Merged]]

# What is referred to comes first.
UPSERTS: dict[RecordType, Upsert] = {
    RecordType.TERM: customers.upsert_terms,
    RecordType.CUSTOMER: customers.upsert_customers,
    RecordType.CONTACT: customers.upsert_contacts,
    RecordType.INVOICE: billing.upsert_invoices,
    RecordType.CREDIT: billing.upsert_credits,
    RecordType.PAYMENT: billing.upsert_payments,
}

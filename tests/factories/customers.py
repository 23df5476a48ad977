"""Customers and terms for tests, as a sync would have mirrored them."""

from portico_core.clock import now
from portico_core.ids import new_id
from portico_tenants.customers.models import CustomerRow
from portico_tenants.session import TenantSession


async def make_customer(session: TenantSession, **values: object) -> CustomerRow:
    """A customer with a number and an ERP id of its own."""
    customer_id = new_id()
    mark = customer_id.hex[-8:]
    row = CustomerRow(
        **{
            "id": customer_id,
            "erp_id": f"c{mark}",
            "number": f"C-{mark}",
            "name": f"Customer {mark}",
            "email": f"accounts@{mark}.example",
            "currency": session.tenant.base_currency,
            "billing_address": {"line1": "1 High Street", "city": "Leeds", "country": "GB"},
            "modified_at": now(),
            "read_at": now(),
            "fingerprint": mark.encode(),
            **values,
        }
    )
    session.add(row)
    await session.flush()
    return row

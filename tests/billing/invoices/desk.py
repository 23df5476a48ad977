"""A customer's payer and a finance person of the distributor, each at a browser."""

import html
import re
from dataclasses import dataclass
from typing import Any

import httpx
from sqlalchemy import select

from portico_billing.invoices.models import InvoiceRow
from portico_tenants.audit import AuditRow
from portico_tenants.customers.models import CustomerRow
from portico_tenants.people.models import PersonRow
from portico_tenants.session import Database
from portico_tenants.tenant import Tenant
from tests.factories.customers import make_customer
from tests.factories.invoices import make_invoice
from tests.portal.portal import Browser, Portal


@dataclass
class Desk:
    """Everything here is committed, for the application to see."""

    database: Database
    tenant: Tenant
    portal: Portal
    customer: CustomerRow
    payer: PersonRow
    browser: Browser
    staff: Browser

    async def invoice(self, number: str = "SF-1", **values: Any) -> InvoiceRow:
        async with self.database.tenant_session(self.tenant) as session:
            return await make_invoice(session, self.customer, number=number, **values)

    async def another_customers_invoice(self, number: str = "SECRET-1", **values: Any) -> InvoiceRow:
        async with self.database.tenant_session(self.tenant) as session:
            return await make_invoice(session, await make_customer(session, currency="GBP"), number=number, **values)

    async def audited(self, action: str) -> list[AuditRow]:
        async with self.database.tenant_session(self.tenant) as session:
            return list(await session.scalars(select(AuditRow).where(AuditRow.action == action)))


def text_of(answer: httpx.Response) -> str:
    """What a reader sees, on one line."""
    bare = re.sub(r"<[^>]+>", " ", re.sub(r"(?s)<head>.*?</head>", " ", answer.text))
    return " ".join(html.unescape(bare).replace("\u00a0", " ").split())

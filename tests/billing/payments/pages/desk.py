"""A payer at their browser, for the pages of payments."""

import re
from dataclasses import dataclass

import httpx

from portico_billing.invoices.models import InvoiceRow
from portico_billing.payments.models import PaymentRow
from portico_core.ids import new_id
from portico_tenants.access import CustomerRole
from tests.billing.payments.shop import Shop
from tests.factories.people import make_member
from tests.portal.portal import Browser, Portal, hashed


@dataclass
class Desk:
    """A payer at their browser."""

    shop: Shop
    portal: Portal
    browser: Browser

    async def select(self, *invoices: InvoiceRow) -> str:
        """The page with the chosen invoices."""
        answer = await self.browser.get("/payments/select", params={"line": [str(each.id) for each in invoices]})
        assert answer.status_code == 200
        return answer.text

    async def pay(self, amounts: dict[InvoiceRow, str], **more: object) -> httpx.Response:
        form: dict[str, object] = {"line": [str(each.id) for each in amounts], "form_key": str(new_id()), **more}
        form |= {f"amount-{each.id}": typed for each, typed in amounts.items()}
        return await self.browser.post("/payments", form)

    async def payments(self) -> list[PaymentRow]:
        return list(await self.shop.all(PaymentRow))


async def desk_of(shop: Shop, portal: Portal, role: CustomerRole, **values: object) -> Desk:
    async with shop.database.tenant_session(shop.tenant) as session:
        person = await make_member(session, shop.customer, role, password_hash=await hashed(), **values)
    browser = portal.at(shop.tenant)
    assert (await browser.sign_in(person.email)).status_code == 303
    await browser.get("/profile")
    return Desk(shop, portal, browser)


def text_of(answer: httpx.Response) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", answer.text).replace("\u00a0", " ").split())

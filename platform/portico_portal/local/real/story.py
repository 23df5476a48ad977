"""The largest customer's payer: invited by the distributor's owner, looks round, pays three invoices by card."""

import asyncio
import re
import time
from dataclasses import dataclass
from decimal import Decimal
from urllib.parse import urlsplit
from uuid import uuid4

import httpx

from portico_portal.local.real.books import Books, Largest
from portico_portal.local.real.visitor import PATIENCE_SECONDS, Unexpected, Visitor
from portico_portal.local.seeding import SignIn
from portico_themes.links import link

LINE = re.compile(r'name="line" value="([0-9a-f-]{36})"><input[^>]* name="seen-\1" value="(\d+)"')
FORM_KEY = re.compile(r'name="form_key" value="([^"]+)"')
CHECKOUT = re.compile(r'href="[^"]*/c/pay/(\w+)')
DOCUMENT = re.compile(r'class="doc" href="([^"]+)">([^<]+)<')
BOOKED = 'data-say="Paid, booked"'
LOOK_SECONDS = 0.2
PAID_INVOICES = 3


@dataclass(frozen=True)
class Doors:
    """Where everything is: the web process, the portal's host, mail view and payment simulator."""

    web: str
    host: str
    mail: str
    paysim: str

    def visitor(self) -> Visitor:
        return Visitor(self.web, self.host)


async def invite_payer(doors: Doors, owner: SignIn, payer: SignIn, customer: Largest) -> None:
    """By the owner's form, the mail and its link, as it goes with every customer."""
    async with doors.visitor() as staff, doors.visitor() as guest:
        await staff.sign_in(owner.email, owner.password)
        await staff.see(link("staff_customer", customer=customer.id))
        earlier = await _mailed_links(doors.mail, payer.email)
        form = {"name": "Dana Whitlock", "email": payer.email, "role": "payer"}
        await staff.send(link("staff_customer_invite", customer=customer.id), form)
        address = urlsplit(await _new_link(doors.mail, payer.email, earlier)).path
        await guest.see(address)
        await guest.send(address, {"name": "Dana Whitlock", "password": payer.password})


async def _new_link(mail: str, to: str, earlier: set[str]) -> str:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        if found := await _mailed_links(mail, to) - earlier:
            return found.pop()
        await asyncio.sleep(LOOK_SECONDS)
    raise Unexpected(f"no invitation came to {to} within {PATIENCE_SECONDS:g} seconds")


async def _mailed_links(mail: str, to: str) -> set[str]:
    async with httpx.AsyncClient(trust_env=False) as web:
        mails = (await web.get(f"{mail}/mails", params={"to": to})).json()["mails"]
    return {each for mail in mails for each in mail["links"] if "/invitation/" in each}


async def look_round(doors: Doors, owner: SignIn, payer: SignIn, customer: Largest, of_nothing: list[str]) -> list[str]:
    """What the pages say otherwise than the tables: what is open, what comes to nothing, which credits are left."""
    found = []
    async with doors.visitor() as person:
        await person.sign_in(payer.email, payer.password)
        home = await person.see(link("home"))
        if f"£{customer.open_amount:,.2f}" not in _bare(home):
            found.append(f"the home page does not say that {customer.name} owes £{customer.open_amount:,.2f}")
        shown = await person.see(link("invoices"))
        if str(customer.open_invoices) not in _bare(shown):
            found.append(f"the list does not count {customer.open_invoices} open invoices")
        for address, number in DOCUMENT.findall(shown)[:1] + DOCUMENT.findall(await person.see(link("credits")))[:1]:
            if number not in _bare(await person.see(address)):
                found.append(f"the page of {number} does not name it")
        await person.see(link("payments"))
    async with doors.visitor() as staff:
        await staff.sign_in(owner.email, owner.password)
        for number in of_nothing:
            rows = DOCUMENT.findall(await staff.see(link("staff_invoices", view="paid", q=number)))
            if number not in [shown for _, shown in rows]:
                found.append(f"{number} comes to nothing and does not stand among what is settled")
    return found


def _bare(page: str) -> str:
    return re.sub(r"<[^>]*>", "", page)


async def pay(doors: Doors, payer: SignIn, books: Books) -> dict[str, str]:
    """Two invoices in full and half of a third; returns amounts by invoice id once the ERP has booked them."""
    async with doors.visitor() as person:
        await person.sign_in(payer.email, payer.password)
        page = await person.see(link("payment_select", which="open"))
        offered = [(invoice, int(minor)) for invoice, minor in LINE.findall(page)][:PAID_INVOICES]
        if len(offered) < PAID_INVOICES:
            raise Unexpected(f"only {len(offered)} invoices can be paid")
        amounts = {invoice: Decimal(minor) / 100 for invoice, minor in offered}
        last = offered[-1][0]
        amounts[last] = (amounts[last] / 2).quantize(Decimal("0.01"))
        key = FORM_KEY.search(page)
        form = {"form_key": key[1] if key else str(uuid4()), "line": list(amounts)}
        form |= {f"amount-{invoice}": f"{amount:.2f}" for invoice, amount in amounts.items()}
        form |= {f"seen-{invoice}": str(minor) for invoice, minor in offered}
        payment = (await person.send(link("payments"), form)).removesuffix("/go")
        checkout = CHECKOUT.search(await _opened(person, payment))
        if checkout is None:
            raise Unexpected("the payment's page leads nowhere")
        async with httpx.AsyncClient(trust_env=False, timeout=PATIENCE_SECONDS) as card:
            paid = await card.post(f"{doors.paysim}/control/sessions/{checkout[1]}/pay", json={"method": "card"})
            paid.raise_for_status()
        await _until_booked(person, payment, books)
    return {invoice: str(amount) for invoice, amount in amounts.items()}


async def _opened(person: Visitor, payment: str) -> str:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        page = await person.see(f"{payment}/go")
        if CHECKOUT.search(page):
            return page
        await asyncio.sleep(LOOK_SECONDS)
    raise Unexpected(f"no page to pay on came within {PATIENCE_SECONDS:g} seconds")


async def _until_booked(person: Visitor, payment: str, books: Books) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        if BOOKED in await person.see(payment) and not await books.is_under_way(payment.rpartition("/")[2]):
            return
        await asyncio.sleep(LOOK_SECONDS)
    raise Unexpected(f"{payment} is not booked and read back within {PATIENCE_SECONDS:g} seconds")

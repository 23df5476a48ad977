"""Every page that the application answers with, and whose eyes see it: an address for each route of its table."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from playwright.async_api import Page, expect

from portico_portal.app import ROUTES
from tests.journeys.people import People, choose, euros, heading, pay_by_card, payable, pounds, press_pay
from tests.journeys.stack import Portal

# Routes that answer with something else than a page, or lead on to one.
NO_PAGES = {
    "/brand/{file:str}",
    "/health/live",
    "/health/ready",
    "/invoices.csv",
    "/metrics",
    "/operator/tenants.json",
    "/payments.csv",
    "/payments/return",
    "/payments/{payment_id:uuid}/receipt.pdf",
    "/payments/{payment_id:uuid}/status",
    "/staff/brand/preview.css",
    "/staff/invoices.csv",
    "/staff/sync/events",
    "/static/{path:path}",
}


@dataclass(frozen=True)
class Seen:
    """An address as one person sees it; `who` is empty for somebody signed out. `leads_on` by itself after a moment."""

    who: str
    path: str
    status: int = 200
    leads_on: bool = False


PLATFORM = {"/operator", "/operator/sign-in"}  # on a host of its own


def unseen(paths: Iterable[str]) -> list[str]:
    """Routes of pages that none of these paths leads to."""
    routes = {route for each in ROUTES if "GET" in each.http_methods for route in each.paths} - NO_PAGES - PLATFORM
    bare = [path.partition("?")[0] for path in paths]
    return sorted(route for route in routes if not any(re.fullmatch(_pattern(route), path) for path in bare))


def _pattern(route: str) -> str:
    return re.sub(r"\{[^}]*\}", "[^/]+", route)


async def addresses(people: People, portal: Portal) -> list[Seen]:
    """Of everything there is to see in one portal; something is paid first, and something left unfinished."""
    payer = await people.signed_in(portal, "payer", to="/invoices")
    paid, unfinished = await paid_and_unfinished(payer, portal)
    await payer.goto(f"{portal.url}/invoices")
    invoice = await first_link(payer, "a.doc")
    await payer.goto(f"{portal.url}/credits")
    credit = await first_link(payer, "a.doc")
    staff = await people.signed_in(portal, "owner", to="/staff/customers")
    customer = await first_link(staff, "tbody a")
    return [
        Seen("", "/sign-in"),
        Seen("", "/forgot"),
        Seen("", "/reset/nothing", 410),
        Seen("", "/invitation/nothing", 410),
        Seen("", "/design"),
        Seen("", "/there-is-no-such-page", 404),
        Seen("payer", "/"),
        Seen("payer", "/invoices"),
        Seen("payer", "/invoices?view=all"),
        Seen("payer", "/invoices?q=nothing-like-it"),
        Seen("payer", invoice),
        Seen("payer", "/credits"),
        Seen("payer", credit),
        Seen("payer", "/payments"),
        Seen("payer", "/payments/select?which=open"),
        Seen("payer", paid),
        Seen("payer", unfinished),
        Seen("payer", f"{unfinished}/go", leads_on=True),
        Seen("payer", f"{paid}/receipt"),
        Seen("viewer", "/payments/select?which=open", 403),
        Seen("admin", "/members"),
        Seen("group", "/switch"),
        Seen("payer", "/profile"),
        Seen("owner", "/staff"),
        Seen("owner", "/staff/customers"),
        Seen("owner", customer),
        Seen("owner", "/staff/invoices"),
        Seen("owner", f"/staff{invoice}"),
        Seen("owner", "/staff/payments"),
        Seen("owner", f"/staff{paid}"),
        Seen("owner", "/staff/sync"),
        Seen("owner", "/staff/connection"),
        Seen("owner", "/staff/stripe"),
        Seen("owner", "/staff/brand"),
        Seen("owner", "/staff/brand/preview?view=home&theme=light"),
        Seen("owner", "/staff/texts"),
        Seen("owner", "/staff/texts/preview"),
        Seen("owner", "/staff/members"),
        Seen("owner", "/staff/audit"),
    ]


async def paid_and_unfinished(page: Page, portal: Portal) -> tuple[str, str]:
    """Paths of two payments."""
    first, second, *_ = await payable(page, portal)
    said = pounds if portal.tenant == "stanmoor" else euros
    await choose(page, [first])
    await press_pay(page, said(first.open))
    await pay_by_card(page)
    await expect(heading(page)).to_contain_text("paid. Thank you.")
    paid = page.url.removeprefix(portal.url)
    await payable(page, portal)
    await choose(page, [second])
    await press_pay(page, said(second.open))
    await page.goto(f"{portal.url}/payments")
    unfinished = await page.locator("a.doc").first.get_attribute("href")
    assert unfinished
    return paid, unfinished


async def first_link(page: Page, selector: str) -> str:
    address = await page.locator(selector).first.get_attribute("href")
    assert address
    return address

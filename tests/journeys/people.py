"""People with browsers: they sign in, choose invoices, pay on the hosted page. Whatever their consoles say is kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Locator, Page, Response, expect

from tests.journeys.stack import Portal

CARD = "4242 4242 4242 4242"
IBAN = "AT61 1904 3002 3457 3201"
DESKTOP = (1280, 900)
PATIENCE = 60_000  # milliseconds; the machine may be busy

expect.set_options(timeout=PATIENCE)


class People:
    """Opens browsers and keeps what went wrong in them."""

    def __init__(self, browser: Browser, pictures: Path) -> None:
        self._browser = browser
        self._pictures = pictures
        self._contexts: list[BrowserContext] = []
        self.complaints: list[str] = []

    async def stranger(
        self,
        *,
        size: tuple[int, int] = DESKTOP,
        scheme: Literal["light", "dark"] = "light",
        javascript: bool = True,
    ) -> Page:
        """A fresh browser, signed in nowhere."""
        context = await self._browser.new_context(
            viewport={"width": size[0], "height": size[1]},
            color_scheme=scheme,
            java_script_enabled=javascript,
            locale="en-GB",
        )
        context.set_default_timeout(PATIENCE)
        self._contexts.append(context)
        page = await context.new_page()
        context.on("console", self._hear)
        context.on("weberror", lambda error: self.complaints.append(f"script: {error.error}"))
        context.on("response", self._look)
        return page

    async def signed_in(self, portal: Portal, who: str, to: str = "/", **options: Any) -> Page:
        """One of the portal's people, on the page they asked for."""
        page = await self.stranger(**options)
        await sign_in(page, portal, who, to)
        return page

    async def leave(self, *, with_pictures: bool) -> None:
        """Close the browsers; with a picture of what each showed last."""
        for number, context in enumerate(self._contexts):
            for page in context.pages if with_pictures else ():
                await page.screenshot(path=self._pictures / f"last-{number}.png", full_page=True)
            await context.close()

    def _hear(self, message: ConsoleMessage) -> None:
        # What could not be loaded is looked at in the answers: a page may well be a 404 or a 422, its parts not.
        if message.type == "error" and not message.text.startswith("Failed to load resource"):
            self.complaints.append(f"console: {message.text} ({message.location['url']})")

    def _look(self, answer: Response) -> None:
        is_page = answer.request.is_navigation_request()
        if answer.status >= 500 or (answer.status >= 400 and not is_page):
            self.complaints.append(f"{answer.status}: {answer.request.method} {answer.url}")


async def sign_in(page: Page, portal: Portal, who: str, to: str = "/") -> None:
    """Ask for a page, be sent to the sign-in, arrive at the page."""
    person = portal.person(who)
    await page.goto(portal.url + to)
    await page.get_by_label("Work email").fill(person.email)
    await page.get_by_label("Password").fill(person.password)
    await page.get_by_role("button", name="Sign in").click()
    await page.wait_for_url(portal.url + to)


@dataclass(frozen=True)
class Invoice:
    """A row of the list."""

    number: str
    open: Decimal


async def payable(page: Page, portal: Portal) -> list[Invoice]:
    """The rows of the list of open invoices that can be ticked, from the top."""
    await page.goto(f"{portal.url}/invoices")
    rows = page.locator("tbody tr:has(input[name=tick]:not(:disabled))")
    return [
        Invoice(await row.locator("a.doc").inner_text(), amount_of(await row.locator(".c-open").inner_text()))
        for row in await rows.all()
    ]


async def choose(page: Page, invoices: Sequence[Invoice]) -> None:
    """Tick them; the pay bar counts along."""
    for count, invoice in enumerate(invoices, start=1):
        await page.get_by_role("checkbox", name=f"Select invoice {invoice.number}").check()
        words = "one invoice selected" if count == 1 else f"{count} invoices selected"
        await expect(page.locator("#paybar summary")).to_contain_text(words)


async def press_pay(page: Page, amount: str) -> None:
    """Press the button that names the amount, and arrive at the hosted page."""
    await page.get_by_role("button", name=f"Pay {amount}").last.click()
    await page.wait_for_url("**/c/pay/**")


async def pay_by_card(page: Page, number: str = CARD) -> None:
    """Type a card on the hosted page and pay; returns as the browser comes back to the portal."""
    await page.get_by_role("radio", name="Card").check()
    await page.get_by_label("Card number").fill(number)
    await page.get_by_label("Expiry date").fill("12/34")
    await page.get_by_label("Security code").fill("123")
    await page.get_by_label("Name of the card or account holder").fill("Sam Porter")
    await page.get_by_role("button", name="Pay").click()
    await page.wait_for_url("**/payments/*", wait_until="commit")


async def pay_by_debit(page: Page, iban: str = IBAN) -> None:
    """The same with a bank account."""
    await page.get_by_role("radio", name="SEPA").check()
    await page.get_by_label("IBAN").fill(iban)
    await page.get_by_label("Name of the card or account holder").fill("Parkside Hughes")
    await page.get_by_role("button", name="Pay").click()
    await page.wait_for_url("**/payments/*", wait_until="commit")


def heading(page: Page) -> Locator:
    """What the page says first."""
    return page.get_by_role("heading", level=1)


def row_of(page: Page, text: str) -> Locator:
    """The row of a table that names this."""
    return page.locator("tbody tr").filter(has_text=text)


async def state_of(page: Page, portal: Portal, invoice: Invoice) -> Locator:
    """What the list says of an invoice now."""
    await page.goto(f"{portal.url}/invoices?view=all&q={invoice.number}")
    return row_of(page, invoice.number).locator(".badge")


def amount_of(text: str) -> Decimal:
    """£1,234.56 as a number."""
    return Decimal("".join(char for char in text if char.isdigit() or char == "."))


def pounds(amount: Decimal) -> str:
    return f"£{amount:,.2f}"


def euros(amount: Decimal) -> str:
    return f"€{amount:,.2f}"

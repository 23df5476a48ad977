"""The same job in a browser that runs no script: forms, whole pages, pages that ask again by themselves. It is one
zoomed to 400 %, in colours of the system's own: each of the three alone asks less of a page."""

from decimal import Decimal

from playwright.async_api import Page, expect

from tests.journeys.people import People, heading, pay_by_card, payable, pounds, row_of, sign_in
from tests.journeys.stack import Portal

ZOOMED = (320, 256)  # what is left of 1280 by 1024 pixels at 400 %


async def test_invoices_are_paid_without_javascript(people: People, stanmoor: Portal) -> None:
    page = await people.stranger(size=ZOOMED, javascript=False)
    await page.emulate_media(forced_colors="active")
    await sign_in(page, stanmoor, "group", to="/invoices")
    await fits(page)
    first, second, *_ = await payable(page, stanmoor)
    part = first.open - Decimal("1.50")

    for invoice in (first, second):
        await page.get_by_role("checkbox", name=f"Select invoice {invoice.number}").check()
    await page.get_by_role("button", name="Continue with the selected invoices").click()
    await expect(heading(page)).to_have_text("Pay invoices")
    await fits(page)
    await page.get_by_role("textbox", name=f"Amount for {first.number}").fill(str(part))
    await page.get_by_role("button", name="Add up again").click()
    await expect(page.locator(".pay-lines li").filter(has_text=first.number)).to_contain_text("leaves £1.50 open")
    await page.get_by_role("button", name=f"Pay {pounds(part + second.open)}").click()
    await expect(heading(page)).to_have_text("On to the payment page")
    await page.wait_for_url("**/c/pay/**")
    await pay_by_card(page)

    await expect(heading(page)).to_have_text(f"{pounds(part + second.open)} paid. Thank you.")
    await fits(page)
    await expect(row_of(page, first.number)).to_contain_text(pounds(part))
    await expect(page.get_by_text("Stanmoor Fasteners has booked it")).to_be_visible()


async def fits(page: Page) -> None:
    """Nothing is to be scrolled sideways."""
    assert await page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")

"""The same job in a browser that runs no script: forms, whole pages, pages that ask again by themselves."""

from decimal import Decimal

from playwright.async_api import expect

from tests.journeys.people import People, heading, pay_by_card, payable, pounds, row_of
from tests.journeys.stack import Portal


async def test_invoices_are_paid_without_javascript(people: People, stanmoor: Portal) -> None:
    page = await people.signed_in(stanmoor, "group", to="/invoices", javascript=False)
    first, second, *_ = await payable(page, stanmoor)
    part = first.open - Decimal("1.50")

    for invoice in (first, second):
        await page.get_by_role("checkbox", name=f"Select invoice {invoice.number}").check()
    await page.get_by_role("button", name="Continue with the selected invoices").click()
    await expect(heading(page)).to_have_text("Pay invoices")
    await page.get_by_role("textbox", name=f"Amount for {first.number}").fill(str(part))
    await page.get_by_role("button", name="Add up again").click()
    await expect(page.locator(".pay-lines li").filter(has_text=first.number)).to_contain_text("leaves £1.50 open")
    await page.get_by_role("button", name=f"Pay {pounds(part + second.open)}").click()
    await expect(heading(page)).to_have_text("On to the payment page")
    await page.wait_for_url("**/c/pay/**")
    await pay_by_card(page)

    await expect(heading(page)).to_have_text(f"{pounds(part + second.open)} paid. Thank you.")
    await expect(row_of(page, first.number)).to_contain_text(pounds(part))
    await expect(page.get_by_text("Stanmoor Fasteners has booked it")).to_be_visible()

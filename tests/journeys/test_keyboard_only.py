"""From the sign-in to the hosted page without a mouse; whatever has the focus shows it."""

from playwright.async_api import Locator, Page, expect

from tests.journeys.people import People, heading, payable, pounds
from tests.journeys.stack import Portal

MOST_STOPS = 60
HAS_FOCUS = "element => element === document.activeElement"
SHOWS_IT = """() => [document.activeElement, document.activeElement.parentElement].some(element => {
    const style = getComputedStyle(element);
    return style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2;
})"""


async def test_an_invoice_is_paid_by_keyboard_alone(people: People, stanmoor: Portal) -> None:
    page = await people.stranger()
    payer = stanmoor.person("payer")
    await page.goto(f"{stanmoor.url}/sign-in")
    await expect(page.get_by_label("Work email")).to_be_focused()
    await page.keyboard.type(payer.email)
    await tab_to(page, page.get_by_label("Password"))
    await page.keyboard.type(payer.password)
    await page.keyboard.press("Enter")
    await expect(heading(page)).to_contain_text("You owe")

    await tab_to(page, page.get_by_role("link", name="Skip to content"))
    await tab_to(page, page.get_by_role("navigation", name="Main").get_by_role("link", name="Invoices"))
    await page.keyboard.press("Enter")
    await expect(heading(page)).to_have_text("Invoices")
    invoice = (await payable(page, stanmoor))[-1]
    box = page.get_by_role("checkbox", name=f"Select invoice {invoice.number}")
    await tab_to(page, box)
    await page.keyboard.press("Space")
    await expect(page.get_by_role("status")).to_have_text(f"one invoice selected, {pounds(invoice.open)}")
    await expect(box).to_be_focused()

    amount = page.get_by_role("textbox", name=f"Amount for {invoice.number}")
    await tab_to(page, amount)
    await page.keyboard.press("ControlOrMeta+A")
    await page.keyboard.type("1.25")
    await page.keyboard.press("Tab")
    pay = page.get_by_role("button", name="Pay £1.25")
    await expect(pay).to_be_visible()
    await tab_to(page, pay)
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/c/pay/**")
    await tab_to(page, page.get_by_label("E-mail"))


async def tab_to(page: Page, wanted: Locator) -> None:
    """Press Tab until it is there."""
    for _ in range(MOST_STOPS):
        await page.keyboard.press("Tab")
        assert await page.evaluate(SHOWS_IT), await page.evaluate("document.activeElement.outerHTML.slice(0, 200)")
        if await wanted.evaluate(HAS_FOCUS):
            return
    raise AssertionError(f"{wanted} was not reached within {MOST_STOPS} stops")

"""The main job: three invoices, one of them in part, paid by card, booked in the ERP to the cent, one receipt."""

import time
from decimal import Decimal

from playwright.async_api import Page, expect
from pypdf import PdfReader

from tests.journeys.people import (
    Invoice,
    People,
    choose,
    heading,
    pay_by_card,
    payable,
    pounds,
    press_pay,
    row_of,
    state_of,
)
from tests.journeys.stack import Portal, Stack, eventually

LESS = Decimal("10.01")
PLATFORM = "portico"


async def test_three_invoices_are_paid_and_booked_once(people: People, stack: Stack, stanmoor: Portal) -> None:
    page = await people.signed_in(stanmoor, "payer")
    await expect(heading(page)).to_contain_text("You owe")
    chosen = (await payable(page, stanmoor))[:3]
    booked_before = await stack.erp_payments("stanmoor")
    mails_before = await stack.mails(stanmoor.person("payer").email)
    await read_its_paper(page, chosen[0])

    await page.go_back()
    await choose(page, chosen)
    part = await pay_less(page, chosen[-1])
    paid = [chosen[0].open, chosen[1].open, part]
    total = sum(paid, Decimal(0))
    await press_pay(page, pounds(total))
    await pay_by_card(page)
    back = time.monotonic()
    await expect(heading(page)).to_have_text(f"{pounds(total)} paid. Thank you.")
    assert time.monotonic() - back < 1.0
    payment_page = page.url

    await expect(page.get_by_text("Stanmoor Fasteners has booked it")).to_be_visible()
    await expect(page.locator("tbody tr")).to_have_count(3)
    for invoice, amount in zip(chosen, paid, strict=True):
        row = row_of(page, invoice.number)
        await expect(row).to_contain_text(pounds(amount))
        await expect(row).to_contain_text("Part-paid" if amount < invoice.open else "Paid")
    await expect(await state_of(page, stanmoor, chosen[0])).to_have_text("Paid")
    await expect(await state_of(page, stanmoor, chosen[2])).to_have_text("Part-paid")

    key = await staff_see_it(people, stanmoor, payment_page, total)
    (booked,) = await stack.erp_payments("stanmoor", key)
    assert (Decimal(booked["amount"]), Decimal(booked["unapplied"])) == (total, Decimal(0))
    assert {each["invoice"]: Decimal(each["amount"]) for each in booked["applications"]} == {
        invoice.number: amount for invoice, amount in zip(chosen, paid, strict=True)
    }
    assert len(await stack.erp_payments("stanmoor")) == len(booked_before) + 1
    await one_receipt(stack, stanmoor, chosen, len(mails_before))


async def test_a_page_left_open_says_paid_by_itself(people: People, stanmoor: Portal) -> None:
    page = await people.signed_in(stanmoor, "admin", to="/invoices")
    invoice = (await payable(page, stanmoor))[-2]
    await choose(page, [invoice])
    await press_pay(page, pounds(invoice.open))
    left_open = await page.context.new_page()
    await left_open.goto(f"{stanmoor.url}/payments")
    await row_of(left_open, pounds(invoice.open)).first.locator("a.doc").click()
    await expect(heading(left_open)).to_have_text(f"Your payment of {pounds(invoice.open)} is not finished.")
    await left_open.evaluate("window.notReloaded = true")

    await pay_by_card(page)

    await expect(heading(left_open)).to_have_text(f"{pounds(invoice.open)} paid. Thank you.")
    await expect(left_open.get_by_text("Stanmoor Fasteners has booked it")).to_be_visible()
    assert await left_open.evaluate("window.notReloaded")


async def read_its_paper(page: Page, invoice: Invoice) -> None:
    await page.get_by_role("link", name=invoice.number, exact=True).click()
    await expect(heading(page)).to_contain_text(invoice.number)
    async with page.expect_download() as coming:
        await page.get_by_role("link", name="PDF").click()
    paper = PdfReader(await (await coming.value).path())
    assert invoice.number in "".join(each.extract_text() for each in paper.pages)


async def pay_less(page: Page, invoice: Invoice) -> Decimal:
    field = page.get_by_role("textbox", name=f"Amount for {invoice.number}")
    await field.fill(f"{invoice.open - LESS}")
    await field.blur()
    await expect(page.locator(".pay-lines li").filter(has_text=invoice.number)).to_contain_text(
        f"leaves {pounds(LESS)} open"
    )
    return invoice.open - LESS


async def staff_see_it(people: People, portal: Portal, payment_page: str, amount: Decimal) -> str:
    """The payment with its posting, the sync with its age; returns the key under which the ERP holds it."""
    page = await people.signed_in(portal, "finance", to="/staff/payments")
    row = row_of(page, pounds(amount))
    await expect(row).to_contain_text("In the ERP")
    await row.locator("a.doc").click()
    assert page.url.rpartition("/")[2] == payment_page.rpartition("/")[2].partition("?")[0]
    await expect(page.get_by_role("heading", name="In the ERP")).to_be_visible()
    key = await page.locator("dt:has-text('Our key') + dd").inner_text()
    await page.goto(f"{portal.url}/staff/sync")
    await expect(heading(page)).to_contain_text("Connected")
    invoices = page.locator("tbody tr", has=page.get_by_role("rowheader", name="Invoices", exact=True))
    await expect(invoices).to_contain_text("Up to date")
    await expect(invoices.locator("time")).to_be_visible()
    return key


async def one_receipt(stack: Stack, portal: Portal, chosen: list[Invoice], before: int) -> None:
    email = portal.person("payer").email
    mail = await stack.mail(email, "receipt")
    assert all(invoice.number in mail["text"] for invoice in chosen)
    assert PLATFORM not in f"{mail}".lower()
    assert len(await stack.mails(email)) == before + 1

    async def sent() -> bool:
        return len({each["message_id"] for each in await stack.mails(email)}) == before + 1

    await eventually(sent, "one Message-ID for each mail")

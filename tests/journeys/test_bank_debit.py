"""A debit takes days: the invoice says so and cannot be paid twice meanwhile; only then is it paid and booked."""

from playwright.async_api import expect

from tests.journeys.people import (
    People,
    choose,
    euros,
    heading,
    pay_by_debit,
    payable,
    press_pay,
    row_of,
    state_of,
)
from tests.journeys.stack import Portal, Stack, eventually


async def test_a_debit_is_processing_until_the_bank_has_paid(people: People, stack: Stack, quince: Portal) -> None:
    page = await people.signed_in(quince, "group", to="/invoices")
    email = quince.person("group").email
    (invoice, *_) = await payable(page, quince)
    booked_before = await stack.erp_payments("quince")
    await choose(page, [invoice])
    await press_pay(page, euros(invoice.open))
    await pay_by_debit(page)
    payment = page.url

    await expect(heading(page)).to_have_text(f"{euros(invoice.open)} is on its way from your bank.")
    await expect(await state_of(page, quince, invoice)).to_have_text("Processing")
    await expect(row_of(page, invoice.number).get_by_role("checkbox")).to_be_disabled()
    await stack.mail(email, "on its way")
    assert await stack.erp_payments("quince") == booked_before
    assert not await stack.mails(email, "receipt")

    await stack.settle_debit("quince", int(invoice.open * 100))

    async def paid() -> bool:
        await page.goto(payment)
        return await page.get_by_text("Quince & Barrel has booked it").is_visible()

    await eventually(paid, "the debit to be settled and booked")
    await expect(heading(page)).to_have_text(f"{euros(invoice.open)} paid. Thank you.")
    await expect(await state_of(page, quince, invoice)).to_have_text("Paid")
    new = [each for each in await stack.erp_payments("quince") if each not in booked_before]
    assert [each["applications"][0]["invoice"] for each in new] == [invoice.number]
    receipt = await stack.mail(email, "receipt")
    assert invoice.number in receipt["text"]

"""The worker is down while somebody pays: nobody is charged twice, and the ERP gets the payment once."""

from decimal import Decimal

from playwright.async_api import expect

from tests.journeys.people import People, choose, euros, heading, pay_by_card, payable, press_pay, state_of
from tests.journeys.stack import Portal, Stack


async def test_a_payment_made_without_a_worker_reaches_the_erp_once(
    people: People, stack: Stack, quince: Portal
) -> None:
    page = await people.signed_in(quince, "payer", to="/invoices")
    chosen = (await payable(page, quince))[:2]
    amount = chosen[0].open + chosen[1].open
    booked_before = await stack.erp_payments("quince")
    charged_before = await stack.charges("quince")

    async with stack.without("worker"):
        await choose(page, chosen)
        await press_pay(page, euros(amount))
        await pay_by_card(page)
        await expect(heading(page)).to_have_text(f"{euros(amount)} paid. Thank you.")
        await expect(page.get_by_text("Quince & Barrel is booking it now.")).to_be_visible()
        other = await page.context.new_page()
        await expect(await state_of(other, quince, chosen[0])).to_have_text("Paid, being recorded")
        assert await stack.erp_payments("quince") == booked_before

    await expect(page.get_by_text("Quince & Barrel has booked it")).to_be_visible()
    new = [each for each in await stack.erp_payments("quince") if each not in booked_before]
    assert [Decimal(each["amount"]) for each in new] == [amount]
    assert {each["invoice"]: Decimal(each["amount"]) for each in new[0]["applications"]} == {
        invoice.number: invoice.open for invoice in chosen
    }
    assert len(await stack.charges("quince")) == len(charged_before) + 1

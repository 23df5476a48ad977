"""What goes wrong at people's hands: a sentence says what is, what was typed stays, and nothing is paid twice."""

from collections.abc import Sequence

from playwright.async_api import Page, expect

from tests.journeys.people import (
    Invoice,
    People,
    choose,
    euros,
    heading,
    pay_by_card,
    payable,
    press_pay,
)
from tests.journeys.stack import Portal, Stack


async def test_more_than_is_open_is_refused_and_stays_typed(people: People, quince: Portal) -> None:
    page = await people.signed_in(quince, "payer", to="/invoices")
    first, second, *_ = await payable(page, quince)
    await choose(page, [first, second])
    too_much = page.get_by_role("textbox", name=f"Amount for {first.number}")
    await too_much.fill(f"{first.open + 5}")
    await page.get_by_role("textbox", name=f"Amount for {second.number}").fill("3")
    sentence = f"the amount is more than the {euros(first.open)} still open"
    await expect(page.locator("#paybar")).to_contain_text(sentence)
    await expect(page.locator("#pay-all")).to_have_text("Pay")

    await page.locator("#pay-all").click()

    await expect(page).to_have_title("Error: Pay invoices · Quince & Barrel")
    await expect(page.get_by_role("alert")).to_be_focused()
    await expect(page.get_by_role("alert")).to_contain_text(f"{first.number}: {sentence}")
    await expect(too_much).to_have_value(f"{first.open + 5}")
    await expect(page.get_by_role("textbox", name=f"Amount for {second.number}")).to_have_value("3")
    await page.get_by_role("alert").get_by_role("link").click()
    await expect(too_much).to_be_focused()
    await too_much.fill("2")
    await page.get_by_role("button", name="Add up again").click()
    await expect(page.get_by_role("button", name="Pay €5.00")).to_be_visible()


async def test_an_amount_marked_to_be_typed_over_stays_marked_when_the_bar_comes_anew(
    people: People, quince: Portal
) -> None:
    page = await people.signed_in(quince, "admin", to="/invoices")
    first, second, *_ = await payable(page, quince)
    await choose(page, [first, second])
    await page.get_by_role("textbox", name=f"Amount for {first.number}").fill("2")
    amount = page.get_by_role("textbox", name=f"Amount for {second.number}")

    async with page.expect_event("requestfinished"):
        await amount.select_text()  # leaves the first field, so the bar is asked for anew
    await expect(page.locator("#pay-all")).to_contain_text(euros(second.open + 2))
    await expect(amount).to_be_focused()
    await page.keyboard.type("3")
    await expect(amount).to_have_value("3")


async def test_pay_is_not_taken_away_under_the_pointer(people: People, quince: Portal) -> None:
    page = await people.signed_in(quince, "admin", to="/invoices")
    invoice = (await payable(page, quince))[-1]
    await choose(page, [invoice])
    await page.get_by_role("textbox", name=f"Amount for {invoice.number}").fill("2")
    await page.locator("#pay-all").hover()

    async with page.expect_event("requestfinished"):
        await page.mouse.down()  # leaves the field, so the bar is asked for anew
    await page.mouse.up()

    await page.wait_for_url("**/c/pay/**")
    await expect(page.locator(".total")).to_have_text("2.00 EUR")


async def test_nothing_chosen_is_said_so(people: People, quince: Portal) -> None:
    page = await people.signed_in(quince, "payer", to="/invoices", javascript=False)
    await page.get_by_role("button", name="Continue with the selected invoices").click()
    await expect(page.get_by_text("No invoice is selected")).to_be_visible()
    await page.get_by_role("link", name="Choose invoices").click()
    await expect(heading(page)).to_have_text("Invoices")


async def test_two_tabs_pay_once(people: People, stack: Stack, quince: Portal) -> None:
    page = await people.signed_in(quince, "payer", to="/invoices")
    (invoice, *_) = await payable(page, quince)
    other = await page.context.new_page()
    charged_before = await stack.charges("quince")
    for tab in (page, other):
        await payable(tab, quince)
        await choose(tab, [invoice])
    await press_pay(page, euros(invoice.open))

    await other.locator("#pay-all").click()

    await expect(other.get_by_role("button", name="Cancel P-")).to_be_visible()
    await expect(other.get_by_role("alert")).to_contain_text(f"{invoice.number} is already being paid with P-")
    await other.get_by_role("link", name="Finish P-").click()
    await other.wait_for_url("**/c/pay/**")
    assert other.url == page.url
    await pay_by_card(page)
    await expect(heading(page)).to_have_text(f"{euros(invoice.open)} paid. Thank you.")
    assert len(await stack.charges("quince")) == len(charged_before) + 1


async def test_a_form_sent_again_is_not_charged_again(people: People, stack: Stack, quince: Portal) -> None:
    page = await people.signed_in(quince, "payer", to="/invoices")
    (invoice, *_) = await payable(page, quince)
    await page.get_by_role("checkbox", name=f"Select invoice {invoice.number}").check()
    copy = await sent_form(page, [invoice])
    await press_pay(page, euros(invoice.open))
    await pay_by_card(page)
    await expect(heading(page)).to_have_text(f"{euros(invoice.open)} paid. Thank you.")
    charged = len(await stack.charges("quince"))

    await send(page, quince, copy)

    await expect(page.get_by_text("You were not charged twice.")).to_be_visible()
    await expect(heading(page)).to_have_text(f"{euros(invoice.open)} paid. Thank you.")
    assert len(await stack.charges("quince")) == charged


async def test_a_wrong_password_keeps_the_address(people: People, quince: Portal) -> None:
    page = await people.stranger()
    payer = quince.person("payer")
    await page.goto(f"{quince.url}/sign-in")
    for email in ("nobody@nowhere.example", payer.email):
        await page.get_by_label("Work email").fill(email)
        await page.get_by_label("Password").fill("not my password")
        await page.get_by_role("button", name="Sign in").click()
        await expect(page.get_by_role("alert")).to_contain_text("That email and password do not go together.")
        await expect(page).to_have_title("Error: Sign in · Quince & Barrel")
        await expect(page.get_by_label("Work email")).to_have_value(email)
        await expect(page.get_by_label("Password")).to_have_value("")
    await page.get_by_label("Password").fill(payer.password)
    await page.get_by_role("button", name="Sign in").click()
    await expect(heading(page)).to_contain_text("You owe")


async def test_anothers_invoice_is_as_one_that_does_not_exist(people: People, quince: Portal) -> None:
    page = await people.signed_in(quince, "payer", to="/invoices")
    mine = await page.locator("tbody a.doc").first.get_attribute("href")
    stranger = await people.signed_in(quince, "owner", to="/staff/invoices")
    numbers = stranger.locator("tbody tr a.doc")
    assert mine
    theirs = [
        address.replace("/staff", "")
        for address in [await each.get_attribute("href") or "" for each in await numbers.all()]
    ]
    missing = mine[:-4] + ("0000" if not mine.endswith("0000") else "1111")

    shown = {}
    for address in (theirs[0], missing):
        answer = await page.goto(quince.url + address)
        assert answer is not None
        shown[address] = (answer.status, await page.title(), await page.locator("body").inner_html())
    assert shown[theirs[0]] == shown[missing]
    assert shown[missing][0] == 404


async def sent_form(page: Page, invoices: Sequence[Invoice]) -> dict[str, str]:
    """What pressing Pay would send now."""
    await expect(page.locator(".pay-lines li")).to_have_count(len(invoices))
    form: dict[str, str] = await page.evaluate(
        "Object.fromEntries(new FormData(document.getElementById('pick')).entries())"
    )
    return form


async def send(page: Page, portal: Portal, form: dict[str, str]) -> None:
    """The same once more, as a browser does that repeats a form."""
    await page.goto(f"{portal.url}/invoices")
    async with page.expect_navigation():
        await page.evaluate(
            """fields => {
                const form = document.createElement('form');
                form.method = 'post';
                form.action = '/payments';
                for (const [name, value] of Object.entries(fields)) {
                    const input = document.createElement('input');
                    input.type = 'hidden';
                    input.name = name;
                    input.value = value;
                    form.append(input);
                }
                document.body.append(form);
                form.submit();
            }""",
            form,
        )

"""A customer's people: invited by a colleague, in by a mailed link, out at the next click; one for two customers."""

import re
from uuid import uuid4

from playwright.async_api import Page, expect

from tests.journeys.people import People, heading
from tests.journeys.stack import Portal, Stack

PASSWORD = "heron thistle quarry 41"


async def test_an_invited_viewer_looks_but_does_not_pay_and_is_out_at_the_next_click(
    people: People, stack: Stack, stanmoor: Portal
) -> None:
    email = f"lena.{uuid4().hex[:8]}@lindau.example"
    admin = await people.signed_in(stanmoor, "admin", to="/members")
    await invite(admin, "Lena Brandt", email, "May look")
    await expect(admin.get_by_text("The invitation is on its way.")).to_be_visible()
    await expect(admin.get_by_role("region", name="Invited, not yet here")).to_contain_text(email)

    mail = await stack.mail(email, "Ruth Calder invites you")
    assert mail["from"].startswith("Stanmoor Accounts")
    (link,) = {each for each in mail["links"] if "/invitation/" in each}
    lena = await people.stranger()
    await lena.goto(link)
    await expect(lena.get_by_text("Ruth Calder has invited you")).to_be_visible()
    await expect(lena.get_by_label("Your name")).to_have_value("Lena Brandt")
    await lena.get_by_label("Password").fill(PASSWORD)
    await lena.get_by_role("button", name="Save and sign in").click()
    await expect(heading(lena)).to_contain_text("You owe")
    await it_opens_no_second_time(await people.stranger(), link)

    await lena.goto(f"{stanmoor.url}/invoices")
    await expect(lena.locator("tbody tr").first).to_be_visible()
    await expect(lena.get_by_role("checkbox")).to_have_count(0)
    answer = await lena.goto(f"{stanmoor.url}/payments/select?which=open")
    assert answer is not None
    assert answer.status == 403
    await expect(heading(lena)).to_have_text("Your role does not include this")

    await lena.goto(f"{stanmoor.url}/invoices")
    await admin.reload()
    row = admin.get_by_role("listitem").filter(has_text=email)
    await row.locator("summary").click()
    await row.get_by_role("button", name="Remove Lena Brandt").click()
    await expect(admin.get_by_text("Access has ended.")).to_be_visible()
    await lena.locator("tbody a.doc").first.click()
    await expect(heading(lena)).to_have_text("Sign in")
    await lena.get_by_label("Work email").fill(email)
    await lena.get_by_label("Password").fill(PASSWORD)
    await lena.get_by_role("button", name="Sign in").click()
    await expect(lena.get_by_text("You are not connected to a customer yet")).to_be_visible()
    await expect(lena.get_by_role("navigation", name="Main").get_by_role("link")).to_have_count(1)


async def test_a_payer_of_two_customers_goes_from_one_to_the_other(people: People, stanmoor: Portal) -> None:
    page = await people.signed_in(stanmoor, "group", to="/invoices")
    numbers = await page.locator("tbody a.doc").all_inner_texts()
    name = await page.locator(".who-for b").inner_text()
    await page.locator(".who-for").click()
    await expect(heading(page)).to_have_text("For whom do you work now?")
    choices = page.locator(".choice-row")
    await expect(choices).to_have_count(2)
    other = choices.filter(has_not_text=name)
    others_name = await other.locator("b").inner_text()
    await other.click()

    await expect(page.locator(".who-for b")).to_have_text(others_name)
    await page.goto(f"{stanmoor.url}/invoices")
    assert not set(numbers) & set(await page.locator("tbody a.doc").all_inner_texts())
    await page.locator(".who-for").click()
    await choices.filter(has_text=name).click()
    await expect(page.locator(".who-for b")).to_have_text(name)


async def test_a_forgotten_password_is_set_anew_by_mail(people: People, stack: Stack, quince: Portal) -> None:
    email = f"otto.{uuid4().hex[:8]}@parkside.example"
    owner = await people.signed_in(quince, "admin", to="/members")
    await invite(owner, "Otto Lang", email, "May pay")
    invitation = await stack.mail(email, "invites you")
    page = await people.stranger()
    await page.goto(next(each for each in invitation["links"] if "/invitation/" in each))
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Save and sign in").click()
    await page.goto(f"{quince.url}/profile")
    await page.get_by_role("button", name="Sign out").click()

    await page.get_by_role("link", name="Set or reset your password").click()
    await page.get_by_label("Work email").fill(email)
    await page.get_by_role("button", name="Mail me the link").click()
    await expect(heading(page)).to_have_text("Look into your mail")
    mail = await stack.mail(email, "/reset/")
    await page.goto(next(each for each in mail["links"] if "/reset/" in each))
    await page.get_by_label(re.compile("[Pp]assword")).fill(f"{PASSWORD} anew")
    await page.get_by_role("main").get_by_role("button").click()
    await expect(heading(page)).to_contain_text("You owe")


async def invite(page: Page, name: str, email: str, role: str) -> None:
    form = page.get_by_role("region", name="Invite somebody")
    await form.get_by_label("Name").fill(name)
    await form.get_by_label("Work email").fill(email)
    await form.get_by_label("Role").select_option(role)
    await form.get_by_role("button", name="Mail the invitation").click()


async def it_opens_no_second_time(page: Page, link: str) -> None:
    await page.goto(link)
    await expect(heading(page)).to_have_text("This invitation is no longer good")

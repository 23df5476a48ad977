"""The distributor's staff and the platform's operator: live sync, the ERP connection tried, every tenant's state."""

from decimal import Decimal

import httpx
from playwright.async_api import Page, expect

from tests.journeys.people import People, heading, pounds, row_of
from tests.journeys.stack import Portal, Stack

SLOW_SECONDS = 1.5
NAMES = ("portico", "stanmoor", "quince")


async def test_sync_now_shows_its_progress_live(people: People, stack: Stack, stanmoor: Portal) -> None:
    payer = await people.signed_in(stanmoor, "payer", to="/profile")
    customer = (await payer.locator(".who-for span").first.inner_text()).removeprefix("Account ")
    page = await people.signed_in(stanmoor, "finance", to="/staff/sync")
    await expect(heading(page)).to_contain_text("Connected")
    new = await stack.new_erp_invoice("stanmoor", customer, Decimal("73.31"))
    running = page.get_by_role("heading", name="Invoices: copying what has changed")

    async with stack.slow_erp("stanmoor", SLOW_SECONDS):
        await page.get_by_role("button", name="Sync now").click()
        await expect(page.get_by_text("Fetching has started.")).to_be_visible()
        await page.evaluate("window.notReloaded = true")
        await expect(running).to_be_visible()
    await expect(running).to_be_hidden()
    held = page.get_by_role("region", name="What we hold, and how old it is")
    await expect(held.get_by_role("row", name="Invoices")).to_contain_text("Up to date")
    await expect(page.locator("#sync").get_by_text("Up to date, ")).to_contain_text("changed")
    await expect(page.get_by_text("Fetching has started.")).to_be_hidden()

    assert await page.evaluate("window.notReloaded")
    await payer.goto(f"{stanmoor.url}/invoices?q={new}")
    await expect(row_of(payer, new)).to_contain_text(pounds(Decimal("73.31")))


async def test_the_connection_is_tried_before_it_is_stored(people: People, stanmoor: Portal) -> None:
    page = await people.signed_in(stanmoor, "owner", to="/staff/connection")
    await page.get_by_role("button", name="Only test").click()
    await expect(page.get_by_text("It works: NetSuite 4810001")).to_be_visible()
    assert await page.locator("textarea").first.input_value() == ""

    client = page.get_by_label("Client ID")
    await client.fill("not-a-client")
    await page.get_by_role("button", name="Test and store").click()
    await expect(page.get_by_role("alert")).to_contain_text("It does not work")
    await expect(client).to_have_value("not-a-client")
    await page.goto(f"{stanmoor.url}/staff/sync")
    await expect(heading(page)).to_contain_text("Connected")


async def test_an_unknown_host_names_nobody(people: People, stanmoor: Portal) -> None:
    page = await people.stranger()
    answer = await page.goto(stanmoor.url.replace("stanmoor", "nobody"))
    assert answer is not None
    assert answer.status == 404
    assert not [name for name in NAMES if name in (await page.content()).lower()]


async def test_the_operator_sees_every_tenant(people: People, stack: Stack) -> None:
    operator = stack.told["operator"]
    page = await people.stranger()
    await page.goto(operator["url"])
    await page.get_by_label("Token").fill("not the token")
    await page.get_by_role("button", name="Sign in").click()
    await expect(page.get_by_role("alert")).to_contain_text("That is not the operator's token.")
    await page.get_by_label("Token").fill(operator["token"])
    await page.get_by_role("button", name="Sign in").click()
    await expect(heading(page)).to_have_text("Tenants")
    for name in ("Stanmoor Fasteners", "Quince & Barrel"):
        await expect(row_of(page, name)).to_contain_text("Connected")
        await expect(row_of(page, name).locator("time")).to_be_visible()


async def test_the_operator_reads_the_same_as_json(stack: Stack) -> None:
    operator = stack.told["operator"]
    async with httpx.AsyncClient() as web:
        refused = await web.get(f"{operator['url']}/tenants.json")
        answer = await web.get(
            f"{operator['url']}/tenants.json", headers={"Authorization": f"Bearer {operator['token']}"}
        )
    assert refused.status_code == 401
    tenants = {each["slug"]: each for each in answer.json()["tenants"]}
    assert set(tenants) == {"stanmoor", "quince"}
    assert all(each["state"] == "active" and each["version"] and each["fresh_at"] for each in tenants.values())


async def test_finance_does_not_open_the_connection(people: People, stanmoor: Portal) -> None:
    page: Page = await people.signed_in(stanmoor, "finance", to="/staff")
    answer = await page.goto(f"{stanmoor.url}/staff/connection")
    assert answer is not None
    assert answer.status == 403

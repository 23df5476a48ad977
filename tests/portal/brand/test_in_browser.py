"""The editor in Chromium, on the application itself: the preview follows whoever types, and leaves them alone."""

from pathlib import Path

import httpx
from playwright.async_api import ConsoleMessage, Route, async_playwright, expect

from portico_tenants.people import sessions
from portico_tenants.session import Database
from portico_tenants.tenant import Tenant
from tests.factories.people import make_staff
from tests.portal.portal import Portal


async def test_the_preview_follows_typing(portal: Portal, database: Database, tenant: Tenant, chromium: Path) -> None:
    async with database.tenant_session(tenant) as session:
        token = await sessions.open_session(session, (await make_staff(session)).id)
    client = portal.at(tenant, cookies=httpx.Cookies({"session": token})).client
    refused: list[str] = []

    async def answer(route: Route) -> None:
        """The browser's request, put to the application in this process."""
        asked = route.request
        headers = {name: value for name, value in asked.headers.items() if name not in ("cookie", "host")}
        given = await client.request(asked.method, asked.url, content=asked.post_data_buffer, headers=headers)
        sent = {name: value for name, value in given.headers.items() if name not in ("content-length", "set-cookie")}
        await route.fulfill(status=given.status_code, headers=sent, body=given.content)

    def hear(message: ConsoleMessage) -> None:
        if message.type == "error":
            refused.append(message.text)

    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        tab = await browser.new_page()
        tab.on("console", hear)
        await tab.route("**/*", answer)
        await tab.goto(f"http://{tenant.host}/staff/brand?view=sign-in")
        dark = tab.frame_locator("iframe").nth(1)
        await tab.locator("#name").fill("Larkspur Giftware")
        await expect(dark.locator(".logo").first).to_contain_text("Larkspur Giftware")
        await expect(tab.locator("#name")).to_be_focused()
        await tab.locator("#primary-picked").fill("#f2b705")
        await expect(tab.locator("#primary")).to_have_value("#f2b705")
        await expect(tab.get_by_text("Darkened to #7E5E02")).to_be_visible()
        await expect(tab.locator("#said")).to_have_text("Draft kept")
        await browser.close()
    assert refused == []

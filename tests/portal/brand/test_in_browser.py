"""The editor in Chromium, on the application itself: the preview follows whoever types, and leaves them alone."""

from pathlib import Path

import anyio
import pytest
from playwright.async_api import Dialog, Route, expect

from portico_tenants.session import Database
from portico_tenants.tenant import Tenant
from tests.portal.portal import Portal
from tests.portal.staff import signed_in
from tests.portal.tab import tab_on


async def test_the_preview_follows_typing(portal: Portal, database: Database, tenant: Tenant, chromium: Path) -> None:
    ada = await signed_in(portal, database, tenant)
    async with tab_on(ada.client, chromium) as tab:
        await tab.goto(f"http://{tenant.host}/staff/brand?view=sign-in")
        dark = tab.frame_locator("iframe").nth(1)
        await tab.locator("#name").fill("Larkspur Giftware")
        await expect(dark.locator(".logo").first).to_contain_text("Larkspur Giftware")
        await expect(tab.locator("#name")).to_be_focused()
        await tab.locator("#primary-picked").fill("#f2b705")
        await expect(tab.locator("#primary")).to_have_value("#f2b705")
        await expect(tab.get_by_text("Darkened to #7E5E02")).to_be_visible()
        await expect(tab.locator("#said")).to_have_text("Draft kept")


@pytest.mark.parametrize(
    ("path", "field"), [("/staff/brand", "#name"), ("/staff/texts", "#welcome")], ids=["brand", "texts"]
)
async def test_what_is_not_kept_is_not_left_without_a_question(
    portal: Portal, database: Database, tenant: Tenant, chromium: Path, path: str, field: str
) -> None:
    ada = await signed_in(portal, database, tenant)
    asked: list[str] = []
    answer = anyio.Event()

    async def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        await dialog.dismiss()

    async def wait(route: Route) -> None:
        if route.request.method == "POST":
            await answer.wait()
        await route.fallback()

    async with tab_on(ada.client, chromium) as tab:
        tab.on("dialog", stay)
        await tab.route(f"**{path}", wait)
        await tab.goto(f"http://{tenant.host}{path}")
        elsewhere = tab.get_by_role("link", name="Payments").first
        await tab.locator(field).click()
        await tab.locator(field).fill("Larkspur")
        await elsewhere.click()
        await expect(tab.locator(field)).to_have_value("Larkspur")
        assert (asked, tab.url) == (["beforeunload"], f"http://{tenant.host}{path}")

        answer.set()
        await expect(tab.locator("#said")).to_have_text("Draft kept")
        await elsewhere.click()
        await tab.wait_for_url("**/payments*")
        await tab.goto(f"http://{tenant.host}{path}")
        await tab.locator(field).click()
        await tab.locator(field).fill("Larkspur Giftware")
        async with tab.expect_request(lambda sent: sent.method == "POST" and sent.is_navigation_request()):
            await tab.get_by_role("button", name="Save and preview").first.click()
        assert asked == ["beforeunload"]

"""The editor in Chromium, on the application itself: the preview follows whoever types, and leaves them alone."""

from pathlib import Path

from playwright.async_api import expect

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

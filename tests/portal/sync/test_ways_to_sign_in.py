"""The connection's form with two ways to sign in: only the chosen one's fields are shown and read."""

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest_asyncio
from playwright.async_api import Page, Route, expect

from portico_core.settings import Settings, WebSettings
from portico_portal.sync import connections
from portico_tenants.secrets import Safe
from portico_tenants.session import Database
from portico_tenants.tenant import Tenant
from tests.portal.portal import Browser, Portal, running
from tests.portal.staff import signed_in
from tests.portal.sync.erp import Erp
from tests.portal.tab import tab_on
from tests.themes.english import english_in

HERE = "/staff/connection"
FORM = {"connector": "netsuite", "time_zone": "Europe/London"}
OAUTH2 = {"client_id", "certificate_id", "private_key_pem"}
TOKENS = ("consumer_key", "consumer_secret", "token_id", "token_secret")


@pytest_asyncio.fixture
async def portal(settings: Settings, database: Database, tenant: Tenant, erp: Erp) -> AsyncIterator[Portal]:
    """Its ERP is connected by OAuth 2.0."""
    async with database.tenant_session(tenant) as session:
        await connections.store(
            session,
            Safe(settings.secret_keys),
            connector="netsuite",
            values=erp.values,
            time_zone="Europe/London",
            interval_seconds=77,
            actor="system:test",
        )
    web = WebSettings(platform_host="platform.test", scheme="http")
    async with running(replace(settings, web=web, allow_private_erp_hosts=True), database) as made:
        yield made


async def test_what_is_not_chosen_is_neither_read_nor_lost(
    staff: Browser, portal: Portal, database: Database, tenant: Tenant, erp: Erp
) -> None:
    await staff.get(HERE)
    typed_before_choosing = {"client_id": "changed, then hidden", "private_key_pem": "typed, then hidden"}
    tokens = {name: getattr(erp.credentials, name) for name in TOKENS}

    stored = await staff.post(HERE, {**FORM, **erp.values, **typed_before_choosing, **tokens, "auth_method": "tba"})

    assert stored.status_code == 303, stored.text
    async with database.tenant_session(tenant) as session:
        connection = await connections.find(session)
        sealed = await connections.take(session, portal.resources.safe)
    assert connection is not None
    assert connection.settings["auth_method"] == "tba"
    assert connection.settings["client_id"] == erp.values["client_id"]
    assert sealed.secret_values["private_key_pem"].reveal() == erp.values["private_key_pem"].strip()
    assert sealed.secret_values.keys() == {"private_key_pem", *TOKENS}

    back = await staff.post(HERE, {**FORM, **erp.values, "private_key_pem": ""})
    assert back.status_code == 303, "what was kept signs in again"
    async with database.tenant_session(tenant) as session:
        assert {*TOKENS} < (await connections.take(session, portal.resources.safe)).secret_values.keys()


async def test_each_empty_field_of_the_chosen_way_is_named_and_no_other(staff: Browser, erp: Erp) -> None:
    await staff.get(HERE)
    values = {name: value for name, value in erp.values.items() if name not in OAUTH2}

    refused = await staff.post(HERE, {**FORM, **values, "auth_method": "tba", "token_id": "1"})

    assert refused.status_code == 422
    missing = re.findall(r">([^<>]+) is missing<", refused.text)
    assert missing == 2 * ["Consumer key", "Consumer secret", "Token secret"], "in the summary and at the field"


async def test_it_is_said_in_the_readers_language(portal: Portal, database: Database, tenant: Tenant, erp: Erp) -> None:
    reader = await signed_in(portal, database, tenant, language="de")
    await reader.get(HERE)

    refused = await reader.post(HERE, {**FORM, "auth_method": "tba"})
    tried = await reader.post(HERE + "/test", {**FORM, **erp.values, "base_url": "nowhere"})

    assert "Token-ID fehlt" in refused.text
    assert "Dienstadresse ist keine Adresse" in tried.text
    for answer in (refused, tried):
        assert english_in(answer.text) == []


async def test_only_the_chosen_way_is_seen_and_reached(
    staff: Browser, tenant: Tenant, erp: Erp, chromium: Path
) -> None:
    async with tab_on(staff.client, chromium) as tab:
        await tab.goto(f"http://{tenant.host}{HERE}")
        await expect(tab.get_by_role("textbox", name="Client ID")).to_be_visible()
        await expect(tab.get_by_text("Consumer key")).to_be_hidden()

        await tab.get_by_role("radio", name="OAuth 2.0").focus()
        await tab.keyboard.press("ArrowDown")

        await expect(tab.get_by_text("Client ID")).to_be_hidden()
        await expect(tab.get_by_text("Only for")).to_have_count(2)
        await expect(tab.get_by_text("Only for").first).to_be_hidden()
        assert await names_by_tab(tab, 5) == [*TOKENS, "pdf_script"]
        assert await tab.locator("[required]").count() == 0
        for name in TOKENS:
            await tab.locator(f"#{name}").fill(getattr(erp.credentials, name))
        await tab.get_by_role("button", name="Only test").click()
        await expect(tab.get_by_text("It works")).to_be_visible()
        await expect(tab.get_by_role("radio", name="Token-based")).to_be_checked()


async def test_a_browser_that_does_not_know_has_shows_both_and_says_whose_each_is(
    staff: Browser, tenant: Tenant, chromium: Path
) -> None:
    async def as_it_reads_them(route: Route) -> None:
        sheet = await staff.client.get(route.request.url)
        await route.fulfill(body=sheet.text.replace(":has(", ":unheard-of("), content_type="text/css")

    async with tab_on(staff.client, chromium) as tab:
        await tab.route("**/staff.*.css", as_it_reads_them)
        await tab.goto(f"http://{tenant.host}{HERE}")
        for label in ("Client ID", "Consumer key"):
            await expect(tab.get_by_label(label)).to_be_visible()
        for way in ("OAuth 2.0", "Token-based"):
            await expect(tab.get_by_text(f"Only for “{way}")).to_be_visible()


async def names_by_tab(tab: Page, count: int) -> list[str]:
    names = []
    for _ in range(count):
        await tab.keyboard.press("Tab")
        names.append(await tab.evaluate("document.activeElement.name"))
    return names

"""The connection's form where what is stored no longer opens: it asks for it again, and nobody meets an error page."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest_asyncio

from portico_core.settings import Settings, WebSettings
from portico_portal.sync import connections
from portico_tenants import secrets
from portico_tenants.secrets import Safe
from portico_tenants.session import Database
from portico_tenants.tenant import Tenant
from tests.portal.portal import Browser, Portal, running
from tests.portal.sync.erp import Erp

LOST = {"lost": b"l" * 32}
SENTENCE = "The stored access data can no longer be opened"


@pytest_asyncio.fixture
async def portal(settings: Settings, database: Database, tenant: Tenant, erp: Erp) -> AsyncIterator[Portal]:
    """Its ERP is connected under a key that this installation does not have."""
    async with database.tenant_session(tenant) as session:
        await connections.store(
            session, Safe(LOST), connector="netsuite", values=erp.values, time_zone="Europe/London", actor="system:test"
        )
    web = WebSettings(platform_host="platform.test", scheme="http")
    async with running(replace(settings, web=web, allow_private_erp_hosts=True), database) as made:
        yield made


async def test_the_form_says_so_and_takes_them_anew(
    staff: Browser, portal: Portal, database: Database, tenant: Tenant, erp: Erp
) -> None:
    shown = await staff.get("/staff/connection")
    assert shown.status_code == 200
    assert SENTENCE in shown.text
    assert "Leave it empty to keep it." not in shown.text

    form = {**erp.values, "connector": "netsuite", "time_zone": "Europe/London"}
    secret_names = await names(database, tenant)
    without = {name: value for name, value in form.items() if name not in secret_names}
    refused = await staff.post("/staff/connection", without)
    assert refused.status_code == 422
    assert "Private key (PEM) is missing" in refused.text
    assert SENTENCE in refused.text
    assert form["account_id"] in refused.text, "what was typed is kept"

    elsewhere = await staff.post("/staff/connection", {**form, "time_zone": "Europe/Lundon"})
    assert elsewhere.status_code == 422
    assert elsewhere.text.count("type it once more") == len(secret_names), "secrets do not come back; it says so"
    assert not [name for name in secret_names if form[name] in elsewhere.text]

    stored = await staff.post("/staff/connection", form)
    assert stored.status_code == 303, stored.text
    async with database.tenant_session(tenant) as session:
        sealed = await connections.take(session, portal.resources.safe)
    read = {name: value.reveal() for name, value in sealed.secret_values.items()}
    assert read == {name: form[name].strip() for name in secret_names}
    assert SENTENCE not in (await staff.get("/staff/connection")).text


async def test_one_that_is_not_asked_for_again_does_not_stay_shut(
    staff: Browser, portal: Portal, database: Database, tenant: Tenant, erp: Erp
) -> None:
    async with database.tenant_session(tenant) as session:
        await secrets.put(session, Safe(LOST), {"connection.left_over": secrets.Secret("of another way to sign in")})
    form = {**erp.values, "connector": "netsuite", "time_zone": "Europe/London"}
    assert (await staff.get("/staff/connection")).status_code == 200
    assert (await staff.post("/staff/connection", form)).status_code == 303
    assert "left_over" not in await names(database, tenant)


async def test_an_invoice_has_no_paper_of_the_erp_then(portal: Portal, tenant: Tenant) -> None:
    assert await portal.resources.papers.erp_paper(tenant, "1") is None


async def names(database: Database, tenant: Tenant) -> set[str]:
    async with database.tenant_session(tenant) as session:
        connection = await connections.find(session)
    assert connection is not None
    return set(connection.kept)

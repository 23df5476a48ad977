"""What every answer carries, whatever the page: headers, cookies, hosts, errors in the tenant's brand."""

from dataclasses import replace

import pytest
from litestar import get

from portico_core.settings import Settings, WebSettings
from portico_portal.app import ROUTES, application
from portico_portal.web.access import RouteUnguarded
from portico_tenants.access import Access, Permission
from portico_tenants.session import Database
from portico_tenants.tenant import Tenant
from tests.portal.portal import Portal, running


async def test_every_answer_carries_the_policy_and_names_no_platform(portal: Portal, tenant: Tenant) -> None:
    for path in ("/sign-in", "/nowhere", "/"):
        answer = await portal.at(tenant).get(path)
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert len(answer.headers["x-request-id"]) == 32
        said = str(answer.headers) + answer.text
        assert "portico" not in said.lower()


async def test_pages_hold_no_inline_style_or_script(portal: Portal, tenant: Tenant) -> None:
    text = (await portal.at(tenant).get("/sign-in")).text
    assert "<style" not in text
    assert " style=" not in text
    assert " onclick=" not in text
    assert "<script>" not in text


async def test_an_unknown_host_gets_a_neutral_page_and_no_tenant(portal: Portal, tenant: Tenant) -> None:
    answer = await portal.host("elsewhere.test").get("/sign-in")
    assert answer.status_code == 404
    assert tenant.name not in answer.text


async def test_what_is_not_there_and_what_is_not_yours_read_the_same(portal: Portal, tenant: Tenant) -> None:
    answer = await portal.at(tenant).get("/nowhere")
    assert answer.status_code == 404
    assert "There is no such page here" in answer.text
    assert tenant.name in answer.text


async def test_cookies_on_https_are_host_cookies(settings: Settings, database: Database, tenant: Tenant) -> None:
    secure = replace(settings, web=WebSettings(platform_host="platform.test", scheme="https"))
    async with running(secure, database) as portal:
        answer = await portal.at(tenant).get("/sign-in")
        cookie = answer.headers["set-cookie"]
        assert cookie.startswith("__Host-door=")
        for part in ("Secure", "HttpOnly", "Path=/", "SameSite=lax"):
            assert part in cookie
        assert "Domain" not in cookie
        assert answer.headers["strict-transport-security"].startswith("max-age=31536000")


async def test_the_platforms_pages_are_on_its_own_host_only(portal: Portal, tenant: Tenant) -> None:
    token = {"authorization": "Bearer operators-token"}
    assert (await portal.platform().get("/operator/tenants.json", headers=token)).status_code == 200
    assert (await portal.at(tenant).get("/operator/tenants.json", headers=token)).status_code == 404
    assert (await portal.platform().get("/operator/tenants.json")).status_code == 401
    assert (await portal.platform().get("/sign-in")).status_code == 404
    assert (await portal.platform().get("/metrics")).status_code == 200
    assert (await portal.at(tenant).get("/metrics")).status_code == 404


async def test_health_answers_on_any_host_and_tells_the_truth(portal: Portal, settings: Settings) -> None:
    browser = portal.host("10.0.0.7")
    assert (await browser.get("/health/live")).status_code == 200
    assert (await browser.get("/health/ready")).json() == {"status": "ready"}
    down = replace(settings, database=replace(settings.database, url="postgresql://a:b@127.0.0.1:1/none"))
    async with running(down, Database(down.database)) as broken:
        answer = await broken.host("10.0.0.7").get("/health/ready")
        assert answer.status_code == 503
        assert (await broken.host("10.0.0.7").get("/health/live")).status_code == 200


async def test_static_files_are_kept_for_ever_under_a_hashed_address(portal: Portal, tenant: Tenant) -> None:
    browser = portal.at(tenant)
    page = (await browser.get("/sign-in")).text
    address = next(part.split('"')[0] for part in page.split('href="') if part.startswith("/static/site."))
    answer = await browser.get(address, headers={"accept-encoding": "gzip"})
    assert answer.status_code == 200
    assert "immutable" in answer.headers["cache-control"]
    assert answer.headers["content-encoding"] == "gzip"
    assert (await browser.get("/static/../templates/layouts/base.html")).status_code == 404


def test_a_route_that_says_not_who_may_use_it_keeps_the_process_from_starting(monkeypatch: pytest.MonkeyPatch) -> None:
    @get("/open-door")
    async def open_door() -> None: ...

    @get("/blind", access=Access.customer(Permission.PAY))
    async def blind() -> None: ...

    for handler in (open_door, blind):
        monkeypatch.setattr("portico_portal.app.ROUTES", [*ROUTES, handler])
        with pytest.raises(RouteUnguarded):
            application.__wrapped__()

"""Policy, framing, caching and cookies on every answer of every door, errors and refusals included, on https."""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import httpx
import pytest
import pytest_asyncio

from portico_core.settings import Settings
from portico_tenants.people import sessions
from portico_tenants.provision import suspend_tenant
from portico_tenants.session import Database
from portico_tenants.tenant import Tenant
from tests.factories.tenants import make_tenant
from tests.isolation.routes import doors
from tests.isolation.world import House, furnish
from tests.portal.portal import Portal

ALWAYS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "strict-transport-security": "max-age=31536000; includeSubDomains",
}
DIRECTIVES = {"default-src 'none'", "base-uri 'none'", "form-action 'self'", "frame-ancestors 'none'"}

FRAMED = {"/staff/brand/preview", "/staff/texts/preview"}  # in the editors' own pages


def fits(answer: httpx.Response) -> None:
    """What every answer must carry."""
    said = f"{answer.request.method} {answer.request.url.path}: {answer.status_code}"
    headers = answer.headers
    for name, value in ALWAYS.items():
        assert headers.get_list(name) == [value], (said, name)
    directives = {part.strip() for part in headers["content-security-policy"].split(";")}
    framed = answer.request.url.path in FRAMED and answer.status_code == 200
    assert directives >= DIRECTIVES - ({"frame-ancestors 'none'"} if framed else set()), said
    assert not framed or "frame-ancestors 'self'" in directives, said
    assert not [part for part in directives if "unsafe" in part or "*" in part], said
    kept = answer.request.url.path.startswith(("/static/", "/brand/"))
    assert kept or "no-store" in headers["cache-control"], said
    assert "access-control-allow-origin" not in headers, said
    assert not {"server", "x-powered-by"} & set(headers), said
    if answer.content:
        kind = headers["content-type"]
        assert "charset=" in kind or not kind.startswith("text/"), (said, kind)
    for cookie in headers.get_list("set-cookie"):
        parts = [part.strip() for part in cookie.split(";")]
        assert parts[0].startswith("__Host-"), (said, cookie)
        assert {"Secure", "HttpOnly", "Path=/", "SameSite=lax"} <= set(parts), (said, cookie)
        assert not [part for part in parts if part.lower().startswith("domain")], (said, cookie)


def as_person(portal: Portal, house: House, who: str) -> httpx.AsyncClient:
    return portal.at(house.tenant, cookies=httpx.Cookies({"__Host-session": house.tokens[who]})).client


async def test_every_door_answers_under_the_policy(secure: Portal, house: House) -> None:
    """Signed out, as a member and as staff, read and sent without a token."""
    seen: set[int] = set()
    bearer = {"authorization": "Bearer operators-token"}
    callers = [secure.at(house.tenant).client, as_person(secure, house, "admin"), as_person(secure, house, "owner")]
    for door in doors():
        if door.path.endswith("/events"):
            continue  # an open stream: below
        on_platform = door.access.kind in ("operator", "sender", "platform")
        for client in [secure.platform().client] if on_platform else callers:
            answer = await client.request(door.method, door.at(house.ids), headers=bearer if on_platform else {})
            fits(answer)
            seen.add(answer.status_code)
    assert {200, 303, 403, 404, 410} <= seen


async def test_an_event_stream_too(secure: Portal, house: House, database: Database) -> None:
    client = as_person(secure, house, "owner")
    async with database.tenant_session(house.tenant) as session:
        await sessions.end_sessions_of(session, house.people["owner"].id)
        token = await sessions.open_session(session, house.people["owner"].id)
    client.cookies.set("__Host-session", token)
    reading = asyncio.create_task(client.get("/staff/sync/events"))
    await asyncio.sleep(0)
    async with database.tenant_session(house.tenant) as session:
        await sessions.end_session(session, token)
    fits(await reading)


@pytest_asyncio.fixture
async def broken(settings: Settings, database: Database, owner: asyncpg.Connection) -> AsyncIterator[House]:
    """A tenant one of whose tables is gone."""
    house = await furnish(database, await make_tenant(owner, settings))
    await owner.execute(f"ALTER TABLE {house.tenant.role}.invoice RENAME TO elsewhere")
    yield house
    await owner.execute(f"ALTER TABLE {house.tenant.role}.elsewhere RENAME TO invoice")


async def test_our_own_defects_too(secure: Portal, broken: House) -> None:
    answer = await as_person(secure, broken, "admin").get("/invoices")
    assert answer.status_code == 500
    fits(answer)
    assert "Traceback" not in answer.text
    assert "elsewhere" not in answer.text
    assert "SELECT" not in answer.text


async def test_refusals_before_any_page_too(
    secure: Portal, settings: Settings, owner: asyncpg.Connection, house: House
) -> None:
    resting: Tenant = await make_tenant(owner, settings)
    await suspend_tenant(owner, resting.slug)
    client = secure.at(house.tenant).client
    answers = [
        await secure.host("nobody.test").client.get("/"),
        await secure.at(resting).client.get("/"),
        await client.get("/nowhere"),
        await client.get("/static/nothing.css"),
        await client.request("TRACE", "/sign-in"),
        await client.request("PUT", "/sign-in"),
        await client.options("/sign-in"),
        await client.post("/sign-in", content=b"x" * 2_000_000),
        await client.get("/invoices/not-an-id"),
        await secure.host("10.0.0.1").client.get("/health/live"),
    ]
    for answer in answers:
        fits(answer)
    assert [answer.status_code for answer in answers[:4]] == [404, 503, 404, 404]
    assert {answer.status_code for answer in answers[4:7]} <= {404, 405}


@pytest.mark.parametrize("origin", ["https://evil.example", "null"])
async def test_no_other_origin_is_let_in_by_cors(secure: Portal, house: House, origin: str) -> None:
    client = secure.at(house.tenant).client
    asked = {"origin": origin, "access-control-request-method": "POST"}
    for answer in (await client.get("/sign-in", headers=asked), await client.options("/sign-in", headers=asked)):
        assert not [name for name in answer.headers if name.startswith("access-control-")]

"""Every unsafe door, sent by the person who may, with a form that is not this session's: refused, nothing changed."""

import re
from collections.abc import Iterator
from html import unescape

import asyncpg
import httpx

from portico_tenants.access import CUSTOMER_PERMISSIONS, STAFF_PERMISSIONS, CustomerRole, StaffRole
from portico_tenants.people import sessions
from portico_tenants.session import Database
from portico_tenants.tenant import Tenant
from tests.isolation.routes import FORMS, Door, doors
from tests.isolation.world import House, browser, nothing
from tests.portal.portal import Browser, Portal

FROM_OURS = {"sec-fetch-site": "same-origin"}
HIDDEN = ("password", "current", "token")
ACROSS = ("cross-site", "same-site")


def unsafe() -> list[Door]:
    """All that change something, but for webhooks: those are signed (tests/billing/stripe/test_webhook.py)."""
    return [door for door in doors() if door.method != "GET" and door.access.kind != "sender"]


def who_may(door: Door) -> str | None:
    """A role of the house that the door lets in; None is signed out, or the operator."""
    permission = door.access.permission
    if door.access.kind == "person":
        return "admin"
    if door.access.kind == "customer":
        return next(role.value for role in CustomerRole if permission in CUSTOMER_PERMISSIONS[role])
    if door.access.kind == "staff":
        return next(role.value for role in StaffRole if permission in STAFF_PERMISSIONS[role])
    return None


def form_of(door: Door, ids: dict[str, object]) -> dict[str, str]:
    return {name.format_map(ids): value.format_map(ids) for name, value in FORMS[door.path].items()}


async def opened(portal: Portal, house: House, door: Door) -> Browser:
    """The browser of who may, with the token of a page that it has open."""
    if door.access.kind not in ("operator", "platform"):
        return await browser(portal, house, who_may(door))
    console = portal.platform()
    await console.get("/operator/sign-in")
    if door.access.kind == "operator":
        await console.post("/operator/sign-in", {"token": "operators-token"})
        await console.get("/operator")
    return console


async def send(sender: Browser, door: Door, ids: dict[str, object], token: str | None, site: str) -> httpx.Response:
    form = form_of(door, ids) | ({} if token is None else {"csrf_token": token})
    return await sender.client.request(door.method, door.at(ids), data=form, headers={"sec-fetch-site": site})


async def contents(owner: asyncpg.Connection, tenant: Tenant) -> dict[str, str]:
    """A digest of each table of a tenant."""
    tables = await owner.fetch("SELECT tablename FROM pg_tables WHERE schemaname = $1 ORDER BY 1", tenant.role)
    digest = "SELECT md5(coalesce(string_agg(t::text, ' ' ORDER BY t::text), '')) FROM {}.{} t"
    return {name: await owner.fetchval(digest.format(tenant.role, name)) for (name,) in tables}


def wrong_tokens(mine: Browser, others: dict[str, str]) -> Iterator[tuple[str, str | None]]:
    yield "missing", None
    yield "made up", "0" * 64
    yield "not even ASCII", "é" * 64
    yield "cut", mine.tokens[-1][:-1]
    yield from others.items()


async def others_tokens(portal: Portal, house: House, other_house: House, database: Database) -> dict[str, str]:
    """Tokens that are good in somebody's browser: a colleague's, another tenant's, one's own of a sign-in before."""
    key = portal.resources.csrf_keys[0]
    async with database.tenant_session(house.tenant) as session:
        before = await sessions.open_session(session, house.people["owner"].id)
    next_door = portal.at(house.tenant)
    await next_door.get("/sign-in")
    return {
        "a colleague's": sessions.csrf_token(key, house.tokens["stranger"]),
        "another tenant's": sessions.csrf_token(key, other_house.tokens["owner"]),
        "of a session before": sessions.csrf_token(key, before),
        "another browser's at the door": next_door.tokens[-1],
    }


async def test_a_form_that_is_not_this_sessions_changes_nothing_anywhere(
    portal: Portal, house: House, other_house: House, database: Database, owner: asyncpg.Connection
) -> None:
    others = await others_tokens(portal, house, other_house, database)
    senders = [(door, await opened(portal, house, door)) for door in unsafe()]
    before = await contents(owner, house.tenant)
    tried = 0
    for door, sender in senders:
        for what, token in wrong_tokens(sender, others):
            answer = await send(sender, door, house.ids, token, "same-origin")
            assert answer.status_code == 403, (str(door), what, answer.status_code)
            tried += 1
        for site in ACROSS:
            answer = await send(sender, door, house.ids, sender.tokens[-1], site)
            assert answer.status_code == 403, (str(door), site, answer.status_code)
            assert form_of(door, house.ids).get("email", "nobody@") not in answer.text, "strangers' words are no offer"
            tried += 1
    assert tried == len(unsafe()) * 10 > 250
    assert await contents(owner, house.tenant) == before


async def test_with_its_own_token_each_form_is_heard(portal: Portal, house: House) -> None:
    """That the token alone made the difference above. Things that do not exist keep this from doing anything."""
    for door in sorted(unsafe(), key=lambda door: door.path == "/sign-out"):
        sender = await opened(portal, house, door)
        answer = await send(sender, door, nothing(house), sender.tokens[-1], "same-origin")
        assert answer.status_code != 403, (str(door), answer.text)


async def test_what_was_typed_is_offered_again_and_no_secret_of_it(portal: Portal, house: House) -> None:
    """From our own page with a token of yesterday: what was typed comes back, but for passwords."""
    for door in unsafe():
        if door.access.kind in ("operator", "platform"):
            continue  # its two forms hold nothing that could be kept
        sender = await opened(portal, house, door)
        answer = await send(sender, door, house.ids, "0" * 64, "same-origin")
        offered = hidden_fields(answer.text)
        for name, value in form_of(door, house.ids).items():
            if any(part in name for part in HIDDEN):
                assert name not in offered, str(door)
                assert value not in answer.text, str(door)
            else:
                assert offered[name] == value, str(door)


async def test_sent_once_more_it_is_done(portal: Portal, house: House) -> None:
    admin = await browser(portal, house, "admin")
    typed = {"email": "late@ashdown.example", "name": 'Pat "P" O’Neil <b>', "role": "viewer", "csrf_token": "stale"}
    offer = await admin.client.post("/members/invite", data=typed, headers=FROM_OURS)
    assert offer.status_code == 403
    assert "late@ashdown.example" not in (await admin.get("/members")).text
    again = await admin.client.post("/members/invite", data=hidden_fields(offer.text), headers=FROM_OURS)
    assert again.status_code == 303
    listed = (await admin.get("/members")).text
    assert "late@ashdown.example" in listed
    assert "Pat &#34;P&#34; O’Neil &lt;b&gt;" in listed


async def test_where_no_browser_vouches_for_the_form_nothing_is_offered(portal: Portal, house: House) -> None:
    """Without the header it may be anybody's form: a page with a button would only need one more click."""
    admin = await browser(portal, house, "admin")
    answer = await admin.client.post("/members/invite", data={"email": "planted@evil.example", "role": "admin"})
    assert answer.status_code == 403
    assert "planted@evil.example" not in answer.text
    assert "<form" not in answer.text


async def test_reading_changes_nothing(portal: Portal, house: House, owner: asyncpg.Connection) -> None:
    """No door that answers to GET does anything: links in mails of others are harmless."""
    quiet = {"audit", "login_session"}  # downloads are noted, and when somebody was last seen
    for who, kinds in (("admin", ("person", "customer")), ("owner", ("staff",)), (None, ("public",))):
        reader = await browser(portal, house, who)
        before = await contents(owner, house.tenant)
        for door in doors():
            if door.method == "GET" and door.access.kind in kinds and not door.path.endswith("/events"):
                await reader.client.get(door.at(house.ids))
        after = await contents(owner, house.tenant)
        assert {name for name in before if before[name] != after[name]} <= quiet, who


def hidden_fields(html: str) -> dict[str, str]:
    found = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', html)
    return {unescape(name): unescape(value) for name, value in found}

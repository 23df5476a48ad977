"""Guessing is slow, and whoever guesses shuts out nobody but strangers. The counters' room is bounded."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
import pytest_asyncio
from litestar import Request
from sqlalchemy import func, select, update

from portico_core.clock import now
from portico_core.settings import Settings, WebSettings
from portico_portal.accounts.jobs import tidy_people
from portico_portal.web import cookies
from portico_portal.web.addresses import network_of
from portico_tenants.people import attempts
from portico_tenants.people.models import SignInAttemptRow
from portico_tenants.session import Database
from tests.hardening.sessions_mail import mailed_reset, make_resets
from tests.hardening.test_sessions import NEW, another_session, with_password
from tests.isolation.world import House
from tests.portal.portal import PASSWORD, Browser, Portal, running

GUESS = "guess guess guess"
ATTACKER = {"x-forwarded-for": "198.51.100.7"}
OWNER = {"x-forwarded-for": "203.0.113.5"}


@pytest_asyncio.fixture
async def proxied(settings: Settings, database: Database) -> AsyncIterator[Portal]:
    """Behind one proxy that tells where a request comes from."""
    web = WebSettings(platform_host="platform.test", scheme="http", operator_token="operators-token", proxy_hops=1)
    async with running(replace(settings, web=web), database) as made:
        yield made


@pytest_asyncio.fixture
async def email(database: Database, house: House, password_hash: str) -> str:
    return (await with_password(database, house, "payer", password_hash)).email


async def tries(person: Browser, path: str, form: dict[str, str], times: int, **options: object) -> list[int]:
    await person.get(path)
    return [(await person.post(path, form, **options)).status_code for _ in range(times)]


async def exhaust(proxied: Portal, house: House, email: str) -> None:
    """All that somebody can do from elsewhere against an address: guess, and have links mailed."""
    attacker = proxied.at(house.tenant, headers=ATTACKER)
    assert (await tries(attacker, "/sign-in", {"email": email, "password": GUESS}, 11))[-1] == 429
    assert (await tries(attacker, "/forgot", {"email": email}, 11))[-1] == 429


async def test_under_attack_the_owner_gets_in_by_the_browser_that_is_known(
    proxied: Portal, house: House, email: str
) -> None:
    owners = proxied.at(house.tenant, headers=OWNER)
    await owners.sign_in(email)
    await owners.sign_out()
    await exhaust(proxied, house, email)
    assert (await owners.sign_in(email)).status_code == 303
    await owners.sign_out()
    assert await tries(owners, "/forgot", {"email": email}, 1) == [200]


async def test_under_attack_the_owner_gets_in_from_a_new_browser_by_the_mail_that_came(
    proxied: Portal, house: House, email: str
) -> None:
    """Each request of the attacker's mails the owner a link; none of them ends the one before."""
    first = await mailed_reset(proxied, house.tenant, email)
    await exhaust(proxied, house, email)
    await make_resets(proxied, house.tenant)
    new = proxied.at(house.tenant, headers=OWNER)
    assert (await new.sign_in(email)).status_code == 429
    await new.get(f"/reset/{first}")
    assert (await new.post(f"/reset/{first}", {"password": NEW})).status_code == 303
    assert (await new.get("/")).status_code == 200


async def test_whoever_shares_a_network_with_a_guesser_gets_in_by_the_known_browser(
    proxied: Portal, house: House, email: str
) -> None:
    owners = proxied.at(house.tenant, headers=ATTACKER)
    await owners.sign_in(email)
    await owners.sign_out()
    await fill_network(proxied, house)
    assert await tries(
        proxied.at(house.tenant, headers=ATTACKER), "/sign-in", {"email": email, "password": "x"}, 1
    ) == [429]
    assert (await owners.sign_in(email)).status_code == 303
    assert (await proxied.at(house.tenant, headers=OWNER).sign_in(email)).status_code == 303


async def test_guesses_at_one_distributor_do_not_count_at_another(
    proxied: Portal, house: House, other_house: House, email: str
) -> None:
    await exhaust(proxied, house, email)
    elsewhere = proxied.at(other_house.tenant, headers=ATTACKER)
    assert await tries(elsewhere, "/sign-in", {"email": email, "password": GUESS}, 1) == [422]


async def test_a_known_browser_cannot_be_made_up_or_lent_to_another_address(
    proxied: Portal, house: House, email: str
) -> None:
    """Else each guess would bring a counter of its own."""
    key = proxied.resources.csrf_keys[0]
    made_up = [
        cookies.sign_known(bytes(32), email),
        cookies.sign_known(key, "somebody@else.example"),
        "browser.seal",
        "",
    ]
    await exhaust(proxied, house, email)
    for value in made_up:
        attacker = proxied.at(house.tenant, headers=ATTACKER)
        attacker.client.cookies.set("known", value)
        assert await tries(attacker, "/sign-in", {"email": email, "password": GUESS}, 1) == [429], value


async def test_a_stolen_session_cannot_guess_the_password_for_long_nor_lock_the_owner(
    portal: Portal, database: Database, house: House, password_hash: str
) -> None:
    person = await with_password(database, house, "payer", password_hash)
    stolen, own = [await another_session(portal, database, house, person) for _ in range(2)]
    for each in (stolen, own):
        await each.get("/profile")
    form = {"current": GUESS, "password": NEW}
    codes = [(await stolen.post("/profile/password", form)).status_code for _ in range(11)]
    assert codes == [422] * 10 + [429]
    assert (await stolen.post("/profile/password", {"current": PASSWORD, "password": NEW})).status_code == 429
    assert (await own.post("/profile/password", {"current": PASSWORD, "password": NEW})).status_code == 303


@pytest.mark.parametrize(
    ("lines", "network"),
    [
        (["198.51.100.7"], "198.51.100.7"),
        (["6.6.6.6, 198.51.100.7"], "198.51.100.7"),
        (["6.6.6.6", "198.51.100.7"], "198.51.100.7"),
        (["6.6.6.6, 7.7.7.7", "8.8.8.8, 198.51.100.7"], "198.51.100.7"),
        (["2001:db8:1:2:3:4:5:6"], "2001:db8:1:2::/64"),
        (["2001:db8:1:2::a"], "2001:db8:1:2::/64"),
        (["2001:db8::aaaa:bbbb:cccc:dddd"], "2001:db8::/64"),
        (["2001:db8::1111:2222:3333:4444"], "2001:db8::/64"),
        (["fe80::1%eth0"], "fe80::/64"),
        (["::ffff:198.51.100.7"], "198.51.100.7"),
        (["made up " * 50], "127.0.0.1"),
        ([""], "127.0.0.1"),
        ([], "127.0.0.1"),
    ],
)
def test_a_network_is_what_the_trusted_proxy_says_and_nothing_else(
    settings: Settings, lines: list[str], network: str
) -> None:
    headers = [(b"x-forwarded-for", line.encode()) for line in lines]
    request: Request[Any, Any, Any] = Request(
        {"type": "http", "headers": headers, "client": ("127.0.0.1", 1), "state": {}}  # type: ignore[arg-type]
    )
    behind = replace(settings, web=replace(settings.web, proxy_hops=1))
    assert network_of(request, behind) == network
    bare = replace(settings, web=replace(settings.web, proxy_hops=0))
    assert network_of(request, bare) == "127.0.0.1"


async def test_one_network_fills_no_more_room_than_its_limit_and_time_empties_it(
    proxied: Portal, database: Database, house: House
) -> None:
    limit = attempts.LIMITS["network"]
    codes = await fill_network(proxied, house, times=limit + 60)
    assert codes == [200] * limit + [429] * 60
    assert await counters(database, house) == (limit + 1, True)
    async with database.tenant_session(house.tenant) as session:
        await session.execute(update(SignInAttemptRow).values(window_started_at=now() - attempts.WINDOW * 2))
    resources = proxied.resources
    await tidy_people(house.tenant.id, database=resources.database, directory=resources.directory)
    assert (await counters(database, house))[0] == 0


async def fill_network(proxied: Portal, house: House, times: int = 60) -> list[int]:
    """Addresses as long as they come, each another one."""
    attacker = proxied.at(house.tenant, headers=ATTACKER)
    await attacker.get("/forgot")
    codes = []
    for number in range(times):
        long = f"{number:04}{'x' * 230}@nowhere.example"
        codes.append((await attacker.post("/forgot", {"email": long})).status_code)
    return codes


async def counters(database: Database, house: House) -> tuple[int, bool]:
    """How many rows, and whether each is short."""
    async with database.tenant_session(house.tenant) as session:
        statement = select(func.count(), func.coalesce(func.max(func.length(SignInAttemptRow.key)), 0))
        many, longest = (await session.execute(statement)).one()
    return many, longest < 400

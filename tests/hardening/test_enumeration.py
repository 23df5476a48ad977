"""Who is known here is not told: not by words, not by headers, not by the work done for an answer."""

import re
from collections import Counter
from dataclasses import dataclass, field

import httpx
import pytest
from argon2 import extract_parameters
from sqlalchemy import update

from portico_core.clock import now
from portico_tenants.people import passwords
from portico_tenants.people.models import PersonRow
from portico_tenants.session import Database
from tests.factories.people import make_person
from tests.hardening.sessions_mail import mailed_reset
from tests.isolation.world import House, browser
from tests.portal.portal import Portal
from tests.statements import noted

WRONG = "not the password of anybody"
HASHED = re.compile(r'^portico_password_hashes_total{cost="([^"]+)"} ([\d.]+)$', re.MULTILINE)
OF_THE_REQUEST = re.compile(r"\b[0-9a-f]{64}\b|\b[0-9a-f]{32}\b|\b[0-9a-f]{8}\b")


@dataclass
class Kinds:
    """Addresses that must not be told apart."""

    known: str
    disabled: str
    invited: str
    unknown: str = "nobody@nowhere.example"
    elsewhere: str = ""

    @property
    def all(self) -> dict[str, str]:
        return {name: value for name, value in vars(self).items() if value}


@pytest.fixture
async def kinds(database: Database, house: House, other_house: House, password_hash: str) -> Kinds:
    """With a password, disabled, known without one (invited), unknown, and known at the distributor next door."""
    async with database.tenant_session(house.tenant) as session:
        known = house.people["payer"]
        await session.execute(update(PersonRow).where(PersonRow.id == known.id).values(password_hash=password_hash))
        disabled = await make_person(session, password_hash=password_hash, disabled_at=now())
        invited = await make_person(session)
    return Kinds(known.email, disabled.email, invited.email, elsewhere=other_house.people["payer"].email)


def plain(answer: httpx.Response, email: str) -> tuple[int, str, list[tuple[str, str]]]:
    """All that an observer sees, without the marks of the request itself and the address that was typed."""
    text = OF_THE_REQUEST.sub("…", answer.text.replace(email, "…"))
    headers = [
        (name, re.sub(r"=[^;]*", "=…", value, count=1) if name == "set-cookie" else value)
        for name, value in answer.headers.multi_items()
        if name not in ("content-length", "x-request-id", "date")
    ]
    return answer.status_code, text, sorted(headers)


@dataclass
class Work:
    """What an answer cost: password hashes by their price, statements in their order."""

    hashes: Counter[str] = field(default_factory=Counter)
    statements: list[str] = field(default_factory=list)


async def hashed_so_far(portal: Portal) -> Counter[str]:
    figures = (await portal.platform().client.get("/metrics")).text
    return Counter({cost: int(float(count)) for cost, count in HASHED.findall(figures)})


async def cost_of(portal: Portal, house: House, path: str, form: dict[str, str]) -> tuple[httpx.Response, Work]:
    stranger = portal.at(house.tenant)
    await stranger.get(path)
    work = Work()
    before = await hashed_so_far(portal)
    with noted(portal.resources.database, work.statements):
        answer = await stranger.post(path, form)
    work.hashes = await hashed_so_far(portal) - before
    return answer, work


async def test_a_refused_sign_in_looks_and_costs_the_same_for_everybody(
    portal: Portal, house: House, kinds: Kinds
) -> None:
    answers, works = {}, {}
    for name, email in kinds.all.items():
        answer, works[name] = await cost_of(portal, house, "/sign-in", {"email": email, "password": WRONG})
        answers[name] = plain(answer, email)
    assert len(answers) == 5
    assert answers["unknown"][0] == 422
    for name in kinds.all:
        assert answers[name] == answers["unknown"], name
        assert works[name] == works["unknown"], name
    assert works["unknown"].hashes == {"m=19456,t=2,p=1": 1}
    assert len(works["unknown"].statements) >= 4


async def test_asking_for_a_new_password_looks_and_costs_the_same_for_everybody(
    portal: Portal, house: House, kinds: Kinds
) -> None:
    """The mail itself is made by a job: whoever waits for the page learns nothing from it."""
    answers, works = {}, {}
    for name, email in kinds.all.items():
        answer, works[name] = await cost_of(portal, house, "/forgot", {"email": email})
        answers[name] = plain(answer, email)
    assert answers["unknown"][0] == 200
    for name in kinds.all:
        assert answers[name] == answers["unknown"], name
        assert works[name] == works["unknown"], name
    assert not works["unknown"].hashes
    assert len(works["unknown"].statements) >= 3


async def test_who_must_wait_is_told_the_same_whether_the_address_is_known(
    portal: Portal, house: House, kinds: Kinds
) -> None:
    for path, more in (("/forgot", {}), ("/sign-in", {"password": WRONG})):
        answers = {}
        for name, email in kinds.all.items():
            stranger = portal.at(house.tenant)
            await stranger.get(path)
            for _ in range(10):
                await stranger.post(path, {"email": email, **more})
            answers[name] = plain(await stranger.post(path, {"email": email, **more}), email)
        assert answers["unknown"][0] == 429
        for name, (status, text, headers) in answers.items():
            without = [each for each in headers if each[0] != "retry-after"]
            other = answers["unknown"]
            assert (status, text, without) == (other[0], other[1], [e for e in other[2] if e[0] != "retry-after"]), name


async def test_a_colleague_invited_is_answered_the_same_whether_known_or_not(
    portal: Portal, house: House, kinds: Kinds
) -> None:
    """A customer's administrator does not learn who else deals with the distributor."""
    admin = await browser(portal, house, "admin")
    answers = {}
    for name, email in {**kinds.all, "stranger": house.people["stranger"].email}.items():
        answer = await admin.post("/members/invite", {"email": email, "name": "", "role": "viewer"})
        answers[name] = plain(answer, email)
        page = await admin.get("/members")
        assert email in page.text
        assert house.people["stranger"].name not in page.text
    assert answers["unknown"][0] == 303
    assert len({repr(answer) for answer in answers.values()}) == 1


async def test_links_that_are_no_good_all_read_alike(portal: Portal, house: House, kinds: Kinds) -> None:
    used = await mailed_reset(portal, house.tenant, kinds.known)
    stranger = portal.at(house.tenant)
    await stranger.get("/sign-in")
    assert (await stranger.post(f"/reset/{used}", {"password": "heron thistle quarry 41"})).status_code == 303
    for kind in ("reset", "invitation"):
        answers = [
            plain(await portal.at(house.tenant).get(f"/{kind}/{token}"), token)
            for token in (used, "never-was-a-token", "x" * 300)
        ]
        assert answers[0][0] == 410
        assert answers[0] == answers[1] == answers[2]


def test_the_hash_of_nobody_costs_what_everybodys_costs() -> None:
    """Structural: change one without the other and time would tell."""
    nobodys = extract_parameters(passwords._NOBODYS)
    hasher = passwords._hasher
    assert (nobodys.memory_cost, nobodys.time_cost, nobodys.parallelism) == (
        hasher.memory_cost,
        hasher.time_cost,
        hasher.parallelism,
    )
    assert (nobodys.type, nobodys.hash_len, nobodys.salt_len) == (hasher.type, hasher.hash_len, hasher.salt_len)

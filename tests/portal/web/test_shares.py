"""One tenant that asks too fast waits and is then told to come again; nobody else notices."""

import asyncio
from dataclasses import replace

import pytest

from portico_core.settings import Settings
from portico_portal.web.shares import BURST_SECONDS, LONGEST_WAIT_SECONDS, Turns
from portico_tenants.session import Database
from portico_tenants.tenant import Tenant
from tests.portal.portal import running

RATE = 5
NOISY, QUIET = 1, 2


class Clock:
    """Stands still until it is told."""

    now = 1_000.0

    def __call__(self) -> float:
        return self.now


def taken(turns: Turns, tenant: int, requests: int) -> list[float]:
    return [turns.take(tenant) for _ in range(requests)]  # type: ignore[arg-type]


def test_a_burst_goes_through_at_once_then_each_waits_its_turn_then_they_are_refused() -> None:
    waits = taken(Turns(RATE, Clock()), NOISY, 100)
    at_once = int(RATE * BURST_SECONDS)
    in_turn = int(RATE * LONGEST_WAIT_SECONDS)
    assert waits[:at_once] == pytest.approx([0.0] * at_once)
    assert waits[at_once : at_once + in_turn] == pytest.approx([(n + 1) / RATE for n in range(in_turn)])
    assert all(wait > LONGEST_WAIT_SECONDS for wait in waits[at_once + in_turn :])


def test_the_refused_are_not_counted_so_the_tenant_keeps_its_rate() -> None:
    clock = Clock()
    turns = Turns(RATE, clock)
    served = 0
    for _ in range(1_000):
        clock.now += 1 / (10 * RATE)  # ten times its rate
        served += turns.take(NOISY) <= LONGEST_WAIT_SECONDS  # type: ignore[arg-type]
    seconds = 1_000 / (10 * RATE)
    assert served == pytest.approx(RATE * (seconds + BURST_SECONDS + LONGEST_WAIT_SECONDS), abs=1)


def test_another_tenant_takes_its_turn_at_once() -> None:
    turns = Turns(RATE, Clock())
    taken(turns, NOISY, 1_000)
    assert taken(turns, QUIET, 5) == [0.0] * 5


async def test_the_noisy_portal_says_when_to_come_back_and_the_other_answers(
    settings: Settings, database: Database, tenant: Tenant, other_tenant: Tenant
) -> None:
    limited = replace(settings, web=replace(settings.web, tenant_rate=RATE))
    async with running(limited, database) as portal:
        noisy = portal.at(tenant)
        answers = await asyncio.gather(*(noisy.get("/sign-in") for _ in range(60)))
        refused = [each for each in answers if each.status_code == 429]
        assert {each.status_code for each in answers} == {200, 429}
        assert all(int(each.headers["retry-after"]) >= 1 for each in refused)
        assert "Very many requests just now" in refused[0].text
        assert (await noisy.get("/brand/favicon.png")).status_code != 429
        assert (await portal.at(other_tenant).get("/sign-in")).status_code == 200


async def test_storming_the_sign_in_costs_more_turns_than_reading(
    settings: Settings, database: Database, tenant: Tenant
) -> None:
    limited = replace(settings, web=replace(settings.web, tenant_rate=RATE))
    async with running(limited, database) as portal:
        browser = portal.at(tenant)
        await browser.get("/sign-in")
        form = {"email": "nobody@example.test", "password": "wrong"}
        answers = await asyncio.gather(*(browser.post("/sign-in", form) for _ in range(30)))
        let_in = sum("Very many requests just now" not in each.text for each in answers)
        assert let_in <= (BURST_SECONDS + LONGEST_WAIT_SECONDS) * RATE / 4 + 1

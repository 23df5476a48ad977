"""One tenant that takes more than its share waits and is then told to come again; nobody else notices."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from portico_core.settings import Settings
from portico_portal.web.shares import (
    ALONE_SECONDS,
    BURST_SECONDS,
    FIRST_GUESS_SECONDS,
    LONGEST_WAIT_SECONDS,
    Account,
    Meter,
)
from portico_tenants.session import Database
from portico_tenants.tenant import Tenant
from tests.portal.portal import running

SHARE = 0.25
EACH = FIRST_GUESS_SECONDS / SHARE  # seconds of its share that a page uses up


class Clock:
    """Stands still until it is told."""

    now = 1_000.0

    def __call__(self) -> float:
        return self.now


def test_a_burst_goes_through_at_once_then_each_waits_its_turn_then_they_are_refused() -> None:
    account = Account(SHARE, Clock())
    waits = [account.take() for _ in range(200)]
    at_once, in_turn = round(BURST_SECONDS / EACH), round(LONGEST_WAIT_SECONDS / EACH) - 1
    assert waits[:at_once] == pytest.approx([0.0] * at_once, abs=1e-6)
    assert waits[at_once : at_once + in_turn] == pytest.approx([(n + 1) * EACH for n in range(in_turn)])
    assert all(wait > LONGEST_WAIT_SECONDS for wait in waits[at_once + in_turn + 1 :])


@pytest.mark.parametrize("really", [0.005, 0.02, 0.08])
def test_for_long_a_tenant_gets_its_share_however_dear_its_pages_are(really: float) -> None:
    clock = Clock()
    account = Account(SHARE, clock)
    spent = 0.0
    for _ in range(40_000):
        clock.now += really / 10  # ten times as many as one after the other could be made
        guess = account.guess
        if account.take() <= LONGEST_WAIT_SECONDS:
            spent += really
            account.settle(guess, really)
    seconds = 4_000 * really
    allowed = SHARE * (seconds + BURST_SECONDS + LONGEST_WAIT_SECONDS)
    assert spent == pytest.approx(allowed, abs=2 * max(really, FIRST_GUESS_SECONDS))


def test_the_processors_time_is_divided_among_those_under_way() -> None:
    clock = Clock()
    meter = Meter(clock)
    clock.now += 5  # nobody's
    first = meter.begin()
    clock.now += 1
    second = meter.begin()
    clock.now += 4
    assert meter.end(second) == pytest.approx(2)
    clock.now += 1
    assert meter.end(first) == pytest.approx(4)


async def started(pages: int, account: Account, work: Callable[[], Awaitable[object]]) -> tuple[list[int], list[int]]:
    """Numbers of the pages in the order they began, and in which others were under way at that moment."""
    began: list[int] = []
    beside: list[int] = []
    under_way = 0

    async def page(number: int) -> None:
        nonlocal under_way
        async with account.alone():
            began.append(number)
            beside.append(under_way)
            under_way += 1
            await work()
            under_way -= 1

    async with asyncio.timeout(30):
        await asyncio.gather(*(page(number) for number in range(pages)))
    return began, beside


async def test_a_tenants_pages_begin_one_after_the_other_in_their_order() -> None:
    began, beside = await started(20, Account(SHARE), lambda: asyncio.sleep(0.002))
    assert began == list(range(20))
    assert beside == [0] * 20


async def test_one_that_waits_for_somebody_else_does_not_hold_up_the_others() -> None:
    loop = asyncio.get_running_loop()
    start = loop.time()
    began, _ = await started(4, Account(SHARE), lambda: asyncio.sleep(10 * ALONE_SECONDS))
    assert began == [0, 1, 2, 3]
    assert loop.time() - start < 20 * ALONE_SECONDS


async def test_whoever_gives_up_waiting_takes_nobodys_turn_along() -> None:
    account = Account(SHARE)

    async def page() -> None:
        async with account.alone():
            await asyncio.sleep(0)

    for given_up in (0, 1):  # with the turn given already, and still in the line
        async with account.alone():
            pages = [asyncio.create_task(page()) for _ in range(3)]
            await asyncio.sleep(0)
        pages[given_up].cancel()
        async with asyncio.timeout(ALONE_SECONDS / 2):
            await asyncio.wait(pages)
        assert [each.cancelled() for each in pages].index(True) == given_up


async def test_the_noisy_portal_says_when_to_come_back_and_the_other_answers(
    settings: Settings, database: Database, tenant: Tenant, other_tenant: Tenant
) -> None:
    limited = replace(settings, web=replace(settings.web, tenant_percent=2))
    async with running(limited, database) as portal:
        noisy = portal.at(tenant)
        answers = await asyncio.gather(*(noisy.get("/sign-in") for _ in range(60)))
        refused = [each for each in answers if each.status_code == 429]
        assert {each.status_code for each in answers} == {200, 429}
        assert all(int(each.headers["retry-after"]) >= 1 for each in refused)
        assert "Very many requests just now" in refused[0].text
        assert (await noisy.get("/brand/favicon.png")).status_code != 429
        assert (await portal.at(other_tenant).get("/sign-in")).status_code == 200


async def test_storming_the_sign_in_costs_more_than_reading(
    settings: Settings, database: Database, tenant: Tenant
) -> None:
    limited = replace(settings, web=replace(settings.web, tenant_percent=5))
    async with running(limited, database) as portal:
        browser = portal.at(tenant)
        await browser.get("/sign-in")
        form = {"email": "nobody@example.test", "password": "wrong"}
        answers = await asyncio.gather(*(browser.post("/sign-in", form) for _ in range(30)))
        let_in = sum("Very many requests just now" not in each.text for each in answers)
        assert 0 < let_in <= (BURST_SECONDS + LONGEST_WAIT_SECONDS) * 0.05 / 0.06 + 1

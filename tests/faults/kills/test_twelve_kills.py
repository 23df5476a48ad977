"""Twelve kills, one of each kind and the worst moments of those that money passes through."""

import random
import sys
from pathlib import Path

from portico_portal.local.services import remove_services
from tests.faults.kills.campaign import Campaign
from tests.faults.kills.house import running_house
from tests.faults.kills.injectors import Strike
from tests.faults.kills.points import POINTS

SEED = 12
STRIKES = (
    Strike("web", POINTS["after checkout: payment written"]),
    Strike("web", POINTS["after checkout: asked of Stripe"]),
    Strike("flushall", POINTS["after webhook: job sent"]),
    Strike("worker", POINTS["before settle: posting owed"]),
    Strike("worker", POINTS["after posting: written into the ERP"]),
    Strike("backend", POINTS["after settle: posting owed"]),
    Strike("web", POINTS["after webhook: event stored"]),
    Strike("worker", POINTS["after mail: handed over"]),
    Strike("scheduler", POINTS["after scheduler: sweep sent"]),
    Strike("redis"),
    Strike("worker", POINTS["before posting: answer stored"]),
    Strike("postmaster"),
)


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")


async def test_twelve_kills_lose_nothing_and_double_nothing(tmp_path: Path) -> None:
    strikes = list(STRIKES)
    random.Random(SEED).shuffle(strikes)  # noqa: S311 - a test's dice
    try:
        async with running_house(tmp_path) as house:
            campaign = Campaign(house, SEED, say=say)
            await house.conductor.attended(campaign.run(strikes, per_round=6))
    finally:
        remove_services(tmp_path / "demo" / "services")
    say(campaign.summary())
    assert campaign.wrong == []
    assert all(injector.fired for injector in campaign.arsenal.injectors.values()), campaign.summary()
    assert campaign.arsenal.fired == len(STRIKES)

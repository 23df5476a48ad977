"""One stack for all tests here, its guests, what they see in calm weather and under each failure of the table."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest
import pytest_asyncio

from tests.faults.dependencies.guests import Guests, Seen, make_guests
from tests.faults.dependencies.outages import OUTAGES
from tests.faults.dependencies.stack import Stack, running_stack
from tests.faults.dependencies.table import Failure, table
from tests.faults.dependencies.visits import look_at_all


@dataclass(frozen=True)
class Weather:
    """What was seen of each kind under a failure, and afterwards."""

    failure: Failure
    seen: dict[str, Any]
    afterwards: dict[str, Any]


@pytest_asyncio.fixture(scope="session")
async def stack(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    async with running_stack(tmp_path_factory.mktemp("stack")) as stack:
        yield stack


@pytest_asyncio.fixture(scope="session")
async def guests(stack: Stack) -> Guests:
    made = await make_guests(stack, "stanmoor")
    await made.prepare()
    return made


@pytest_asyncio.fixture(scope="session")
async def calm(guests: Guests) -> dict[str, list[Seen]]:
    """What is seen while everything works."""
    seen = await look_at_all(guests, table().kinds, until={})
    wrong = {kind: each for kind, each in seen.items() if isinstance(each, Exception)}
    assert not wrong, wrong
    return seen


@pytest_asyncio.fixture(scope="session", params=table().failures, ids=lambda failure: str(failure.name))
async def weather(request: pytest.FixtureRequest, guests: Guests, calm: dict[str, list[Seen]]) -> Weather:
    """A failure, lived through once: every kind is looked at during it, and once more when it is over."""
    failure: Failure = request.param
    await guests.prepare()
    full = {kind: 503 for kind, word in failure.pages.items() if word == "unsaved"}
    async with OUTAGES[failure.name](guests):
        seen = await look_at_all(guests, table().kinds, until=full)
    await guests.prepare()
    return Weather(failure, seen, await look_at_all(guests, dict.fromkeys(AFTERWARDS, ""), until={}))


AFTERWARDS = ("probe", "link", "mail_form", "webhook")

"""Whether the web process's memory grows with the number of requests: a hundred thousand of them, of all tenants."""

import asyncio

from bench.clocks import resident_megabytes
from bench.load import Answers, Ask
from bench.overload import House, a_house, sign_in_page
from bench.results import progress, say

REQUESTS = 100_000
STEPS = 10
AT_ONCE = 16


def main() -> int:
    asyncio.run(_measure())
    return 0


async def _measure() -> None:
    async with a_house(percent=0) as house:
        await memory(house)


async def memory(house: House) -> None:
    """Resident memory of the web process while it answers as many requests, all tenants and a page of nobody's."""
    asks = [*house.pages, Ask("GET", "/there-is-no-such-page", house.pages[0].host), sign_in_page(house.pages[0].host)]
    left = iter(range(REQUESTS + 2_000))
    statuses = Answers().statuses
    sizes: list[float] = []

    async def some(count: int) -> None:
        for _ in range(count):
            status, _ = await house.server.ask(asks[next(left) % len(asks)])
            statuses[status] += 1

    await asyncio.gather(*(some(2_000 // AT_ONCE) for _ in range(AT_ONCE)))
    for step in range(STEPS + 1):
        sizes.append(resident_megabytes(house.pid))
        progress(f"memory: {step * REQUESTS // STEPS:,} requests, {sizes[-1]:.0f} MB")
        if step < STEPS:
            await asyncio.gather(*(some(REQUESTS // STEPS // AT_ONCE) for _ in range(AT_ONCE)))
    told = ", ".join(f"{size:.0f}" for size in sizes)
    say(f"memory over {sum(statuses.values()):,} requests, in MB at each tenth: {told}; answers {dict(statuses)}")

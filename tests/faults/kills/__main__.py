"""`make faults N=200 [SEED=…]`: so many kills of every kind, half of them at named points, with its seed printed.

The last line sums up; the exit code says whether everything held and every injector fired.
"""

import argparse
import asyncio
import random
import secrets
import sys
import time
from pathlib import Path

from portico_portal.local.services import remove_services
from portico_portal.local.state import State
from tests.faults.kills.campaign import Campaign
from tests.faults.kills.house import running_house
from tests.faults.kills.injectors import plan

PER_ROUND = 40
AT_ONCE = 3
SHOWN = 40


async def run(kills: int, seed: int, home: Path) -> Campaign:
    async with running_house(home) as house:
        campaign = Campaign(house, seed, say)
        strikes = plan(kills, random.Random(seed))  # noqa: S311 - a test's dice
        await house.conductor.attended(campaign.run(strikes, per_round=PER_ROUND, at_once=AT_ONCE))
    return campaign


def say(text: str) -> None:
    sys.stdout.write(f"{time.strftime('%H:%M:%S')} {text}\n")
    sys.stdout.flush()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kills", type=int)
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--home", type=Path, default=Path(".portico/faults"))
    options = parser.parse_args()
    seed = secrets.randbelow(10**6) if options.seed is None else options.seed
    say(f"{options.kills} kills, seed {seed}: make faults N={options.kills} SEED={seed}")
    home: Path = options.home.absolute()
    State(home).reset()
    try:
        campaign = asyncio.run(run(options.kills, seed, home))
    finally:
        remove_services(home / "demo" / "services")
    for what in campaign.wrong[:SHOWN]:
        say(what)
    say(campaign.summary())
    idle = [kind for kind, each in campaign.arsenal.injectors.items() if not each.fired]
    sys.exit(bool(campaign.wrong or idle or campaign.arsenal.fired < options.kills))


if __name__ == "__main__":
    main()

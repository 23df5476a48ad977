"""By hand: `python -m tests.fleet` brings a thousand whole tenants to the next release, killed five times on the way.

On a PostgreSQL and a Redis of its own, durable as in production, gone afterwards. Ends with code 1 where something did
not hold.
"""

import argparse
import asyncio
import os
import secrets
import sys
import tempfile
import time
from pathlib import Path

import asyncpg

from portico_core.settings import DatabaseSettings
from portico_portal.local.services import start_services
from portico_portal.local.supervisor import Supervisor
from portico_tenants.setup import set_up
from tests.fleet.next_release import make_next_release
from tests.fleet.rollout import Rollout, Verdict
from tests.services import PostgresServer

NAME = "portico_fleet"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, prog="python -m tests.fleet")
    parser.add_argument("--tenants", type=int, default=1000)
    parser.add_argument("--whole", type=int, help="how many of them have all tables; all unless given")
    parser.add_argument("--visited", type=int, default=40, help="at how many portals there are visitors")
    parser.add_argument("--kills", type=int, default=5)
    parser.add_argument("--seed", type=int, help="where the kills fall; drawn unless given")
    given = parser.parse_args()
    started = time.monotonic()

    def say(line: str) -> None:
        sys.stdout.write(f"{time.monotonic() - started:6.0f} s  {line}\n")
        sys.stdout.flush()

    verdict = Verdict(say=say)
    with tempfile.TemporaryDirectory() as folder, Supervisor() as supervisor:
        plain = {"PATH": os.environ.get("PATH", ""), "HOME": os.environ.get("HOME", "")}
        services = start_services(supervisor, Path(folder) / "services", environment=plain)
        database = asyncio.run(_made(PostgresServer(services.postgres_url, embedded=True)))
        rollout = Rollout(
            database=database,
            redis_url=services.redis_url,
            release=make_next_release(Path(folder) / "next"),
            folder=Path(folder),
            count=given.tenants,
            whole=given.whole or given.tenants,
            visited=given.visited,
            kills=given.kills,
            seed=secrets.randbelow(10**8) if given.seed is None else given.seed,
            verdict=verdict,
        )
        asyncio.run(rollout.run())
    say(f"{len(verdict.troubles)} things did not hold" if verdict.troubles else "everything held")
    return 1 if verdict.troubles else 0


async def _made(server: PostgresServer) -> DatabaseSettings:
    password = secrets.token_urlsafe(16)
    admin = await asyncpg.connect(server.url)
    try:
        await admin.execute(f"CREATE ROLE {NAME}_owner LOGIN CREATEROLE PASSWORD '{password}'")
        await admin.execute(f"CREATE DATABASE {NAME} OWNER {NAME}_owner")
    finally:
        await admin.close()
    settings = DatabaseSettings(
        url=server.url_of(NAME, f"{NAME}_app", password), owner_url=server.url_of(NAME, f"{NAME}_owner", password)
    )
    await set_up(settings)
    return settings


if __name__ == "__main__":
    raise SystemExit(main())

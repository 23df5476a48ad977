"""Two hundred tenants brought to the next release under load; a thousand by hand: `python -m tests.fleet`."""

from pathlib import Path

from portico_core.settings import DatabaseSettings
from tests.fleet.next_release import make_next_release
from tests.fleet.rollout import Rollout, Verdict


async def test_two_hundred_tenants_killed_resumed_and_served_throughout(
    fresh_database: DatabaseSettings, redis_url: str, tmp_path: Path
) -> None:
    verdict = Verdict()
    rollout = Rollout(
        database=fresh_database,
        redis_url=redis_url,
        release=make_next_release(tmp_path / "next"),
        folder=tmp_path,
        count=200,
        whole=6,
        visited=6,
        kills=1,
        seed=20261122,
        verdict=verdict,
    )
    await rollout.run()
    assert verdict.troubles == [], "\n".join(verdict.figures)

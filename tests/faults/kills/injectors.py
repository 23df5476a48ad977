"""What kills: each kind of kill is an injector that counts how often it fired, at named points and at random."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import redis.asyncio

from portico_core.db import DATABASE_TROUBLE
from tests.faults.kills.house import OURS, House
from tests.faults.kills.languages import PostgreSQL
from tests.faults.kills.points import POINTS, Point
from tests.faults.kills.wires import Passage, Trap

LONGEST_WAIT_SECONDS = 120.0  # for a named moment to come by; the load is asked for nothing special
RANDOM_SECONDS = 2.0


@dataclass(frozen=True)
class Strike:
    """One kill: what dies, and when. Without a point at a moment of chance."""

    kind: str
    point: Point | None = None

    @property
    def name(self) -> str:
        return f"{self.kind} {self.point.name if self.point else 'at random'}"


@dataclass
class Injector:
    """`fired` counts what was really killed; one that has nothing to kill has not fired."""

    kind: str
    fire: Callable[[Passage | None], Awaitable[int]]
    fired: int = 0

    async def __call__(self, passage: Passage | None = None) -> bool:
        hit = bool(await self.fire(passage))
        self.fired += hit
        return hit


class Arsenal:
    """Every injector of a house."""

    def __init__(self, house: House, dice: random.Random) -> None:
        self._house = house
        self._dice = dice
        fires: dict[str, Callable[[Passage | None], Awaitable[int]]] = {
            **{name: self._process(name) for name in OURS},
            "backend": self._backend,
            "postmaster": self._postmaster,
            "redis": self._redis,
            "flushall": self._flushall,
        }
        self.injectors = {kind: Injector(kind, fire) for kind, fire in fires.items()}

    @property
    def fired(self) -> int:
        return sum(each.fired for each in self.injectors.values())

    async def strike(self, strike: Strike) -> bool:
        """Whether it fired. What is down already, or a named moment that does not come by, is waited for."""
        once = self._at_random if strike.point is None else self._at_point
        try:
            async with asyncio.timeout(LONGEST_WAIT_SECONDS):
                while not await once(strike):
                    pass
        except TimeoutError:
            return False
        return True

    async def _at_random(self, strike: Strike) -> bool:
        await asyncio.sleep(self._dice.uniform(0, RANDOM_SECONDS))
        return await self.injectors[strike.kind]()

    async def _at_point(self, strike: Strike) -> bool:
        hit = False

        async def act(passage: Passage) -> None:
            nonlocal hit
            hit = await self.injectors[strike.kind](passage)

        assert strike.point is not None
        wire = self._house.wire(strike.point.process, strike.point.wire)
        trap = Trap(strike.point.words, strike.point.when, act, cut=strike.kind != "flushall")
        wire.set(trap)
        try:
            await trap.sprung.wait()
        finally:
            wire.take_up(trap)
        return hit

    def _process(self, name: str) -> Callable[[Passage | None], Awaitable[int]]:
        async def kill(passage: Passage | None) -> int:
            pids = self._house.pids(name)
            if passage is None and len(pids) > 1:  # web: all of it, what serves, or what watches over that
                pids = self._dice.choice([pids, pids[1:], pids[:1]])
            return self._house.kill(pids)

        return kill

    async def _backend(self, passage: Passage | None) -> int:
        """One server process of PostgreSQL; the others then end by themselves, and the server recovers."""
        if passage is not None and isinstance(passage.language, PostgreSQL) and passage.language.backend_pid:
            return self._house.kill([passage.language.backend_pid])
        try:
            async with self._house.superuser() as server:
                rows = await server.fetch("SELECT pid FROM pg_stat_activity WHERE application_name = 'portico'")
        except DATABASE_TROUBLE:
            return 0
        return self._house.kill([self._dice.choice(rows)["pid"]]) if rows else 0

    async def _postmaster(self, _: Passage | None) -> int:
        return self._house.kill(self._house.pids("postgres"))

    async def _redis(self, _: Passage | None) -> int:
        return self._house.kill(self._house.pids("redis"))

    async def _flushall(self, _: Passage | None) -> int:
        try:
            async with redis.asyncio.from_url(self._house.services.redis_url) as server:
                return int(bool(await server.flushall()))
        except redis.exceptions.RedisError:
            return 0


AT_POINTS = tuple(
    [Strike(each.process, each) for each in POINTS.values()]
    + [
        Strike(kind, POINTS[f"{when} {step}"])
        for kind in ("backend", "postmaster")
        for when in ("before", "after")
        for step in (
            "checkout: payment written",
            "webhook: event stored",
            "settle: posting owed",
            "posting: answer stored",
        )
    ]
    + [
        Strike(kind, POINTS[f"{when} {step}"])
        for kind in ("redis", "flushall")
        for when in ("before", "after")
        for step in ("webhook: job sent", "scheduler: sweep sent")
    ]
)
AT_RANDOM = tuple(Strike(kind) for kind in (*OURS, "backend", "postmaster", "redis", "flushall"))


def plan(kills: int, dice: random.Random) -> list[Strike]:
    """So many strikes: half at named points, each as often as the others, half at random; in an order of chance."""
    named = _dealt(AT_POINTS, -(-kills // 2), dice)
    strikes = [*named, *_dealt(AT_RANDOM, kills - len(named), dice)]
    dice.shuffle(strikes)
    return strikes


def _dealt(deck: Sequence[Strike], count: int, dice: random.Random) -> list[Strike]:
    dealt: list[Strike] = []
    while len(dealt) < count:
        dealt += dice.sample(deck, min(len(deck), count - len(dealt)))
    return dealt

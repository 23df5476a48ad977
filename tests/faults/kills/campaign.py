"""A campaign: payers of two tenants pay while something is killed again and again; after each round a quiet, in which
history and books are held against each other."""

import asyncio
import random
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field

import httpx

from tests.faults.kills.books import erp_open, read_books
from tests.faults.kills.history import History
from tests.faults.kills.house import House
from tests.faults.kills.injectors import Arsenal, Strike
from tests.faults.kills.payers import Payer
from tests.faults.kills.quiet import bring_to_rest
from tests.faults.kills.verdict import disagreements

WHO_PAYS = ("payer", "admin")
LOOK_SECONDS = 0.25
MOST_IN_VAIN = 5


@dataclass
class Campaign:
    """What was done and what came of it. `unwell` is how long the portal was not whole, each time."""

    house: House
    seed: int
    say: Callable[[str], None]
    history: History = field(default_factory=History)
    unwell: list[float] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    in_vain: int = 0
    opened_with: dict[str, dict[str, int]] = field(default_factory=dict)
    waits: int = 0

    def __post_init__(self) -> None:
        self.arsenal = Arsenal(self.house, random.Random(f"{self.seed} arsenal"))  # noqa: S311 - a test's dice

    async def run(self, strikes: Sequence[Strike], *, per_round: int, at_once: int = 1) -> None:
        """All strikes, with a quiet after each round; so many lie in wait at the same time. One whose moment did not
        come by is tried again in a later round."""
        self.foreign = await self._foreign()
        for each in self.house.distributors:
            self.opened_with[each.slug] = await erp_open(self.house, each)
        left = list(strikes)
        while left:
            missed = await self._round(left[:per_round], at_once)
            left = left[per_round:] + missed
            await self._quiet()

    async def _round(self, strikes: Sequence[Strike], at_once: int) -> list[Strike]:
        """Those that did not fire."""
        stop = asyncio.Event()
        waiting = iter(strikes)
        missed: list[Strike] = []
        async with AsyncExitStack() as leaving, asyncio.TaskGroup() as paying:
            for payer in await self._payers(leaving, self.arsenal.fired, stop):
                paying.create_task(payer.run())
            paying.create_task(self._watch(stop))
            try:
                await asyncio.gather(*(self._shoot(waiting, missed) for _ in range(at_once)))
            finally:
                stop.set()
        return missed

    async def _shoot(self, strikes: Iterator[Strike], missed: list[Strike]) -> None:
        """One after the other, without waiting until the last one's harm is mended: two faults at once are meant."""
        for strike in strikes:
            if await self.arsenal.strike(strike):
                self.say(f"  {self.arsenal.fired:>4}  {strike.name}")
                self.in_vain = 0
                continue
            missed.append(strike)
            self.in_vain += 1
            self.say(f"  its moment did not come by: {strike.name}")
            if self.in_vain > MOST_IN_VAIN:
                raise AssertionError("nothing comes by any more; nobody seems to be paying")

    async def _watch(self, stop: asyncio.Event) -> None:
        """Notes how long the portal is not whole; ends when it is and nobody shoots any more."""
        since: float | None = None
        while not stop.is_set() or since is not None:
            if await self.house.well():
                if since is not None:
                    self.unwell.append(time.monotonic() - since)
                since = None
            else:
                since = since or time.monotonic()
            await asyncio.sleep(LOOK_SECONDS)

    async def _quiet(self) -> None:
        began = time.monotonic()
        self.waits += await bring_to_rest(self.house, sorted(self.history.charged), self.say)
        for each in self.house.distributors:
            books = await read_books(self.house, each)
            found = disagreements(each.slug, self.history, books, self.opened_with[each.slug])
            self._disagree(f"{each.slug}: {what}" for what in found)
        self._disagree(self.history.strays)
        self.say(
            f"  quiet after {time.monotonic() - began:.1f} s: {len(self.history.operations)} operations, "
            f"{len(self.history.charged)} paid, {len(self.wrong)} disagreements"
        )

    def _disagree(self, found: Iterable[str]) -> None:
        """Each once, and at once to be read."""
        for what in found:
            if what not in self.wrong:
                self.wrong.append(what)
                self.say(f"  DISAGREEMENT {what}")

    async def _payers(self, leaving: AsyncExitStack, number: int, stop: asyncio.Event) -> list[Payer]:
        control = await leaving.enter_async_context(
            httpx.AsyncClient(base_url=f"{self.house.addresses.of('paysim')}/control/", timeout=30, trust_env=False)
        )
        return [
            Payer(
                tenant=each.slug,
                host=f"{each.host}:{self.house.addresses.web}",
                address=self.house.addresses.of("web"),
                sign_in=next(one for one in self.house.people[each.slug] if one.email.startswith(f"{who}@")),
                currency=each.base_currency,
                control=control,
                history=self.history,
                dice=random.Random(f"{self.seed} {each.slug} {who} {number}"),  # noqa: S311 - a test's dice
                foreign=self.foreign[each.slug],
                stop=stop,
            )
            for each in self.house.distributors
            for who in WHO_PAYS
        ]

    async def _foreign(self) -> dict[str, list[str]]:
        """Words that nobody of a tenant's paying customer may read: the other tenant's, and other customers' names."""
        names: dict[str, list[str]] = {}
        for each in self.house.distributors:
            async with self.house.superuser() as server:
                await server.execute(f"SET search_path TO {self.house.tenants[each.slug].role}")
                rows = await server.fetch("SELECT name FROM customer")
            names[each.slug] = [row["name"] for row in rows]
        found = {}
        for each in self.house.distributors:
            own = next(one.about for one in self.house.people[each.slug] if one.role == "payer")
            others = [one for one in self.house.distributors if one is not each]
            words = [name for name in names[each.slug] if name != own]
            for other in others:
                words += [other.name, other.slug, *names[other.slug]]
            found[each.slug] = words
        return found

    def summary(self) -> str:
        """One line for people and for docs/faults.md."""
        kinds = ", ".join(f"{kind} {injector.fired}" for kind, injector in self.arsenal.injectors.items())
        results = ", ".join(f"{count} {result}" for result, count in sorted(self.history.results.items()))
        return (
            f"{self.arsenal.fired} kills ({kinds}); {len(self.history.operations)} operations ({results}); "
            f"{len(self.history.charged)} payments; never longer than {max(self.unwell, default=0):.1f} s not whole; "
            f"seed {self.seed}; {len(self.wrong)} disagreements"
        )

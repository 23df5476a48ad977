"""A fleet is brought to the next release under load: killed, resumed, past a broken tenant and a locked one.

What must hold is written down as it is looked at (`Verdict`), so that the test and the run by hand judge alike.
"""

import asyncio
import os
import random
import re
import resource
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import anyio.to_thread
import httpx

from portico_core.settings import DatabaseSettings
from portico_tenants.migrations import catalog
from portico_tenants.owner import app_login, owner_connection
from portico_tenants.provision import NewTenant, create_tenant
from portico_tenants.session import Database
from portico_tenants.tenant import Tenant
from tests.faults.processes import Process, environment, web
from tests.fleet.next_release import NextRelease
from tests.fleet.tenants import Stands, Visited, lean_script, make_tenants, people_of, where_they_stand
from tests.fleet.visitors import Visitors

BROKEN_CAUSE = 'DuplicateTableError: relation "ix_customer_nickname" already exists'
WAIT_SECONDS = 300.0
LONGEST_PAGE_SECONDS = 20.0  # a page gives up by itself then; a lock's time-out is three
STEP = re.compile(r"^\[(\d+)/\d+\] ", re.MULTILINE)


@dataclass
class Verdict:
    """What was seen, in the order of seeing; `troubles` is what must not be."""

    figures: list[str] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)
    say: Callable[[str], None] = lambda line: None

    def saw(self, line: str) -> None:
        self.figures.append(line)
        self.say(line)

    def must(self, holds: bool, what: str) -> None:
        if not holds:
            self.troubles.append(what)
            self.say(f"NOT SO: {what}")


@dataclass
class Rollout:
    """`whole` of the `count` tenants have all tables, `visited` of those have visitors."""

    database: DatabaseSettings
    redis_url: str
    release: NextRelease
    folder: Path
    count: int
    whole: int
    visited: int
    kills: int
    seed: int
    verdict: Verdict

    async def run(self) -> None:
        """All of it."""
        started = time.monotonic()
        whole = await make_tenants(self.database, self.count, self.whole, self._every(100, "tenants made"))
        app = Database(self.database)
        people = await people_of(app, whole[:: max(1, len(whole) // self.visited)])
        await app.close()
        broken, locked = people[len(people) // 2].tenant, people[-1].tenant
        await self._owner(f"CREATE INDEX ix_customer_nickname ON {broken.role}.customer (name)")
        self.verdict.saw(
            f"{self.count} tenants, {len(whole)} of them whole, {len(people)} visited, seed {self.seed}"
            f" ({time.monotonic() - started:.0f} s to make)"
        )
        serving, address = await anyio.to_thread.run_sync(web, self._environment(new=False), self.folder / "old.log")
        try:
            async with Visitors(address, people) as visitors:
                await self._until(lambda: len(visitors.answers) > 2 * len(people), "the visitors are under way")
                await self._killed_on_the_way(visitors)
                await self._to_the_end(visitors, broken, locked)
                await self._behind_in_the_new_release(broken, people)
                await self._nothing_to_do()
                before = len(visitors.answers)
                await self._until(lambda: len(visitors.answers) > before + 2 * len(people), "the old code goes on")
            await self._pages(visitors, serving)
            await self._alike(whole)
        finally:
            serving.kill()

    async def _killed_on_the_way(self, visitors: Visitors) -> None:
        chance = random.Random(self.seed)  # noqa: S311  # where to kill
        for number in range(self.kills):
            waiting = sum(each.revision != self.release.newest for each in await self._stand())
            at = chance.randint(1, max(1, waiting // 2))
            began = time.monotonic()
            with self._migration(f"killed-{number}") as migration:
                await self._until(lambda: _steps(migration) >= at, f"{at} tenants are migrated")  # noqa: B023
                migration.kill()
            where = [each.revision for each in await self._stand()]
            self.verdict.saw(
                f"killed after {at} of {waiting}: {where.count(self.release.newest)} at {self.release.newest},"
                f" {where.count(self.release.between)} at {self.release.between},"
                f" {where.count(self.release.before)} at {self.release.before};"
                f" {visitors.since(began)} pages answered meanwhile"
            )
            self.verdict.must(self.release.newest in where, "something is done before a kill")
            self.verdict.must(len(set(where)) > 1, "a kill finds something left to do")

    async def _to_the_end(self, visitors: Visitors, broken: Tenant, locked: Tenant) -> None:
        began = time.monotonic()
        async with owner_connection(self.database) as holding:
            transaction = holding.transaction()
            await transaction.start()
            await holding.execute(f"LOCK TABLE {locked.role}.customer IN ACCESS SHARE MODE")
            with self._migration("last") as migration:
                await self._until(lambda: _steps(migration) > 0, "the last run is under way")
                making = await self._made_meanwhile()
                # All but the locked one are done: nobody else waits for it.
                await self._until(lambda: self._all_but(migration, 1), "the others are done")
                others = time.monotonic() - began
                await transaction.rollback()
                code = await self._ended(migration)
                made = await self._ended(making)
            said = migration.log.read_text()
        self.verdict.saw(
            f"the rest, with one tenant locked: {others:.1f} s, and {time.monotonic() - began - others:.1f} s after the"
            f" lock; {visitors.since(began)} pages answered meanwhile"
        )
        self.verdict.saw(said.strip().splitlines()[-1])
        self.verdict.must(made == 0, f"the new release makes a tenant meanwhile: {making.log.read_text()[-300:]}")
        self.verdict.must(code == 1, f"one held back ends with code 1, not {code}")
        self.verdict.must(f"{broken.slug}: held back: {BROKEN_CAUSE}" in said, "the broken tenant's cause is said")
        self.verdict.must(said.count("held back: ") == 1, f"one alone is held back: {said[-600:]}")
        stand, between = {each.slug: each for each in await self._stand()}, self.release.between
        self.verdict.must(
            stand.pop(broken.slug) == Stands(broken.slug, between, between, BROKEN_CAUSE, columns=1, indexes=0),
            "the broken tenant is where it failed, with its cause",
        )
        newest = {(each.revision, each.copy, each.held_back, each.columns, each.indexes) for each in stand.values()}
        self.verdict.must(newest == {(*[self.release.newest] * 2, None, 1, 1)}, f"all others are done: {newest}")
        self.verdict.must(len(stand) == self.count + 1, "both that were made meanwhile are among them")

    async def _made_meanwhile(self) -> Process:
        """By the old release, which knows nothing of the new revisions, and by the new one."""
        async with owner_connection(self.database) as owner:
            old = NewTenant(slug="late-old", name="Late", hosts=("late-old.localhost",))
            await create_tenant(owner, app_login(self.database), old, script=lean_script())
        arguments = ["tenants", "create", "late-new", "--name", "Late", "--host", "late-new.localhost"]
        return Process(arguments, self._environment(new=True), self.folder / "create.log")

    async def _behind_in_the_new_release(self, broken: Tenant, people: list[Visited]) -> None:
        """Its processes show one page for the tenant that lacks a revision, until that has passed."""
        sound = people[0].tenant if people[0].tenant != broken else people[-1].tenant
        serving, address = await anyio.to_thread.run_sync(web, self._environment(new=True), self.folder / "new.log")
        try:
            async with httpx.AsyncClient(base_url=address, timeout=60) as client:

                async def status(tenant: Tenant) -> int:
                    return (await client.get("/sign-in", headers={"host": tenant.host})).status_code

                answers = [await status(sound), await status(broken)]
                self.verdict.must(answers == [200, 503], f"the new release serves the sound one only: {answers}")
                await self._owner(f"DROP INDEX {broken.role}.ix_customer_nickname")
                with self._migration("repaired") as migration:
                    code = await self._ended(migration)
                self.verdict.saw(f"repaired: {migration.log.read_text().strip().splitlines()[-1]}")
                self.verdict.must(code == 0, "what was repaired is migrated")
                began = time.monotonic()
                await self._until_async(lambda: _is_served(status(broken)), "its portal opens by itself")
                self.verdict.saw(f"its portal opened {time.monotonic() - began:.1f} s after the migration had ended")
        finally:
            serving.kill()

    async def _nothing_to_do(self) -> None:
        before = await self._stand()
        began, used = time.monotonic(), _processor_seconds()
        with self._migration("nothing") as migration:
            code = await self._ended(migration)
        said = migration.log.read_text().strip()
        took, load = time.monotonic() - began, os.getloadavg()[0]
        self.verdict.saw(
            f"nothing to do over {len(before)}: {took:.1f} s, its own work {_processor_seconds() - used:.1f} s,"
            f" at a load of {load:.1f} on {os.cpu_count()} cores ({said})"
        )
        self.verdict.must(code == 0, f"nothing to do is a success, not {code}")
        self.verdict.must(said == "all are current", f"there is nothing to do: {said[-300:]}")
        self.verdict.must(await self._stand() == before, "a further run changes nothing")

    async def _pages(self, visitors: Visitors, serving: Process) -> None:
        """The old code's answers, over all of it."""
        repeated = serving.log.read_text().count("a prepared statement was stale")
        longest = max(answer.seconds for answer in visitors.answers)
        self.verdict.saw(
            f"{len(visitors.answers)} pages of the old code, the longest {longest:.1f} s, {repeated} repeated inside"
        )
        bad = [answer for answer in visitors.answers if answer.status not in (200, 303)]
        self.verdict.must(not bad, f"{len(bad)} pages failed: {bad[:5]} {_first_defect(serving)}")
        self.verdict.must(longest < LONGEST_PAGE_SECONDS, "every wait ends within its time")
        app = Database(self.database)
        try:
            for each in visitors.visited:
                slug = each.tenant.slug
                async with app.tenant_session(each.tenant) as session:
                    connection = await session.raw()
                    stored = await connection.fetchval("SELECT name FROM person")
                if slug in visitors.saved and slug not in visitors.doubtful:
                    self.verdict.must(stored == visitors.saved[slug], f"{slug} keeps what it acknowledged")
        finally:
            await app.close()
        self.verdict.must(len(visitors.saved) == len(visitors.visited), "forms were sent at every portal")

    async def _alike(self, whole: list[Tenant]) -> None:
        """The new release's own new tenant is the measure."""
        async with owner_connection(self.database) as owner:
            fresh = await catalog.lines(
                owner, str(await owner.fetchval("SELECT role FROM portico.tenant WHERE slug = 'late-new'"))
            )
            for tenant in whole:
                differing = await catalog.lines(owner, tenant.role) ^ fresh
                self.verdict.must(not differing, f"{tenant.slug} is as a new one: {sorted(differing)[:3]}")
        self.verdict.saw(f"{len(whole)} catalogs like that of a tenant made new, {len(fresh)} lines each")

    @contextmanager
    def _migration(self, name: str) -> Iterator[Process]:
        """`portico tenants migrate` of the next release; killed on leaving where it has not ended."""
        process = Process(["tenants", "migrate"], self._environment(new=True), self.folder / f"migrate-{name}.log")
        try:
            yield process
        finally:
            process.kill()

    def _environment(self, *, new: bool) -> dict[str, str]:
        env = environment(self.database, self.redis_url, PORTICO_DATABASE_OWNER_URL=self.database.owner_url or "")
        return env | (self.release.environment if new else {})

    def _every(self, step: int, what: str) -> Callable[[int], None]:
        return lambda number: self.verdict.say(f"{number} {what}") if number % step == 0 else None

    @staticmethod
    def _all_but(migration: Process, left: int) -> bool:
        totals = re.findall(r"^\[(\d+)/(\d+)\] ", migration.log.read_text(), re.MULTILINE)
        return bool(totals) and int(totals[-1][0]) >= int(totals[-1][1]) - left

    async def _stand(self) -> list[Stands]:
        async with owner_connection(self.database) as owner:
            stand = await where_they_stand(owner)
        for each in stand:
            has = {self.release.before: (0, 0), self.release.between: (1, 0), self.release.newest: (1, 1)}
            whole = (each.columns, each.indexes) == has[each.revision] and each.copy == each.revision
            self.verdict.must(whole, f"a step is whole or not there: {each}")
        return stand

    async def _owner(self, statement: str) -> None:
        async with owner_connection(self.database) as owner:
            await owner.execute(statement)

    async def _ended(self, process: Process) -> int:
        await self._until(lambda: process.popen.poll() is not None, "a command ends", process)
        return int(process.popen.returncode)

    async def _until(self, holds: Callable[[], bool], what: str, process: Process | None = None) -> None:
        async def asked() -> bool:
            return holds()

        await self._until_async(asked, what, process)

    async def _until_async(
        self, holds: Callable[[], Awaitable[bool]], what: str, process: Process | None = None
    ) -> None:
        deadline = time.monotonic() + WAIT_SECONDS
        while not await holds():
            said = process.log.read_text()[-500:] if process else ""
            assert time.monotonic() < deadline, f"waited too long: {what} {said}"
            await asyncio.sleep(0.05)


def _processor_seconds() -> float:
    """Of all processes that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _steps(migration: Process) -> int:
    return len(STEP.findall(migration.log.read_text()))


def _first_defect(serving: Process) -> str:
    lines = serving.log.read_text().splitlines()
    return next((line[-600:] for line in lines if '"level": "error"' in line or '"level":"error"' in line), "")


async def _is_served(status: Awaitable[int]) -> bool:
    return await status == 200

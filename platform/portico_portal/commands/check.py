"""`portico check`: is this installation's database safe to serve from; with `--canary`, does anything cross over.

The canary makes two tenants of its own, looks from each for what is the other's, and deletes them again. It may be run
in production: it reads, on its own tenants alone, and what a killed run left the next one removes.
"""

import asyncio
import signal
from collections.abc import Callable, Coroutine
from typing import Any

import asyncpg
import click
import httpx

from portico_core.errors import Unavailable
from portico_core.settings import Settings
from portico_portal.commands import show
from portico_portal.commands.run import run, settings
from portico_portal.probe import walls
from portico_portal.probe.doors import doors_of
from portico_portal.probe.findings import Finding
from portico_portal.probe.throwaway import Thrown, alone, make_two, remove_leftovers
from portico_portal.probe.walk import Walk
from portico_tenants.checkup import check_tenants
from portico_tenants.owner import owner_connection
from portico_tenants.safety import Unsafe, refuse_unsafe
from portico_tenants.session import Database

Say = Callable[[Finding], None]
PLAIN_STEPS, CANARY_STEPS = 2, 14
PATIENCE_SECONDS = 20.0


@click.command()
@click.option(
    "--canary", is_flag=True, help="Also make two tenants, look from each for what is the other's, delete both."
)
@click.option(
    "--url",
    default="http://127.0.0.1:8080",
    show_default=True,
    help="A web process or the service before several, reached directly: the canary's hosts are in no name server.",
)
@click.option("--json", "as_json", is_flag=True, help="Answer in JSON.")
def check(canary: bool, url: str, as_json: bool) -> None:
    """Look over login, pooler and tenants; with --canary, probe the running installation. Exit code 1 if something is
    wrong.

    The canary reads, on two tenants of its own, which it deletes again; what a killed run left the next one removes.
    """
    given = settings()
    findings: list[Finding] = []
    with show.Steps("checking", quiet=as_json).shown() as steps:
        steps.expect(PLAIN_STEPS + (CANARY_STEPS if canary else 0))

        def say(finding: Finding) -> None:
            findings.append(finding)
            steps.step(finding.line, bad=not finding.ok)

        run(_stoppable(_check(given, url if canary else None, say)))
    wrong = [each for each in findings if not each.ok]
    if as_json:
        show.as_json({"ok": not wrong, "findings": [{"ok": each.ok, **_plain(each)} for each in findings]})
    else:
        click.echo(f"{len(findings) - len(wrong)} in order, {len(wrong)} not")
    if wrong:
        raise SystemExit(1)


async def _check(given: Settings, url: str | None, say: Say) -> None:
    try:
        await refuse_unsafe(given.database)
    except Unsafe as unsafe:  # no process would start with it; the rest would say the same again
        say(Finding(name="login and pooler", tried=1, troubles=[str(unsafe)]))
        return
    say(Finding(name="login and pooler", tried=1))
    checked = await check_tenants(given.database)
    troubles = [f"{each.slug}: {'; '.join(each.troubles)}" for each in checked if each.troubles]
    say(Finding(name="schemas, roles and grants", tried=len(checked) or 1, troubles=troubles))
    if url is not None:
        await _canary(given, url, say)


async def _canary(given: Settings, url: str, say: Say) -> None:
    database = Database(given.database)
    try:
        async with owner_connection(given.database) as owner, alone(owner):
            left = await remove_leftovers(owner)
            say(Finding(name="leftovers", tried=1, note=f"{left} of an earlier run removed" if left else "none"))
            try:
                tenants = await make_two(owner, given.database, database)
                await _walk(given, url, tenants, say)
                await _look(given, database, tenants, say)
            finally:
                await asyncio.shield(_tidy(owner, say))
    finally:
        await database.close()


async def _walk(given: Settings, url: str, tenants: tuple[Thrown, Thrown], say: Say) -> None:
    from portico_portal.app import application

    doors = doors_of(application())
    one, other = tenants
    try:
        async with httpx.AsyncClient(base_url=url, timeout=PATIENCE_SECONDS) as web:
            walk = Walk(web, given, doors)
            found = await walk.found(tenants)
            say(found)
            if not found.ok:
                return
            for mine, theirs in ((one, other), (other, one)):
                say(await walk.own_pages(mine, theirs))
                say(await walk.strangers(mine, theirs))
                say(await walk.sessions(mine, theirs))
            say(await walk.in_turn(tenants))
            say(await walk.platform(tenants))
    except httpx.TransportError as error:
        raise NoWeb(f"no web process answers at {url}: say where one does with --url ({error!r})") from error


async def _look(given: Settings, database: Database, tenants: tuple[Thrown, Thrown], say: Say) -> None:
    say(await walls.refused(database, *tenants))
    say(await walls.in_turn(database, tenants))
    say(await walls.queue(given.redis_url, tenants))


async def _tidy(owner: asyncpg.Connection, say: Say) -> None:
    say(Finding(name="tidied up", tried=await remove_leftovers(owner) or 1))


async def _stoppable(work: Coroutine[Any, Any, None]) -> None:
    """SIGTERM ends it as Ctrl-C does: what was made is deleted first."""
    task = asyncio.create_task(work)
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    try:
        await task
    except asyncio.CancelledError:
        raise Stopped("stopped; what the canary had made is deleted") from None


class NoWeb(Unavailable):
    """No web process answers."""


class Stopped(Unavailable):
    """Told to stop."""


def _plain(finding: Finding) -> dict[str, object]:
    return {"name": finding.name, "tried": finding.tried, "troubles": list(finding.troubles), "note": finding.note}

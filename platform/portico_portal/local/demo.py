"""Conducts the demo: services, logins, simulators, two tenants, the portal's processes, the first sync.

`python -m portico_portal.local.demo`, which is `make demo`. It stays in front of its processes: starts again those
that end by themselves, and stops them all on Ctrl-C, SIGTERM or a closed terminal.
"""

import argparse
import asyncio
import os
import signal
import sys
import time
from contextlib import ExitStack
from pathlib import Path

from portico_core.clock import now
from portico_core.errors import PorticoError
from portico_core.settings import from_environment
from portico_portal.local import erp, seeding
from portico_portal.local.children import bind_to_parent_process
from portico_portal.local.conductor import Conductor
from portico_portal.local.display import Display
from portico_portal.local.distributors import DISTRIBUTORS
from portico_portal.local.logins import make_logins
from portico_portal.local.postgres import NoPostgres
from portico_portal.local.programs import Addresses, portal, portal_environment, simulators
from portico_portal.local.redis_server import NoRedis
from portico_portal.local.report import Ready, show_table, write_addresses
from portico_portal.local.services import start_services
from portico_portal.local.state import AnotherCompany, DemoRuns, State, same_company
from portico_portal.local.supervisor import STOPPING_SIGNALS, ChildFailed, Supervisor
from portico_tenants.resolve import Directory
from portico_tenants.secrets import Safe
from portico_tenants.session import Database

FAILURES = (
    AnotherCompany,
    ChildFailed,
    DemoRuns,
    NoPostgres,
    NoRedis,
    PorticoError,
    erp.SyncFailed,
    seeding.NotMigrated,
    seeding.NotOurs,
    seeding.NothingOpen,
)


async def run(conductor: Conductor, company_folder: Path | None, *, reset: bool) -> None:
    """From nothing to the table of addresses, then on until it is cancelled."""
    started = time.monotonic()
    state, display = conductor.state, conductor.display
    with display.step("PostgreSQL and Redis") as notes:
        folder = state.folder / "services"
        services = start_services(conductor.supervisor, folder, environment=os.environ, say=notes.append)
    with display.step("logins and tables"):
        logins = await make_logins(services, state, os.environ.get("PORTICO_DATABASE_OWNER_URL"))
    addresses = Addresses.take(state)
    conductor.launch(simulators(state, addresses, company_folder))
    with display.step("tenants"):
        await seeding.ensure_tenants(logins, state, reset=reset)
    environment = portal_environment(state, addresses, services, logins, os.environ)
    settings = from_environment(environment)
    web, worker, scheduler = portal(state, addresses, environment)
    conductor.launch([web, worker])
    database = Database(settings.database)
    try:
        with display.step("simulators and mail"):
            await conductor.well("netsuite", "paysim", "mail")
        there = {each.slug: each for each in await Directory(database).all()}
        tenants = {each.slug: there[each.slug] for each in DISTRIBUTORS}
        began = now()
        safe = Safe(settings.secret_keys)
        for each in DISTRIBUTORS:
            await seeding.ensure_marks(database, tenants[each.slug], each)
            await erp.connect(database, safe, tenants[each.slug], each, addresses.of("netsuite"), state)
        with display.step("web, worker, scheduler"):
            conductor.launch([scheduler])
            await conductor.well()
        with display.progress() as bars:
            aside = await conductor.attended(erp.first_sync(database, tenants, bars, began=began))
        for line in aside:
            display.say(f"    {line}", "yellow")
        with display.step("people"):
            sign_ins = {
                each.slug: await seeding.ensure_people(database, tenants[each.slug], each, state)
                for each in DISTRIBUTORS
            }
    finally:
        await database.close()
    ready = Ready(state, addresses, services, logins.owner, sign_ins)
    write_addresses(ready)
    show_table(ready, display)
    display.say(f"Ready after {time.monotonic() - started:.0f} s.", "dim")
    await conductor.attended(asyncio.Event().wait())


async def until_stopped(conductor: Conductor, company_folder: Path | None, *, reset: bool) -> None:
    """Run; the first stopping signal cancels, more of them change nothing."""
    work = asyncio.ensure_future(run(conductor, company_folder, reset=reset))
    loop = asyncio.get_running_loop()
    for number in STOPPING_SIGNALS:
        if number != signal.SIGHUP or signal.getsignal(number) is not signal.SIG_IGN:  # nohup
            loop.add_signal_handler(number, work.cancel)
    try:
        await work
    except asyncio.CancelledError:
        conductor.display.say("\nStopping …", "dim")
    finally:
        # Here, while the loop still takes the signals: a group's second one must not end us half-way.
        conductor.supervisor.stop()
        conductor.state.addresses.unlink(missing_ok=True)


def main() -> None:
    parser = argparse.ArgumentParser(description="Two distributors' portals on localhost, with everything they need.")
    parser.add_argument("--data", type=Path, help="a folder of CSV files: the first distributor's figures")
    parser.add_argument("--reset", action="store_true", help="forget the data of earlier starts")
    parser.add_argument("--with-parent", action="store_true", help="stop when the process that started this one ends")
    parser.add_argument("--home", type=Path, default=Path(".portico"), help="where it keeps its data")
    options = parser.parse_args()
    if options.with_parent:
        bind_to_parent_process()
    if options.data and not options.data.is_dir():
        sys.exit(f"DATA={options.data} is no folder.")
    display, state = Display(), State(options.home.absolute())
    try:
        with ExitStack() as leaving:
            leaving.enter_context(state.held())
            if options.reset:
                state.reset()
            state.open()
            company = same_company(state, options.data.absolute() if options.data else None)
            supervisor = leaving.enter_context(Supervisor())
            asyncio.run(until_stopped(Conductor(supervisor, display, state), company, reset=options.reset))
    except FAILURES as trouble:
        sys.exit(f"\n{trouble}")


if __name__ == "__main__":
    main()

"""Conducts the demo: services, logins, simulators, two tenants, the portal's processes, the first sync.

`python -m portico_portal.local.demo`, which is `make demo`. It stays in front of its processes: starts again those
that end by themselves, and stops them all on Ctrl-C, SIGTERM or a closed terminal.
"""

import argparse
import asyncio
import signal
import sys
import time
from collections.abc import Coroutine
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from portico_core.errors import PorticoError
from portico_portal.local import erp, seeding
from portico_portal.local.children import bind_to_parent_process
from portico_portal.local.conductor import Conductor
from portico_portal.local.display import Display
from portico_portal.local.distributors import DISTRIBUTORS
from portico_portal.local.installation import installed
from portico_portal.local.postgres import NoPostgres
from portico_portal.local.redis_server import NoRedis
from portico_portal.local.report import Ready, show_table, write_addresses
from portico_portal.local.state import AnotherCompany, DemoRuns, State, same_company
from portico_portal.local.supervisor import STOPPING_SIGNALS, ChildFailed, Supervisor

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
    display = conductor.display
    async with installed(conductor, company_folder, reset=reset) as house:
        with display.progress() as bars:
            aside = await conductor.attended(erp.first_sync(house.database, house.tenants, bars, began=house.began))
        for line in aside:
            display.say(f"    {line}", "yellow")
        with display.step("people"):
            sign_ins = {
                each.slug: await seeding.ensure_people(house.database, house.tenants[each.slug], each, house.state)
                for each in DISTRIBUTORS
            }
    ready = Ready(house.state, house.addresses, house.services, house.logins.owner, sign_ins)
    write_addresses(ready)
    show_table(ready, display)
    display.say(f"Ready after {time.monotonic() - started:.0f} s.", "dim")
    await conductor.attended(asyncio.Event().wait())


async def until_stopped(conductor: Conductor, running: Coroutine[Any, Any, None]) -> bool:
    """Run; the first stopping signal cancels, more of them change nothing. False where it was stopped so."""
    work = asyncio.ensure_future(running)
    loop = asyncio.get_running_loop()
    for number in STOPPING_SIGNALS:
        if number != signal.SIGHUP or signal.getsignal(number) is not signal.SIG_IGN:  # nohup
            loop.add_signal_handler(number, work.cancel)
    try:
        await work
    except asyncio.CancelledError:
        conductor.display.say("\nStopping …", "dim")
        was_stopped = True
    else:
        was_stopped = False
    finally:
        # Here, while the loop still takes the signals: a group's second one must not end us half-way.
        conductor.supervisor.stop()
        conductor.state.addresses.unlink(missing_ok=True)
    if was_stopped:
        conductor.display.say("Stopped.", "dim")
    return not was_stopped


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
            conductor = Conductor(supervisor, display, state)
            asyncio.run(until_stopped(conductor, run(conductor, company, reset=options.reset)))
    except FAILURES as trouble:
        sys.exit(f"\n{trouble}")


if __name__ == "__main__":
    main()

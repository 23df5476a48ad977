"""`python -m portico_portal.local.real FILE [--keep]`, which is `make real DATA=FILE`.

Ctrl-C stops it; the next start goes on where it was. Ends with 1 where something differs.
"""

import argparse
import asyncio
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import httpx

from portico_connectors.simulators.netsuite.company.online_retail.source import BadSource
from portico_core.clock import now
from portico_portal.local.children import bind_to_parent_process
from portico_portal.local.compare.erp import Unreadable
from portico_portal.local.conductor import Conductor
from portico_portal.local.demo import FAILURES, until_stopped
from portico_portal.local.display import Display
from portico_portal.local.real.figures import told
from portico_portal.local.real.journal import Journal
from portico_portal.local.real.parts import Parts
from portico_portal.local.real.run import PARTS, run
from portico_portal.local.real.visitor import Unexpected
from portico_portal.local.report import show_table
from portico_portal.local.state import State
from portico_portal.local.supervisor import Supervisor

STOPPED = 130  # as a shell says of a program that Ctrl-C ended


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="The main job on the Online Retail data set.")
    parser.add_argument("file", type=Path, help="the CSV file, plain or gzipped, outside the project")
    parser.add_argument("--keep", action="store_true", help="leave the portal open at the end, until Ctrl-C")
    parser.add_argument("--reset", action="store_true", help="begin anew, whatever was done before")
    parser.add_argument("--with-parent", action="store_true", help="stop when the process that started this one ends")
    parser.add_argument("--home", type=Path, default=Path(".portico/real"), help="where it keeps its data")
    options = parser.parse_args(arguments)
    if options.with_parent:
        bind_to_parent_process()
    if options.file == Path():
        sys.exit("make real wants DATA=<file>; docs/real-figures.md says where to get it.")
    file: Path = options.file.absolute()
    if not file.is_file():
        sys.exit(f"DATA={options.file} is no file.")
    if Path.cwd() in file.resolve().parents:
        sys.exit(f"DATA={options.file} lies inside the project, where it might be published with it.")
    try:
        sys.exit(_run(file, options.home.absolute(), keep=options.keep, reset=options.reset))
    except (*FAILURES, BadSource, Unexpected, Unreadable, httpx.HTTPError) as trouble:
        sys.exit(f"\n{trouble}")


def _run(file: Path, home: Path, *, keep: bool, reset: bool) -> int:
    display, state = Display(), State(home)
    is_of = {"file": str(file), "bytes": file.stat().st_size, "modified": file.stat().st_mtime_ns}
    with ExitStack() as leaving:
        leaving.enter_context(state.held())
        journal = Journal(home / "parts.json", {**is_of, "day": (now().date() - timedelta(days=1)).isoformat()})
        is_finished = all(journal.done(each) for each in PARTS)
        if reset or not journal.parts or (is_finished and not keep):
            journal.forget()
            state.reset()
        state.open()
        conductor = Conductor(leaving.enter_context(Supervisor()), display, state)
        parts = Parts(conductor, journal)

        async def everything() -> None:
            ready = await run(parts, file, home / "company")
            figures = told(journal)
            (home / "figures.md").write_text(figures)
            display.say(f"\n{figures}\nFigures: {home / 'figures.md'}, all that was found: {journal.file}")
            if keep:
                show_table(ready, display)
                await conductor.attended(asyncio.Event().wait())

        finished = asyncio.run(until_stopped(conductor, everything()))
        if not finished and not all(journal.done(each) for each in PARTS):
            display.say("Stopped. The same command goes on from here.", "dim")
            return STOPPED
        display.say(f"{len(journal.differences):,} differences.")
        return 1 if journal.differences else 0


if __name__ == "__main__":
    main()

"""`make real`: parts are done once, broken-off ones again; what differs is said and ends with 1."""

import asyncio
import os
import socket
import subprocess
import sys
import time
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from portico_portal.local.conductor import Conductor
from portico_portal.local.display import Display
from portico_portal.local.real.__main__ import main
from portico_portal.local.real.books import covered
from portico_portal.local.real.cost import STATEMENT
from portico_portal.local.real.figures import told
from portico_portal.local.real.journal import Journal, Part, Spent
from portico_portal.local.real.parts import Outcome, Parts
from portico_portal.local.real.processes import Meter, family
from portico_portal.local.state import State
from portico_portal.local.supervisor import Supervisor
from portico_portal.local.threads import Stopped, Tick, in_thread

SUBJECT = {"file": "year.csv", "bytes": 1, "day": "2026-11-21"}


@pytest.fixture
def parts(tmp_path: Path) -> Parts:
    display = Display(Console(file=StringIO(), width=200))
    return Parts(Conductor(Supervisor(), display, State(tmp_path)), Journal(tmp_path / "parts.json", SUBJECT))


def _said(parts: Parts) -> str:
    file = parts.conductor.display.console.file
    assert isinstance(file, StringIO)
    return file.getvalue()


async def test_a_finished_part_is_not_done_again_by_the_next_run(parts: Parts) -> None:
    done = []

    async def work() -> Outcome:
        done.append("once")
        return {"rows": 3}, []

    await parts.do("sync", work)
    again = Parts(parts.conductor, Journal(parts.journal.file, {**SUBJECT, "day": "2026-11-22"}))
    await again.do("sync", work)

    assert done == ["once"]
    assert again.journal.subject["day"] == "2026-11-21"  # for which the folder was made
    assert (again.journal.parts["sync"].found, again.journal.differences) == ({"rows": 3}, [])
    assert "done before" in _said(parts)
    assert Journal(parts.journal.file, {**SUBJECT, "bytes": 2}).parts == {}


async def test_a_part_that_broke_off_or_found_differences_is_done_again_and_its_time_counts(parts: Parts) -> None:
    async def broken() -> Outcome:
        await asyncio.sleep(0.02)
        raise asyncio.CancelledError

    async def differing() -> Outcome:
        return {}, ["500001 is missing"]

    with pytest.raises(asyncio.CancelledError):
        await parts.do("compare", broken)
    before = parts.journal.parts["compare"].spent.seconds
    assert parts.journal.done("compare") is None
    await parts.do("compare", differing)

    assert parts.journal.done("compare") is None
    assert parts.journal.differences == ["500001 is missing"]
    assert parts.journal.parts["compare"].spent.seconds > before >= 0.02
    assert "500001 is missing" in _said(parts)


async def test_work_in_a_thread_ends_soon_after_who_wanted_it_has_gone() -> None:
    ended: list[str] = []

    def work(tick: Tick) -> None:
        try:
            for _ in range(1000):
                time.sleep(0.001)
                tick(1)
        except Stopped:
            ended.append("stopped")
            raise

    task = asyncio.ensure_future(in_thread(work))
    await asyncio.sleep(0.02)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    for _ in range(100):
        if ended:
            break
        await asyncio.sleep(0.01)
    assert ended == ["stopped"]


def test_runs_that_overlap_count_once() -> None:
    assert covered([(10.0, 14.0), (0.0, 2.0), (11.0, 12.0), (13.0, 15.0)]) == 7.0


def test_statements_are_counted_without_those_that_begin_and_end_a_transaction() -> None:
    log = (
        "2026-11-22 13:51:42 UTC [1] LOG:  statement: BEGIN;\n"
        "2026-11-22 13:51:42 UTC [1] LOG:  execute __asyncpg_stmt_e2__: SELECT id\n\tFROM customer\n"
        "2026-11-22 13:51:42 UTC [1] DETAIL:  parameters: $1 = '2026-11-22'\n"
        "2026-11-22 13:51:42 UTC [1] LOG:  statement: COMMIT;\n"
    )
    assert STATEMENT.findall(log) == ["1"]


def test_processor_and_memory_of_a_process_and_its_children_are_read() -> None:
    class Mine(Supervisor):
        """Of which this process is the child."""

    class Me:
        name, pid = "me", os.getpid()

    mine = Mine()
    mine.children = [Me()]  # type: ignore[list-item]
    meter = Meter(mine)
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        assert {os.getpid(), child.pid} <= set(family(os.getpid()))
        meter.look()
        before = meter.exact("me")
        sum(range(200_000))
        child.communicate(b"\n")

    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as client:
        assert client.getsockname()[1] in meter.ports("me")
    assert meter.exact("me") > before
    assert meter.processor()["me"] > 0
    assert meter.peaks["me"] > 10_000_000


def test_figures_are_told_of_what_there_is(parts: Parts) -> None:
    assert "| part |" in told(parts.journal)
    rows = {"records": 2, "rows": 10, "seconds": 4.0, "set_aside": 0}
    spent = Spent(5.0, {"worker": 2.0, "postgres": 1.0}, {"worker": 90_000_000})
    found = {"invoice": rows, "all": rows, "tables": {"bytes": 81_000_000}}
    parts.journal.note("sync", Part(spent, is_done=True, found=found))

    figures = told(parts.journal)
    assert "| invoice | 2 | 10 | 4.0 | 0 | 2 |" in figures
    assert "worker 200,000" in figures


@pytest.mark.parametrize(
    ("asked", "sentence"), [("", "make real wants DATA"), ("nowhere.csv", "is no file"), ("README.md", "lies inside")]
)
def test_what_is_no_file_outside_the_project_is_refused(asked: str, sentence: str) -> None:
    with pytest.raises(SystemExit, match=sentence):
        main([asked])

"""The demo's processes: waited for, started again when they end by themselves, given up when that goes on."""

import asyncio
import io
import os
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from rich.console import Console

from portico_portal.local.children import Program
from portico_portal.local.conductor import RESTARTS, Conductor
from portico_portal.local.display import Display
from portico_portal.local.health import is_well
from portico_portal.local.ports import free_port
from portico_portal.local.programs import Entry
from portico_portal.local.state import State, read_json
from portico_portal.local.supervisor import ChildFailed, Supervisor


@pytest.fixture
def heard() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def conductor(tmp_path: Path, heard: io.StringIO) -> Iterator[Conductor]:
    state = State(tmp_path)
    state.open()
    with Supervisor() as supervisor:
        yield Conductor(supervisor, Display(Console(file=heard, width=200)), state)


def entry(folder: Path, *command: str, port: int | None = None) -> Entry:
    program = Program(
        name="sample", argv=(sys.executable, *command), log=folder / "sample.log", environment=dict(os.environ)
    )
    return Entry(program, port=port, health="/", ready_seconds=10)


def web(folder: Path, port: int) -> Entry:
    return entry(folder, "-m", "http.server", str(port), "--bind", "127.0.0.1", "--directory", str(folder), port=port)


async def started(conductor: Conductor, entries: list[Entry]) -> None:
    conductor.launch(entries)
    await conductor.well()


async def eventually(true: Callable[[], bool]) -> None:
    """Another process makes it true, so there is no event to wait for."""
    async with asyncio.timeout(10):
        while not true():  # noqa: ASYNC110
            await asyncio.sleep(0.05)


async def test_it_returns_when_all_are_well(conductor: Conductor, tmp_path: Path) -> None:
    port = free_port()
    await started(conductor, [web(tmp_path, port)])
    assert is_well(f"http://127.0.0.1:{port}/")


async def test_a_process_that_is_killed_is_started_again_and_said(
    conductor: Conductor, tmp_path: Path, heard: io.StringIO
) -> None:
    port = free_port()
    await started(conductor, [web(tmp_path, port)])
    first = conductor.supervisor.children[0].pid

    async def kill_and_wait() -> None:
        os.kill(first, signal.SIGKILL)
        await eventually(lambda: read_json(conductor.state.folder / "processes.json")["sample"] != first)
        await eventually(lambda: is_well(f"http://127.0.0.1:{port}/"))

    await conductor.attended(kill_and_wait())

    assert "sample was ended by signal 9; it is started again" in heard.getvalue()


async def test_a_process_that_keeps_ending_is_given_up_with_its_last_words(
    conductor: Conductor, tmp_path: Path, heard: io.StringIO
) -> None:
    await started(conductor, [entry(tmp_path, "-c", "raise SystemExit('the disk is full')")])

    with pytest.raises(ChildFailed, match=r"(?s)sample ended with code 1, for the 4th time.*the disk is full"):
        await conductor.attended(asyncio.Event().wait())

    assert heard.getvalue().count("started again") == RESTARTS


async def test_a_process_that_ends_before_it_is_well_is_named_with_its_last_words(
    conductor: Conductor, tmp_path: Path
) -> None:
    broken = entry(tmp_path, "-c", "raise SystemExit('no such setting')", port=free_port())

    with pytest.raises(ChildFailed, match=r"(?s)before it was ready.*no such setting"):
        await started(conductor, [broken])

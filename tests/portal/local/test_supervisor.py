"""However a supervisor ends, nothing that it started lives on."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from portico_portal.local.children import Program
from portico_portal.local.supervisor import ChildFailed, Supervisor, wait_until
from tests.portal.local.processes import MARK, living_members


@pytest.fixture
def family(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.portal.local.family", str(tmp_path), "0.5"],
        env={**os.environ, MARK: str(tmp_path)},
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "family is up\n"
    assert len(living_members(str(tmp_path))) >= 4
    yield process
    for pid in living_members(str(tmp_path)):
        os.kill(pid, signal.SIGKILL)
    process.wait()
    process.stdout.close()


def to_the_process(family: subprocess.Popen[str], number: signal.Signals) -> None:
    os.kill(family.pid, number)


def to_the_group(family: subprocess.Popen[str], number: signal.Signals) -> None:
    os.killpg(family.pid, number)


def to_both(family: subprocess.Popen[str], number: signal.Signals) -> None:
    os.killpg(family.pid, number)
    os.kill(family.pid, number)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
@pytest.mark.parametrize("send", [to_the_process, to_the_group, to_both])
def test_a_signal_stops_the_family_within_the_deadline(
    family: subprocess.Popen[str],
    tmp_path: Path,
    number: signal.Signals,
    send: Callable[[subprocess.Popen[str], signal.Signals], None],
) -> None:
    send(family, number)

    assert family.wait(timeout=5) == 0
    assert living_members(str(tmp_path)) == []


@pytest.mark.parametrize("send", [to_the_process, to_the_group])
def test_a_killed_supervisor_leaves_no_grandchild(
    family: subprocess.Popen[str],
    tmp_path: Path,
    send: Callable[[subprocess.Popen[str], signal.Signals], None],
) -> None:
    send(family, signal.SIGKILL)
    family.wait(timeout=5)

    deadline = time.monotonic() + 15
    while living_members(str(tmp_path)) and time.monotonic() < deadline:
        time.sleep(0.1)

    assert living_members(str(tmp_path)) == []


def test_a_child_that_ends_is_reported_once_with_its_last_words(tmp_path: Path) -> None:
    with Supervisor() as supervisor:
        child = supervisor.start(python(tmp_path, "print('no such table'); raise SystemExit(3)"))
        child.wait(5)

        assert supervisor.ended() == [child]
        assert supervisor.ended() == []
        assert child.last_words() == "no such table"
        assert child.process.returncode == 3


def test_a_child_that_never_gets_ready_is_named_with_the_reason(tmp_path: Path) -> None:
    with Supervisor() as supervisor:
        child = supervisor.start(python(tmp_path, "print('port is taken')"))

        with pytest.raises(ChildFailed, match=r"(?s)sample ended with code 0 .*port is taken"):
            wait_until(lambda: False, child, seconds=5, what="never")


def test_what_serves_the_others_stops_last(tmp_path: Path) -> None:
    note = tmp_path / "order"
    code = (
        "import signal, sys, time\n"
        f"def note(*_): open({str(note)!r}, 'a').write(sys.argv[1] + ' '); sys.exit()\n"
        "signal.signal(signal.SIGTERM, note); print('ready', flush=True); time.sleep(60)"
    )
    with Supervisor() as supervisor:
        for name, last in (("database", True), ("web", False)):
            child = supervisor.start(python(tmp_path, code, name, stops_last=last))
            wait_until(lambda made=child: "ready" in made.last_words(), child, seconds=5, what="it says so")  # type: ignore[misc]

    assert note.read_text() == "web database "


def python(folder: Path, code: str, name: str = "sample", *, stops_last: bool = False) -> Program:
    return Program(
        name=name,
        argv=(sys.executable, "-c", code, name),
        log=folder / f"{name}.log",
        environment=dict(os.environ),
        stops_last=stops_last,
    )

"""`make demo` as a newcomer and a script meet it: ready, described, kept over a restart, gone without a trace."""

import contextlib
import json
import os
import pty
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.portal.local.processes import MARK, living_members

READY_SECONDS = 120
STOP_SECONDS = 40


@dataclass
class DemoRun:
    """The demo in a folder of its own; start and stop it as often as a test likes."""

    home: Path
    process: "subprocess.Popen[bytes] | None" = field(default=None)
    ready_after: float = 0.0

    def start(self) -> dict[str, Any]:
        """Returns what it wrote for scripts once it is ready."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PORTICO_")}
        with (self.home / "output.txt").open("ab") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "portico_portal.local.demo", "--home", str(self.home)],
                env={**environment, MARK: str(self.home)},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        began = time.monotonic()
        while not (self.home / "demo.json").exists():
            assert self.process.poll() is None, self.said()
            assert time.monotonic() - began < READY_SECONDS, self.said()
            time.sleep(0.1)
        self.ready_after = time.monotonic() - began
        described: dict[str, Any] = json.loads((self.home / "demo.json").read_text())
        return described

    def said(self) -> str:
        return (self.home / "output.txt").read_text()

    def stop(self, number: signal.Signals, *, group: bool = False) -> None:
        assert self.process is not None
        (os.killpg if group else os.kill)(self.process.pid, number)
        self.process.wait(timeout=STOP_SECONDS)

    def left(self) -> list[int]:
        """Processes of this demo that still live, after the guardian's moment of grace."""
        deadline = time.monotonic() + 20
        while (living := living_members(str(self.home))) and time.monotonic() < deadline:
            time.sleep(0.2)
        return living


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DemoRun]:
    run = DemoRun(tmp_path_factory.mktemp("demo"))
    yield run
    if run.process is not None and run.process.poll() is None:
        run.stop(signal.SIGTERM)
    for pid in living_members(str(run.home)):
        os.kill(pid, signal.SIGKILL)


@pytest.fixture(scope="module")
def described(demo: DemoRun) -> dict[str, Any]:
    return demo.start()


def test_scripts_are_told_everything_in_the_agreed_shape(described: dict[str, Any]) -> None:
    assert set(described) == {"portals", "operator", "simulators", "mail", "metrics", "services"}
    for portal in described["portals"]:
        assert set(portal) == {"tenant", "url", "address", "sign_ins"}
        assert portal["url"].startswith(f"http://{portal['tenant']}.localhost:")
        assert portal["address"].startswith("http://127.0.0.1:")
        roles = [person["role"] for person in portal["sign_ins"]]
        assert {"owner", "finance", "payer", "viewer"} <= set(roles)
        assert roles.count("payer") == 2
        assert all(set(person) == {"role", "email", "password"} for person in portal["sign_ins"])
    assert [portal["tenant"] for portal in described["portals"]] == ["stanmoor", "quince"]
    netsuite, paysim = described["simulators"]["netsuite"], described["simulators"]["paysim"]
    assert set(netsuite) == {"url", "control_url", "account", "credentials"}
    assert set(netsuite["credentials"]) == {
        *("consumer_key", "consumer_secret", "token_id", "token_secret"),
        *("client_id", "certificate_id", "private_key_pem"),
    }
    assert set(paysim) == {"url", "control_url", "secret_key", "accounts"}
    assert all(account.startswith("acct_") for account in paysim["accounts"].values())
    assert described["services"]["postgres"].startswith("postgresql://")
    assert described["services"]["redis"].startswith("redis://")


def test_every_address_answers(described: dict[str, Any]) -> None:
    for portal in described["portals"]:
        host = portal["url"].removeprefix("http://")
        answer = httpx.get(f"{portal['address']}/sign-in", headers={"Host": host})
        assert answer.status_code == 200
        assert {"stanmoor": "Stanmoor", "quince": "Quince"}[portal["tenant"]] in answer.text
    simulators = described["simulators"]
    for address in (
        described["mail"]["url"],
        described["metrics"]["url"],
        f"{simulators['netsuite']['control_url']}/health",
        f"{simulators['paysim']['control_url']}/health",
    ):
        assert httpx.get(address).status_code == 200, address


def test_what_it_wrote_is_for_its_owner_alone(demo: DemoRun, described: dict[str, Any]) -> None:
    assert (demo.home / "demo.json").stat().st_mode & 0o777 == 0o600
    assert (demo.home / "demo").stat().st_mode & 0o777 == 0o700


def test_stopping_the_group_leaves_nothing_and_the_second_start_keeps_all(
    demo: DemoRun, described: dict[str, Any]
) -> None:
    demo.stop(signal.SIGTERM, group=True)
    assert demo.left() == []
    assert demo.said().endswith("Stopping …\nStopped.\n")
    assert not (demo.home / "demo.json").exists()

    first = demo.ready_after
    assert demo.start() == described
    assert demo.ready_after < first


def test_a_killed_demo_leaves_nothing(demo: DemoRun, described: dict[str, Any]) -> None:
    demo.stop(signal.SIGKILL)
    assert demo.left() == []


@pytest.mark.parametrize("how", ["the terminal closes", "the caller is killed"])
def test_a_start_that_loses_its_terminal_or_its_caller_leaves_nothing(tmp_path: Path, how: str) -> None:
    command = f"{sys.executable} -m portico_portal.local.demo --with-parent --home {tmp_path}; exit"
    caller, terminal = pty.fork()
    if caller == 0:
        os.execve("/bin/sh", ["sh", "-c", command], {**os.environ, MARK: str(tmp_path)})  # noqa: S606
    run = DemoRun(tmp_path)
    try:
        deadline = time.monotonic() + READY_SECONDS
        while not (tmp_path / "demo" / "processes.json").exists():
            assert time.monotonic() < deadline
            with contextlib.suppress(OSError):
                select.select([terminal], [], [], 0.1)[0] and os.read(terminal, 65536)
        assert len(living_members(str(tmp_path))) > 5

        if how == "the terminal closes":
            os.close(terminal)
        else:
            os.kill(caller, signal.SIGKILL)

        assert run.left() == []
    finally:
        os.waitpid(caller, 0)
        for pid in living_members(str(tmp_path)):
            os.kill(pid, signal.SIGKILL)

"""The portal's own processes as an operator runs them, with their environment, to be stopped and killed."""

import os
import signal
import subprocess
import sys
import time
from base64 import b64encode
from collections.abc import Mapping
from pathlib import Path

import httpx

from portico_core.settings import DatabaseSettings
from portico_core.tls import trust
from portico_portal.local.ports import free_port

PORTICO = str(Path(sys.executable).with_name("portico"))
READY_SECONDS = 120.0  # of a busy machine


def environment(database: DatabaseSettings, redis_url: str, **more: str) -> dict[str, str]:
    """Settings for `portico …` on one database. Without a tenant's share: these tests ask as fast as they can."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith("PORTICO_")}
    return plain | {
        "PORTICO_ENVIRONMENT": "test",
        "PORTICO_DATABASE_URL": database.url,
        "PORTICO_REDIS_URL": redis_url,
        "PORTICO_SECRET_KEYS": f"test:{b64encode(bytes(range(32))).decode()}",
        "PORTICO_WEB_SCHEME": "http",
        "PORTICO_PLATFORM_HOST": "platform.test",
        "PORTICO_WEB_TENANT_PERCENT": "0",
        **more,
    }


class Process:
    """One `portico` process in a session of its own. Its output goes to `log`."""

    def __init__(self, arguments: list[str], env: Mapping[str, str], log: Path) -> None:
        self.log = log
        with log.open("wb") as out:
            self.popen = subprocess.Popen(
                [PORTICO, *arguments], env=dict(env), stdout=out, stderr=subprocess.STDOUT, start_new_session=True
            )

    def wait_for(self, text: str) -> None:
        """Until the log says so."""
        deadline = time.monotonic() + READY_SECONDS
        while text not in self.log.read_text():
            assert self.popen.poll() is None, self.log.read_text()[-2000:]
            assert time.monotonic() < deadline, f"no {text!r} in {self.log.read_text()[-2000:]}"
            time.sleep(0.05)

    def seconds_to_end(self, *signals: int, at_most: float) -> float:
        """Send the signals to the whole group one after the other and wait."""
        started = time.monotonic()
        for number in signals:
            os.killpg(self.popen.pid, number)
        try:
            self.popen.wait(at_most)
        finally:
            self.kill()
        return time.monotonic() - started

    def kill(self) -> None:
        """Nothing of it is left."""
        try:
            os.killpg(self.popen.pid, signal.SIGKILL)
        except ProcessLookupError:
            return
        self.popen.wait(10)


def web(env: Mapping[str, str], log: Path) -> tuple[Process, str]:
    """A web process that answers, and its address."""
    port = free_port()
    process = Process(["web", "--port", str(port)], env, log)
    address = f"http://127.0.0.1:{port}"
    deadline = time.monotonic() + READY_SECONDS
    while True:
        assert process.popen.poll() is None, log.read_text()[-2000:]
        assert time.monotonic() < deadline, log.read_text()[-2000:]
        try:
            if httpx.get(f"{address}/health/live", timeout=2, verify=trust()).status_code == 200:
                return process, address
        except httpx.TransportError:
            time.sleep(0.05)

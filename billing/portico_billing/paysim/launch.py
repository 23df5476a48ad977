"""Start a paysim process and wait until it answers: for the demo's supervisor and for tests, pytest or not."""

import json
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

START_SECONDS = 180  # a busy machine takes its time; one that cannot start ends by itself


class NotStarted(Exception):
    """paysim did not come up; the message holds what it said."""


@dataclass
class Paysim:
    """A running paysim. `url` is the API's base, the pages' base, and with /control that of the control API."""

    url: str
    process: subprocess.Popen[bytes]

    @property
    def control_url(self) -> str:
        return f"{self.url}/control"

    def stop(self) -> None:
        """SIGTERM, and wait."""
        self.process.terminate()
        self.process.wait(timeout=10)

    def kill(self) -> None:
        """SIGKILL: what was answered is still there after a new start on the same folder."""
        self.process.kill()
        self.process.wait(timeout=10)


def command(data: Path, config: Path, port: int = 0) -> list[str]:
    """The command line of a paysim; with port 0 it chooses one and writes it to `data`/port."""
    module = "portico_billing.paysim"
    return [sys.executable, "-m", module, "--port", str(port), "--data", str(data), "--config", str(config)]


def start(data: Path, config: dict[str, Any], port: int = 0) -> Paysim:
    """Write the configuration into `data`, start a paysim on it and wait for its health.

    `config` is that of config.Config as plain values. Raises NotStarted.
    """
    data.mkdir(parents=True, exist_ok=True)
    file, port_file, log = data / "config.json", data / "port", data / "paysim.log"
    file.write_text(json.dumps(config))
    port_file.unlink(missing_ok=True)
    with log.open("ab") as out:
        process = subprocess.Popen(command(data, file, port), stdout=out, stderr=out)  # noqa: S603 - our own module
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and process.poll() is None:
        if port_file.exists() and (written := port_file.read_text().strip()):
            url = f"http://127.0.0.1:{written}"
            if _healthy(url):
                return Paysim(url, process)
        time.sleep(0.05)
    process.kill()
    raise NotStarted(log.read_text(errors="replace")[-2000:])


def _healthy(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/control/health", timeout=2) as answer:  # noqa: S310 - http, loopback
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False

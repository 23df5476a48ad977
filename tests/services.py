"""PostgreSQL and Redis for a test run, and any other server a test wants: real ones, on free ports.

One pair serves the whole run, pytest-xdist's workers included: whoever wants it first starts a keeper process,
which ends with the run's main process, however that ends. `tests/conftest.py` takes the fixtures in.
"""

import contextlib
import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest

from portico_portal.local.children import Program
from portico_portal.local.health import on_port, start_server
from portico_portal.local.ports import free_port
from portico_portal.local.services import Services, remove_services
from portico_portal.local.supervisor import Supervisor

RUN = "PORTICO_TEST_RUN"
HOME = Path(__file__).parent.parent / ".portico" / "tests"
START_SECONDS = 60.0
STOP_SECONDS = 30.0

_keepers: list["subprocess.Popen[bytes]"] = []


@dataclass(frozen=True)
class PostgresServer:
    """`url` is a login that may create roles and databases: the embedded superuser, or what the environment names."""

    url: str
    embedded: bool

    def url_of(self, database: str, user: str | None = None, password: str = "") -> str:
        """The same server's address for another database, and another login where one is given."""
        parts = urlsplit(self.url)
        login, _, place = parts.netloc.rpartition("@")
        if user is not None:
            login = f"{user}:{password}"
        return urlunsplit((parts.scheme, f"{login}@{place}", f"/{database}", parts.query, ""))


@pytest.fixture(scope="session")
def services() -> Services:
    return shared_services(int(os.environ[RUN]))


@pytest.fixture(scope="session")
def postgres_server(services: Services) -> PostgresServer:
    return PostgresServer(services.postgres_url, services.postgres_embedded)


@pytest.fixture(scope="session")
def redis_url(services: Services) -> str:
    return services.redis_url


def shared_services(main_process: int) -> Services:
    """The run's pair, started now if nobody has yet."""
    HOME.mkdir(parents=True, exist_ok=True)
    folder = HOME / str(main_process)
    described = folder / "services.json"
    with (HOME / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not described.exists():
            _clear_leftovers()
            _start_keeper(folder, main_process)
        return Services(**json.loads(described.read_text()))


def _start_keeper(folder: Path, main_process: int) -> None:
    folder.mkdir()
    log = HOME / f"{main_process}.log"
    with log.open("wb") as output:
        keeper = subprocess.Popen(
            [
                *(sys.executable, "-m", "portico_portal.local.services", str(folder)),
                *("--for-process", str(main_process)),
            ],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    (folder / "keeper.pid").write_text(str(keeper.pid))
    _keepers.append(keeper)
    deadline = time.monotonic() + START_SECONDS
    while not (folder / "services.json").exists():
        if keeper.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"the tests' services did not start: {log.read_text().strip()}")
        time.sleep(0.02)


def _clear_leftovers() -> None:
    """Folders of runs whose keeper was itself killed outright."""
    for folder in HOME.iterdir():
        if folder.is_dir() and folder.name.isdigit() and not Path(f"/proc/{folder.name}").exists():
            with contextlib.suppress(OSError, ValueError):
                if Path(f"/proc/{int((folder / 'keeper.pid').read_text())}").exists():
                    continue  # still clearing up after itself
            remove_services(folder)


def pytest_configure() -> None:
    os.environ.setdefault(RUN, str(os.getpid()))


def pytest_unconfigure() -> None:
    """Stop the pair before the run's main process returns, so that nothing is left when the prompt is back."""
    main_process = os.environ.get(RUN)
    if main_process != str(os.getpid()):
        return
    folder = HOME / main_process
    with contextlib.suppress(OSError, ValueError):
        os.kill(int((folder / "keeper.pid").read_text()), signal.SIGTERM)
    deadline = time.monotonic() + STOP_SECONDS
    while folder.exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    for keeper in _keepers:
        keeper.wait()
    (HOME / f"{main_process}.log").unlink(missing_ok=True)
    shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def running_server(
    argv: Sequence[str],
    *,
    folder: Path,
    health: str = "/control/health",
    environment: Mapping[str, str] | None = None,
    seconds: float = 30.0,
) -> Iterator[str]:
    """Run any server of ours as a process, `{port}` in its command filled in; yields its base address."""
    port = free_port()
    with Supervisor() as supervisor:
        program = Program(
            name=Path(argv[-1]).name if len(argv) == 1 else " ".join(argv[:3]),
            argv=on_port(argv, port),
            log=folder / f"server-{port}.log",
            environment={**os.environ, **(environment or {})},
        )
        yield start_server(supervisor, program, port=port, health=health, seconds=seconds).url


StartServer = Callable[..., str]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[StartServer]:
    """`start([python, "-m", "…", "--port", "{port}"], health="/…")` gives a base address until the test ends."""
    with contextlib.ExitStack() as running:

        def start_one(argv: Sequence[str], **options: object) -> str:
            return running.enter_context(running_server(argv, folder=tmp_path, **options))  # type: ignore[arg-type]

        yield start_one

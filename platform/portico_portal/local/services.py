"""PostgreSQL and Redis for one machine: the servers that the environment names, else embedded ones.

`python -m portico_portal.local.services FOLDER` starts throwaway ones, writes FOLDER/services.json and stops them
when it is told to or when the process named by --for-process ends; the tests share one such pair.
"""

import argparse
import contextlib
import json
import os
import secrets
import shutil
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from portico_portal.local.ports import PortBook
from portico_portal.local.postgres import NoPostgres, data_folders, start_postgres
from portico_portal.local.redis_server import NoRedis, start_redis
from portico_portal.local.supervisor import ChildFailed, Supervisor, stopping_signals

POSTGRES_PORT = 54320
REDIS_PORT = 63790
LOOK_SECONDS = 0.1


class ServiceLost(Exception):
    """An embedded service ended while others needed it."""


@dataclass(frozen=True)
class Services:
    """Where the two are. An embedded PostgreSQL is given by its superuser, a foreign one as its URL came."""

    postgres_url: str
    redis_url: str
    postgres_embedded: bool
    redis_embedded: bool
    postgres_source: str
    redis_source: str


def start_services(
    supervisor: Supervisor,
    folder: Path,
    *,
    environment: Mapping[str, str],
    throwaway: bool = False,
    say: Callable[[str], None] = lambda text: None,
) -> Services:
    """Passwords and ports are kept in the folder, so a second start finds its data and its addresses."""
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    book = PortBook(folder / "ports.json")
    postgres_url = environment.get("PORTICO_DATABASE_URL", "")
    redis_url = environment.get("PORTICO_REDIS_URL", "")
    postgres_source, redis_source = "PORTICO_DATABASE_URL", "PORTICO_REDIS_URL"
    if not postgres_url:
        chosen: list[str] = []
        postgres_url = start_postgres(
            supervisor,
            folder=folder / "postgres",
            port=book.take("postgres", None if throwaway else POSTGRES_PORT),
            password=kept_secret(folder / "postgres.password"),
            throwaway=throwaway,
            say=chosen.append,
        ).superuser_url
        postgres_source = chosen[0]
    say(f"PostgreSQL: {postgres_source}")
    if not redis_url:
        chosen = []
        redis_url = start_redis(
            supervisor,
            folder=folder / "redis",
            port=book.take("redis", None if throwaway else REDIS_PORT),
            password=kept_secret(folder / "redis.password"),
            throwaway=throwaway,
            say=chosen.append,
        ).url
        redis_source = chosen[0]
    say(f"Redis: {redis_source}")
    return Services(
        postgres_url=postgres_url,
        redis_url=redis_url,
        postgres_embedded=not environment.get("PORTICO_DATABASE_URL"),
        redis_embedded=not environment.get("PORTICO_REDIS_URL"),
        postgres_source=postgres_source,
        redis_source=redis_source,
    )


def kept_secret(file: Path) -> str:
    """A random secret, made once and kept where only its owner can read it."""
    if not file.exists():
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as new:
            new.write(secrets.token_urlsafe(24))
    return file.read_text()


def remove_services(folder: Path) -> None:
    """Everything that start_services made, wherever it lies."""
    for made in (*data_folders(folder / "postgres"), folder):
        shutil.rmtree(made, ignore_errors=True)


def main() -> None:
    parser = argparse.ArgumentParser(description="Throwaway PostgreSQL and Redis until this process is told to stop.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--for-process", type=int, help="stop when this process ends")
    options = parser.parse_args()
    folder: Path = options.folder.absolute()
    with stopping_signals() as stopping, contextlib.ExitStack() as leaving:
        # The folder goes last, when nothing writes into it any more.
        leaving.callback(remove_services, folder)
        supervisor = leaving.enter_context(Supervisor())
        try:
            services = start_services(supervisor, folder, environment=os.environ, throwaway=True)
        except (NoPostgres, NoRedis, ChildFailed) as trouble:
            sys.exit(str(trouble))
        written = folder / "services.json.new"
        written.write_text(json.dumps(asdict(services)))
        written.rename(folder / "services.json")
        while not stopping and (options.for_process is None or _lives(options.for_process)):
            for child in supervisor.ended():
                sys.exit(f"{child.name} ended\n{child.last_words()}")
            time.sleep(LOOK_SECONDS)


def _lives(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


if __name__ == "__main__":
    main()

"""The embedded PostgreSQL and Redis: found, started, kept, and gone without a trace."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import asyncpg
import pytest
import redis.asyncio

from portico_portal.local.binaries import postgres_candidates, redis_candidates
from portico_portal.local.ports import PortBook, free_port, is_free
from portico_portal.local.postgres import NoPostgres, data_folders, start_postgres
from portico_portal.local.redis_server import start_redis
from portico_portal.local.services import Services, kept_secret, remove_services, start_services
from portico_portal.local.supervisor import Supervisor
from tests.services import PostgresServer

PASSWORD = "only-for-this-test"
POSTGRESES = list(postgres_candidates())
AS_WHOM = ["namespace", "nobody"] if os.geteuid() == 0 else ["myself"]


async def ask(url: str, statement: str) -> object:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(statement)
    finally:
        await connection.close()


async def test_the_run_shares_one_postgres_and_one_redis(
    postgres_server: PostgresServer, redis_url: str, services: Services
) -> None:
    assert await ask(postgres_server.url, "SELECT current_setting('server_version_num')::int / 10000 >= 15")
    async with redis.asyncio.from_url(redis_url) as client:
        assert await client.ping()
    assert services.postgres_source


@pytest.mark.parametrize("as_whom", AS_WHOM)
@pytest.mark.parametrize("binaries", POSTGRESES, ids=lambda found: f"{found.major} {found.source}")
async def test_every_postgres_found_here_starts_and_keeps_its_data(
    tmp_path: Path, binaries: object, as_whom: str
) -> None:
    folder = tmp_path / "postgres"
    options = {"candidates": [binaries], "may_unshare": as_whom != "nobody", "throwaway": True}
    try:
        for turn in (1, 2):
            with Supervisor() as supervisor:
                server = start_postgres(
                    supervisor,
                    folder=folder,
                    port=free_port(),
                    password=PASSWORD,
                    **options,  # type: ignore[arg-type]
                )
                if turn == 1:
                    await ask(server.superuser_url, "CREATE TABLE kept AS SELECT 'yes' AS answer")
                assert await ask(server.superuser_url, "SELECT answer FROM kept") == "yes"
                assert await ask(server.superuser_url, "SELECT lower('ÄÖŁ')") == "äöł"
            assert is_free(server.port)
    finally:
        remove_services(tmp_path)
    assert not any(made.exists() for made in data_folders(folder))


async def test_a_password_is_asked_for(tmp_path: Path) -> None:
    with Supervisor() as supervisor:
        server = start_postgres(
            supervisor, folder=tmp_path / "postgres", port=free_port(), password=PASSWORD, throwaway=True
        )
        with pytest.raises(asyncpg.InvalidPasswordError):
            await asyncpg.connect(server.superuser_url.replace(PASSWORD, "a-guess"))


def test_no_usable_postgres_is_told_in_a_sentence_that_says_what_to_do(tmp_path: Path) -> None:
    with Supervisor() as supervisor, pytest.raises(NoPostgres, match="apt install postgresql"):
        start_postgres(supervisor, folder=tmp_path, port=free_port(), password=PASSWORD, candidates=[])


def test_a_cluster_that_never_ran_is_not_left_behind(tmp_path: Path) -> None:
    folder = tmp_path / "postgres"
    with socket.socket() as occupier, Supervisor() as supervisor:
        occupier.bind(("127.0.0.1", 0))
        occupier.listen()
        port, one = occupier.getsockname()[1], POSTGRESES[:1]
        with pytest.raises(NoPostgres, match="Address already in use"):
            start_postgres(supervisor, folder=folder, port=port, password=PASSWORD, candidates=one)
    assert not any((made / "data").exists() for made in data_folders(folder))
    remove_services(tmp_path)


def test_two_runs_that_choose_at_the_same_moment_get_different_ports(tmp_path: Path) -> None:
    favourite = free_port()
    choose = (
        "from pathlib import Path; from portico_portal.local.ports import PortBook; import sys;"
        "print(PortBook(Path(sys.argv[1])).take('web', int(sys.argv[2])), flush=True); input()"
    )
    others = [
        subprocess.Popen(
            [sys.executable, "-c", choose, str(tmp_path / name), str(favourite + 1)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for name in ("one.json", "two.json")
    ]
    chosen = [int(other.stdout.readline()) for other in others if other.stdout]
    for other in others:
        other.communicate("\n")

    assert len(set(chosen)) == 2


def test_data_of_another_version_is_left_alone_and_named(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "PG_VERSION").write_text("9\n")
    with Supervisor() as supervisor, pytest.raises(NoPostgres, match="was made by PostgreSQL 9"):
        start_postgres(supervisor, folder=tmp_path, port=free_port(), password=PASSWORD, may_unshare=True)


@pytest.mark.parametrize("candidate", list(redis_candidates()), ids=lambda found: found[1])
async def test_every_redis_found_here_starts_and_keeps_what_it_was_given(
    tmp_path: Path, candidate: tuple[Path, str]
) -> None:
    for turn in (1, 2):
        with Supervisor() as supervisor:
            server = start_redis(
                supervisor, folder=tmp_path, port=free_port(), password=PASSWORD, candidates=[candidate]
            )
            async with redis.asyncio.from_url(server.url) as client:
                if turn == 1:
                    await client.set("kept", "yes")
                assert await client.get("kept") == b"yes"


def test_servers_named_by_the_environment_are_taken_as_they_are(tmp_path: Path) -> None:
    named = {
        "PORTICO_DATABASE_URL": "postgresql://me@db.example/portico",
        "PORTICO_REDIS_URL": "redis://cache.example/1",
    }
    with Supervisor() as supervisor:
        services = start_services(supervisor, tmp_path, environment=named)

        assert supervisor.children == []
    assert (services.postgres_url, services.redis_url) == tuple(named.values())
    assert not services.postgres_embedded


def test_a_port_is_kept_while_it_is_free_and_left_when_it_is_taken(tmp_path: Path) -> None:
    favourite = free_port()
    first = PortBook(tmp_path / "ports.json").take("web", favourite)
    assert first == favourite
    assert PortBook(tmp_path / "ports.json").take("web", favourite + 1) == favourite

    with socket.socket() as occupier:
        occupier.bind(("127.0.0.1", favourite))
        occupier.listen()
        moved = PortBook(tmp_path / "ports.json").take("web", favourite)
    assert moved != favourite
    assert PortBook(tmp_path / "ports.json").take("web", favourite) == moved


def test_a_kept_secret_can_be_read_by_its_owner_alone(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    assert kept_secret(file) == kept_secret(file)
    assert file.stat().st_mode & 0o777 == 0o600


def test_a_killed_test_run_leaves_no_service_behind(tmp_path: Path) -> None:
    folder = tmp_path / "services"
    waiter = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    keeper = subprocess.Popen(
        [sys.executable, "-m", "portico_portal.local.services", str(folder), "--for-process", str(waiter.pid)],
        env={name: value for name, value in os.environ.items() if not name.startswith("PORTICO_")},
    )
    try:
        while not (folder / "services.json").exists():
            assert keeper.poll() is None
        waiter.kill()
        waiter.wait()
        assert keeper.wait(timeout=10) == 0
    finally:
        waiter.kill()
        keeper.kill()
    assert not folder.exists()

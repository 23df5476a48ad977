"""`portico check --canary` against a running installation: says that all is well, and leaves nothing behind."""

import asyncio
import json
import signal
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from portico_core.settings import DatabaseSettings
from portico_portal.local.ports import free_port
from portico_portal.probe.throwaway import LOCK, remove_leftovers
from portico_tenants.owner import app_login, owner_connection
from portico_tenants.provision import NewTenant, create_tenant
from tests.faults.processes import PORTICO, environment, web

SECONDS = 300  # of a busy machine


@pytest.fixture
def surroundings(fresh_database: DatabaseSettings, redis_url: str) -> dict[str, str]:
    """With a tenant's share as operators have it: the check must not take its refusals for answers."""
    return environment(
        fresh_database,
        redis_url,
        PORTICO_DATABASE_OWNER_URL=fresh_database.owner_url or "",
        PORTICO_WEB_TENANT_PERCENT="25",
    )


@contextmanager
def serving(env: Mapping[str, str], log: Path) -> Iterator[str]:
    process, address = web(env, log)
    try:
        yield address
    finally:
        process.kill()


def check(env: Mapping[str, str], *arguments: str) -> tuple[int, Any, str]:
    done = subprocess.run(
        [PORTICO, "check", "--json", *arguments], env=dict(env), capture_output=True, text=True, check=False
    )
    return done.returncode, json.loads(done.stdout) if done.stdout else None, done.stderr


async def slugs(database: DatabaseSettings) -> list[str]:
    async with owner_connection(database) as owner:
        return [row["slug"] for row in await owner.fetch("SELECT slug FROM portico.tenant ORDER BY slug")]


async def test_all_is_well_and_nothing_is_left(
    surroundings: dict[str, str], fresh_database: DatabaseSettings, tmp_path: Path
) -> None:
    real = NewTenant(slug="canary-probe-0123456789ab", name="Canary Islands", hosts=("canary.example",))
    async with owner_connection(fresh_database) as owner:
        await create_tenant(owner, app_login(fresh_database), real)
    with serving(surroundings, tmp_path / "web.log") as url:
        code, told, said = await asyncio.to_thread(check, surroundings, "--canary", "--url", url)
    assert code == 0, (told, said)
    assert told["ok"]
    by_name = {each["name"]: each for each in told["findings"]}
    assert by_name["pages behind shared addresses"]["tried"] >= 15
    assert by_name["another tenant's things"]["tried"] >= 8
    assert by_name["transactions of both"]["tried"] >= 60
    assert all(each["ok"] and each["tried"] for each in told["findings"])
    assert await slugs(fresh_database) == [real.slug], "a tenant that only looks like the probe's is left alone"


async def test_plain_it_needs_no_web_process_and_with_the_canary_it_says_so(
    surroundings: dict[str, str], fresh_database: DatabaseSettings
) -> None:
    code, told, _ = await asyncio.to_thread(check, surroundings)
    assert (code, [each["name"] for each in told["findings"]]) == (0, ["login and pooler", "schemas, roles and grants"])
    code, told, said = await asyncio.to_thread(
        check, surroundings, "--canary", "--url", f"http://127.0.0.1:{free_port()}"
    )
    assert (code, told) == (1, None)
    assert "no web process answers" in said
    assert said.strip().count("\n") == 0
    assert await slugs(fresh_database) == []
    unsafe = surroundings | {"PORTICO_DATABASE_URL": surroundings["PORTICO_DATABASE_OWNER_URL"]}
    code, told, _ = await asyncio.to_thread(check, unsafe, "--canary")
    assert (code, told["ok"], len(told["findings"])) == (1, False, 1)
    assert "may create roles" in told["findings"][0]["troubles"][0]


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
async def test_stopped_it_tidies_up_and_killed_the_next_run_does(
    surroundings: dict[str, str], fresh_database: DatabaseSettings, how: signal.Signals
) -> None:
    """Held in its walk by an address that takes requests and does not answer."""
    silent = await asyncio.start_server(lambda _reader, _writer: asyncio.sleep(SECONDS), "127.0.0.1", 0)
    port = silent.sockets[0].getsockname()[1]
    running = await asyncio.create_subprocess_exec(
        *(PORTICO, "check", "--canary", "--url", f"http://127.0.0.1:{port}"),
        env=surroundings,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(SECONDS):
        while len(await slugs(fresh_database)) < 2:
            assert running.returncode is None
            await asyncio.sleep(0.05)
        code, _, said = await asyncio.to_thread(check, surroundings, "--canary")
        assert code == 1
        assert "Another probe is running" in said
        running.send_signal(how)
        await running.communicate()
    silent.close()
    if how is signal.SIGTERM:
        assert running.returncode == 1
    else:
        assert len(await slugs(fresh_database)) == 2
        async with owner_connection(fresh_database) as owner:
            await owner.execute("SET lock_timeout TO '60s'")
            await owner.execute("SELECT pg_advisory_lock($1)", LOCK)  # which the killed one's session still held
            assert await remove_leftovers(owner) == 2
    assert await slugs(fresh_database) == []

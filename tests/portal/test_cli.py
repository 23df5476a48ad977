"""The `portico` command as an operator and a deployment's scripts use it: a process, its output, its exit code."""

import json
import os
import subprocess
import sys
from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from portico_core.settings import DatabaseSettings, Settings
from portico_portal.cli import main
from portico_tenants import secrets
from portico_tenants.owner import owner_connection, owner_url
from portico_tenants.secrets import Safe, Secret
from portico_tenants.session import Database
from tests.databases import RunDatabases
from tests.factories.tenants import make_tenant


class Portico:
    """Runs the command with the settings of one database."""

    def __init__(self, database: DatabaseSettings, redis_url: str) -> None:
        self.environment = {
            "PORTICO_ENVIRONMENT": "test",
            "PORTICO_DATABASE_URL": database.url,
            "PORTICO_DATABASE_OWNER_URL": database.owner_url or "",
            "PORTICO_REDIS_URL": redis_url,
            "PORTICO_SECRET_KEYS": f"test:{b64encode(bytes(range(32))).decode()}",
        }

    def __call__(self, *arguments: str, code: int = 0, given: str = "") -> Result:
        with ThreadPoolExecutor(1) as thread:  # the command starts an event loop of its own
            done = thread.submit(CliRunner().invoke, main, arguments, input=given, env=self.environment).result()
        assert done.exit_code == code, f"{arguments}: {done.exit_code}\n{done.output}\n{done.exception!r}"
        return done

    def json(self, *arguments: str, code: int = 0) -> Any:
        return json.loads(self(*arguments, "--json", code=code).stdout)


@pytest.fixture
def portico(fresh_database: DatabaseSettings, redis_url: str) -> Portico:
    return Portico(fresh_database, redis_url)


def test_it_is_a_program(portico: Portico) -> None:
    program = str(Path(sys.executable).with_name("portico"))
    environment = {**os.environ, **portico.environment}
    done = subprocess.run([program, "tenants", "list", "--json"], env=environment, capture_output=True, check=True)
    assert json.loads(done.stdout) == []
    environment |= {"PORTICO_REDIS_URL": ""}
    done = subprocess.run([program, "tenants", "list"], env=environment, capture_output=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith(b"PORTICO_REDIS_URL is not set. Example: PORTICO_REDIS_URL=redis://")


def test_a_tenants_life(portico: Portico) -> None:
    made = portico.json(
        *("tenants", "create", "north", "--name", "North & Söhne", "--host", "north.example", "--host", "n.example"),
        *("--time-zone", "Europe/Berlin", "--currency", "EUR", "--language", "de-DE"),
    )
    assert made["host"] == "north.example"
    assert "made south" in portico("tenants", "create", "south", "--name", "South", "--host", "south.example").stdout
    north, south = portico.json("tenants", "list")
    assert (north["name"], north["hosts"], north["time_zone"]) == (
        "North & Söhne",
        ["north.example", "n.example"],
        "Europe/Berlin",
    )
    assert south["state"] == "active"
    assert portico.json("tenants", "suspend", "south") == {"slug": "south", "state": "suspended"}
    portico("tenants", "change", "south", "--name", "Southern", "--currency", "AUD")
    south = portico.json("tenants", "list")[1]
    assert (south["state"], south["name"], south["base_currency"]) == ("suspended", "Southern", "AUD")
    portico("tenants", "resume", "south")
    lines = portico("tenants", "list").stdout.splitlines()
    assert [line.split("\t")[:2] for line in lines] == [["north", "active"], ["south", "active"]]
    invited = portico.json("tenants", "invite", "north", "--email", "Owner@North.example", "--name", "Nora")
    assert invited["email"] == "owner@north.example"
    assert invited["url"].startswith("https://north.example/invitation/")
    assert portico.json("tenants", "check") == {"checked": 2, "wrong": []}
    assert portico.json("tenants", "migrate") == {"migrated": [], "held_back": 0}
    assert "all are current" in portico("tenants", "migrate").stdout
    assert "nothing was deleted" in portico("tenants", "delete", "south", code=1, given="north\n").stderr
    portico("tenants", "delete", "south", given="south\n")
    assert portico.json("tenants", "delete", "north", "--yes")["deleted"]
    assert portico.json("tenants", "list") == []


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("tenants", "suspend", "nobody"), "there is no tenant nobody"),
        (("tenants", "create", "x", "--name", "X", "--host", "x.example", "--time-zone", "Mars"), "time_zone: an IANA"),
        (("tenants", "create", "X!", "--name", "X", "--host", "x.example"), "slug: up to 40"),
        (("tenants", "check", "nobody"), "there is no tenant nobody"),
        (("tenants", "invite", "nobody", "--email", "owner@north.example"), "there is no tenant nobody"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(portico: Portico, arguments: tuple[str, ...], sentence: str) -> None:
    said = portico(*arguments, code=1).stderr
    assert sentence in said
    assert said.strip().count("\n") == 0


async def test_what_is_held_back_or_differs_ends_with_code_one(
    portico: Portico, fresh_database: DatabaseSettings, settings: Settings
) -> None:
    given = Settings(environment="test", database=fresh_database, redis_url="", secret_keys={})
    async with owner_connection(fresh_database) as owner:
        sound, behind = await make_tenant(owner, given), await make_tenant(owner, given)
        await owner.execute(
            f"UPDATE {behind.role}.alembic_version SET version_num = '9999';"  # noqa: S608
            f"UPDATE portico.tenant SET schema_revision = '9999' WHERE slug = '{behind.slug}'"
        )
    outcome = portico.json("tenants", "migrate", code=1)
    assert outcome["held_back"] == 1
    assert outcome["migrated"][0]["error"] == "LookupError: revision 9999 is not one of this release's"
    assert portico.json("tenants", "migrate", "--allow-held-back", code=0)["held_back"] == 1
    plain = portico("tenants", "migrate", code=1)
    assert f"[1/1] {behind.slug}: held back: LookupError" in plain.stderr
    assert portico.json("tenants", "check", code=1)["wrong"][0]["slug"] == behind.slug
    assert portico.json("tenants", "check", sound.slug)["wrong"] == []


async def test_set_up_from_one_url_gives_the_two(databases: RunDatabases, redis_url: str) -> None:
    name = f"{databases.template}_by_command"
    async with databases.admin() as admin:
        made = await databases.create(name, admin)
    portico = Portico(DatabaseSettings(url=owner_url(made)), redis_url)
    assert "run `portico database setup`" in portico("tenants", "list", code=1).stderr
    answer = portico.json("database", "setup")
    assert answer["made_login"]
    both = Portico(DatabaseSettings(url=answer["app_url"], owner_url=answer["owner_url"]), redis_url)
    assert "the database is set up" in both("database", "setup").stdout
    both("tenants", "create", "north", "--name", "North", "--host", "north.example")
    await databases.drop(name)


@pytest.mark.parametrize("process", ["web", "worker", "scheduler"])
def test_no_process_runs_as_the_owner(portico: Portico, fresh_database: DatabaseSettings, process: str) -> None:
    portico.environment["PORTICO_DATABASE_URL"] = fresh_database.owner_url or ""
    said = portico(process, code=1).output
    assert "so it is not used" in said
    assert "for-tests-only" not in said


async def test_secrets_are_rotated(portico: Portico, fresh_database: DatabaseSettings) -> None:
    given = Settings(environment="test", database=fresh_database, redis_url="", secret_keys={})
    async with owner_connection(fresh_database) as owner:
        tenant = await make_tenant(owner, given)
    old, new = bytes(range(32)), bytes(32)
    database = Database(fresh_database)
    async with database.tenant_session(tenant) as session:
        await secrets.put(session, Safe({"test": old}), {"erp.token": Secret("value")})
    assert "names one key, test: put a new one before it" in portico("secrets", "rotate", code=1).stderr
    portico.environment["PORTICO_SECRET_KEYS"] = (
        f"new:{b64encode(new).decode()},{portico.environment['PORTICO_SECRET_KEYS']}"
    )
    assert portico.json("secrets", "rotate") == {"key": "new", "renewed": {tenant.slug: 1}}
    assert "0 sealed anew under new; nothing is left under the others" in portico("secrets", "rotate").stdout
    async with database.tenant_session(tenant) as session:
        taken = await secrets.take(session, Safe({"new": new}), "erp")
    assert taken["token"].reveal() == "value"
    await database.close()

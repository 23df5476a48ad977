"""All tables of the house gathered, and what `make migration` does with them: revisions and the script for new tenants.

`python -m portico_portal.schema "what changes"` compares the models with the revisions on a throwaway server, writes
the revisions that are missing and the script anew; `--first` begins both histories anew, which ends with a release.
"""

import argparse
import asyncio
import importlib
import os
import pkgutil
import secrets
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import asyncpg
from sqlalchemy import MetaData

from portico_core.db import CONTROL_SCHEMA, ControlBase, TenantBase
from portico_portal.local.ports import free_port
from portico_portal.local.postgres import start_postgres
from portico_portal.local.supervisor import Supervisor
from portico_tenants.migrations import history, revise, script

PACKAGES = ("portico_tenants", "portico_billing", "portico_themes", "portico_portal")
BESIDE_MODELS = (
    "portico_tenants.audit",
    "portico_tenants.brand_files",
    "portico_tenants.editions",
    "portico_tenants.mails",
    "portico_tenants.secrets",
)
SCRATCH_TENANT = "t_000000000000"
NOTHING_YET = "0000"


class Schema(NamedTuple):
    """The tables of the control schema and those of each tenant."""

    control: MetaData
    tenant: MetaData


def every_model() -> Schema:
    """Import each `models` module of the house, and the few files that define a table beside what uses it."""
    for package in PACKAGES:
        for module in pkgutil.walk_packages(importlib.import_module(package).__path__, f"{package}."):
            if module.name.endswith(".models"):
                importlib.import_module(module.name)
    for name in BESIDE_MODELS:
        importlib.import_module(name)
    return Schema(ControlBase.metadata, TenantBase.metadata)


def script_of_models() -> script.TenantScript:
    """The script for new tenants as the models would have it now."""
    steps = history.steps("tenant")
    return script.from_models(every_model().tenant, steps[-1].revision if steps else NOTHING_YET)


async def write_revisions(url: str, message: str) -> list[Path]:
    """What is missing, compared on an empty database of a superuser; which files were written."""
    schema = every_model()
    connection = await asyncpg.connect(url)
    await connection.execute("CREATE SCHEMA portico")
    for step in history.steps("control"):
        await connection.execute(step.sql)
    await connection.execute("CREATE ROLE t_000000000000; CREATE SCHEMA t_000000000000")
    await connection.execute("SET search_path TO t_000000000000")
    for step in history.steps("tenant"):
        await connection.execute(step.sql)
    await connection.close()
    written = [
        *await revise.write_revisions(url, CONTROL_SCHEMA, schema.control, history.directory("control"), message),
        *await revise.write_revisions(url, SCRATCH_TENANT, schema.tenant, history.directory("tenant"), message),
    ]
    history.steps.cache_clear()
    script.write(script_of_models())
    return written


def forget_revisions() -> None:
    """Both histories begin anew. Only before the first release: no database made before can be migrated after."""
    for which in ("control", "tenant"):
        for file in Path(history.directory(which).versions).glob("*.py"):
            file.unlink()
    history.steps.cache_clear()


@contextmanager
def throwaway_server() -> Iterator[str]:
    """The URL of an empty database on a PostgreSQL that ends with the block."""
    with tempfile.TemporaryDirectory() as folder, Supervisor() as supervisor:
        server = start_postgres(
            supervisor, folder=Path(folder), port=free_port(), password=secrets.token_urlsafe(16), throwaway=True
        )
        yield server.superuser_url


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, prog="make migration")
    parser.add_argument("message", nargs="?", default="", help="what changes, in a few words")
    parser.add_argument("--first", action="store_true", help="write the first revision of both histories anew")
    options = parser.parse_args()
    if not (options.first or options.message):
        parser.error('say what changes: make migration M="what it adds"')
    if options.first:
        forget_revisions()
    with throwaway_server() as url:
        written = asyncio.run(write_revisions(url, options.message or "first"))
    for tidy in (("check", "--fix", "--exit-zero"), ("format",)) if written else ():
        subprocess.run([sys.executable, "-m", "ruff", *tidy, "--quiet", *written], check=True)  # noqa: S603 - our files
    for path in written:
        print(f"wrote {os.path.relpath(path)}: read it before you commit it")  # noqa: T201 - a command's answer
    if not written:
        print("the models and the revisions agree")  # noqa: T201 - a command's answer


if __name__ == "__main__":
    main()

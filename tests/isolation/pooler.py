"""PgBouncer in transaction mode before a database: all its clients together share so many server connections."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote, urlsplit, urlunsplit

from portico_core.settings import DatabaseSettings
from portico_portal.local.children import Program
from portico_portal.local.ports import LOOPBACK, free_port, is_free
from portico_portal.local.supervisor import Supervisor, wait_until
from tests.isolation.pgbouncer import ensure_pgbouncer, surroundings, version_of

FIRST_WITH_PREPARED_STATEMENTS = (1, 21)
CONFIGURATION = """\
[databases]
{name} = host={host} port={port} dbname={name} user={user} password={password}
[pgbouncer]
listen_addr = {loopback}
listen_port = {listen}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = {size}
max_client_conn = 200
ignore_startup_parameters = jit
"""


@contextmanager
def pooled(database: DatabaseSettings, folder: Path, *, size: int = 2) -> Iterator[DatabaseSettings]:
    """The same database by way of a pooler, as a deployment sets it: the app's URL pooled, the direct one beside it."""
    program, _ = ensure_pgbouncer(os.environ)
    parts = urlsplit(database.url)
    listen, name = free_port(), parts.path.lstrip("/")
    text = CONFIGURATION.format(
        name=name,
        host=parts.hostname,
        port=parts.port or 5432,
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        loopback=LOOPBACK,
        listen=listen,
        size=size,
    )
    if (version_of(program) or ()) >= FIRST_WITH_PREPARED_STATEMENTS:
        text += "max_prepared_statements = 0\n"  # the poolers that know nothing of them are the ones to get on with
    configuration = folder / "pgbouncer.ini"
    configuration.write_text(text)
    configuration.chmod(0o600)
    as_nobody = ("-u", "nobody") if os.geteuid() == 0 else ()  # it refuses to run as root
    with Supervisor() as supervisor:
        child = supervisor.start(
            Program(
                name="pgbouncer",
                argv=(str(program), *as_nobody, str(configuration)),
                log=folder / "pgbouncer.log",
                environment=surroundings(program),
            )
        )
        wait_until(lambda: not is_free(listen), child, seconds=30, what="PgBouncer listens")
        login = parts.netloc.rpartition("@")[0]
        url = urlunsplit((parts.scheme, f"{login}@{LOOPBACK}:{listen}", parts.path, "", ""))
        direct = urlunsplit((parts.scheme, parts.netloc, parts.path, "application_name=direct", ""))
        yield replace(database, url=url, direct_url=direct, pooler="transaction")

"""The two database logins of the demo: the owner's and the app's, and the control schema behind them."""

from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from portico_core.settings import DatabaseSettings
from portico_portal.local.services import Services
from portico_portal.local.state import State
from portico_tenants.owner import literal, quoted
from portico_tenants.setup import set_up

OWNER = "portico_owner"
DATABASE = "portico"


@dataclass(frozen=True)
class Logins:
    """Both as URLs. Web, worker and scheduler get `app` alone."""

    owner: str
    app: str

    @property
    def settings(self) -> DatabaseSettings:
        return DatabaseSettings(url=self.app, owner_url=self.owner)


async def make_logins(services: Services, state: State, owner_url: str | None) -> Logins:
    """Logins, control schema and grants. Safe to repeat.

    `owner_url` is PORTICO_DATABASE_OWNER_URL. With it a foreign server's PORTICO_DATABASE_URL is the app's login,
    without it the owner's.
    """
    if services.postgres_embedded:
        password = state.secret("database owner")
        await make_owner(services.postgres_url, password)
        url, owner = login_url(services.postgres_url, OWNER, password, DATABASE), None
    else:
        url, owner = services.postgres_url, owner_url
    made = await set_up(DatabaseSettings(url=url, owner_url=owner), app_password=state.secret("database app"))
    return Logins(owner=made.owner_url, app=made.app_url)


async def make_owner(superuser_url: str, password: str) -> None:
    """A login that may create roles and, in a database of its own, schemas: what an operator would be given."""
    server = await asyncpg.connect(superuser_url)
    try:
        exists = await server.fetchval("SELECT true FROM pg_roles WHERE rolname = $1", OWNER)
        words = "ALTER" if exists else "CREATE"
        await server.execute(f"{words} ROLE {quoted(OWNER)} LOGIN CREATEROLE PASSWORD{literal(password)}")
        if not await server.fetchval("SELECT true FROM pg_database WHERE datname = $1", DATABASE):
            await server.execute(f"CREATE DATABASE {quoted(DATABASE)}")
        await server.execute(f"GRANT CREATE ON DATABASE {quoted(DATABASE)} TO {quoted(OWNER)}")
    finally:
        await server.close()


def login_url(server_url: str, user: str, password: str, database: str) -> str:
    """The same server, entered by another login at another database. User and password need no quoting here."""
    parts = urlsplit(server_url)
    place = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{user}:{password}@{place}", path=f"/{database}"))

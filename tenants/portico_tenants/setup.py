"""Makes a database ready: the app login, the control schema at its newest revision, the grants. Safe to repeat."""

import hashlib
import hmac
import os
import secrets
from base64 import b64encode
from typing import NamedTuple
from urllib.parse import quote, unquote, urlsplit, urlunsplit

import asyncpg

from portico_core.db import CONTROL_SCHEMA
from portico_core.errors import Conflict
from portico_core.settings import DatabaseSettings
from portico_tenants import rights
from portico_tenants.migrations import history
from portico_tenants.owner import app_login, literal, owner_connection, owner_url, quoted

ONE_AT_A_TIME = 0x73657475  # advisory lock ("setu"): set-ups follow one another


class SetUp(NamedTuple):
    """What came of it. `app_url` is for PORTICO_DATABASE_URL; it holds a password where this set-up knows it."""

    app_url: str
    owner_url: str
    made_login: bool


class CannotSetUp(Conflict):
    """The owner's login may not do what set-up needs."""


async def set_up(settings: DatabaseSettings, *, app_password: str | None = None) -> SetUp:
    """Set up the database that the settings name; raises CannotSetUp with what to grant.

    With two URLs the app login is the one in `url`, made with its password if it does not exist. With one URL it is
    `<database>_app`: made, or given the new password, `app_password` or a random one.
    """
    login = app_login(settings)
    async with owner_connection(settings) as owner, owner.transaction():
        await owner.execute("SELECT pg_advisory_xact_lock($1)", ONE_AT_A_TIME)
        await _check_owner(owner, login)
        if settings.owner_url is None:
            password = app_password or secrets.token_urlsafe(24)
            app_url = _with_login(settings.url, login, password)
        else:
            password = unquote(urlsplit(settings.url).password or "")
            app_url = settings.url
        made = await _app_login(owner, login, password, may_change=settings.owner_url is None)
        await owner.execute(f"CREATE SCHEMA IF NOT EXISTS {CONTROL_SCHEMA}")
        await _upgrade_control(owner)
        await owner.execute(rights.of_app(login))
        await _let_app_in(owner, login)
    return SetUp(app_url, owner_url(settings), made)


async def _check_owner(owner: asyncpg.Connection, login: str) -> None:
    ((name, may_create_roles, may_create_schemas, database),) = await owner.fetch(
        "SELECT rolname, rolsuper OR rolcreaterole, has_database_privilege(current_database(), 'CREATE'),"
        " current_database() FROM pg_roles WHERE rolname = current_user"
    )
    if name == login:
        raise CannotSetUp(
            f"the owner and the app are the same login, {name}: set PORTICO_DATABASE_URL to the app's"
            " and PORTICO_DATABASE_OWNER_URL to the owner's"
        )
    if not may_create_roles:
        raise CannotSetUp(f"{name} may not create roles: ALTER ROLE {quoted(name)} CREATEROLE")
    if not may_create_schemas:
        raise CannotSetUp(
            f"{name} may not create schemas: GRANT CREATE ON DATABASE {quoted(database)} TO {quoted(name)}"
        )


async def _app_login(owner: asyncpg.Connection, login: str, password: str, *, may_change: bool) -> bool:
    found = await owner.fetchrow("SELECT rolinherit FROM pg_roles WHERE rolname = $1", login)
    exists = found is not None
    if found is not None and not may_change:
        if found["rolinherit"] and owner.get_server_version().major < rights.FIRST_WITH_GRANT_OPTIONS:
            await owner.execute(f"ALTER ROLE {quoted(login)} NOINHERIT")
        return False
    if not password:
        raise CannotSetUp(f"PORTICO_DATABASE_URL names {login}, which does not exist, and no password to make it with")
    words = "ALTER ROLE" if exists else "CREATE ROLE"
    # The verifier rather than the password: statements may be logged.
    await owner.execute(f"{words} {quoted(login)} LOGIN NOINHERIT PASSWORD {literal(scram_verifier(password))}")
    return not exists


async def _upgrade_control(owner: asyncpg.Connection) -> None:
    exists = await owner.fetchval("SELECT to_regclass('portico.alembic_version') IS NOT NULL")
    revision = await owner.fetchval("SELECT version_num FROM portico.alembic_version") if exists else None
    for step in history.missing(history.steps("control"), revision):
        await owner.execute(step.sql)


async def _let_app_in(owner: asyncpg.Connection, login: str) -> None:
    """Tenants that were made for another app login are opened to this one too."""
    roles = await owner.fetch(
        "SELECT t.role FROM portico.tenant t JOIN pg_roles r ON r.rolname = t.role"
        " WHERE t.state <> 'deleting' AND NOT EXISTS (SELECT FROM pg_auth_members m JOIN pg_roles app"
        " ON app.oid = m.member WHERE m.roleid = r.oid AND app.rolname = $1)",
        login,
    )
    major = owner.get_server_version().major
    if roles:
        await owner.execute("".join(rights.membership(role, login, major) for (role,) in roles))


def scram_verifier(password: str, *, salt: bytes | None = None, iterations: int = 4096) -> str:
    """What PostgreSQL keeps of a password (RFC 5802, SHA-256). Passwords beyond ASCII go as they are."""
    if not password.isascii():
        return password  # would have to be normalised first; the server does that
    salt = salt or os.urandom(16)
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, iterations)
    client_key = hmac.digest(salted, b"Client Key", "sha256")
    stored_key = hashlib.sha256(client_key).digest()
    server_key = hmac.digest(salted, b"Server Key", "sha256")
    return "SCRAM-SHA-256${}:{}${}:{}".format(
        iterations, *(b64encode(part).decode() for part in (salt, stored_key, server_key))
    )


def _with_login(url: str, login: str, password: str) -> str:
    parts = urlsplit(url)
    place = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{quote(login, safe='')}:{quote(password, safe='')}@{place}"))

"""The owner's connection: direct, for set-up, provisioning and migrations. No page and no job gets one.

Where only one URL is set, its login is the owner's, and the app login is the one that set-up made beside it.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import unquote, urlsplit

import asyncpg
from asyncpg.pool import PoolConnectionProxy

from portico_core.settings import DatabaseSettings

LOCK_TIMEOUT = "3s"  # no statement of the owner waits longer for a lock than pages can bear to queue behind it

Owner = asyncpg.Connection | asyncpg.Pool | PoolConnectionProxy
_SESSION = {"application_name": "portico owner", "lock_timeout": LOCK_TIMEOUT, "timezone": "UTC"}


def owner_url(settings: DatabaseSettings) -> str:
    """The owner's URL as asyncpg takes it."""
    return plain_url(settings.owner_url or settings.url)


def app_login(settings: DatabaseSettings) -> str:
    """The name of the login that pages and jobs use."""
    parts = urlsplit(settings.url)
    if settings.owner_url is None:
        return f"{parts.path.lstrip('/')}_app"
    return unquote(parts.username or "")


def plain_url(url: str) -> str:
    """Without the driver that SQLAlchemy's URLs may name."""
    return url.replace("postgresql+asyncpg://", "postgresql://", 1)


@asynccontextmanager
async def owner_connection(settings: DatabaseSettings) -> AsyncIterator[asyncpg.Connection]:
    """A connection of the owner's, closed on leaving."""
    connection = await asyncpg.connect(owner_url(settings), timeout=10, server_settings=_SESSION)
    try:
        yield connection
    finally:
        await connection.close(timeout=5)


def owner_pool(settings: DatabaseSettings, size: int) -> asyncpg.Pool:
    """Several such connections, opened when needed; a lost one is replaced. An async context manager."""
    return asyncpg.create_pool(owner_url(settings), min_size=1, max_size=size, timeout=10, server_settings=_SESSION)


def quoted(name: str) -> str:
    """An SQL identifier."""
    doubled = name.replace('"', '""')
    return f'"{doubled}"'


def literal(value: str) -> str:
    """An SQL string; for the few statements that take no parameters."""
    if "\x00" in value:
        raise ValueError("a text of PostgreSQL holds no NUL")
    escaped = value.replace("\\", "\\\\").replace("'", "''")
    return f" E'{escaped}'"

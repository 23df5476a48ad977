"""The pool of connections to PostgreSQL. Who finds none free waits, but not for long, and not behind too many others.

A queue without an end would answer everybody too late; whoever is turned away is told at once when to come again.
"""

import time
from typing import Any, cast

from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DisconnectionError, InvalidatePoolError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.pool import AsyncAdaptedQueuePool, ConnectionPoolEntry, PoolProxiedConnection

WAITING_PER_CONNECTION = 10
TRUSTED_SECONDS = 1.0
_MADE, _LAST_USED = "made", "last_used"


class CappedPool(AsyncAdaptedQueuePool):
    """Raises PoolTimeout at once where ten times as many as it has connections wait already."""

    _asking = 0
    renewed_at = float("-inf")

    def renew(self) -> None:
        """Make every connection anew as it is next asked for: what it has prepared no longer fits its tables."""
        self.renewed_at = time.monotonic()

    def _do_get(self) -> ConnectionPoolEntry:
        if self._asking >= WAITING_PER_CONNECTION * self.size():
            raise PoolTimeout(f"{self._asking} wait for one of {self.size()} connections")
        self._asking += 1
        try:
            return super()._do_get()
        finally:
            self._asking -= 1


def note_made(_dbapi: DBAPIConnection, entry: ConnectionPoolEntry) -> None:
    """For the pool's `connect`."""
    entry.info[_MADE] = entry.info[_LAST_USED] = time.monotonic()


def note_use(_dbapi: DBAPIConnection | None, entry: ConnectionPoolEntry) -> None:
    """For the pool's `checkin`: the connection has just answered."""
    entry.info[_LAST_USED] = time.monotonic()


def check_alive(dbapi: DBAPIConnection, entry: ConnectionPoolEntry, proxy: PoolProxiedConnection) -> None:
    """For the pool's `checkout`, instead of SQLAlchemy's pre-ping: asks PostgreSQL only where a connection has rested.

    A ping takes three trips (BEGIN, a query, ROLLBACK), as many as half a page. One that answered a moment ago needs
    none: a server that ends closes its connections, and asyncpg hears of it.
    """
    adapted: Any = dbapi
    is_closed = adapted.driver_connection.is_closed
    if is_closed():
        raise InvalidatePoolError
    pool: CappedPool = cast("Any", proxy)._pool
    if entry.info[_MADE] <= pool.renewed_at:
        raise DisconnectionError
    if time.monotonic() - entry.info[_LAST_USED] < TRUSTED_SECONDS:
        return
    try:
        adapted.ping()
    except Exception as error:
        if is_closed():
            raise InvalidatePoolError from error
        raise

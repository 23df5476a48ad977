"""The pool of connections to PostgreSQL. Who finds none free waits, but not for long, and not behind too many others.

A queue without an end would answer everybody too late; whoever is turned away is told at once when to come again.
"""

from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.pool import AsyncAdaptedQueuePool, ConnectionPoolEntry

WAITING_PER_CONNECTION = 10


class CappedPool(AsyncAdaptedQueuePool):
    """Raises PoolTimeout at once where ten times as many as it has connections wait already."""

    _asking = 0

    def _do_get(self) -> ConnectionPoolEntry:
        if self._asking >= WAITING_PER_CONNECTION * self.size():
            raise PoolTimeout(f"{self._asking} wait for one of {self.size()} connections")
        self._asking += 1
        try:
            return super()._do_get()
        finally:
            self._asking -= 1

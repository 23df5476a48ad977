"""Connections to an account's SQLite file: one that writes, one per thread that reads."""

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from portico_connectors.simulators.netsuite.store.schema import SCHEMA

Prepare = Callable[[sqlite3.Connection], None]


class Database:
    """An account's file. Writers take turns; readers see the last committed state and never wait.

    `changes` counts committed writes: what was computed from one count is stale at the next.
    """

    def __init__(self, path: Path, prepare: Prepare) -> None:
        self.path = path
        self.changes = 0
        self._prepare = prepare
        self._lock = threading.RLock()
        self._local = threading.local()
        self._opened: list[sqlite3.Connection] = []
        self._writer = self._open()
        self._writer.execute("PRAGMA cache_size = -65536")
        if self._writer.execute("SELECT 1 FROM sqlite_master WHERE name = 'meta'").fetchone() is None:
            self._writer.executescript(f"BEGIN; {SCHEMA} COMMIT;")
        self._prepare(self._writer)

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction; rolled back when the block raises."""
        with self._lock:
            self._writer.execute("BEGIN IMMEDIATE")
            try:
                yield self._writer
            except BaseException:
                self._writer.rollback()
                raise
            self._writer.commit()
            self.changes += 1

    def reading(self) -> sqlite3.Connection:
        """This thread's connection for reading."""
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._local.connection = self.reader()
        return connection

    def reader(self) -> sqlite3.Connection:
        """A new connection for reading, its owner's alone."""
        connection = self._open()
        self._prepare(connection)
        connection.execute("PRAGMA query_only = ON")
        return connection

    def close(self) -> None:
        """Close every connection; the file stays."""
        with self._lock:
            for connection in self._opened:
                connection.close()
            self._opened.clear()

    def _open(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self.path, isolation_level=None, check_same_thread=False)
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA journal_mode = WAL")
        # A power cut may cost the last second of a simulator's books; a killed process costs nothing.
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("PRAGMA case_sensitive_like = ON")
        connection.execute("PRAGMA mmap_size = 268435456")
        with self._lock:
            self._opened.append(connection)
        return connection


def next_id(db: sqlite3.Connection, name: str, count: int = 1) -> int:
    """The first of `count` fresh ids of a sequence; ids are never used again."""
    row = db.execute(
        "INSERT INTO sequence (name, next) VALUES (?, 1 + ?) "
        "ON CONFLICT (name) DO UPDATE SET next = next + ? RETURNING next",
        (name, count, count),
    ).fetchone()
    return int(row[0]) - count


def meta(db: sqlite3.Connection, key: str) -> str | None:
    """A note about the account, kept with its data."""
    row = db.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
    return None if row is None else str(row[0])


def set_meta(db: sqlite3.Connection, key: str, value: str) -> None:
    """Keep a note about the account with its data."""
    db.execute("INSERT INTO meta VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value", (key, value))

"""paysim's memory: objects, timers, deliveries and idempotency records in one SQLite file.

Everything is written inside `transaction()`, and answers leave after the commit, so a killed process has
lost nothing it told anybody. Keys of an object that begin with an underscore never leave the process.
"""

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

Json = dict[str, Any]

SCHEMA = """
CREATE TABLE IF NOT EXISTS object (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    account TEXT NOT NULL,
    created INTEGER NOT NULL,
    body TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS object_of_account ON object (account, kind, seq);
CREATE INDEX IF NOT EXISTS object_of_kind ON object (kind, seq);
CREATE TABLE IF NOT EXISTS timer (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    due REAL NOT NULL,
    kind TEXT NOT NULL,
    account TEXT NOT NULL,
    ref TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS timer_by_due ON timer (due);
CREATE TABLE IF NOT EXISTS delivery (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    event TEXT NOT NULL,
    endpoint TEXT NOT NULL,
    state TEXT NOT NULL,
    trick TEXT,
    attempts INTEGER NOT NULL DEFAULT 0,
    born REAL NOT NULL,
    next_at REAL
);
CREATE INDEX IF NOT EXISTS delivery_by_event ON delivery (event);
CREATE INDEX IF NOT EXISTS delivery_due ON delivery (next_at) WHERE state = 'pending';
CREATE TABLE IF NOT EXISTS delivery_attempt (
    delivery INTEGER NOT NULL,
    at REAL NOT NULL,
    status INTEGER,
    error TEXT
);
CREATE INDEX IF NOT EXISTS delivery_attempt_of ON delivery_attempt (delivery);
CREATE TABLE IF NOT EXISTS idempotency (
    account TEXT NOT NULL,
    key TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    request_id TEXT NOT NULL,
    status INTEGER NOT NULL,
    body TEXT NOT NULL,
    bank_time REAL NOT NULL,
    PRIMARY KEY (account, key)
);
CREATE TABLE IF NOT EXISTS request (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL,
    at REAL NOT NULL,
    method TEXT NOT NULL,
    path TEXT NOT NULL,
    account TEXT,
    idempotency_key TEXT,
    status INTEGER
);
CREATE TABLE IF NOT EXISTS setting (name TEXT PRIMARY KEY, value TEXT NOT NULL);
"""


class Store:
    """One connection, used from one event loop; no statement runs across an await."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(folder / "paysim.sqlite3", isolation_level=None, check_same_thread=False)
        self._db.row_factory = sqlite3.Row
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = NORMAL")
        self._db.executescript(SCHEMA)
        self._after_commit: list[Callable[[], None]] = []

    def close(self) -> None:
        self._db.close()

    def forget_events(self, before: float) -> None:
        """Drop the events created before then, with their deliveries, as Stripe does after 30 days."""
        with self.transaction():
            self.run(
                "DELETE FROM delivery_attempt WHERE delivery IN (SELECT delivery.id FROM delivery"
                " JOIN object ON object.id = delivery.event WHERE object.created < ?)",
                before,
            )
            self.run("DELETE FROM delivery WHERE event IN (SELECT id FROM object WHERE created < ?)", before)
            self.run("DELETE FROM object WHERE kind = 'event' AND created < ?", before)

    def on_commit(self, call: Callable[[], None]) -> None:
        """Have `call` called after every commit: webhooks and timers wake up this way."""
        self._after_commit.append(call)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing. Inside another transaction: a part of it that can fail by itself."""
        if self._db.in_transaction:
            self._db.execute("SAVEPOINT part")
            try:
                yield
            except BaseException:
                self._db.execute("ROLLBACK TO part")
                self._db.execute("RELEASE part")
                raise
            self._db.execute("RELEASE part")
            return
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")
        for call in self._after_commit:
            call()

    def rows(self, sql: str, *values: object) -> list[sqlite3.Row]:
        return self._db.execute(sql, values).fetchall()

    def row(self, sql: str, *values: object) -> sqlite3.Row | None:
        found: sqlite3.Row | None = self._db.execute(sql, values).fetchone()
        return found

    def run(self, sql: str, *values: object) -> int:
        """Execute a writing statement; the row id it made, where it made one."""
        return self._db.execute(sql, values).lastrowid or 0

    def put(self, account: str, thing: Json) -> None:
        """Insert or replace an object; it keeps its place in lists."""
        self.run(
            "INSERT INTO object (id, kind, account, created, body) VALUES (?, ?, ?, ?, ?)"
            " ON CONFLICT (id) DO UPDATE SET body = excluded.body",
            thing["id"],
            thing["object"],
            account,
            thing.get("created") or 0,
            json.dumps(thing),
        )

    def get(self, account: str, kind: str, ident: str) -> Json | None:
        found = self.row("SELECT body FROM object WHERE id = ? AND kind = ? AND account = ?", ident, kind, account)
        return json.loads(found["body"]) if found else None

    def find(self, kind: str, ident: str) -> tuple[str, Json] | None:
        """An object of whichever account, with that account: for pages and the control API."""
        found = self.row("SELECT account, body FROM object WHERE id = ? AND kind = ?", ident, kind)
        return (found["account"], json.loads(found["body"])) if found else None

    def remove(self, ident: str) -> None:
        self.run("DELETE FROM object WHERE id = ?", ident)

    def all_of(self, kind: str, account: str, limit: int = 1000) -> list[Json]:
        """The newest objects of a kind on an account, newest first."""
        found = self.rows(
            "SELECT body FROM object WHERE kind = ? AND account = ? ORDER BY seq DESC LIMIT ?", kind, account, limit
        )
        return [json.loads(row["body"]) for row in found]

    def set_timer(self, due: float, kind: str, account: str, ref: str) -> None:
        """Have `kind` happen to the object `ref` at `due` on the bank's clock."""
        self.run("INSERT INTO timer (due, kind, account, ref) VALUES (?, ?, ?, ?)", due, kind, account, ref)

    def drop_timers(self, kind: str, ref: str) -> None:
        self.run("DELETE FROM timer WHERE kind = ? AND ref = ?", kind, ref)

    def setting(self, name: str) -> str | None:
        found = self.row("SELECT value FROM setting WHERE name = ?", name)
        return found["value"] if found else None

    def set_setting(self, name: str, value: str) -> None:
        self.run(
            "INSERT INTO setting (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            name,
            value,
        )


def public(thing: Json) -> Json:
    """The object as a client may see it."""
    return {key: value for key, value in thing.items() if not key.startswith("_")}

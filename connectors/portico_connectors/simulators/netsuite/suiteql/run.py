"""Running a query by pages. A page that follows the last one goes on with the same cursor, so sorting is done once."""

import re
import sqlite3
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass

from portico_connectors.simulators.netsuite.answers import Refused, bad_query, unexpected_error
from portico_connectors.simulators.netsuite.config import Options
from portico_connectors.simulators.netsuite.store.database import Database
from portico_connectors.simulators.netsuite.suiteql.columns import Kind, Table
from portico_connectors.simulators.netsuite.suiteql.dates import BadDate, in_preference
from portico_connectors.simulators.netsuite.suiteql.dialect import UNSUPPORTED
from portico_connectors.simulators.netsuite.suiteql.functions import number_text
from portico_connectors.simulators.netsuite.suiteql.select import Translated, translate

_KEPT_TRANSLATIONS = 200
_KEPT_CURSORS = 4
LONGEST_SECONDS = 60

Row = dict[str, object]


@dataclass(frozen=True)
class Page:
    """Rows `offset` to `offset + limit` as the service shows them, and how many there are in all."""

    rows: list[Row]
    total: int


@dataclass
class _Running:
    cursor: sqlite3.Cursor
    position: int
    total: int
    changes: int


class Queries:
    """Runs one account's SuiteQL, one query at a time, on a connection of its own."""

    def __init__(self, database: Database, tables: dict[str, Table], options: Options) -> None:
        self.database = database
        self.tables = tables
        self.options = options
        self._connection = database.reader()
        self._deadline = 0.0
        self._connection.set_progress_handler(lambda: int(time.monotonic() > self._deadline), 100_000)
        self._translations: OrderedDict[str, Translated] = OrderedDict()
        self._running: OrderedDict[tuple[str, tuple[str, ...]], _Running] = OrderedDict()
        self._lock = threading.Lock()

    def page(self, text: str, parameters: tuple[str, ...], limit: int, offset: int) -> Page:
        """One page of a query. Raises Refused."""
        with self._lock:
            self._deadline = time.monotonic() + LONGEST_SECONDS
            translated = self._translated(text)
            key = (text, parameters)
            if any(running.changes != self.database.changes for running in self._running.values()):
                # An open cursor holds the connection at an old state of the books; none may outlive a change.
                self._forget()
            running = self._running.pop(key, None)
            try:
                if running is None or running.position != offset:
                    running = self._start(translated, parameters, offset)
                wanted = max(0, min(limit, self.options.row_cap - offset))
                fetched = running.cursor.fetchmany(wanted) if wanted else []
            except sqlite3.Error as error:
                raise _refusal(error) from error
            running.position = offset + len(fetched)
            total = min(running.total, self.options.row_cap)
            if running.position < total:
                self._keep(key, running)
            else:
                running.cursor.close()
            return Page(_shown(fetched, translated, self.options), total)

    def forget(self, tables: dict[str, Table]) -> None:
        """Start anew with other tables: the account's options have changed."""
        with self._lock:
            self._forget()
            self._translations.clear()
            self.tables = tables

    def _translated(self, text: str) -> Translated:
        found = self._translations.pop(text, None) or translate(text, self.tables, self.options)
        self._translations[text] = found
        if len(self._translations) > _KEPT_TRANSLATIONS:
            self._translations.popitem(last=False)
        return found

    def _start(self, translated: Translated, parameters: tuple[str, ...], offset: int) -> _Running:
        changes = self.database.changes
        needed = _highest_parameter(translated.count_sql)
        total = self._connection.execute(translated.count_sql, parameters[:needed]).fetchone()[0]
        cursor = self._connection.execute(f"{translated.sql} LIMIT -1 OFFSET {offset}", parameters)
        return _Running(cursor, offset, total, changes)

    def _keep(self, key: tuple[str, tuple[str, ...]], running: _Running) -> None:
        self._running[key] = running
        while len(self._running) > _KEPT_CURSORS:
            self._running.popitem(last=False)[1].cursor.close()

    def _forget(self) -> None:
        for running in self._running.values():
            running.cursor.close()
        self._running.clear()


def _refusal(error: sqlite3.Error) -> Refused:
    if "interrupted" in str(error):
        return unexpected_error()
    if "user-defined" in str(error):
        return bad_query("Search error occurred: Invalid date, number or pattern in a function.")
    return bad_query(UNSUPPORTED)


def _highest_parameter(sql: str) -> int:
    """The count leaves the SELECT list out, so it may need fewer parameters than the query."""
    numbers = re.findall(r"\?(\d+)", re.sub(r"'(?:[^']|'')*'", "", sql))
    return max(map(int, numbers), default=0)


def _shown(rows: list[sqlite3.Row], translated: Translated, options: Options) -> list[Row]:
    columns = list(enumerate(translated.columns))
    shown = []
    for row in rows:
        item: Row = {"links": []}
        for place, (name, kind) in columns:
            value = row[place]
            if value is None or value == "":
                continue
            item[name] = _text(value, kind, options)
        shown.append(item)
    return shown


def _text(value: object, kind: Kind, options: Options) -> str:
    if isinstance(value, (int, float)):
        return number_text(value)
    text = str(value)
    if kind is Kind.STATUS:
        return text.partition(":")[2]
    if kind is Kind.DATE or kind is Kind.DATETIME:
        with_time = kind is Kind.DATETIME and options.datetime_with_time
        try:
            return in_preference(text, options.date_format, with_time=with_time)
        except (ValueError, BadDate):
            return text
    return text

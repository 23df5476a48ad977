"""What is asked of PostgreSQL, whichever way it takes: through SQLAlchemy, or past it (`TenantSession.ask`)."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from asyncpg.connection import LoggedQuery
from sqlalchemy import event

from portico_tenants.session import Database


@contextmanager
def noted(database: Database, into: list[str]) -> Iterator[None]:
    """Append every statement of the database's connections, for as long as this lasts."""
    engine = database.engine.sync_engine

    def through(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        into.append(statement)

    def past(record: LoggedQuery) -> None:
        into.append(record.query)

    def watch(connection: Any, *_: object) -> None:
        connection.driver_connection.add_query_logger(past)

    def leave(connection: Any, *_: object) -> None:
        connection.driver_connection.remove_query_logger(past)

    listeners: list[tuple[Any, str, Any]] = [
        (engine, "before_cursor_execute", through),
        (engine.pool, "checkout", watch),
        (engine.pool, "checkin", leave),
    ]
    for listener in listeners:
        event.listen(*listener, insert=True)
    try:
        yield
    finally:
        for listener in listeners:
            event.remove(*listener)

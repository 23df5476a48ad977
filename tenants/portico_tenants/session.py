"""The only place that selects a schema.

Each transaction of a tenant opens with one simple query: BEGIN, the tenant's role, the tenant's search path. The
asyncpg connection sends it, because SQLAlchemy sends BEGIN only with the first statement of a session. Forgetting
the tenant fails closed: the app login owns nothing and may read no tenant's tables by itself.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from functools import lru_cache
from typing import Any, cast

import asyncpg
from sqlalchemy import bindparam, event, insert
from sqlalchemy.engine import Connection, Engine, ExceptionContext, make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine
from sqlalchemy.orm import SessionTransaction
from sqlalchemy.pool import ConnectionPoolEntry

from portico_core.clock import now
from portico_core.jobs import REGISTRY, Call, Job, JobQueue, NoQueue
from portico_core.settings import DatabaseSettings
from portico_tenants.models import DueRow
from portico_tenants.owner import plain_url
from portico_tenants.pool import CappedPool, check_alive, note_made, note_use
from portico_tenants.ready import Ready
from portico_tenants.tenant import Tenant

ENGINES_KEPT = 4096  # tenants that a process remembers the engine of
# inline: a tenant's role may insert hints but not read them, so nothing may be returned
HINT = Ready(insert(DueRow).inline().values(kind=bindparam("kind"), due_at=bindparam("due_at")))


class TenantConnection(asyncpg.Connection):
    """Sends the prelude with BEGIN: a tenant's, where its role is set on the connection, else nobody's."""

    tenant_role: str | None = None

    async def execute(self, query: str, *args: Any, timeout: float | None = None) -> str:  # noqa: ASYNC109  # asyncpg's own signature
        """As asyncpg's; a BEGIN takes the tenant's role and search path with it."""
        if not query.startswith("BEGIN"):
            return await super().execute(query, *args, timeout=timeout)
        role = self.tenant_role  # `t_` and hex digits by construction (tenant.role_name), so it needs no quoting
        # Nobody's transaction is the login's own even where somebody left a role on the connection for good.
        prelude = f"SET LOCAL ROLE {role}; SET LOCAL search_path TO {role}" if role else "SET LOCAL ROLE NONE"
        try:
            return await super().execute(f"{query} {prelude}", timeout=timeout)
        except BaseException:
            # The transaction is half open and SQLAlchemy does not know of it: without this the aborted
            # connection would go back to the pool and fail every later tenant.
            self._top_xact = None
            await self._give_up()
            raise

    async def _give_up(self) -> None:
        """Leave the half-open transaction, or the connection where even that does not work."""
        try:
            if not self.is_closed():
                await super().execute("ROLLBACK")
        except BaseException as error:
            self.terminate()
            if not isinstance(error, Exception):  # cancelled: that goes before what failed first
                raise


class TenantSession(AsyncSession):
    """One transaction as one tenant. Jobs enqueued on it leave after the commit and are dropped on rollback."""

    def __init__(self, engine: AsyncEngine, tenant: Tenant) -> None:
        if engine.get_execution_options().get("tenant") != tenant.role:
            engine = engine.execution_options(tenant=tenant.role)
        super().__init__(engine, expire_on_commit=False)
        self.tenant = tenant
        self.calls: list[Call] = []
        self._known: tuple[SessionTransaction, TenantConnection] | None = None

    def enqueue(self, job: Job, *ids: object) -> None:
        """Run `job` for this tenant after the commit."""
        self.calls.append(Call(job, self.tenant.id, tuple(str(each) for each in ids)))

    async def remember(self, kind: str, due_at: datetime) -> None:
        """Leave a hint that this tenant has work of `kind` (a job's `sweeps`) due at that instant."""
        await self.ask(HINT, {"kind": kind, "due_at": due_at})

    async def hurry(self, kind: str) -> None:
        """Have work of `kind` looked at now: by its job after the commit, and by a hint should that be lost."""
        await self.remember(kind, now())
        for job in REGISTRY.values():
            if job.sweeps == kind:
                self.enqueue(job)

    async def finish(self) -> None:
        """Commit now and give the connection back, before a call to somewhere else; nothing more may be done on it.

        For pages that go on after what they wrote: no call leaves the house inside a transaction.
        """
        await self.commit()

    async def raw(self) -> asyncpg.Connection:
        """The asyncpg connection inside this transaction, for COPY. Makes sure that BEGIN has been sent."""
        under_way = self.sync_session.get_transaction()
        if self._known is not None and self._known[0] is under_way:
            return self._known[1]  # of a transaction that has ended, the connection may be another tenant's by now
        connection = await self.connection()
        adapted = cast("Any", (await connection.get_raw_connection()).dbapi_connection)
        raw = cast("TenantConnection", adapted.driver_connection)
        if not raw.is_in_transaction():
            try:
                await adapted._start_transaction()  # which SQLAlchemy does with the first statement that it runs itself
            except adapted.dbapi.Error as error:  # and then wraps what goes wrong
                raise DBAPIError("BEGIN", None, error, connection_invalidated=raw.is_closed()) from error
        begun = self.sync_session.get_transaction()
        self._known = (begun, raw) if begun is not None else None
        return raw

    async def ask(self, statement: Ready, values: Mapping[str, Any]) -> list[asyncpg.Record]:
        """The rows that a ready statement answers. Raises what SQLAlchemy would."""
        if self.new or self.dirty or self.deleted:
            await self.flush()
        raw = await self.raw()
        try:
            rows: list[asyncpg.Record] = await raw.fetch(statement.text, *statement.values(values))
        except (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError) as error:
            _renew_if_stale(cast("AsyncEngine", self.bind).sync_engine, error)
            raise DBAPIError(statement.text, None, error, connection_invalidated=raw.is_closed()) from error
        return rows


class ControlSession(AsyncSession):
    """One transaction on the control schema, as the app login."""


class Database:
    """The process's connections. One per process, closed at shutdown."""

    def __init__(
        self,
        settings: DatabaseSettings,
        queue: JobQueue | None = None,
        *,
        connection_class: type[TenantConnection] = TenantConnection,
    ) -> None:
        self.settings = settings
        self.queue: JobQueue = queue or NoQueue()
        self.engine = _engine(settings, connection_class)
        self._engine_of = lru_cache(maxsize=ENGINES_KEPT)(self._make_engine_of)

    @asynccontextmanager
    async def tenant_session(self, tenant: Tenant) -> AsyncIterator[TenantSession]:
        """One transaction as `tenant`'s role in its schema; commits on leaving, then sends the session's jobs."""
        async with TenantSession(self._engine_of(tenant.role), tenant) as session:
            async with session.begin():
                yield session
            calls: Sequence[Call] = session.calls
        await self.queue.send(calls)

    @asynccontextmanager
    async def control_session(self) -> AsyncIterator[ControlSession]:
        """One transaction on the control schema; commits on leaving."""
        async with ControlSession(self.engine, expire_on_commit=False) as session, session.begin():
            yield session

    def _make_engine_of(self, role: str) -> AsyncEngine:
        """The same engine and pool; its transactions are that role's. Kept, for making it costs as much as a query."""
        return self.engine.execution_options(tenant=role)

    async def close(self) -> None:
        """Close every connection."""
        await self.engine.dispose()


def _engine(settings: DatabaseSettings, connection_class: type[TenantConnection]) -> AsyncEngine:
    # The query (sslmode, sslrootcert) is for asyncpg, which reads it in a URL alone; SQLAlchemy would pass it by name.
    url = make_url(settings.url).set(drivername="postgresql+asyncpg", query={})
    connect_args: dict[str, Any] = {
        "dsn": plain_url(settings.url),
        "connection_class": connection_class,
        "timeout": settings.connect_timeout_seconds,
        "command_timeout": settings.statement_timeout_seconds,
        "server_settings": {"application_name": "portico", "timezone": "UTC", "jit": "off"},
    }
    if settings.pooler == "transaction":
        connect_args |= {
            "statement_cache_size": 0,
            "prepared_statement_cache_size": 0,
            "prepared_statement_name_func": lambda: "",
            "server_settings": {},
        }
    engine = create_async_engine(
        url,
        connect_args=connect_args,
        pool_size=settings.pool_size,
        max_overflow=0,
        pool_timeout=settings.pool_timeout_seconds,
        poolclass=CappedPool,
        pool_recycle=1800,  # a backend's memory grows with the tenants it has touched
    )
    event.listen(engine.sync_engine, "begin", _set_tenant)
    event.listen(engine.sync_engine, "handle_error", _note_error)
    pool = engine.sync_engine.pool
    event.listen(pool, "checkin", _clear_tenant)
    event.listen(pool, "connect", note_made)
    event.listen(pool, "checkin", note_use)
    event.listen(pool, "checkout", check_alive)
    return engine


def _set_tenant(connection: Connection) -> None:
    raw = cast("TenantConnection", connection.connection.driver_connection)
    raw.tenant_role = connection.get_execution_options().get("tenant")


def _clear_tenant(dbapi_connection: Any, _entry: ConnectionPoolEntry) -> None:
    if dbapi_connection is not None:  # None where the connection was invalidated
        dbapi_connection.driver_connection.tenant_role = None


def _note_error(context: ExceptionContext) -> None:
    if context.engine is not None:
        _renew_if_stale(context.engine, context.original_exception)


def _renew_if_stale(engine: Engine, error: BaseException | None) -> None:
    """SQLAlchemy and asyncpg each keep what they have prepared, and neither tells the other that it no longer fits."""
    while error is not None:
        if isinstance(error, asyncpg.InvalidCachedStatementError):
            cast("CappedPool", engine.pool).renew()
        error = error.__cause__

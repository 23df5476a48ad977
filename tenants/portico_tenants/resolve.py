"""Host name to tenant: an in-process dictionary, invalidated by NOTIFY and, failing that, by age."""

import asyncio
import time
from contextlib import suppress
from uuid import UUID

import asyncpg
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from portico_core.db import DATABASE_TROUBLE
from portico_core.errors import AtRest, NotFound, Unavailable
from portico_core.logs import log
from portico_tenants.migrations import script
from portico_tenants.models import DomainRow, TenantRow
from portico_tenants.session import Database
from portico_tenants.tenant import Tenant, TenantState

logger = log(__name__)
CHANNEL = "portico_tenants"
TRY_AGAIN_SECONDS = 1.0


class NoSuchTenant(NotFound):
    """No tenant has this host, id or Stripe account."""


class SchemaBehind(AtRest):
    """The tenant's schema waits for `portico tenants migrate`."""

    def __init__(self, tenant: Tenant) -> None:
        super().__init__(f"the schema of {tenant.slug} is behind this release")


class Directory:
    """All tenants of the installation, by host, id and Stripe account.

    Loaded whole in one query (2,000 tenants are a few megabytes) and again when a NOTIFY on `portico_tenants`
    arrives or the copy is older than `max_age_seconds`. A schema older than revision `needs` is marked as behind.
    """

    def __init__(self, database: Database, *, max_age_seconds: float = 30.0, needs: str | None = None) -> None:
        self.database = database
        self.max_age_seconds = max_age_seconds
        self.needs = needs or script.needed()
        self._loaded_at = float("-inf")
        self._failed_at = float("-inf")
        self._by_host: dict[str, Tenant] = {}
        self._by_id: dict[UUID, Tenant] = {}
        self._by_role: dict[str, Tenant] = {}
        self._by_stripe_account: dict[str, Tenant] = {}
        self._loading = asyncio.Lock()
        self._listener: asyncio.Task[None] | None = None

    async def by_host(self, host: str) -> Tenant:
        """The tenant of a Host header (port and case do not matter); NoSuchTenant if none."""
        await self._fresh()
        return self._one(self._by_host.get(host.partition(":")[0].lower()))

    async def by_id(self, tenant_id: UUID) -> Tenant:
        """The tenant of that id, to work for it; NoSuchTenant if it is gone, SchemaBehind if its work waits."""
        await self._fresh()
        return _workable(self._one(self._by_id.get(tenant_id)))

    async def by_role(self, role: str) -> Tenant:
        """The tenant whose database role this is."""
        await self._fresh()
        return self._one(self._by_role.get(role))

    async def by_stripe_account(self, stripe_account: str) -> Tenant:
        """The tenant that charges on that connected account, to work for it; raises as `by_id`."""
        await self._fresh()
        return _workable(self._one(self._by_stripe_account.get(stripe_account)))

    async def all(self) -> list[Tenant]:
        """Every tenant that is active or suspended, by slug."""
        await self._fresh()
        return sorted(self._by_id.values(), key=lambda tenant: tenant.slug)

    def forget(self) -> None:
        """Read anew at the next question."""
        self._loaded_at = float("-inf")

    async def listen(self, dsn: str) -> None:
        """Start to listen for changes on a direct connection; reconnects by itself until `close`."""
        self._listener = asyncio.create_task(self._listen(dsn), name="tenant directory")

    async def close(self) -> None:
        """Stop listening."""
        if self._listener is not None:
            self._listener.cancel()
            with suppress(asyncio.CancelledError):
                await self._listener

    @staticmethod
    def _one(tenant: Tenant | None) -> Tenant:
        if tenant is None:
            raise NoSuchTenant
        return tenant

    async def _fresh(self) -> None:
        if self._is_fresh():
            return
        async with self._loading:
            if not self._is_fresh():
                await self._load_or_keep()

    def _is_fresh(self) -> bool:
        """Whether the copy may be used as it is; raises Unavailable while there is none to be had."""
        if time.monotonic() - self._failed_at < TRY_AGAIN_SECONDS:
            if not self._by_id:
                raise Unavailable("the tenants could not be read")
            return True
        return time.monotonic() - self._loaded_at < self.max_age_seconds

    async def _load_or_keep(self) -> None:
        """Without the database an older copy is better than none: it lets a page say in the tenant's brand what is up.

        Nothing else comes of it, since every page asks the database itself. Whoever waits for this lock waits once.
        """
        try:
            await self._load()
            self._failed_at = float("-inf")
        except (DBAPIError, PoolTimeout, OSError) as error:
            self._failed_at = time.monotonic()
            logger.warning("tenants not read; going on with the copy", error=type(error).__name__)
            self._is_fresh()

    async def _load(self) -> None:
        started = time.monotonic()
        statement = (
            select(TenantRow, DomainRow.host, DomainRow.is_primary)
            .join(DomainRow, DomainRow.tenant_id == TenantRow.id)
            .where(TenantRow.state.in_([TenantState.ACTIVE, TenantState.SUSPENDED]))
            .order_by(TenantRow.id, DomainRow.is_primary.desc(), DomainRow.host)
        )
        async with self.database.control_session() as session:
            rows = (await session.execute(statement)).all()
        by_host: dict[str, Tenant] = {}
        by_id: dict[UUID, Tenant] = {}
        for row, host, _ in rows:
            tenant = by_id.setdefault(row.id, self._tenant(row, host))  # the primary host comes first
            by_host[host] = tenant
        self._by_host, self._by_id = by_host, by_id
        self._by_role = {tenant.role: tenant for tenant in by_id.values()}
        self._by_stripe_account = {t.stripe_account: t for t in by_id.values() if t.stripe_account}
        self._loaded_at = started

    def _tenant(self, row: TenantRow, host: str) -> Tenant:
        return Tenant(
            id=row.id,
            slug=row.slug,
            name=row.name,
            role=row.role,
            state=TenantState(row.state),
            host=host,
            time_zone=row.time_zone,
            base_currency=row.base_currency,
            language=row.language,
            stripe_account=row.stripe_account,
            brand=row.brand,
            texts=row.texts,
            version=row.changed_at.isoformat(),
            behind=script.is_behind(row.schema_revision, self.needs),
        )

    async def _listen(self, dsn: str) -> None:
        while True:
            try:
                connection = await asyncpg.connect(dsn, timeout=5)
                try:
                    await connection.add_listener(CHANNEL, lambda *_: self.forget())
                    self.forget()  # whatever happened while nobody listened
                    await _closed(connection)
                finally:
                    await connection.close(timeout=2)
            except DATABASE_TROUBLE as error:
                logger.warning("not listening for tenant changes; the copy lives on its age", error=str(error))
            await asyncio.sleep(2)


def _workable(tenant: Tenant) -> Tenant:
    if tenant.behind:
        raise SchemaBehind(tenant)
    return tenant


async def _closed(connection: asyncpg.Connection) -> None:
    closed = asyncio.Event()
    connection.add_termination_listener(lambda _: closed.set())
    await closed.wait()

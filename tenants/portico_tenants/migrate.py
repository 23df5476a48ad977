"""Brings every tenant's schema to this release's revision: several at a time, each step in a transaction of its own.

Who is behind is one query on the control copies; what counts is the revision in the tenant's own schema, which
changes in the transaction of its DDL. A tenant that fails is held back with its cause while the others go on; running
it again goes on where it stopped, also after a kill.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from uuid import UUID

import asyncpg
import msgspec
from asyncpg.pool import PoolConnectionProxy

from portico_core.db import DATABASE_TROUBLE
from portico_core.settings import DatabaseSettings
from portico_tenants.migrations import history
from portico_tenants.migrations.history import Step
from portico_tenants.owner import Owner, owner_pool
from portico_tenants.provision import SetUpNeeded, tell

TELL_SECONDS = 1.0  # between two calls to the processes that read the directory of tenants
ROUNDS = 3  # tenants made by the previous release while this runs are found in a further round


class Behind(msgspec.Struct, frozen=True):
    """A tenant whose schema is not at this release's revision."""

    id: UUID
    slug: str
    role: str
    revision: str | None


class Migrated(msgspec.Struct, frozen=True):
    """What became of one tenant. `error` is the cause where it is held back."""

    slug: str
    before: str | None
    after: str | None
    seconds: float
    error: str | None = None


class Patience(msgspec.Struct, frozen=True):
    """How often a step is tried while others hold locks. Nobody waits behind us for longer than one try lasts.

    Shorter than PostgreSQL's deadlock_timeout of a second: where a page and a step wait for each other, the step gives
    up before the page is looked at and sacrificed.
    """

    tries: int = 20
    lock_timeout: str = "900ms"
    pause_seconds: float = 0.5


async def behind(owner: Owner, newest: str, slug: str | None = None) -> list[Behind]:
    """All tenants that wait for revision `newest` or are marked as held back, or the one with that slug if it does."""
    rows = await owner.fetch(
        "SELECT id, slug, role, schema_revision FROM portico.tenant"
        " WHERE (schema_revision IS DISTINCT FROM $1 OR held_back IS NOT NULL) AND state <> 'deleting'"
        " AND ($2::text IS NULL OR slug = $2) ORDER BY slug",
        newest,
        slug,
    )
    return [Behind(*row) for row in rows]


async def migrate_tenants(
    settings: DatabaseSettings,
    *,
    steps: Sequence[Step] | None = None,
    slug: str | None = None,
    at_once: int = 4,
    patience: Patience = Patience(),  # noqa: B008 - frozen
    started: Callable[[int], None] = lambda count: None,
    done: Callable[[Migrated], None] = lambda outcome: None,
) -> list[Migrated]:
    """Migrate all that wait, `at_once` at a time; `started` hears how many, `done` about each. Raises SetUpNeeded.

    `steps` is the whole history, by default this release's.
    """
    steps = history.steps("tenant") if steps is None else steps
    outcomes: dict[UUID, Migrated] = {}
    gone: set[UUID] = set()
    turns = asyncio.Semaphore(at_once)
    told_at = float("-inf")

    async def in_turn(tenant: Behind) -> None:
        nonlocal told_at
        async with turns:
            outcome = await _migrate(pool, tenant, steps, patience)
            if outcome is None:
                gone.add(tenant.id)
                return
            outcomes[tenant.id] = outcome
            if time.monotonic() - told_at >= TELL_SECONDS:  # portals of the new release open while others still wait
                told_at = time.monotonic()
                await tell(pool)
        done(outcome)

    async with owner_pool(settings, at_once) as pool:
        await _control_is_current(pool)
        for _ in range(ROUNDS):
            known = outcomes.keys() | gone
            waiting = [each for each in await behind(pool, steps[-1].revision, slug) if each.id not in known]
            if not waiting:
                break
            started(len(waiting))
            async with asyncio.TaskGroup() as group:
                for each in waiting:
                    group.create_task(in_turn(each))
        if outcomes:
            await tell(pool)
    return list(outcomes.values())


async def _migrate(pool: asyncpg.Pool, tenant: Behind, steps: Sequence[Step], patience: Patience) -> Migrated | None:
    """What became of it; None where it was deleted meanwhile."""
    started = time.monotonic()
    revision = tenant.revision
    error: str | None = None
    try:
        async with pool.acquire() as connection:
            revision = await _revision(connection, tenant)
            for step in history.missing(steps, revision):
                revision = await _patiently(connection, tenant, step, patience)
            await connection.execute(
                "UPDATE portico.tenant SET schema_revision = $2, held_back = NULL WHERE id = $1", tenant.id, revision
            )
    except (*DATABASE_TROUBLE, LookupError) as cause:
        error = _in_one_line(cause)
        marked = await pool.execute(
            "UPDATE portico.tenant SET held_back = $2 WHERE id = $1 AND state <> 'deleting'", tenant.id, error
        )
        if marked == "UPDATE 0":
            return None
    return Migrated(tenant.slug, tenant.revision, revision, round(time.monotonic() - started, 3), error)


async def _patiently(connection: PoolConnectionProxy, tenant: Behind, step: Step, patience: Patience) -> str:
    for left in reversed(range(patience.tries)):
        try:
            return await _take(connection, tenant, step, patience.lock_timeout)
        except (asyncpg.LockNotAvailableError, asyncpg.DeadlockDetectedError):
            if not left:
                raise
            await asyncio.sleep(patience.pause_seconds)
    raise AssertionError


async def _take(connection: PoolConnectionProxy, tenant: Behind, step: Step, lock_timeout: str) -> str:
    async with connection.transaction():
        await connection.execute(
            f"SET LOCAL lock_timeout TO '{lock_timeout}'; SET LOCAL search_path TO {tenant.role}",
        )
        # Locked, so that a second migration at the same time waits and then finds nothing to do.
        current = await connection.fetchval("SELECT version_num FROM alembic_version FOR UPDATE")
        if current == step.before:
            await connection.execute(step.sql)
            current = step.revision
            await connection.execute(
                "UPDATE portico.tenant SET schema_revision = $2, changed_at = clock_timestamp() WHERE id = $1",
                *(tenant.id, current),
            )
    return str(current)


async def _revision(connection: PoolConnectionProxy, tenant: Behind) -> str | None:
    revision: str | None = await connection.fetchval(f"SELECT version_num FROM {tenant.role}.alembic_version")  # noqa: S608  # `t_` and hex digits
    return revision


async def _control_is_current(owner: Owner) -> None:
    try:
        revision = await owner.fetchval("SELECT version_num FROM portico.alembic_version")
    except (asyncpg.UndefinedTableError, asyncpg.InvalidSchemaNameError):
        revision = None
    if revision != history.steps("control")[-1].revision:
        raise SetUpNeeded("the control schema is not at this release's revision: run `portico database setup` first")


def _in_one_line(error: BaseException) -> str:
    """Without the lines after the first, in which PostgreSQL may quote a row."""
    return f"{type(error).__name__}: {str(error).partition(chr(10))[0]}"

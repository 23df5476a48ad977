"""The probe at the database and the queue, with the login that the processes use."""

import asyncio
from collections.abc import Sequence
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import RedisError
from sqlalchemy import literal, select, table, text
from sqlalchemy.exc import DBAPIError

from portico_billing.invoices.models import InvoiceRow
from portico_portal.probe.findings import Finding
from portico_portal.probe.throwaway import Thrown
from portico_tenants.models import TenantRow
from portico_tenants.session import Database

ROUNDS = 20
MOST_KEYS = 5_000
DENIED = "42501"  # insufficient_privilege
UNDEFINED = "42P01"  # undefined_table
_WHO = text("SELECT current_user::text, current_schema()::text, (SELECT string_agg(name, ',') FROM customer)")
_WRONG = text("SELECT 1 / 0")


async def refused(database: Database, mine: Thrown, other: Thrown) -> Finding:
    """PostgreSQL itself refuses a tenant's role the other's tables and the list of tenants; and nobody all of them."""
    name = InvoiceRow.__tablename__
    theirs = select(literal(1)).select_from(table(name, schema=other.tenant.role))
    ours, listed = select(literal(1)).select_from(table(name)), select(literal(1)).select_from(TenantRow)
    tried = [
        ("a tenant's role reads another tenant's table", mine, theirs, DENIED),
        ("a tenant's role reads the list of tenants", mine, listed, DENIED),
        ("the login reads a tenant's table", None, theirs, DENIED),
        ("the login finds a tenant's table without a tenant", None, ours, UNDEFINED),
    ]
    troubles = []
    for what, who, statement, expected in tried:
        try:
            session = database.control_session() if who is None else database.tenant_session(who.tenant)
            async with session as opened:
                await opened.execute(statement)
            troubles.append(what)
        except DBAPIError as error:
            if getattr(error.orig, "sqlstate", None) != expected:
                raise
    return Finding(name="walls of the database", tried=len(tried), troubles=troubles)


async def in_turn(database: Database, tenants: Sequence[Thrown]) -> Finding:
    """Transactions of both in turn and at once, some of them failing: each is who it should be."""
    troubles: list[str] = []

    async def one(number: int, mine: Thrown) -> None:
        try:
            async with database.tenant_session(mine.tenant) as session:
                role, schema, names = (await session.execute(_WHO)).one()
                if (role, schema) != (mine.tenant.role, mine.tenant.role) or mine.word not in names:
                    troubles.append(f"a transaction of {mine.tenant.role} was {role} in {schema}")
                if number % 3 == 0:
                    await session.execute(_WRONG)
        except DBAPIError as error:
            if getattr(error.orig, "sqlstate", None) != "22012":  # division_by_zero, which was asked for
                troubles.append(f"a transaction of {mine.tenant.role}: {type(error.orig).__name__}")

    for number in range(ROUNDS):
        await asyncio.gather(*(one(number, each) for each in tenants))
        await one(number + 1, tenants[number % 2])
    return Finding(name="transactions of both", tried=ROUNDS * 3, troubles=troubles)


async def queue(url: str, tenants: Sequence[Thrown]) -> Finding:
    """Nothing of what stands in the queue holds a tenant's words: messages carry ids."""
    name = "queue"
    redis = Redis.from_url(url, socket_timeout=5, socket_connect_timeout=2)
    troubles, tried = set(), 0
    try:
        async for key in redis.scan_iter(count=500):
            tried += 1
            if tried > MOST_KEYS:
                break
            shown = key + await _content(redis, key)
            troubles |= {f"{key!r} holds a word of a tenant's" for each in tenants if each.word.encode() in shown}
    except (RedisError, OSError) as error:
        return Finding(name=name, tried=1, note=f"Redis was not looked into: {type(error).__name__}")
    finally:
        await redis.aclose()
    return Finding(name=name, tried=tried or 1, troubles=sorted(troubles), note="" if tried else "empty")


async def _content(redis: Redis, key: bytes) -> bytes:
    """What stands there; of a long one the beginning."""
    kind = await redis.type(key)
    parts: list[Any] = []
    if kind == b"string":
        parts = [await redis.get(key) or b""]
    elif kind == b"hash":
        parts = [part async for pair in redis.hscan_iter(key, count=1000) for part in pair]
    elif kind == b"list":
        parts = await redis.lrange(key, 0, 1000)
    elif kind == b"zset":
        parts = await redis.zrange(key, 0, 1000)
    elif kind == b"set":
        parts = [each async for each in redis.sscan_iter(key, count=1000)]
    return b" ".join(parts)

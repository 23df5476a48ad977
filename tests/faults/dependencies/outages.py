"""Takes services away, one failure of the table each, and gives them back. Each makes sure that it has happened."""

import asyncio
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from datetime import timedelta

import httpx
import redis.asyncio
from sqlalchemy import select, update

from portico_core.clock import now
from portico_portal.sync.models import CursorRow
from portico_tenants.people import sessions
from portico_tenants.people.models import PersonRow
from tests.faults.dependencies.guests import Guests
from tests.faults.dependencies.stack import HOUSES, WEB_CONNECTIONS, eventually

Outage = Callable[[Guests], AbstractAsyncContextManager[None]]
AN_HOUR = timedelta(minutes=70)


@asynccontextmanager
async def redis_gone(guests: Guests) -> AsyncIterator[None]:
    """Killed."""
    guests.stack.redis.kill()
    try:
        yield
    finally:
        guests.stack.redis.start()


@asynccontextmanager
async def redis_silent(guests: Guests) -> AsyncIterator[None]:
    """Its process is stopped; the kernel still takes connections for it."""
    guests.stack.redis.signal(signal.SIGSTOP)
    try:
        yield
    finally:
        guests.stack.redis.signal(signal.SIGCONT)


@asynccontextmanager
async def redis_full(guests: Guests) -> AsyncIterator[None]:
    """No command that needs memory works."""
    async with redis.asyncio.Redis.from_url(guests.stack.redis.url) as client:
        await client.config_set("maxmemory-policy", "noeviction")
        await client.config_set("maxmemory", "1")
        with suppress(redis.ResponseError):
            await client.set("one", "more")
            raise AssertionError("Redis is not full")
        try:
            yield
        finally:
            await client.config_set("maxmemory", "0")


@asynccontextmanager
async def redis_emptied(guests: Guests) -> AsyncIterator[None]:
    """While the worker is stopped, so that there is something to lose."""
    worker, scheduler = (guests.stack.child(name).process for name in ("worker", "scheduler"))
    worker.send_signal(signal.SIGSTOP)
    scheduler.send_signal(signal.SIGSTOP)
    try:
        for number in range(3):
            email = f"emptied-{number}@invited.example"
            form = {"email": email, "name": "Somebody", "role": "viewer"}
            assert (await guests.admin.send("/members/invite", form)).status == 303
            guests.invited.append(email)
        async with redis.asyncio.Redis.from_url(guests.stack.redis.url) as client:
            assert await client.dbsize() > 0, "there was nothing to lose"
            await client.flushall()
    finally:
        worker.send_signal(signal.SIGCONT)
        scheduler.send_signal(signal.SIGCONT)
    yield


@asynccontextmanager
async def postgres_gone(guests: Guests) -> AsyncIterator[None]:
    """Stopped for as long as it takes."""
    guests.stack.postgres.order("stop")
    try:
        yield
    finally:
        guests.stack.postgres.order("start")


@asynccontextmanager
async def postgres_ended(guests: Guests) -> AsyncIterator[None]:
    """Every connection of the pool is dead, and nobody has noticed yet: first by a restart, then one by one."""
    await asyncio.gather(*(guests.payer.get("/invoices") for _ in range(WEB_CONNECTIONS * 2)))
    guests.stack.postgres.order("stop")
    guests.stack.postgres.order("start")
    await asyncio.gather(*(guests.payer.get("/invoices") for _ in range(WEB_CONNECTIONS * 2)))
    async with guests.stack.superuser() as connection:
        ended = await connection.fetch(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'portico'"
        )
    assert ended, "no backend was there to be ended"
    yield


@asynccontextmanager
async def postgres_busy(guests: Guests) -> AsyncIterator[None]:
    """Visitors of the other distributor wait for a lock, each with a connection of the process."""
    other = next(each for each in guests.stack.tenants.values() if each.id != guests.tenant.id)
    async with guests.stack.database.tenant_session(other) as session:
        owner = await session.scalar(select(PersonRow.id).where(PersonRow.email == f"owner@{other.slug}.example"))
        assert owner is not None
        token = await sessions.open_session(session, owner)
    client = httpx.AsyncClient(
        base_url=guests.stack.addresses.of("web"),
        headers={"host": other.host},
        cookies={"session": token},
        timeout=60,
        trust_env=False,
    )
    async with client, guests.stack.superuser() as connection, connection.transaction():
        await connection.execute(f"LOCK TABLE {other.role}.invoice IN ACCESS EXCLUSIVE MODE")
        waiting = [asyncio.create_task(client.get("/staff/invoices")) for _ in range(WEB_CONNECTIONS)]

        async def all_wait() -> bool:
            async with guests.stack.superuser() as looking:
                count: int = await looking.fetchval(
                    "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
                    " AND application_name = 'portico'"
                )
                return count >= WEB_CONNECTIONS

        await eventually(all_wait, "every connection of the pool waits")
        guests.turns.crowded = True
        try:
            yield
        finally:
            guests.turns.crowded = False
    await asyncio.gather(*waiting, return_exceptions=True)


@asynccontextmanager
async def postgres_full(guests: Guests) -> AsyncIterator[None]:
    """No room for another page on its disk."""
    guests.stack.postgres.order("fill")
    try:
        yield
    finally:
        guests.stack.postgres.order("free")


@asynccontextmanager
async def erp_throttled(guests: Guests) -> AsyncIterator[None]:
    """429, come again in an hour; and an hour has passed."""
    async with _erp(guests, kind="rate_limit", retry_after=3600):
        yield


@asynccontextmanager
async def erp_down(guests: Guests) -> AsyncIterator[None]:
    """503 from its gateway; and an hour has passed."""
    async with _erp(guests, kind="unavailable"):
        yield


@asynccontextmanager
async def _erp(guests: Guests, **fault: object) -> AsyncIterator[None]:
    account = next(each.erp_account for each in HOUSES if each.slug == guests.tenant.slug)
    order = {**fault, "times": 100_000, "account": account}
    made = await guests.stack.simulator("netsuite", "POST", "/faults", order)
    async with guests.stack.database.tenant_session(guests.tenant) as session:
        read_at = await session.scalar(select(CursorRow.fresh_at).where(CursorRow.record_type == "invoice"))
        await session.execute(update(CursorRow).values(fresh_at=now() - AN_HOUR))
    try:
        yield
        (told,) = [
            each for each in await guests.stack.simulator("netsuite", "GET", "/faults") if each["id"] == made["id"]
        ]
        assert told["fired"], "the ERP was never asked"
    finally:
        await guests.stack.simulator("netsuite", "DELETE", f"/faults/{made['id']}")
        async with guests.stack.database.tenant_session(guests.tenant) as session:
            await session.execute(update(CursorRow).values(fresh_at=read_at))


@asynccontextmanager
async def others_stripe_gone(guests: Guests) -> AsyncIterator[None]:
    """The connection is cut before anything is done, every time."""
    made = await guests.stack.simulator("paysim", "POST", "/faults", {"kind": "reset", "times": None})
    try:
        yield
        (told,) = [
            each for each in (await guests.stack.simulator("paysim", "GET", "/faults")) if each["id"] == made["id"]
        ]
        assert told["fired"], "Stripe was never asked"
    finally:
        await guests.stack.simulator("paysim", "DELETE", f"/faults/{made['id']}")


@asynccontextmanager
async def others_smtp_gone(guests: Guests) -> AsyncIterator[None]:
    """The mail server is stopped: it takes connections and says nothing."""
    mail = guests.stack.child("mail").process
    mail.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        mail.send_signal(signal.SIGCONT)


OUTAGES: dict[str, Outage] = {
    each.__name__: each
    for each in (
        redis_gone,
        redis_silent,
        redis_full,
        redis_emptied,
        postgres_gone,
        postgres_ended,
        postgres_busy,
        postgres_full,
        erp_throttled,
        erp_down,
        others_stripe_gone,
        others_smtp_gone,
    )
}

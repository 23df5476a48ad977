"""The table of table.toml, cell by cell: what people see while a service is gone; that all heals without a restart, and
that work which was promised meanwhile is done. One file, since its tests share one running portal.
"""

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import delete, func, select, update

from portico_billing.payments.models import PaymentRow, PostingRow
from portico_core.clock import now
from portico_core.ids import new_id
from portico_portal.sync.fetch import SWEEP
from portico_portal.sync.models import ConnectionRow, CursorRow
from portico_tenants.mails import MailRow
from portico_tenants.session import TenantSession
from tests.faults.dependencies.conftest import AFTERWARDS, Weather
from tests.faults.dependencies.guests import Guests, Seen
from tests.faults.dependencies.outages import OUTAGES
from tests.faults.dependencies.stack import HOUSES, Stack, eventually
from tests.faults.dependencies.table import table
from tests.faults.dependencies.words import WORDS, usual


@pytest.mark.parametrize("kind", table().kinds)
def test_what_is_seen(weather: Weather, kind: str, guests: Guests, calm: dict[str, list[Seen]]) -> None:
    word = weather.failure.pages.get(kind)
    assert word in WORDS, f"say in table.toml what {kind} shows under {weather.failure.name}"
    found = weather.seen[kind]
    if isinstance(found, Exception):
        raise found
    assert found
    for seen in found:
        WORDS[word](guests, seen, _like(seen, calm[kind]))


@pytest.mark.parametrize("kind", AFTERWARDS)
def test_it_heals_without_a_restart(weather: Weather, kind: str, guests: Guests, calm: dict[str, list[Seen]]) -> None:
    found = weather.afterwards[kind]
    if isinstance(found, Exception):
        raise found
    for seen in found:
        usual(guests, seen, _like(seen, calm[kind]))


def _like(seen: Seen, calm: list[Seen]) -> Seen:
    """The same page in calm weather; of a kind that looks at other things each time, the one in its place."""
    return next((each for each in calm if each.what == seen.what), calm[0])


async def test_processes_that_start_without_redis_wait_for_it(stack: Stack) -> None:
    worker = stack.log("worker")
    assert '"working"' in worker
    assert worker.index("Connection refused") > 0
    assert stack.first_pids == {name: stack.child(name).pid for name in stack.first_pids}, "one was started again"
    for tenant in stack.tenants.values():  # by the worker: nobody else reads ERPs here
        async with stack.database.tenant_session(tenant) as session:
            assert await session.scalar(select(func.count()).where(CursorRow.fresh_at.is_not(None)))


async def test_every_mail_that_was_promised_under_a_failure_leaves(weather: Weather, guests: Guests) -> None:
    """Those that were promised before, too: they are counted anew after each failure."""
    assert weather.failure in table().failures
    tenant, database = guests.tenant, guests.stack.database
    assert guests.invited
    async with database.tenant_session(tenant) as session:
        # What the mail server did not take is tried again after a while; that while has passed.
        await session.execute(update(MailRow).where(MailRow.sent_at.is_(None)).values(due_at=now()))
        await session.hurry("mail")

    async def all_sent() -> bool:
        async with database.tenant_session(tenant) as session:
            sent = await session.scalars(
                select(MailRow.recipient).where(MailRow.recipient.in_(guests.invited), MailRow.sent_at.is_not(None))
            )
            return set(sent) == set(guests.invited)

    await eventually(all_sent, f"every mail of {len(guests.invited)} has left")
    caught = await guests.stack.http.get(
        f"{guests.stack.addresses.of('mail')}/mails", params={"to": guests.invited[-1]}
    )
    assert len({mail["message_id"] for mail in caught.json()["mails"]}) == 1


async def test_an_erp_that_asks_us_to_wait_is_left_alone_and_the_others_are_read(guests: Guests) -> None:
    stack = guests.stack
    other = next(each for each in stack.tenants.values() if each.id != guests.tenant.id)
    async with stack.database.tenant_session(guests.tenant) as session:
        before = await session.scalar(select(CursorRow.fresh_at).where(CursorRow.record_type == "invoice"))
    async with OUTAGES["erp_throttled"](guests):
        for tenant in (guests.tenant, other):
            async with stack.database.tenant_session(tenant) as session:
                await session.execute(update(ConnectionRow).values(next_at=None, failures=0))
                await session.execute(update(CursorRow).values(fresh_at=now() - timedelta(hours=1)))
                await session.hurry(SWEEP)

        async def rests() -> bool:
            async with stack.database.tenant_session(guests.tenant) as session:
                connection = (await session.scalars(select(ConnectionRow))).one()
                return connection.failures > 0 and connection.next_at is not None

        async def is_read() -> bool:
            async with stack.database.tenant_session(other) as session:
                oldest = await session.scalar(select(func.min(CursorRow.fresh_at)))
                return oldest is not None and oldest > now() - timedelta(minutes=30)

        await asyncio.gather(
            eventually(rests, "the throttled ERP rests"), eventually(is_read, "the other ERP is read to its end")
        )
        async with stack.database.tenant_session(guests.tenant) as session:
            next_at = await session.scalar(select(ConnectionRow.next_at))
        assert next_at is not None
        assert timedelta(minutes=59) < next_at - now() < timedelta(minutes=75), "Retry-After says an hour; then spread"
        asked = await _asked(stack, guests)
        async with stack.database.tenant_session(guests.tenant) as session:
            await session.hurry(SWEEP)  # the round comes by
        await asyncio.sleep(1)
        assert await _asked(stack, guests) == asked, "it was asked before its time"
    async with stack.database.tenant_session(guests.tenant) as session:
        await session.execute(update(ConnectionRow).values(next_at=None, failures=0))
        await session.hurry(SWEEP)
    assert before is not None


async def test_an_erp_that_asks_us_to_wait_is_asked_for_one_posting_not_for_each(guests: Guests) -> None:
    database, tenant = guests.stack.database, guests.tenant
    async with database.tenant_session(tenant) as session:
        posting_ids = [await _owed_posting(session, guests) for _ in range(5)]
    theirs = select(PostingRow).where(PostingRow.id.in_(posting_ids)).execution_options(populate_existing=True)
    async with OUTAGES["erp_throttled"](guests):
        async with database.tenant_session(tenant) as session:
            await session.hurry("postings")

        async def all_wait() -> bool:
            async with database.tenant_session(tenant) as session:
                postings = (await session.scalars(theirs)).all()
            return all(each.due_at > now() + timedelta(minutes=59) for each in postings)

        await eventually(all_wait, "every posting waits for an hour")
    async with database.tenant_session(tenant) as session:
        postings = (await session.scalars(theirs)).all()
        assert sum(each.attempts for each in postings) <= 2, "each of them asked the ERP"
        assert {each.state for each in postings} == {"owed"}
        await session.execute(delete(PostingRow).where(PostingRow.id.in_(posting_ids)))


async def _owed_posting(session: TenantSession, guests: Guests) -> UUID:
    """Of a payment like the one that the guests look at."""
    like = await session.get_one(PaymentRow, guests.ids["payment_id"])
    payment = PaymentRow(
        customer_id=like.customer_id,
        form_key=new_id(),
        currency=like.currency,
        amount_minor=100,
        received_minor=100,
        state="succeeded",
        stripe_account=like.stripe_account,
        expires_at=now(),
        settled_at=now(),
    )
    session.add(payment)
    await session.flush()
    posting = PostingRow(payment_id=payment.id, our_key=f"pay-{payment.id}")
    session.add(posting)
    await session.flush()
    return posting.id


async def _asked(stack: Stack, guests: Guests) -> int:
    """How often faults have struck this distributor's ERP so far."""
    account = next(each.erp_account for each in HOUSES if each.slug == guests.tenant.slug)
    faults = await stack.simulator("netsuite", "GET", "/faults")
    return sum(each["fired"] for each in faults if each["account"] == account)

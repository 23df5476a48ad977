"""The jobs as the worker calls them: by tenant and ids, with what they need by name; and the mails they leave."""

from typing import Any

import pytest
from sqlalchemy import select

from portico_billing.payments import jobs
from portico_billing.payments.models import StripeEventRow
from portico_core.jobs import REGISTRY, Call
from portico_core.settings import Settings
from portico_tenants.mails import MailRow
from portico_tenants.models import DueRow
from portico_tenants.resolve import Directory
from portico_tenants.secrets import Safe
from portico_tenants.session import Database
from portico_themes.render import Renderer
from tests.billing.payments.shop import Shop
from tests.factories.payments import order_of


class Worker:
    """Runs jobs at once, as the queue would later. `calls` are those that it was sent."""

    def __init__(self, shop: Shop, directory: Directory, settings: Settings) -> None:
        self.shop = shop
        self.calls: list[Call] = []
        self.provided: dict[str, Any] = {
            "database": shop.database,
            "directory": directory,
            "stripe": shop.gateway,
            "renderer": Renderer(),
            "settings": settings,
            "safe": Safe(settings.secret_keys),
        }

    is_late = False

    async def send(self, calls: Any) -> None:
        self.calls += calls

    async def run(self, call: Call) -> None:
        await call.job(call.tenant_id, *call.ids, **{name: self.provided[name] for name in call.job.needs})

    async def run_sent(self) -> None:
        """Ours; what empties postings lives above."""
        while self.calls:
            call = self.calls.pop(0)
            if call.job.sweeps != "postings":
                await self.run(call)

    async def sweep(self, kind: str) -> None:
        for job in REGISTRY.values():
            if job.sweeps == kind:
                await self.run(Call(job, self.shop.tenant.id, ()))


class QueuedDatabase(Database):
    """The same database, whose jobs go to a worker."""

    def __init__(self, database: Database, queue: Worker) -> None:
        vars(self).update(vars(database), queue=queue)


@pytest.fixture
def worker(shop: Shop, directory: Directory, settings: Settings) -> Worker:
    made = Worker(shop, directory, settings)
    shop.database = made.provided["database"] = QueuedDatabase(shop.database, made)
    return made


async def mails(shop: Shop) -> list[tuple[str, str]]:
    async with shop.database.tenant_session(shop.tenant) as session:
        rows = await session.execute(select(MailRow.cause, MailRow.subject).order_by(MailRow.created_at))
        return [(cause.partition(":")[0], subject) for cause, subject in rows]


async def test_an_event_is_worked_by_the_job_that_it_left_behind(shop: Shop, worker: Worker) -> None:
    payment = await shop.open({await shop.invoice(): 12_000})
    await shop.pay(payment)
    for event in await shop.sent():
        await shop.deliver(event)
    assert {call.job for call in worker.calls} == {jobs.work_event}
    await worker.run_sent()
    assert (await shop.payment(payment.id)).state == "succeeded"
    assert {each.state for each in await shop.all(StripeEventRow)} == {"done"}
    assert [kind for kind, _ in await mails(shop)] == ["receipt"]


async def test_every_sweep_finds_its_work_without_any_queue(shop: Shop, worker: Worker) -> None:
    payment = await shop.open({await shop.invoice(): 12_000})
    await shop.start(order_of({await shop.invoice(): 12_000}))
    await shop.pay(payment)
    worker.calls.clear()
    await shop.sweep()
    worker.calls.clear()  # the queue loses everything
    assert await mails(shop) == []
    for kind in {job.sweeps for job in REGISTRY.values() if job.sweeps and job.function.__module__ == jobs.__name__}:
        await worker.sweep(kind)
        await worker.sweep(kind)
    assert [kind for kind, _ in await mails(shop)] == ["receipt"]


async def test_a_debit_mails_that_it_is_on_its_way_and_then_its_receipt(shop: Shop, worker: Worker) -> None:
    payment = await shop.open({await shop.invoice(): 12_000})
    intent = await shop.pay(payment, "bacs_debit")
    await shop.sweep()
    await worker.run_sent()
    await shop.sweep()
    await worker.run_sent()
    await shop.bank(intent)
    await shop.sweep()
    await worker.run_sent()
    sent = await mails(shop)
    assert [kind for kind, _ in sent] == ["debit_on_its_way", "receipt"]
    assert sent[1][1].startswith("Receipt: £120.00 paid on ")


async def test_a_refused_debit_is_told_and_an_abandoned_page_is_not(shop: Shop, worker: Worker) -> None:
    refused = await shop.open({await shop.invoice(): 12_000})
    abandoned = await shop.open({await shop.invoice(): 12_000})
    intent = await shop.pay(refused, "bacs_debit")
    await shop.control.post(f"sessions/{abandoned.checkout_session_id}/expire")
    await shop.bank(intent, outcome="failed")
    await shop.sweep()
    await worker.run_sent()
    await worker.sweep("payment_mails")
    assert [kind for kind, _ in await mails(shop)] == ["debit_refused"]


async def test_what_is_left_behind_is_hinted_at(shop: Shop, worker: Worker) -> None:
    payment = await shop.open({await shop.invoice(): 12_000})
    await shop.pay(payment)
    for event in await shop.sent():
        await shop.deliver(event)
    await shop.sweep()
    async with shop.database.control_session() as session:
        kinds = set(await session.scalars(select(DueRow.kind).where(DueRow.tenant_role == shop.tenant.role)))
    assert kinds == {"payments", "stripe_events", "postings", "payment_mails"}

"""Every job, handed what is not its tenant's: ids of another tenant, ids that two tenants share, no tenant at all.

The jobs and their arguments are read from the registry: a new one is covered as soon as the world has its ids.
"""

import inspect
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
import pytest_asyncio
from dramatiq.brokers.stub import StubBroker
from sqlalchemy import select

from portico_core.errors import PorticoError
from portico_core.ids import new_id
from portico_core.jobs import REGISTRY, Job, NoQueue, declare
from portico_core.settings import MailSettings, Settings, StripeSettings
from portico_portal import jobs
from portico_portal.local.ports import free_port
from portico_portal.resources import Resources
from portico_tenants.mails import MailRow
from portico_tenants.removal import delete_tenant
from portico_tenants.resolve import NoSuchTenant
from portico_tenants.session import Database
from tests.factories.tenants import make_tenant
from tests.isolation.filling import fingerprint
from tests.isolation.world import House

assert jobs.MODULES  # imported so that the registry is whole
JOBS = sorted(each for each in REGISTRY if each.startswith("portico_"))
Run = Callable[..., Any]


def ids_of(job: Job) -> list[str]:
    """Names of what stands behind the tenant in a message."""
    parameters = list(inspect.signature(job.function).parameters.values())
    return [each.name for each in parameters[1:] if each.kind is not each.KEYWORD_ONLY]


@pytest_asyncio.fixture
async def resources(settings: Settings, database: Database) -> AsyncIterator[Resources]:
    """What a worker provides; ERP, Stripe and the mail server are where nobody answers."""
    nowhere = free_port()
    made = Resources.make(
        replace(
            settings,
            stripe=StripeSettings(secret_key="sk_test_nobody", api_base=f"http://127.0.0.1:{nowhere}"),
            mail=MailSettings(port=nowhere),
        ),
        NoQueue(),
    )
    made.directory.max_age_seconds = 0
    yield made
    await made.close()


def test_every_id_of_every_job_is_known_here(house: House) -> None:
    unknown = {name for each in JOBS for name in ids_of(REGISTRY[each])} - set(house.ids)
    assert not unknown, f"teach tests/isolation/world.py what {unknown} are"
    assert len(JOBS) >= 12


@pytest.mark.parametrize("name", [each for each in JOBS if ids_of(REGISTRY[each])])
async def test_another_tenants_ids_are_as_if_they_were_not_there(
    resources: Resources, owner: asyncpg.Connection, house: House, other_house: House, name: str
) -> None:
    """Both tenants are as before, and so is what the job says, compared with ids that name nothing."""
    job = REGISTRY[name]
    before = await fingerprint(owner, house.tenant), await fingerprint(owner, other_house.tenant)
    with_theirs = await _run(resources, job, other_house.tenant.id, *(house.ids[each] for each in ids_of(job)))
    assert await fingerprint(owner, house.tenant) == before[0]
    assert await fingerprint(owner, other_house.tenant) == before[1]
    absent = await _run(resources, job, other_house.tenant.id, *(new_id() for _ in ids_of(job)))
    assert with_theirs == absent
    assert await fingerprint(owner, other_house.tenant) == before[1]


@pytest.mark.parametrize("name", JOBS)
async def test_ids_that_two_tenants_share_lead_to_the_messages_own(
    resources: Resources, database: Database, owner: asyncpg.Connection, twins: tuple[House, House], name: str
) -> None:
    """The one does its work or finds its servers silent; not one row of the other is another after, nor any mail."""
    mine, other = twins
    job = REGISTRY[name]
    before = await fingerprint(owner, other.tenant)
    await _run(resources, job, mine.tenant.id, *(mine.ids[each] for each in ids_of(job)))
    assert await fingerprint(owner, other.tenant) == before
    async with database.tenant_session(mine.tenant) as session:
        for mail in await session.scalars(select(MailRow)):
            assert not any(word in told(mail) for word in words_of(other))


async def test_jobs_that_write_mails_did_write_them(
    resources: Resources, database: Database, twins: tuple[House, House]
) -> None:
    """What the test above looks through is there: a reset and a letter, in words of the tenant's own."""
    mine, _ = twins
    async with database.tenant_session(mine.tenant) as session:
        before = {each.id for each in await session.scalars(select(MailRow))}
    for name in JOBS:
        if name.endswith((".send_reset", ".mail_payment")):
            await _run(resources, REGISTRY[name], mine.tenant.id, *(mine.ids[each] for each in ids_of(REGISTRY[name])))
    async with database.tenant_session(mine.tenant) as session:
        made = [each for each in await session.scalars(select(MailRow)) if each.id not in before]
    assert len(made) == 2
    assert all(any(word in told(each) for word in words_of(mine)) for each in made)


def told(mail: MailRow) -> str:
    """All that its reader sees."""
    return f"{mail.recipient} {mail.sender_name} {mail.sender_address} {mail.subject} {mail.html} {mail.plain}".lower()


def words_of(house: House) -> tuple[str, str]:
    """What only this tenant's mails can say."""
    return house.canary, house.tenant.name.lower()


@pytest.mark.parametrize("name", JOBS)
async def test_without_a_tenant_nothing_runs(
    resources: Resources, owner: asyncpg.Connection, house: House, name: str
) -> None:
    """No tenant, an empty one, no id, one that nobody has: refused before the first statement of any tenant."""
    job = REGISTRY[name]
    ids = [house.ids[each] for each in ids_of(job)]
    before = await fingerprint(owner, house.tenant)
    run = _as_a_message_reaches_it(job, resources)
    for tenant_id in ("", "None", house.tenant.slug, house.tenant.role):
        with pytest.raises(ValueError, match="badly formed hexadecimal UUID"):
            await run(tenant_id, *map(str, ids))
    with pytest.raises((TypeError, AttributeError)):
        await run(None, *map(str, ids))
    with pytest.raises(TypeError, match="missing"):
        await run()
    with pytest.raises(NoSuchTenant):
        await run(str(uuid4()), *map(str, ids))
    assert await fingerprint(owner, house.tenant) == before


async def test_a_message_of_a_tenant_that_is_gone_finds_no_tenant(
    resources: Resources, owner: asyncpg.Connection, settings: Settings, house: House
) -> None:
    gone = await make_tenant(owner, settings)
    await delete_tenant(owner, gone.slug)
    for name in JOBS:
        with pytest.raises(NoSuchTenant):
            await _as_a_message_reaches_it(REGISTRY[name], resources)(
                str(gone.id), *(str(house.ids[each]) for each in ids_of(REGISTRY[name]))
            )


def _as_a_message_reaches_it(job: Job, resources: Resources) -> Run:
    """The actor that a worker declares, without dramatiq's bridge to a loop of its own."""
    broker = StubBroker()
    declare(broker, jobs.provided(resources))
    run: Run = inspect.unwrap(broker.get_actor(job.name).fn)
    return run


async def _run(resources: Resources, job: Job, tenant_id: UUID, *ids: object) -> str:
    """What it ended with: nothing, or the error's own words without ids."""
    try:
        await _as_a_message_reaches_it(job, resources)(str(tenant_id), *(str(each) for each in ids))
    except PorticoError as error:
        return type(error).__name__
    return "done"

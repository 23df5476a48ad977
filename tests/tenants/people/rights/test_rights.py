"""What each person sees is what their roles say, after every step; a right that is lost is lost at the next request."""

import dataclasses
from collections import Counter
from collections.abc import AsyncIterator

import pytest

from portico_core.settings import Settings, WebSettings
from portico_tenants.session import Database
from portico_tenants.tenant import Tenant
from tests.portal.portal import Portal, running
from tests.state_machines import walk
from tests.tenants.people.rights.desk import Desk
from tests.tenants.people.rights.machine import Rights

MUST_HAPPEN = ("rights gained", "rights lost", "changes refused", "next requests")


@pytest.fixture
async def portal(settings: Settings, database: Database) -> AsyncIterator[Portal]:
    web = WebSettings(platform_host="platform.test", scheme="http")
    async with running(dataclasses.replace(settings, web=web), database) as made:
        yield made


async def test_everybody_sees_what_is_theirs_after_every_step(
    database: Database, tenant: Tenant, portal: Portal
) -> None:
    happened: Counter[str] = Counter(dict.fromkeys(MUST_HAPPEN, 0))

    await walk(lambda loop: Rights(loop, Desk(database, tenant), portal, happened), walks=4, steps=20)

    print(dict(happened))  # noqa: T201 - a walk on which nothing happened shows nothing
    assert all(happened[each] for each in MUST_HAPPEN), happened

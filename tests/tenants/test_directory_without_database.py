"""The directory while its database is gone: the copy it has is used, and nobody waits behind somebody who waits."""

import asyncio

import pytest
from sqlalchemy.exc import DBAPIError

from portico_core.errors import Unavailable
from portico_core.settings import DatabaseSettings, Settings
from portico_tenants.owner import owner_connection
from portico_tenants.resolve import Directory
from portico_tenants.session import Database
from tests.databases import RunDatabases
from tests.factories.tenants import make_tenant

A_MOMENT = 30.0


async def test_an_older_copy_is_used_while_the_database_is_gone(
    fresh_database: DatabaseSettings, databases: RunDatabases
) -> None:
    settings = Settings("test", fresh_database, "redis://unused", {"test": bytes(32)})
    database = Database(fresh_database)
    try:
        async with owner_connection(fresh_database) as owner:
            tenant = await make_tenant(owner, settings)
        directory = Directory(database, max_age_seconds=0)
        assert await directory.by_host(tenant.host) == tenant
        await databases.drop(fresh_database.url.rpartition("/")[2])
        with pytest.raises(DBAPIError):
            async with database.control_session() as session:
                await session.connection()
        assert await directory.by_host(tenant.host) == tenant
    finally:
        await database.close()


async def test_without_any_copy_everybody_is_told_at_once(database_settings: DatabaseSettings) -> None:
    asked = 0

    class Counted(Database):
        def control_session(self):  # type: ignore[no-untyped-def]  # as the base class's
            nonlocal asked
            asked += 1
            return super().control_session()

    database = Counted(DatabaseSettings(url="postgresql://nobody@127.0.0.1:1/nothing"))
    directory = Directory(database)
    try:
        async with asyncio.timeout(A_MOMENT):
            answers = await asyncio.gather(
                *(directory.by_host("anybody.localhost") for _ in range(50)), return_exceptions=True
            )
    finally:
        await database.close()
    assert {type(each) for each in answers} == {Unavailable}
    assert asked == 1

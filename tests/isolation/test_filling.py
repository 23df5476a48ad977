"""What the isolation tests look for is really everywhere."""

import asyncpg

from portico_tenants.tenant import Tenant
from tests.isolation.filling import CODES, tables, without
from tests.isolation.world import House


async def test_every_text_of_every_table_holds_the_tenants_word(
    owner: asyncpg.Connection, twins: tuple[House, House], tenant: Tenant
) -> None:
    assert await without(owner, tenant, twins[0].canary) == []
    columns = {f"{table.name}.{column.name}" for table in tables() for column in table.columns}
    assert set(CODES) <= columns, "these are no columns any more"


async def test_the_twins_have_the_same_ids_and_different_words(twins: tuple[House, House]) -> None:
    one, other = twins
    assert {name for name in one.ids if one.ids[name] != other.ids[name]} == {"form_key"}
    assert one.canary != other.canary

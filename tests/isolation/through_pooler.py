"""One process of several behind a pooler, as a program: transactions of two tenants in turn and at once, counted.

`python -m tests.isolation.through_pooler '<json>'` prints what went wrong as JSON: `faults` of the connection by kind,
`leaks` where a transaction was somebody else's, `done` of those that were right.
"""

import asyncio
import json
import random
import sys
from collections import Counter
from typing import Any

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from portico_core.settings import DatabaseSettings
from portico_tenants.session import Database
from portico_tenants.tenant import Tenant, TenantState

AT_ONCE = 4
# Different texts, so that their plans and names differ; `{n}` is a number that changes rarely.
STATEMENTS = [
    "SELECT name FROM customer ORDER BY name LIMIT 1",
    "SELECT number, current_user::text FROM invoice ORDER BY number LIMIT 1",
    "SELECT count(*) FROM person",
    "SELECT id, email FROM person ORDER BY email LIMIT 3",
    "SELECT current_schema()::text",
    "SELECT actor, action FROM audit ORDER BY id LIMIT 1",
]
WHO = text("SELECT current_user::text, current_schema()::text, (SELECT string_agg(name, ',') FROM customer)")


async def work(told: dict[str, Any]) -> dict[str, Any]:
    """All rounds, some at once, as several requests of a process are."""
    database = Database(DatabaseSettings(url=told["url"], pooler=told["pooler"], pool_size=AT_ONCE))
    chance = random.Random(told["seed"])  # noqa: S311 - picks an order, keeps no secrets
    faults: Counter[str] = Counter()
    counts = {"done": 0, "leaks": 0}

    async def one(tenant: Tenant, word: str) -> None:
        try:
            async with database.tenant_session(tenant) as session:
                for statement in chance.sample(STATEMENTS, 3):
                    await session.execute(text(statement))
                role, schema, names = (await session.execute(WHO)).one()
            right = role == schema == tenant.role and word in names
            counts["done" if right else "leaks"] += 1
        except Exception as error:  # with the setting wrong even rows of another statement arrive
            cause = error.orig if isinstance(error, DBAPIError) else error
            faults[type(getattr(cause, "__cause__", None) or cause).__name__] += 1

    async def several() -> None:
        for _ in range(told["rounds"]):
            await one(*chance.choice(tenants))

    tenants = [(_tenant(each), each["word"]) for each in told["tenants"]]
    await asyncio.gather(*(several() for _ in range(AT_ONCE)))
    await database.close()
    return {**counts, "faults": faults}


def _tenant(told: dict[str, Any]) -> Tenant:
    return Tenant(
        id=told["id"],
        slug=told["role"],
        name="",
        role=told["role"],
        state=TenantState.ACTIVE,
        host="",
        time_zone="UTC",
        base_currency="USD",
        language="en",
    )


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asyncio.run(work(json.loads(sys.argv[1])))))

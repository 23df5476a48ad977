"""What `make real` does as the largest customer's payer, in the demo: invited by the owner, it pays without script."""

from decimal import Decimal

import asyncpg

from portico_portal.local.real import story
from portico_portal.local.real.books import Books
from portico_portal.local.seeding import SignIn
from portico_tenants.tenant import role_name
from tests.journeys.stack import Portal, Stack

PASSWORD = "plover-quarry-6021"


async def test_the_largest_customers_payer_is_invited_looks_round_and_pays(stack: Stack, stanmoor: Portal) -> None:
    books = Books(stack.told["services"]["postgres"], await role_of(stack, stanmoor))
    doors = story.Doors(
        web=stanmoor.address,
        host=stanmoor.host,
        mail=stack.told["mail"]["url"],
        paysim=stack.told["simulators"]["paysim"]["url"],
    )
    told = stanmoor.person("owner")
    owner = SignIn(told.role, told.email, told.password, "")
    customer = await books.largest("GBP")
    payer = SignIn("payer", "payables@largest.example", PASSWORD, customer.name)
    booked_before = len(await stack.erp_payments("stanmoor"))

    await story.invite_payer(doors, owner, payer, customer)
    assert await story.look_round(doors, owner, payer, customer, await books.of_nothing()) == []
    paid = await story.pay(doors, payer, books)

    assert len(paid) == story.PAID_INVOICES
    booked = await stack.erp_payments("stanmoor")
    assert len(booked) == booked_before + 1
    assert sum(map(Decimal, paid.values())) in [Decimal(each["amount"]) for each in booked]
    assert (await books.largest("GBP")).open_amount == customer.open_amount - sum(map(Decimal, paid.values()))


async def role_of(stack: Stack, portal: Portal) -> str:
    owner = await asyncpg.connect(stack.told["services"]["postgres"])
    try:
        return role_name(await owner.fetchval("SELECT id FROM portico.tenant WHERE slug = $1", portal.tenant))
    finally:
        await owner.close()

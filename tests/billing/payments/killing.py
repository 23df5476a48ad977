"""Processes that die: a database and a gateway that raise at one step, counted over a whole flow.

Each commit has two steps, just before and just after it, each call to Stripe too: a reply that was lost is a call
that was made. Running a flow with every step in turn kills it everywhere that matters.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from portico_billing.stripe.gateway import Gateway
from portico_billing.stripe.objects import Checkout, Intent
from portico_tenants.session import Database, TenantSession
from portico_tenants.tenant import Tenant


class Killed(BaseException):
    """The process is gone. Nothing may catch it."""


@dataclass
class Death:
    """Strikes at step `at` (from 0); `seen` names the steps passed."""

    at: int
    seen: list[str] = field(default_factory=list)

    def step(self, name: str) -> None:
        self.seen.append(name)
        if len(self.seen) == self.at + 1:
            raise Killed(name)

    @property
    def struck(self) -> bool:
        return len(self.seen) > self.at


class MortalDatabase(Database):
    """The same database, used by a process that may die around its commits."""

    death: Death

    def __init__(self, database: Database, death: Death) -> None:
        vars(self).update(vars(database), death=death)

    @asynccontextmanager
    async def tenant_session(self, tenant: Tenant) -> AsyncIterator[TenantSession]:
        async with super().tenant_session(tenant) as session:
            yield session
            self.death.step("before commit")
        self.death.step("after commit")


class MortalGateway(Gateway):
    """The same Stripe, called by a process that may die before it asks and after Stripe has done it."""

    def __init__(self, gateway: Gateway, death: Death) -> None:
        super().__init__(gateway.settings)
        self.alive, self.death = gateway, death

    async def create_checkout(self, account: str, request: Mapping[str, Any], *, key: str) -> Checkout:
        self.death.step("before create")
        checkout = await self.alive.create_checkout(account, request, key=key)
        self.death.step("after create")
        return checkout

    async def retrieve_checkout(self, account: str, checkout_id: str) -> Checkout:
        self.death.step("before retrieve")
        checkout = await self.alive.retrieve_checkout(account, checkout_id)
        self.death.step("after retrieve")
        return checkout

    async def retrieve_intent(self, account: str, intent_id: str) -> Intent:
        self.death.step("before retrieve")
        return await self.alive.retrieve_intent(account, intent_id)

    async def expire_checkout(self, account: str, checkout_id: str) -> Checkout:
        self.death.step("before expire")
        checkout = await self.alive.expire_checkout(account, checkout_id)
        self.death.step("after expire")
        return checkout

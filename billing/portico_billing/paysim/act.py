"""The hands every change is made with: which account, because of which request, in which store."""

import json
import secrets
import string
from dataclasses import dataclass

from portico_billing.paysim.clock import Clock
from portico_billing.paysim.config import Config
from portico_billing.paysim.control.faults import Faults
from portico_billing.paysim.protocol.errors import no_such
from portico_billing.paysim.store import Json, Store

PLATFORM = "acct_paysimPlatform"
ALPHABET = string.ascii_letters + string.digits


@dataclass(frozen=True)
class World:
    """What one paysim process holds."""

    store: Store
    clock: Clock
    config: Config
    faults: Faults
    public_url: str


@dataclass(frozen=True)
class Act:
    """One change on one account. Without a request id it is the bank's or the payer's doing."""

    world: World
    account: str
    request_id: str | None = None
    idempotency_key: str | None = None

    @property
    def store(self) -> Store:
        return self.world.store

    @property
    def now(self) -> int:
        return self.world.clock.now()

    def get(self, kind: str, ident: str, param: str | None = None) -> Json:
        """An object of this account, or the 404 that Stripe answers."""
        found = self.store.get(self.account, kind, ident)
        if found is None:
            raise no_such(kind, ident, param)
        return found

    def put(self, thing: Json) -> Json:
        self.store.put(self.account, thing)
        return thing

    def settings(self) -> Json:
        """What paysim itself keeps about the account: settlement time, revoked or not."""
        raw = self.store.setting(f"account:{self.account}")
        return json.loads(raw) if raw else {}


def new_id(prefix: str, length: int = 24) -> str:
    return prefix + "_" + "".join(secrets.choice(ALPHABET) for _ in range(length))

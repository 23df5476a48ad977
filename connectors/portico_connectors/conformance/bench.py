"""What the suite needs to know of an ERP, and do to it: an adapter that each connector's tests bring along."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from decimal import Decimal
from enum import StrEnum
from typing import Protocol, Self

import msgspec

from portico_connectors.connector import Connector
from portico_connectors.records import RecordType


class Fault(StrEnum):
    """What an ERP does to its clients. Each names what happens to the next requests that the fault is set for."""

    THROTTLED = "throttled"  # refuses: too many requests (429 or its like); nothing is carried out
    THROTTLED_LONG = "throttled_long"  # the same, and asks to come back in 600 seconds
    FAILING = "failing"  # its own error (500)
    GATEWAY = "gateway"  # a gateway's HTML page (503)
    CUT = "cut"  # the answer is not whole
    LOST_REPLY = "lost_reply"  # a write is carried out, its answer never sent
    EXPIRED_TOKEN = "expired_token"  # noqa: S105 - the session or token that it gave out is no longer good


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What the ERP holds, told by itself: ids by type, totals and open amounts of the invoices by id."""

    ids: Mapping[RecordType, frozenset[str]]
    totals: Mapping[str, Decimal]
    open_amounts: Mapping[str, Decimal]


class HeldPayment(msgspec.Struct, frozen=True, kw_only=True):
    """A payment in the ERP, told by itself."""

    our_key: str | None
    amount: Decimal
    applications: Mapping[str, Decimal]


class Bench(Protocol):
    """One company in an ERP that belongs to one test: at least 25 invoices, 12 of them open with 10.00 or more, five
    of these of one customer and currency, and a record or more of each other type."""

    @property
    def secrets(self) -> Sequence[str]:
        """Every secret value that `connect` uses; none may ever be seen anywhere."""
        ...

    @classmethod
    def start(cls) -> AbstractAsyncContextManager[Self]:
        """A fresh company, for one test."""
        ...

    def connect(self, *, wrong_secret: bool = False, allow_private: bool = True) -> Connector:
        """Open the connector on it; with a secret that the ERP refuses, if asked to."""
        ...

    async def facts(self) -> Facts:
        """What it holds now."""
        ...

    async def touch(self, invoice_ids: Sequence[str]) -> None:
        """Change these invoices (say, their memo) all in the same second."""
        ...

    async def pay(self, invoice_id: str, amount: Decimal) -> None:
        """Somebody at the ERP books a payment on an invoice."""
        ...

    async def remove(self, invoice_id: str) -> None:
        """Somebody at the ERP deletes an invoice."""
        ...

    async def spoil(self, invoice_id: str) -> None:
        """Make this invoice one that cannot be translated."""
        ...

    async def payments(self) -> Sequence[HeldPayment]:
        """All payments that it holds."""
        ...

    async def fault(self, fault: Fault, times: int) -> None:
        """Do this to the next `times` requests that it can befall (writes for LOST_REPLY); 0 ends it."""
        ...

    async def fired(self) -> int:
        """How often faults have struck: a test of a fault that never struck shows nothing."""
        ...

    async def most_at_once(self) -> int:
        """The largest number of requests that were in work at the same time so far."""
        ...

"""What was done and what came back: every operation of every payer with its start, its end and its result.

An operation whose answer was lost has the result "unknown": it may have happened or not, and both must be right.
"""

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Literal

Result = Literal["ok", "refused", "unknown"]


@dataclass
class Operation:
    """`key` is the payment's id once it is known, before that the form's; times are of one monotonic clock."""

    number: int
    tenant: str
    who: str
    what: str
    key: str
    started: float
    ended: float = 0.0
    result: Result = "unknown"
    status: int = 0
    saw: str = ""

    def __str__(self) -> str:
        seen = f" saw {self.saw}" if self.saw else ""
        took = f"{self.started:.3f}-{self.ended:.3f}"
        return f"{self.number} {took} {self.tenant} {self.who} {self.what} {self.key} {self.result} {self.status}{seen}"


@dataclass(frozen=True)
class Promise:
    """A payment as its payer ordered it: minor units by invoice id."""

    payment_id: str
    tenant: str
    who: str
    amounts: dict[str, int]

    @property
    def total(self) -> int:
        return sum(self.amounts.values())


@dataclass(frozen=True)
class Offer:
    """What a page said is payable of an invoice, in minor units."""

    tenant: str
    invoice_id: str
    payable: int
    started: float


@dataclass
class History:
    """Everything in the order in which it began. `told` is when a payer was first told that a payment is paid."""

    operations: list[Operation] = field(default_factory=list)
    promises: dict[str, Promise] = field(default_factory=dict)
    offers: list[Offer] = field(default_factory=list)
    charged: dict[str, int] = field(default_factory=dict)
    told: dict[str, float] = field(default_factory=dict)
    strays: list[str] = field(default_factory=list)
    gave_up: int = 0

    @contextmanager
    def doing(self, tenant: str, who: str, what: str, key: str) -> Iterator[Operation]:
        """Notes the operation; its result stays unknown unless the caller learns it."""
        operation = Operation(len(self.operations) + 1, tenant, who, what, key, time.monotonic())
        self.operations.append(operation)
        try:
            yield operation
        finally:
            operation.ended = time.monotonic()

    @property
    def results(self) -> Counter[str]:
        return Counter(each.result for each in self.operations)

    def told_paid(self, payment_id: str, at: float) -> None:
        self.told.setdefault(payment_id, at)

"""Faults to order: which, how often, on which calls, and how often each has fired. Kept in memory alone."""

import itertools
from fnmatch import fnmatchcase
from typing import Any

import msgspec

API_KINDS = (
    "reset",  # the connection breaks, nothing was done
    "lost_reply",  # it was done, then the connection breaks
    "delay",  # `seconds` pass before it is done; with `effect` it is done first, and only the answer waits
    "error_500",  # with `effect` it was done nevertheless; `stored` false: a retry is executed anew
    "rate_limit",  # 429; `should_retry` true or false sends that header, absent sends none
    "lock_timeout",  # 409, or the `status` asked for
    "revoked",  # 403: the account took its consent back
    "unauthorized",  # 401: the key is not known any more
)
WEBHOOK_KINDS = (
    "drop",  # never delivered; events.list has it
    "duplicate",  # twice, same id
    "duplicate_new_id",  # a second event of its own for the same fact
    "reorder",  # held back for `seconds`, so that later ones overtake it
    "late",  # first tried after `seconds`
    "wrong_signature",  # `times` deliveries are signed with another secret
    "old_timestamp",  # signed ten minutes ago
    "two_signatures",  # as during a rotation: an old secret's v1, then the right one
)
BANK_KINDS = ("partial_settlement",)  # `amount` (minor units) is collected instead of the whole


class FaultOrder(msgspec.Struct, forbid_unknown_fields=True):
    """A fault as ordered. Without `times` it stays until removed; patterns are those of a shell (`*`)."""

    kind: str
    times: int | None = 1
    method: str | None = None
    path: str | None = None
    account: str | None = None
    event_type: str | None = None
    seconds: float = 1.0
    effect: bool = False
    stored: bool | None = None
    should_retry: bool | None = None
    status: int | None = None
    amount: int | None = None


class Fault(msgspec.Struct):
    """An ordered fault and its story so far."""

    id: str
    order: FaultOrder
    fired: int = 0

    @property
    def spent(self) -> bool:
        return self.order.times is not None and self.fired >= self.order.times


class Faults:
    """The open orders, oldest first; the first that matches is taken."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)
        self._faults: list[Fault] = []

    def add(self, order: FaultOrder) -> Fault:
        if order.kind not in API_KINDS + WEBHOOK_KINDS + BANK_KINDS:
            known = ", ".join(API_KINDS + WEBHOOK_KINDS + BANK_KINDS)
            raise ValueError(f"no fault is called {order.kind!r}; there are {known}")
        if order.kind == "partial_settlement" and order.amount is None:
            raise ValueError("partial_settlement needs an amount in minor units")
        fault = Fault(id=f"fault_{next(self._numbers)}", order=order)
        self._faults.append(fault)
        return fault

    def remove(self, ident: str | None = None) -> None:
        """One by its id, or all."""
        self._faults = [fault for fault in self._faults if ident is not None and fault.id != ident]

    def report(self) -> list[dict[str, Any]]:
        return [
            {"id": fault.id, **msgspec.to_builtins(fault.order), "fired": fault.fired, "spent": fault.spent}
            for fault in self._faults
        ]

    def claim_call(self, method: str, path: str, account: str) -> FaultOrder | None:
        """The fault of this API call, counted as fired."""
        for fault in self._open(API_KINDS, account):
            order = fault.order
            if order.method and order.method.upper() != method:
                continue
            if order.path and not fnmatchcase(path, order.path):
                continue
            return _fire(fault)
        return None

    def claim_event(self, event_type: str, account: str, kinds: tuple[str, ...]) -> FaultOrder | None:
        """The fault of this webhook, if one of `kinds` is ordered for it."""
        for fault in self._open(kinds, account):
            if not fault.order.event_type or fnmatchcase(event_type, fault.order.event_type):
                return _fire(fault)
        return None

    def claim_settlement(self, account: str) -> FaultOrder | None:
        return next((_fire(fault) for fault in self._open(BANK_KINDS, account)), None)

    def _open(self, kinds: tuple[str, ...], account: str) -> list[Fault]:
        return [
            fault
            for fault in self._faults
            if not fault.spent
            and fault.order.kind in kinds
            and (not fault.order.account or fault.order.account == account)
        ]


def _fire(fault: Fault) -> FaultOrder:
    fault.fired += 1
    return fault.order

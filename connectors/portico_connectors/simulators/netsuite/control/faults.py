"""Faults on demand. Each is scoped by path, method and account, fires a given number of times, and counts."""

import itertools
import re
from typing import Literal

import msgspec

from portico_connectors.simulators.netsuite.answers import (
    Answer,
    json_answer,
    rest_error,
    restlet_error,
    unexpected_error,
)
from portico_connectors.simulators.netsuite.exchange import Exchange

FaultKind = Literal[
    "rate_limit",
    "server_error",
    "unavailable",
    "lost_reply",
    "reset",
    "slow",
    "hold",
    "expired_token",
    "cut_json",
    "cut_body",
    "error_body",
]

_UNAVAILABLE = (
    b"<html><head><title>503 Service Unavailable</title></head><body><h1>Service Unavailable</h1></body></html>"
)


class Fault(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """One fault. `path` is a regular expression searched in path and query; `body` one searched in the body.

    rate_limit     429 (RESTlet: 400), with `retry_after` if given; signed in, nothing done
    server_error   500 UNEXPECTED_ERROR as JSON; nothing done
    unavailable    503 with an HTML page, as a gateway answers; nothing done
    lost_reply     the request is done, the connection is cut without an answer
    reset          the connection is cut before anything is done
    slow           `seconds` pass before anything is done
    hold           `seconds` pass while one of the account's concurrent requests is used up
    expired_token  401 with WWW-Authenticate error="invalid_token"
    cut_json       the answer ends in the middle of its JSON, as valid HTTP
    cut_body       the answer is announced whole, half of it arrives, the connection is cut
    error_body     200 with an error document as body; nothing done
    """

    kind: FaultKind
    path: str = ""
    body: str = ""
    method: str | None = None
    account: str | None = None
    times: int = 1
    skip: int = 0
    seconds: float = 0.0
    retry_after: int | None = None
    id: int = 0
    fired: int = 0

    @property
    def loses_reply(self) -> bool:
        """Whether the work is done and its answer dropped."""
        return self.kind == "lost_reply"

    def matches(self, exchange: Exchange, realm: str | None) -> bool:
        """Whether a request is within this fault's scope."""
        if self.method is not None and self.method.upper() != exchange.method:
            return False
        if self.account is not None and self.account.upper().replace("-", "_") != realm:
            return False
        if self.body and re.search(self.body, exchange.body.decode("utf-8", "replace")) is None:
            return False
        return re.search(self.path, f"{exchange.path}?{exchange.query_string}") is not None

    def instead(self, exchange: Exchange) -> Answer | None:
        """The answer given instead of doing anything; None for faults of another sort."""
        if self.kind == "unavailable":
            return Answer(503, _UNAVAILABLE, "text/html; charset=utf-8")
        if self.kind == "server_error":
            refused = unexpected_error()
            if exchange.is_restlet:
                return restlet_error(500, "UNEXPECTED_ERROR", refused.detail)
            return rest_error(refused)
        if self.kind == "error_body":
            return json_answer({"error": {"code": "UNEXPECTED_ERROR", "message": "An unexpected error occurred."}})
        return None


class Faults:
    """The faults that are set. The first that matches and is not used up fires."""

    def __init__(self) -> None:
        self._ids = itertools.count(1)
        self._set: dict[int, Fault] = {}

    def add(self, fault: Fault) -> Fault:
        """Set a fault; it gets its id."""
        if fault.times < 1:
            raise ValueError("times must be 1 or more")
        for pattern in (fault.path, fault.body):
            try:
                re.compile(pattern)
            except re.error as error:
                raise ValueError(f"{pattern!r} is no regular expression: {error}") from error
        fault.id = next(self._ids)
        fault.fired = 0
        self._set[fault.id] = fault
        return fault

    def all(self) -> list[Fault]:
        """Every fault set since the last clearing, used up or not."""
        return list(self._set.values())

    def clear(self, fault_id: int | None = None) -> None:
        """Take back one fault, or all."""
        if fault_id is None:
            self._set.clear()
        else:
            self._set.pop(fault_id, None)

    def next_for(self, exchange: Exchange, realm: str | None) -> Fault | None:
        """The fault that hits this request, counted as fired."""
        for fault in self._set.values():
            if fault.fired < fault.times and fault.matches(exchange, realm):
                if fault.skip > 0:
                    fault.skip -= 1
                    continue
                fault.fired += 1
                return fault
        return None

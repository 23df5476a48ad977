"""What NetSuite's refusals mean for the caller: one function from an answer to an error."""

import re
from typing import Any

import msgspec

from portico_connectors.errors import ConnectorError, PostingRefused, Reconnect, RetryLater
from portico_connectors.http import Reply
from portico_connectors.words import N_

_SENTENCE_LENGTH = 300
_THROTTLED_CODES = frozenset({"CONCURRENCY_LIMIT_EXCEEDED", "SSS_REQUEST_LIMIT_EXCEEDED"})
_LOGIN_CODES = frozenset({"INVALID_LOGIN", "INVALID_LOGIN_ATTEMPT"})
_MISSING = (
    re.compile(r"Field '(?P<name>[^']+)' for record '[^']+' was not found", re.IGNORECASE),
    re.compile(r"Unknown identifier '(?P<name>[^']+)'", re.IGNORECASE),
    re.compile(r"Record '(?P<name>[^']+)' was not found", re.IGNORECASE),
    re.compile(r"Invalid search type: (?P<name>[A-Za-z0-9_]+)", re.IGNORECASE),
)


class Throttled(RetryLater):
    """Too many requests at once: nothing was carried out."""


class Failing(RetryLater):
    """NetSuite or a gateway before it failed (5xx). `internal`: NetSuite's own 500, which may be for good."""

    def __init__(self, why: str, after_seconds: float | None = None, *, internal: bool) -> None:
        super().__init__(why, after_seconds)
        self.internal = internal


class LoginRefused(Reconnect):
    """The signature or token was not accepted (401)."""


class SchemaDrift(ConnectorError):
    """A column or table that the query names is not there for this account or role. `name` is NetSuite's word."""

    def __init__(self, name: str) -> None:
        super().__init__(N_(f"NetSuite has no {name} for this role"))
        self.name = name


class AlreadyThere(PostingRefused):
    """A record with this external id exists: an earlier write has landed."""


class NotFound(PostingRefused):
    """The record, or the address, does not exist (404)."""


class RequestRefused(ConnectorError):
    """NetSuite does not understand a read of ours: to be mended in this connector."""


class _Detail(msgspec.Struct):
    code: str = ""
    text: str = ""


def classify(reply: Reply, *, write: bool = False) -> ConnectorError:
    """The error for an answer that is none of 2xx. Reads and writes differ in what a 400 means."""
    detail = _detail(reply.body)
    told = cleaned(detail.text) or f"NetSuite answered {reply.status}"
    if reply.status == 429 or detail.code in _THROTTLED_CODES:
        return Throttled("NetSuite is busy with other requests of this account", retry_after(reply))
    if reply.status >= 500:
        internal = reply.status == 500 and bool(detail.code)
        return Failing(f"NetSuite answered {reply.status}", retry_after(reply), internal=internal)
    if reply.status == 401 or detail.code in _LOGIN_CODES:
        return LoginRefused("NetSuite refused the sign-in; see its Login Audit Trail")
    if reply.status == 403 or "does not have permission" in detail.text or "INSUFFICIENT_PERMISSION" in detail.code:
        return Reconnect(f"NetSuite's role lacks a permission: {told}")
    if 300 <= reply.status < 400:
        return Reconnect("NetSuite's address is another one: enter the service address of this account's data centre")
    if missing := _missing(detail.text):
        return SchemaDrift(missing)
    if write and "already exists" in detail.text:
        return AlreadyThere(told)
    if reply.status == 404:
        return NotFound(told)
    if not write and detail.code == "USER_ERROR":
        # Without SuiteAnalytics Workbook every query fails like this, whatever it asks.
        return Reconnect(f"NetSuite refuses queries; does the role have SuiteAnalytics Workbook? {told}")
    return PostingRefused(told) if write else RequestRefused(told)


def retry_after(reply: Reply) -> float | None:
    """The seconds that the answer asks us to wait, where it does so in seconds."""
    value = reply.headers.get("Retry-After", "")
    return min(float(value), 3600.0) if value.isascii() and value.isdigit() else None


def cleaned(text: str) -> str:
    """A foreign sentence fit for a person: no markup, no control characters, one line, bounded."""
    plain = re.sub(r"<[^>]{0,500}>", " ", text)
    plain = "".join(character if character.isprintable() else " " for character in plain)
    plain = " ".join(plain.split())
    return plain if len(plain) <= _SENTENCE_LENGTH else plain[: _SENTENCE_LENGTH - 1] + "…"


def _missing(text: str) -> str | None:
    for pattern in _MISSING:
        if found := pattern.search(text):
            return found["name"].rsplit(".", 1)[-1].lower()
    return None


def _detail(body: bytes) -> _Detail:
    """Code and sentence of an error document: REST's shape, the RESTlets', or neither (a gateway's HTML)."""
    try:
        document: Any = msgspec.json.decode(body)
    except msgspec.DecodeError:
        return _Detail()
    if not isinstance(document, dict):
        return _Detail()
    details = document.get("o:errorDetails")
    if isinstance(details, list) and details and isinstance(details[0], dict):
        first = details[0]
        return _Detail(str(first.get("o:errorCode") or ""), str(first.get("detail") or ""))
    error = document.get("error")
    if isinstance(error, dict):
        return _Detail(str(error.get("code") or ""), str(error.get("message") or ""))
    return _Detail(str(document.get("o:errorCode") or ""), str(document.get("detail") or ""))

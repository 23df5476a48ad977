"""Each refusal becomes the error that says what to do next."""

from typing import Any

import httpx
import msgspec
import pytest

from portico_connectors.errors import ConnectorError, PostingRefused, Reconnect
from portico_connectors.http import Reply
from portico_connectors.netsuite.faults import (
    AlreadyThere,
    Failing,
    LoginRefused,
    NotFound,
    RequestRefused,
    SchemaDrift,
    Throttled,
    classify,
    cleaned,
    retry_after,
)

QUERY = "Invalid search query. Detailed unprocessed description follows. "


def refused(status: int, code: str = "", detail: str = "", **headers: str) -> Reply:
    document: dict[str, Any] = {"title": "-", "status": status, "o:errorDetails": [{"detail": detail}]}
    if code:
        document["o:errorDetails"][0]["o:errorCode"] = code
    return Reply(status, httpx.Headers(headers), msgspec.json.encode(document))


def raw(status: int, body: bytes, **headers: str) -> Reply:
    return Reply(status, httpx.Headers(headers), body)


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (refused(429, "CONCURRENCY_LIMIT_EXCEEDED", "Concurrent request limit exceeded."), Throttled),
        (raw(429, b"slow down"), Throttled),
        (raw(400, b'{"error":{"code":"SSS_REQUEST_LIMIT_EXCEEDED","message":"-"}}'), Throttled),
        (raw(502, b"<html>Bad Gateway</html>"), Failing),
        (raw(503, b""), Failing),
        (refused(500, "UNEXPECTED_ERROR", "An unexpected error occurred. Error ID: x"), Failing),
        (refused(401, "INVALID_LOGIN", "Invalid login attempt."), LoginRefused),
        (raw(401, b"[]"), LoginRefused),
        (raw(400, b'{"error":{"code":"INVALID_LOGIN_ATTEMPT","message":"Invalid login attempt."}}'), LoginRefused),
        (refused(403, "INSUFFICIENT_PERMISSION", "-"), Reconnect),
        (refused(400, "USER_ERROR", "Your current role does not have permission to perform this action."), Reconnect),
        (refused(400, "USER_ERROR", "Something else"), Reconnect),
        (raw(302, b"", Location="https://elsewhere/"), Reconnect),
        (refused(404, "NONEXISTENT_ID", "Record does not exist."), NotFound),
        (
            refused(400, "INVALID_PARAMETER", QUERY + "Search error occurred: Invalid or unsupported search."),
            RequestRefused,
        ),
        (raw(400, b"\xff\xfe"), RequestRefused),
    ],
)
def test_refused_reads(reply: Reply, kind: type[ConnectorError]) -> None:
    assert type(classify(reply)) is kind


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (refused(400, "USER_ERROR", "Please enter value(s) for: Customer."), PostingRefused),
        (refused(400, "INVALID_CONTENT", "Invalid Field Value 9999 for the following field: doc"), PostingRefused),
        (refused(400, "USER_ERROR", "Error while accessing a resource. This entity already exists."), AlreadyThere),
        (refused(400, "USER_ERROR", "Your current role does not have permission to perform this action."), Reconnect),
        (refused(429, "CONCURRENCY_LIMIT_EXCEEDED", "-"), Throttled),
    ],
)
def test_refused_writes(reply: Reply, kind: type[ConnectorError]) -> None:
    assert type(classify(reply, write=True)) is kind


@pytest.mark.parametrize(
    ("detail", "name"),
    [
        ("Search error occurred: Field 'creditlimit' for record 'customer' was not found. Reason: x", "creditlimit"),
        ("Search error occurred: Unknown identifier 'Terms'. Available identifiers are: {customer=customer}", "terms"),
        ("Search error occurred: Unknown identifier 'c.parent'.", "parent"),
        ("Search error occurred: Record 'subsidiary' was not found.", "subsidiary"),
        ("Invalid search type: currency.", "currency"),
    ],
)
def test_missing_columns_and_tables_are_named(detail: str, name: str) -> None:
    error = classify(refused(400, "INVALID_PARAMETER", QUERY + detail))
    assert isinstance(error, SchemaDrift)
    assert error.name == name


def test_only_netsuites_own_500_may_be_for_good() -> None:
    own, gateways = classify(refused(500, "UNEXPECTED_ERROR", "-")), classify(raw(500, b"<html></html>"))
    assert isinstance(own, Failing)
    assert isinstance(gateways, Failing)
    assert (own.internal, gateways.internal) == (True, False)


def test_a_wait_is_taken_in_seconds_and_bounded() -> None:
    assert retry_after(raw(429, b"", **{"Retry-After": "17"})) == 17
    assert retry_after(raw(429, b"", **{"Retry-After": "999999"})) == 3600
    assert retry_after(raw(429, b"", **{"Retry-After": "Wed, 21 Oct 2026 07:28:00 GMT"})) is None
    assert retry_after(raw(429, b"")) is None


def test_foreign_sentences_are_made_fit_to_read() -> None:
    assert cleaned("This period\n is <b>closed</b>\x1b[31m.") == "This period is closed [31m."
    assert len(cleaned("x" * 5000)) == 300

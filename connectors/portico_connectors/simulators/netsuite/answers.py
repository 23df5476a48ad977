"""Answers as the service words them: JSON bodies, media types, and the error shapes of REST and of RESTlets."""

import secrets
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import msgspec

SINGULAR = "application/vnd.oracle.resource+json; type=singular"
COLLECTION = "application/vnd.oracle.resource+json; type=collection"
ERROR = "application/vnd.oracle.resource+json; type=error"
JSON = "application/json"

# The service's own words; clients match on them.
INVALID_LOGIN = (
    "Invalid login attempt. For more details, see the Login Audit Trail in the NetSuite UI at Setup > Users/Roles > "
    "User Management > View Login Audit Trail."
)
BAD_QUERY = "Invalid search query. Detailed unprocessed description follows. "


@dataclass
class Answer:
    """A response before it is sent. `body` is complete; `headers` are added to the standing ones."""

    status: int
    body: bytes = b""
    media_type: str = JSON
    headers: dict[str, str] = field(default_factory=dict)


class Refused(Exception):
    """The service says no: rendered as its error document."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        *,
        path: str | None = None,
        query_param: str | None = None,
        header: str | None = None,
        top_level_code: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code
        self.detail = detail
        self.path = path
        self.query_param = query_param
        self.header = header
        self.top_level_code = top_level_code
        self.headers = headers or {}


class Login(Refused):
    """Any failed sign-in. `reason` appears in the login audit trail only, never in the answer."""

    def __init__(self, reason: str, *, headers: dict[str, str] | None = None) -> None:
        super().__init__(401, "INVALID_LOGIN", INVALID_LOGIN, headers=headers)
        self.reason = reason


def bad_query(continuation: str) -> Refused:
    """A SuiteQL text or `q` filter that the service does not run."""
    return Refused(400, "INVALID_PARAMETER", BAD_QUERY + continuation, query_param="q")


def user_error(detail: str) -> Refused:
    """A rule of the business was broken."""
    return Refused(400, "USER_ERROR", detail)


def invalid_value(value: object, field_name: str, path: str | None = None) -> Refused:
    """A value in the body that the field does not take."""
    detail = (
        "Error while accessing a resource. Invalid value for the resource or sub-resource field. "
        f"Invalid Field Value {value} for the following field: {field_name}"
    )
    return Refused(400, "INVALID_CONTENT", detail, path=path or field_name)


def unexpected_error() -> Refused:
    """The service's own 500."""
    token = secrets.token_hex(8)
    return Refused(500, "UNEXPECTED_ERROR", f"An unexpected error occurred. Error ID: {token}")


def no_such_record() -> Refused:
    """Nothing under this id."""
    return Refused(404, "NONEXISTENT_ID", "Record does not exist.")


def rest_error(refused: Refused) -> Answer:
    """The error document of the REST services."""
    status = refused.status
    detail: dict[str, Any] = {"detail": refused.detail, "o:errorCode": refused.code}
    places = {"o:errorPath": refused.path, "o:errorQueryParam": refused.query_param, "o:errorHeader": refused.header}
    detail.update({key: value for key, value in places.items() if value is not None})
    document: dict[str, Any] = {
        "type": _problem_type(status),
        # The service's documentation shows its 429 under the title of a 400.
        "title": "Bad Request" if status == HTTPStatus.TOO_MANY_REQUESTS else HTTPStatus(status).phrase,
        "status": status,
        "o:errorDetails": [detail],
    }
    if refused.top_level_code:
        document["o:errorCode"] = refused.top_level_code
    return Answer(status, msgspec.json.encode(document), ERROR, dict(refused.headers))


def restlet_error(status: int, code: str, message: str, headers: dict[str, str] | None = None) -> Answer:
    """The error document of RESTlets."""
    body = msgspec.json.encode({"error": {"code": code, "message": message}})
    return Answer(status, body, JSON, headers or {})


def json_answer(document: object, media_type: str = JSON, status: int = 200) -> Answer:
    """A document as JSON."""
    return Answer(status, msgspec.json.encode(document), media_type)


def _problem_type(status: int) -> str:
    if status == HTTPStatus.UNAUTHORIZED:
        # Seen on live accounts: the sign-in filter still names the old standard.
        return "https://www.w3.org/Protocols/rfc2616/rfc2616-sec10.html#sec10.4.2"
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return f"https://www.rfc-editor.org/rfc/rfc9110.html#section-15.6.{status - 499}"
    return f"https://www.rfc-editor.org/rfc/rfc9110.html#section-15.5.{status - 399}"

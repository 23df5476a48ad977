"""The errors a client sees, in Stripe's shape."""

from typing import Any


class ApiError(Exception):
    """An answer other than 200. `keeps_effects`: what was done before it (a declined charge) stays done."""

    def __init__(
        self,
        status: int,
        kind: str,
        message: str,
        *,
        code: str | None = None,
        param: str | None = None,
        extra: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
        keeps_effects: bool = False,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.kind = kind
        self.code = code
        self.headers = headers or {}
        self.keeps_effects = keeps_effects
        self.body: dict[str, Any] = {"error": {"type": kind, "message": message, **(extra or {})}}
        if code:
            self.body["error"]["code"] = code
        if param:
            self.body["error"]["param"] = param


def invalid(message: str, *, code: str | None = None, param: str | None = None) -> ApiError:
    """The request itself is wrong: 400."""
    return ApiError(400, "invalid_request_error", message, code=code, param=param)


def missing(param: str) -> ApiError:
    return invalid(f"Missing required param: {param}.", code="parameter_missing", param=param)


def no_such(kind: str, ident: str, param: str | None = None) -> ApiError:
    """The account has no such object, or another account has it."""
    name = kind.split(".")[-1].replace("_", " ")
    status = 400 if param else 404
    return ApiError(
        status,
        "invalid_request_error",
        f"No such {name}: '{ident}'",
        code="resource_missing",
        param=param or "id",
    )


def beyond(what: str) -> ApiError:
    """Stripe can do it, this stand-in cannot, and says so rather than pretend. Never retried."""
    return ApiError(
        501,
        "api_error",
        f"paysim does not implement {what}. It stands in for a part of Stripe only.",
        code="not_implemented_by_paysim",
        headers={"Stripe-Should-Retry": "false"},
    )

"""What can come of a call to Stripe, sorted by what the caller does next.

    StripeTrouble
      OutcomeUnknown   it may or may not have happened: repeat with the same key, or read before writing
      Throttled        it did not happen; wait, repeat with the same key
      Refused          it did not happen and will not: `code` says why, a repeat needs other parameters and another key
        Gone           what was asked for is not there
      AccountRevoked   the tenant's account does not let us in any more: new payments fail, staff see to those under way
      KeyRefused       our own key is refused: nothing works for anybody, tell the operator

Texts carry Stripe's code and request id, never parameters or bodies.
"""

import stripe

from portico_core.errors import PorticoError


class StripeTrouble(PorticoError):
    """Root of the tree. `code` is Stripe's, or ours where Stripe gave none."""

    def __init__(self, code: str, request_id: str | None = None) -> None:
        super().__init__(f"{code} ({request_id})" if request_id else code)
        self.code = code


class OutcomeUnknown(StripeTrouble):
    """The answer was lost, or says nothing about the effect."""

    status = 503


class Throttled(StripeTrouble):
    """Too many calls, or the object is locked by another."""

    status = 503


class Refused(StripeTrouble):
    """Understood, and said no."""

    status = 409

    def __init__(self, code: str, request_id: str | None = None, param: str | None = None) -> None:
        super().__init__(code, request_id)
        self.param = param


class Gone(Refused):
    """No such object on this account."""


class AccountRevoked(StripeTrouble):
    """Our key may not act for this account."""

    status = 503


class KeyRefused(StripeTrouble):
    """Our key is missing or refused."""

    status = 503


def translated(error: stripe.StripeError) -> StripeTrouble:
    """The one place that knows Stripe's errors.

    A 409 `idempotency_key_in_use` is a twin of ours still running, an IdempotencyError the same key with other
    parameters: something was made under that key, so neither says that nothing happened.
    """
    code = error.code or (getattr(error.error, "code", None) if error.error else None) or type(error).__name__
    request = error.request_id
    if isinstance(error, stripe.RateLimitError) or code == "lock_timeout":
        return Throttled(code, request)
    if isinstance(error, stripe.AuthenticationError):
        return KeyRefused(code, request)
    if isinstance(error, stripe.PermissionError):
        return AccountRevoked(code, request)
    if isinstance(error, stripe.IdempotencyError):
        return OutcomeUnknown(code, request)
    if isinstance(error, stripe.InvalidRequestError | stripe.CardError):
        if error.http_status == 404 or code == "resource_missing":
            return Gone(code, request, error.param)
        return Refused(code, request, error.param)
    return OutcomeUnknown(code, request)

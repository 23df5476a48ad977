"""What we read of Stripe's objects, as values of our own: unknown fields, statuses and event types change nothing."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from portico_billing.stripe.currencies import NotOurs, from_stripe


class Refund(msgspec.Struct, frozen=True, kw_only=True):
    """Money sent back to the payer. One that `failed`, perhaps long after it had succeeded, sent nothing back."""

    id: str
    amount_minor: int
    failed: bool


class Intent(msgspec.Struct, frozen=True, kw_only=True):
    """A PaymentIntent with its latest charge. `received_minor` is ours, None where it does not fit our units;
    `failure` is the code of the last failed attempt; `refunds` are the last ten."""

    id: str
    status: str
    currency: str
    received_minor: int | None
    failure: str | None = None
    payment_id: str | None = None
    tenant_id: str | None = None
    charge_id: str | None = None
    method: str | None = None
    last4: str | None = None
    refunds: tuple[Refund, ...] = ()
    disputed: bool = False
    fee_minor: int | None = None
    created_at: datetime | None = None
    fee_currency: str | None = None


class Checkout(msgspec.Struct, frozen=True, kw_only=True):
    """A Checkout Session. `url` is there only while it is open; `intent` once the payer has tried."""

    id: str
    status: str
    url: str | None
    expires_at: datetime
    payment_id: str | None = None
    tenant_id: str | None = None
    intent: Intent | None = None
    intent_id: str | None = None


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """An event as it came: `body` is the JSON text that was signed, or that the list gave."""

    id: str
    type: str
    account: str
    object_id: str
    livemode: bool
    created_at: datetime
    body: str


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """A connected account, and what it may do."""

    id: str
    charges_enabled: bool
    payouts_enabled: bool
    details_submitted: bool
    currently_due: tuple[str, ...] = ()
    disabled_reason: str | None = None


def checkout_of(session: Mapping[str, Any]) -> Checkout:
    """From the JSON of a Checkout Session, with its intent where that was expanded."""
    metadata = session.get("metadata") or {}
    intent = session.get("payment_intent")
    return Checkout(
        id=session["id"],
        status=session.get("status") or "open",
        url=session.get("url"),
        expires_at=datetime.fromtimestamp(session["expires_at"], UTC),
        payment_id=metadata.get("payment_id"),
        tenant_id=metadata.get("tenant_id"),
        intent=intent_of(intent) if isinstance(intent, Mapping) else None,
        intent_id=intent["id"] if isinstance(intent, Mapping) else intent,
    )


def intent_of(intent: Mapping[str, Any]) -> Intent:
    """From the JSON of a PaymentIntent, with its charge where that was expanded."""
    metadata = intent.get("metadata") or {}
    currency = str(intent["currency"]).upper()
    charge = intent.get("latest_charge")
    return Intent(
        id=intent["id"],
        status=intent["status"],
        currency=currency,
        received_minor=_minor(intent.get("amount_received") or 0, currency),
        failure=_failure(intent.get("last_payment_error")),
        payment_id=metadata.get("payment_id"),
        tenant_id=metadata.get("tenant_id"),
        created_at=datetime.fromtimestamp(intent["created"], UTC),
        **(_charge(charge) if isinstance(charge, Mapping) else {"charge_id": charge}),
    )


def event_of(event: Mapping[str, Any], *, account: str | None = None, body: str | None = None) -> Event:
    """From the JSON of an Event; `account` where it came from a list and does not name its own. KeyError, TypeError
    or ValueError where it is none."""
    return Event(
        id=str(event["id"]),
        type=str(event["type"]),
        account=str(event.get("account") or account or ""),
        object_id=str(event["data"]["object"].get("id") or ""),
        livemode=bool(event["livemode"]),
        created_at=datetime.fromtimestamp(int(event["created"]), UTC),
        body=body if body is not None else json.dumps(event),
    )


def account_of(account: Mapping[str, Any]) -> Account:
    """From the JSON of an Account."""
    requirements = account.get("requirements") or {}
    return Account(
        id=account["id"],
        charges_enabled=bool(account.get("charges_enabled")),
        payouts_enabled=bool(account.get("payouts_enabled")),
        details_submitted=bool(account.get("details_submitted")),
        currently_due=tuple(requirements.get("currently_due") or ()),
        disabled_reason=requirements.get("disabled_reason"),
    )


def _charge(charge: Mapping[str, Any]) -> dict[str, Any]:
    currency = str(charge["currency"]).upper()
    details = charge.get("payment_method_details") or {}
    method = details.get("type")
    moved = charge.get("balance_transaction")
    read: dict[str, Any] = {
        "charge_id": charge["id"],
        "method": method,
        "last4": (details.get(method) or {}).get("last4") if method else None,
        "refunds": tuple(_refund(each, currency) for each in (charge.get("refunds") or {}).get("data") or ()),
        "disputed": bool(charge.get("disputed")),
    }
    if isinstance(moved, Mapping):
        fee_currency = str(moved["currency"]).upper()
        read |= {"fee_minor": _minor(moved.get("fee") or 0, fee_currency), "fee_currency": fee_currency}
    return read


def _refund(refund: Mapping[str, Any], currency: str) -> Refund:
    return Refund(
        id=refund["id"],
        amount_minor=_minor(refund["amount"], currency) or 0,
        failed=refund.get("status") in ("failed", "canceled"),
    )


def _failure(error: Mapping[str, Any] | None) -> str | None:
    if not error:
        return None
    return error.get("decline_code") or error.get("code") or "failed"


def _minor(amount: int, currency: str) -> int | None:
    try:
        return from_stripe(amount, currency)
    except NotOurs:
        return None

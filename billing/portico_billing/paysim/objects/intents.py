"""PaymentIntents: made by a client directly, or owned by the Checkout session that made them."""

from typing import Any

from portico_billing.paysim.act import PLATFORM, Act, new_id
from portico_billing.paysim.bank import attempt
from portico_billing.paysim.bank.debits import SCHEMES
from portico_billing.paysim.bank.instrument import Instrument
from portico_billing.paysim.bank.tokens import by_token
from portico_billing.paysim.objects.currencies import check_amount, check_currency
from portico_billing.paysim.objects.events import emit
from portico_billing.paysim.objects.metadata import merge_metadata
from portico_billing.paysim.objects.methods import OTHER_TYPES, choose_types
from portico_billing.paysim.protocol.errors import beyond, invalid
from portico_billing.paysim.protocol.listing import page_of
from portico_billing.paysim.protocol.params import (
    Choice,
    Flag,
    Group,
    Integer,
    Many,
    Metadata,
    Span,
    Text,
    lists,
    takes,
)
from portico_billing.paysim.store import Json

METHOD_TYPES = Many(Choice(("card", *SCHEMES), beyond=OTHER_TYPES))
CREATE_PARAMS = takes(
    {
        "amount": Integer(),
        "currency": Text(),
        "allowed_payment_method_types": METHOD_TYPES,
        "excluded_payment_method_types": METHOD_TYPES,
        "application_fee_amount": Integer(),
        "automatic_payment_methods": Group(
            {"enabled": Flag(), "allow_redirects": Choice(("always", "never"))}, ("enabled",)
        ),
        "capture_method": Choice(("automatic", "automatic_async"), beyond=("manual",)),
        "confirm": Flag(),
        "confirmation_method": Choice(("automatic",), beyond=("manual",)),
        "description": Text(1000),
        "metadata": Metadata(),
        "off_session": Flag(),
        "payment_method": Text(),
        "receipt_email": Text(),
        "return_url": Text(),
        "statement_descriptor": Text(22),
        "statement_descriptor_suffix": Text(22),
    },
    required=("amount", "currency"),
    beyond=(
        "amount_details", "confirmation_token", "customer", "customer_account", "error_on_requires_action",
        "hooks", "mandate", "mandate_data", "on_behalf_of", "payment_details", "payment_method_configuration",
        "payment_method_data", "payment_method_options", "radar_options", "setup_future_usage", "shipping",
        "transfer_data", "transfer_group", "use_stripe_sdk",
    ),
)  # fmt: skip
UPDATE_PARAMS = takes(
    {
        "amount": Integer(),
        "application_fee_amount": Integer(),
        "currency": Text(),
        "description": Text(1000),
        "metadata": Metadata(),
        "receipt_email": Text(),
        "statement_descriptor": Text(22),
        "statement_descriptor_suffix": Text(22),
    },
    beyond=(
        "allowed_payment_method_types", "amount_details", "capture_method", "customer", "customer_account",
        "excluded_payment_method_types", "hooks", "payment_details", "payment_method",
        "payment_method_configuration", "payment_method_data", "payment_method_options", "setup_future_usage",
        "shipping", "transfer_data", "transfer_group",
    ),
)  # fmt: skip
CONFIRM_PARAMS = takes(
    {"payment_method": Text(), "return_url": Text(), "off_session": Flag(), "receipt_email": Text()},
    beyond=(
        "allowed_payment_method_types", "amount_details", "amount_to_confirm", "capture_method",
        "confirmation_token", "error_on_requires_action", "excluded_payment_method_types", "hooks", "mandate",
        "mandate_data", "payment_details", "payment_method_data", "payment_method_options", "radar_options",
        "setup_future_usage", "shipping", "use_stripe_sdk",
    ),
)  # fmt: skip
CANCEL_PARAMS = takes(
    {"cancellation_reason": Choice(("abandoned", "duplicate", "fraudulent", "requested_by_customer"))}
)
RETRIEVE_PARAMS = takes({"client_secret": Text()})
LIST_PARAMS = lists({"created": Span(), "customer": Text()}, beyond=("customer_account",))


def create(act: Act, params: Json) -> Json:
    currency = check_currency(params["currency"], "currency")
    check_amount(params["amount"], currency, "amount")
    types = choose_types(act, currency, params)
    intent = make_intent(act, params["amount"], currency, types, params)
    emit(act, "payment_intent.created", act.put(intent))
    if params.get("payment_method") and not params.get("confirm"):
        intent["_token"] = params["payment_method"]
        intent["status"] = "requires_confirmation"
        act.put(intent)
    return confirm(act, params, intent["id"]) if params.get("confirm") else intent


def retrieve(act: Act, params: Json, ident: str) -> Json:
    return act.get("payment_intent", ident)


def list_(act: Act, params: Json) -> Json:
    equal = {"customer": params.get("customer")}
    return page_of(act, "payment_intent", "/v1/payment_intents", params, equal=equal)


def update(act: Act, params: Json, ident: str) -> Json:
    intent = act.get("payment_intent", ident)
    if {"amount", "currency", "application_fee_amount"} & set(params):
        if not intent["status"].startswith("requires_") or intent.get("_session"):
            raise _wrong_state(intent, "update the amount of")
        currency = check_currency(params.get("currency") or intent["currency"], "currency")
        amount = params.get("amount") or intent["amount"]
        check_amount(amount, currency, "amount")
        fee = params.get("application_fee_amount", intent["application_fee_amount"])
        check_fee(act, fee, amount, "application_fee_amount")
        intent.update(amount=amount, currency=currency, application_fee_amount=fee)
    for name in ("description", "receipt_email", "statement_descriptor", "statement_descriptor_suffix"):
        if name in params:
            intent[name] = params[name]
    merge_metadata(intent, params)
    return act.put(intent)


def confirm(act: Act, params: Json, ident: str) -> Json:
    intent = act.get("payment_intent", ident)
    _refuse_owned(intent, "confirm")
    if intent["status"] not in ("requires_payment_method", "requires_confirmation", "requires_action"):
        raise _wrong_state(intent, "confirm")
    token = params.get("payment_method") or intent.get("_token")
    if not token:
        raise invalid(
            "You cannot confirm this PaymentIntent because it's missing a payment method.",
            code="payment_intent_unexpected_state",
            param="payment_method",
        )
    instrument = by_token(token)
    if instrument is None:
        raise beyond(f"the payment method {token}: paysim has Stripe's magic test names only")
    if instrument.type not in intent["payment_method_types"]:
        message = f"The payment method type {instrument.type} is not allowed on this PaymentIntent."
        raise invalid(message, code="payment_intent_invalid_parameter", param="payment_method")
    if params.get("return_url"):
        intent["_return_url"] = params["return_url"]
    return attempt.attempt(act, intent, instrument, answers_client=True)


def cancel(act: Act, params: Json, ident: str) -> Json:
    intent = act.get("payment_intent", ident)
    _refuse_owned(intent, "cancel")
    if not intent["status"].startswith("requires_"):
        raise _wrong_state(intent, "cancel")
    return cancel_intent(act, intent, params.get("cancellation_reason"))


def cancel_intent(act: Act, intent: Json, reason: str | None) -> Json:
    intent.update(status="canceled", canceled_at=act.now, cancellation_reason=reason, next_action=None)
    act.put(intent)
    emit(act, "payment_intent.canceled", intent)
    return intent


def make_intent(act: Act, amount: int, currency: str, types: list[str], data: dict[str, Any]) -> Json:
    """A new intent, not yet stored. `data` are the parameters of a creation or a payment_intent_data."""
    fee = data.get("application_fee_amount")
    check_fee(act, fee, amount, "application_fee_amount")
    ident = new_id("pi")
    return {
        "id": ident,
        "object": "payment_intent",
        "allowed_payment_method_types": data.get("allowed_payment_method_types"),
        "amount": amount,
        "amount_capturable": 0,
        "amount_details": {"tip": {}},
        "amount_received": 0,
        "application": None if act.account == PLATFORM else "ca_paysimPlatform",
        "application_fee_amount": fee,
        "automatic_payment_methods": data.get("automatic_payment_methods"),
        "canceled_at": None,
        "cancellation_reason": None,
        "capture_method": data.get("capture_method") or "automatic_async",
        "client_secret": f"{ident}_secret_{new_id('', 16)[1:]}",
        "confirmation_method": "automatic",
        "created": act.now,
        "currency": currency,
        "customer": None,
        "customer_account": None,
        "description": data.get("description"),
        "excluded_payment_method_types": data.get("excluded_payment_method_types"),
        "last_payment_error": None,
        "latest_charge": None,
        "livemode": False,
        "metadata": {key: value for key, value in (data.get("metadata") or {}).items() if value != ""},
        "next_action": None,
        "on_behalf_of": None,
        "payment_method": None,
        "payment_method_configuration_details": None,
        "payment_method_options": {},
        "payment_method_types": types,
        "processing": None,
        "receipt_email": data.get("receipt_email"),
        "review": None,
        "setup_future_usage": None,
        "shipping": None,
        "source": None,
        "statement_descriptor": data.get("statement_descriptor"),
        "statement_descriptor_suffix": data.get("statement_descriptor_suffix"),
        "status": "requires_payment_method",
        "transfer_data": None,
        "transfer_group": None,
    }


def check_fee(act: Act, fee: int | None, amount: int, param: str) -> None:
    """An application fee is positive, no more than the amount, and taken by a platform from an account."""
    if fee is None:
        return
    if act.account == PLATFORM:
        message = "Can only apply an application_fee_amount when the payment is made on a connected account."
        raise invalid(message, param=param)
    if fee < 1 or fee > amount:
        raise invalid("The application fee must be positive and no more than the amount.", param=param)


def unknown_payment(act: Act, amount: int, currency: str, instrument: Instrument) -> Json:
    """A payment made past every client, as in the dashboard: no metadata, no session."""
    intent = make_intent(act, amount, currency, [instrument.type], {"description": "Made in the dashboard"})
    emit(act, "payment_intent.created", act.put(intent))
    return attempt.attempt(act, intent, instrument)


def _refuse_owned(intent: Json, verb: str) -> None:
    if intent.get("_session"):
        raise invalid(
            f"You cannot {verb} this PaymentIntent directly because it was created by a Checkout Session."
            " Expire the session instead.",
            code="payment_intent_unexpected_state",
        )


def _wrong_state(intent: Json, verb: str) -> Exception:
    return invalid(
        f"You cannot {verb} this PaymentIntent because it has a status of {intent['status']}.",
        code="payment_intent_unexpected_state",
    )

"""One attempt to pay an intent: at once by card, days later by bank debit; with its session, if it has one."""

from portico_billing.paysim.act import Act, new_id
from portico_billing.paysim.bank.instrument import Decline, Instrument
from portico_billing.paysim.bank.tokens import by_number
from portico_billing.paysim.objects.charges import charge_fails, charge_succeeds, make_charge
from portico_billing.paysim.objects.events import emit
from portico_billing.paysim.protocol.errors import ApiError
from portico_billing.paysim.store import Json, public

AUTHENTICATION_FAILED = Decline(
    "payment_intent_authentication_failure",
    "We are unable to authenticate your payment method. Please choose another one and try again.",
)


def attempt(act: Act, intent: Json, instrument: Instrument, *, answers_client: bool = False) -> Json:
    """Try to collect the intent's amount and return the intent as it then is, stored.

    With `answers_client` a declined card raises the 402 a client sees; the failed charge stays.
    """
    method = act.put(instrument.payment_method(new_id("pm"), act.now))
    intent.update(last_payment_error=None, next_action=None)
    intent["_instrument"] = {"type": instrument.type, "number": instrument.number}
    intent["payment_method"] = method["id"]
    if instrument.behaviour.challenge:
        return _ask_authentication(act, intent)
    return _collect(act, intent, method, instrument, answers_client=answers_client)


def finish_challenge(act: Act, intent: Json, *, passed: bool) -> Json:
    """The payer came back from the bank's page."""
    method = act.get("payment_method", intent["payment_method"])
    intent["next_action"] = None
    if not passed:
        return _back_to_start(act, intent, method, AUTHENTICATION_FAILED, None)
    kept = intent["_instrument"]
    return _collect(act, intent, method, by_number(kept["type"], kept["number"]))


def settle(act: Act, ident: str, *, decline: Decline | None = None, amount: int | None = None) -> Json:
    """A debit's day has come: it is collected (`amount` of it, else all) or, with `decline`, returned."""
    intent = act.get("payment_intent", ident)
    if intent["status"] != "processing":
        return intent
    act.store.drop_timers("settle", ident)
    charge = act.get("charge", intent["latest_charge"])
    if decline:
        charge_fails(act, charge, decline.code, decline.decline_code, decline.message)
        method = act.get("payment_method", intent["payment_method"])
        intent = _back_to_start(act, intent, method, decline, charge["id"])
        _tell_session(act, intent, "checkout.session.async_payment_failed", "unpaid")
        return intent
    _collected(act, intent, charge, amount)
    _tell_session(act, intent, "checkout.session.async_payment_succeeded", "paid")
    return intent


def settle_as_foretold(act: Act, ident: str) -> Json:
    """Settle a debit the way its test account says."""
    intent = act.get("payment_intent", ident)
    kept = intent["_instrument"]
    return settle(act, ident, decline=by_number(kept["type"], kept["number"]).behaviour.decline)


def _ask_authentication(act: Act, intent: Json) -> Json:
    url = f"{act.world.public_url}/c/authenticate/{intent['id']}"
    intent["status"] = "requires_action"
    intent["next_action"] = {
        "type": "redirect_to_url",
        "redirect_to_url": {"url": url, "return_url": intent.get("_return_url")},
    }
    act.put(intent)
    emit(act, "payment_intent.requires_action", intent)
    return intent


def _collect(act: Act, intent: Json, method: Json, instrument: Instrument, *, answers_client: bool = False) -> Json:
    charge = make_charge(act, intent, method, instrument)
    intent["latest_charge"] = charge["id"]
    if instrument.is_debit:
        return _submit_debit(act, intent, charge, instrument)
    decline = instrument.behaviour.decline
    if decline is None:
        _collected(act, intent, charge, None)
        _complete_session(act, intent, "paid")
        return intent
    charge_fails(act, charge, decline.code, decline.decline_code, decline.message)
    intent = _back_to_start(act, intent, method, decline, charge["id"])
    if answers_client:
        extra = {**intent["last_payment_error"], "payment_intent": public(intent)}
        raise ApiError(402, "card_error", decline.message, extra=extra, keeps_effects=True)
    return intent


def _submit_debit(act: Act, intent: Json, charge: Json, instrument: Instrument) -> Json:
    intent["status"] = "processing"
    act.put(charge)
    act.put(intent)
    emit(act, "charge.pending", charge)
    emit(act, "payment_intent.processing", intent)
    _complete_session(act, intent, "unpaid")
    if not instrument.behaviour.never_settles:
        config = act.world.config
        seconds = act.settings().get("settlement_seconds", config.settlement_seconds)
        if instrument.behaviour.delayed:
            seconds = max(seconds, config.delayed_settlement_seconds)
        act.store.set_timer(act.world.clock.bank_now() + seconds, "settle", act.account, intent["id"])
    return intent


def _collected(act: Act, intent: Json, charge: Json, amount: int | None) -> None:
    fault = act.world.faults.claim_settlement(act.account)
    wanted = amount if amount is not None else (fault.amount if fault else None)
    collected = min(wanted, intent["amount"]) if wanted is not None else intent["amount"]
    charge_succeeds(act, charge, collected)
    intent.update(status="succeeded", amount_received=collected, last_payment_error=None)
    act.put(intent)
    emit(act, "payment_intent.succeeded", intent)


def _back_to_start(act: Act, intent: Json, method: Json, decline: Decline, charge_id: str | None) -> Json:
    error: Json = {
        "type": "card_error" if method["type"] == "card" else "invalid_request_error",
        "code": decline.code,
        "message": decline.message,
        "payment_method": public(method),
    }
    if charge_id:
        error["charge"] = charge_id
    if decline.decline_code:
        error["decline_code"] = decline.decline_code
    intent.update(status="requires_payment_method", payment_method=None, last_payment_error=error)
    act.put(intent)
    emit(act, "payment_intent.payment_failed", intent)
    return intent


def _complete_session(act: Act, intent: Json, payment_status: str) -> None:
    if not intent.get("_session"):
        return
    session = act.get("checkout.session", intent["_session"])
    method = act.get("payment_method", intent["payment_method"])
    billing = method["billing_details"]
    session.update(
        status="complete",
        payment_status=payment_status,
        url=None,
        customer_details={
            "address": billing["address"],
            "business_name": None,
            "email": billing["email"] or session["customer_email"],
            "individual_name": None,
            "name": billing["name"],
            "phone": None,
            "tax_exempt": "none",
            "tax_ids": [],
        },
    )
    act.store.drop_timers("expire", session["id"])
    event = emit(act, "checkout.session.completed", act.put(session))
    session["_completed_event"] = event["id"]
    act.put(session)


def _tell_session(act: Act, intent: Json, event_type: str, payment_status: str) -> None:
    if not intent.get("_session"):
        return
    session = act.get("checkout.session", intent["_session"])
    session["payment_status"] = payment_status
    emit(act, event_type, act.put(session))

"""Refunds: made by a client or, past it, in the dashboard; some test cards make them wait or fail."""

from portico_billing.paysim.act import Act, new_id
from portico_billing.paysim.bank.tokens import by_number
from portico_billing.paysim.objects.balance import book
from portico_billing.paysim.objects.events import emit
from portico_billing.paysim.objects.metadata import merge_metadata
from portico_billing.paysim.protocol.errors import invalid
from portico_billing.paysim.protocol.listing import page_of
from portico_billing.paysim.protocol.params import Choice, Flag, Integer, Metadata, Span, Text, lists, takes
from portico_billing.paysim.store import Json

CREATE_PARAMS = takes(
    {
        "amount": Integer(1),
        "charge": Text(),
        "payment_intent": Text(),
        "metadata": Metadata(),
        "reason": Choice(("duplicate", "fraudulent", "requested_by_customer")),
        "refund_application_fee": Flag(),
    },
    beyond=("currency", "customer", "instructions_email", "origin", "reverse_transfer"),
)
UPDATE_PARAMS = takes({"metadata": Metadata()})
RETRIEVE_PARAMS = takes()
LIST_PARAMS = lists({"created": Span(), "charge": Text(), "payment_intent": Text()})


def create(act: Act, params: Json) -> Json:
    charge = _charge_of(act, params)
    left = charge["amount_captured"] - charge["amount_refunded"]
    amount = params.get("amount") or left
    if charge["status"] != "succeeded":
        raise invalid(f"Charge {charge['id']} has not succeeded and cannot be refunded.")
    if not left:
        message = f"Charge {charge['id']} has already been refunded."
        raise invalid(message, code="charge_already_refunded")
    if amount > left:
        raise invalid(f"Refund amount ({amount}) is greater than unrefunded amount on charge ({left})", param="amount")
    kept = act.get("payment_intent", charge["payment_intent"])["_instrument"]
    behaviour = by_number(kept["type"], kept["number"]).behaviour
    waits = behaviour.refunding == "pending" or kept["type"] != "card"
    refund = act.put(_new_refund(act, charge, amount, params, "pending" if waits else "succeeded"))
    refund["balance_transaction"] = _take_from_balance(act, refund, charge)["id"]
    act.put(refund)
    _count(act, charge, amount)
    emit(act, "refund.created", refund)
    emit(act, "charge.refunded", charge)
    if waits or behaviour.refunding == "fails":
        seconds = act.settings().get("settlement_seconds", act.world.config.settlement_seconds)
        kind = "refund_fails" if behaviour.refunding == "fails" else "refund_arrives"
        act.store.set_timer(act.world.clock.bank_now() + seconds, kind, act.account, refund["id"])
    return refund


def retrieve(act: Act, params: Json, ident: str) -> Json:
    return act.get("refund", ident)


def update(act: Act, params: Json, ident: str) -> Json:
    refund = act.get("refund", ident)
    merge_metadata(refund, params)
    act.put(refund)
    emit(act, "refund.updated", refund)
    return refund


def list_(act: Act, params: Json) -> Json:
    equal = {name: params.get(name) for name in ("charge", "payment_intent")}
    return page_of(act, "refund", "/v1/refunds", params, equal=equal)


def arrives(act: Act, ident: str) -> None:
    """A pending refund reached the payer."""
    refund = act.get("refund", ident)
    refund.update(status="succeeded", pending_reason=None)
    emit(act, "refund.updated", act.put(refund), {"status": "pending"})


def fails(act: Act, ident: str) -> None:
    """A refund that had succeeded comes back: the money is in the account's balance again."""
    refund = act.get("refund", ident)
    charge = act.get("charge", refund["charge"])
    refund.update(status="failed", failure_reason="expired_or_canceled_card")
    act.put(refund)
    back = book(act, refund, refund["amount"], "refund_failure", "refund_failure")
    refund["failure_balance_transaction"] = back["id"]
    act.put(refund)
    _count(act, charge, -refund["amount"])
    emit(act, "refund.failed", refund)
    emit(act, "refund.updated", refund, {"status": "succeeded"})


def _charge_of(act: Act, params: Json) -> Json:
    if params.get("charge"):
        return act.get("charge", params["charge"], "charge")
    if not params.get("payment_intent"):
        raise invalid("One of the following params should be provided for this request: payment_intent or charge.")
    intent = act.get("payment_intent", params["payment_intent"], "payment_intent")
    if not intent["latest_charge"]:
        raise invalid("This PaymentIntent does not have a successful charge to refund.")
    return act.get("charge", intent["latest_charge"])


def _count(act: Act, charge: Json, amount: int) -> None:
    charge["amount_refunded"] += amount
    charge["refunded"] = charge["amount_refunded"] >= charge["amount_captured"]
    act.put(charge)


def _take_from_balance(act: Act, refund: Json, charge: Json) -> Json:
    card = charge["payment_method_details"]["type"] == "card"
    return book(act, refund, -refund["amount"], "refund" if card else "payment_refund", "refund")


def _new_refund(act: Act, charge: Json, amount: int, params: Json, status: str) -> Json:
    card = charge["payment_method_details"]["type"] == "card"
    type_ = charge["payment_method_details"]["type"]
    details: Json = {"type": type_}
    if card:
        details["card"] = {"type": "refund", "reference_status": "pending"}
    return {
        "id": new_id("re"),
        "object": "refund",
        "amount": amount,
        "balance_transaction": None,
        "charge": charge["id"],
        "created": act.now,
        "currency": charge["currency"],
        "customer": None,
        "customer_account": None,
        "destination_details": details,
        "metadata": params.get("metadata") or {},
        "payment_intent": charge["payment_intent"],
        "payment_method": charge["payment_method"],
        "pending_reason": "processing" if status == "pending" else None,
        "reason": params.get("reason"),
        "receipt_number": None,
        "source_transfer_reversal": None,
        "status": status,
        "transfer_reversal": None,
    }

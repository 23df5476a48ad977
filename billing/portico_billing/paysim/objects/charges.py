"""Charges: one attempt to collect an intent's money, and its line in the account's balance."""

from portico_billing.paysim.act import Act, new_id
from portico_billing.paysim.bank.instrument import Instrument
from portico_billing.paysim.objects.events import emit
from portico_billing.paysim.objects.metadata import merge_metadata
from portico_billing.paysim.protocol.listing import page_of
from portico_billing.paysim.protocol.params import Metadata, Span, Text, lists, takes
from portico_billing.paysim.store import Json

RETRIEVE_PARAMS = takes()
UPDATE_PARAMS = takes(
    {"description": Text(), "metadata": Metadata(), "receipt_email": Text()},
    beyond=("customer", "fraud_details", "shipping", "transfer_group"),
)
LIST_PARAMS = lists({"created": Span(), "payment_intent": Text(), "customer": Text()}, beyond=("transfer_group",))


def retrieve(act: Act, params: Json, ident: str) -> Json:
    return act.get("charge", ident)


def list_(act: Act, params: Json) -> Json:
    equal = {"payment_intent": params.get("payment_intent"), "customer": params.get("customer")}
    return page_of(act, "charge", "/v1/charges", params, equal=equal)


def update(act: Act, params: Json, ident: str) -> Json:
    charge = act.get("charge", ident)
    for name in ("description", "receipt_email"):
        if name in params:
            charge[name] = params[name]
    merge_metadata(charge, params)
    return act.put(charge)


def make_charge(act: Act, intent: Json, method: Json, instrument: Instrument) -> Json:
    """A pending charge of the intent's whole amount; the caller decides how it ends."""
    debit = instrument.type != "card"
    return {
        "id": new_id("py" if debit else "ch"),
        "object": "charge",
        "amount": intent["amount"],
        "amount_captured": 0,
        "amount_refunded": 0,
        "application": intent["application"],
        "application_fee": None,
        "application_fee_amount": intent["application_fee_amount"],
        "balance_transaction": None,
        "billing_details": method["billing_details"],
        "calculated_statement_descriptor": None,
        "captured": False,
        "created": act.now,
        "currency": intent["currency"],
        "customer": intent["customer"],
        "description": intent["description"],
        "disputed": False,
        "failure_balance_transaction": None,
        "failure_code": None,
        "failure_message": None,
        "fraud_details": {},
        "livemode": False,
        "metadata": dict(intent["metadata"]),
        "on_behalf_of": None,
        "outcome": None,
        "paid": False,
        "payment_intent": intent["id"],
        "payment_method": method["id"],
        "payment_method_details": instrument.charge_details(new_id),
        "receipt_email": intent["receipt_email"],
        "receipt_number": None,
        "receipt_url": None,
        "refunded": False,
        "review": None,
        "shipping": None,
        "source_transfer": None,
        "statement_descriptor": intent["statement_descriptor"],
        "statement_descriptor_suffix": intent["statement_descriptor_suffix"],
        "status": "pending",
        "transfer_data": None,
        "transfer_group": None,
    }


def charge_fails(act: Act, charge: Json, code: str, decline_code: str | None, message: str) -> Json:
    charge.update(
        status="failed",
        paid=False,
        failure_code=code,
        failure_message=message,
        outcome={
            "advice_code": None,
            "network_advice_code": None,
            "network_decline_code": None,
            "network_status": "declined_by_network",
            "reason": decline_code or code,
            "risk_level": "normal",
            "seller_message": message,
            "type": "issuer_declined",
        },
    )
    act.put(charge)
    emit(act, "charge.failed", charge)
    return charge


def charge_succeeds(act: Act, charge: Json, collected: int) -> Json:
    """The money came, `collected` of it; what it cost is known a little later, see `fees_known`."""
    charge.update(
        status="succeeded",
        paid=True,
        captured=True,
        amount_captured=collected,
        outcome={
            "advice_code": None,
            "network_advice_code": None,
            "network_decline_code": None,
            "network_status": "approved_by_network",
            "reason": None,
            "risk_level": "normal",
            "seller_message": "Payment complete.",
            "type": "authorized",
        },
    )
    act.put(charge)
    emit(act, "charge.succeeded", charge)
    clock = act.world.clock
    act.store.set_timer(clock.bank_now() + act.world.config.fee_delay_seconds, "fees_known", act.account, charge["id"])
    return charge


def fees_known(act: Act, ident: str) -> None:
    """Write the balance transaction of a charge and tell of it."""
    charge = act.get("charge", ident)
    if charge["balance_transaction"]:
        return
    transaction = make_transaction(act, charge)
    charge["balance_transaction"] = transaction["id"]
    act.put(charge)
    emit(act, "charge.updated", charge, {"balance_transaction": None})


def make_transaction(act: Act, charge: Json) -> Json:
    """The line in the balance: gross, fees, net, all in minor units of the charge's currency."""
    gross = charge["amount_captured"]
    card = charge["payment_method_details"]["type"] == "card"
    own_fee = min(gross, gross * 15 // 1000 + 20 if card else min(200, gross // 100))
    application_fee = charge["application_fee_amount"] or 0
    details = [_fee(own_fee, charge["currency"], "Processing fees", "stripe_fee", None)]
    if application_fee:
        fee = _fee(application_fee, charge["currency"], "application fee", "application_fee", charge["application"])
        details.append(fee)
    total = sum(detail["amount"] for detail in details)
    return act.put(
        {
            "id": new_id("txn"),
            "object": "balance_transaction",
            "amount": gross,
            "available_on": act.now + 2 * 86400,
            "balance_type": "payments",
            "created": act.now,
            "currency": charge["currency"],
            "description": charge["description"],
            "exchange_rate": None,
            "fee": total,
            "fee_details": details,
            "net": gross - total,
            "reporting_category": "charge",
            "source": charge["id"],
            "status": "pending",
            "type": "charge" if card else "payment",
        }
    )


def _fee(amount: int, currency: str, description: str, kind: str, application: str | None) -> Json:
    return {
        "amount": amount,
        "application": application,
        "currency": currency,
        "description": description,
        "type": kind,
    }

"""The lines of an account's balance: clients only read them."""

from portico_billing.paysim.act import Act, new_id
from portico_billing.paysim.protocol.listing import page_of
from portico_billing.paysim.protocol.params import Span, Text, lists, takes
from portico_billing.paysim.store import Json

RETRIEVE_PARAMS = takes()
LIST_PARAMS = lists({"created": Span(), "currency": Text(), "source": Text(), "type": Text()}, beyond=("payout",))


def retrieve(act: Act, params: Json, ident: str) -> Json:
    return act.get("balance_transaction", ident)


def list_(act: Act, params: Json) -> Json:
    equal = {name: params.get(name) for name in ("currency", "source", "type")}
    return page_of(act, "balance_transaction", "/v1/balance_transactions", params, equal=equal)


def book(act: Act, source: Json, amount: int, kind: str, category: str) -> Json:
    """Write a line without fees, available at once, because of `source`."""
    return act.put(
        {
            "id": new_id("txn"),
            "object": "balance_transaction",
            "amount": amount,
            "available_on": act.now,
            "balance_type": "payments",
            "created": act.now,
            "currency": source["currency"],
            "description": None,
            "exchange_rate": None,
            "fee": 0,
            "fee_details": [],
            "net": amount,
            "reporting_category": category,
            "source": source["id"],
            "status": "available",
            "type": kind,
        }
    )

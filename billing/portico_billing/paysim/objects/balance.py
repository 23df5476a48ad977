"""The lines of an account's balance, read only."""

from portico_billing.paysim.act import Act
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

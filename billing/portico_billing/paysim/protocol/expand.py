"""Expansion: the id at a named path is replaced by its object, four levels deep at most."""

from typing import Any

from portico_billing.paysim.act import Act
from portico_billing.paysim.objects.includes import INCLUDES
from portico_billing.paysim.protocol.errors import invalid
from portico_billing.paysim.store import Json, public

# Object -> its field -> what stands behind the id. Fields paysim always leaves null are here too: expanding
# nothing is allowed.
EXPANDABLE: dict[str, dict[str, str]] = {
    "checkout.session": {
        "payment_intent": "payment_intent",
        "customer": "customer",
        "invoice": "invoice",
        "payment_link": "payment_link",
        "setup_intent": "setup_intent",
        "subscription": "subscription",
    },
    "payment_intent": {
        "latest_charge": "charge",
        "payment_method": "payment_method",
        "customer": "customer",
        "application": "application",
        "on_behalf_of": "account",
        "review": "review",
    },
    "charge": {
        "balance_transaction": "balance_transaction",
        "failure_balance_transaction": "balance_transaction",
        "payment_intent": "payment_intent",
        "customer": "customer",
        "application": "application",
        "application_fee": "application_fee",
        "on_behalf_of": "account",
        "review": "review",
    },
    "refund": {
        "balance_transaction": "balance_transaction",
        "failure_balance_transaction": "balance_transaction",
        "charge": "charge",
        "payment_intent": "payment_intent",
        "payment_method": "payment_method",
        "customer": "customer",
    },
    "balance_transaction": {"source": "charge"},
    "payment_method": {"customer": "customer"},
}
KIND_BY_PREFIX = {"re": "refund", "ch": "charge", "py": "charge"}


def expand(act: Act, thing: Json, paths: list[str | None]) -> Json:
    """A public copy of `thing` with each path expanded; raises 400 where a path cannot be."""
    out = public(thing)
    if out["object"] == "list":
        out["data"] = [public(item) for item in out["data"]]
    for path in paths:
        if not path:  # an empty text reads as None
            raise _cannot("")
        steps = path.split(".")
        if len(steps) > 4 + ("data" in steps):
            raise invalid("You cannot expand more than 4 levels of a property", param="expand")
        out = _walk(act, out, steps, path)
    return out


def _walk(act: Act, node: Any, steps: list[str], path: str) -> Any:
    if isinstance(node, list):
        return [_walk(act, item, steps, path) for item in node]
    if not steps or node is None:
        return node
    if not isinstance(node, dict):
        raise _cannot(path)
    step, rest = steps[0], steps[1:]
    kind = node.get("object", "")
    value = node.get(step)
    if kind == "list" and step == "data":
        return {**node, "data": _walk(act, value, rest, path)}
    include = INCLUDES.get((kind, step))
    if include and not isinstance(value, dict):
        value = include(act, node)
    elif step in EXPANDABLE.get(kind, {}):
        if isinstance(value, str):
            value = _fetch(act, EXPANDABLE[kind][step], value)
    elif not isinstance(value, dict):
        raise _cannot(path)
    return {**node, step: _walk(act, value, rest, path)}


def _fetch(act: Act, kind: str, ident: str) -> Json | str:
    found = act.store.get(act.account, KIND_BY_PREFIX.get(ident.split("_")[0], kind), ident)
    return public(found) if found else ident


def _cannot(path: str) -> Exception:
    return invalid(f"This property cannot be expanded ({path}).", param="expand")

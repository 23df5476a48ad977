"""Stripe's rule for changing metadata."""

from portico_billing.paysim.store import Json


def merge_metadata(thing: Json, params: Json) -> None:
    """Keys are added or replaced, an empty value removes its key, an empty field removes them all."""
    if "metadata" not in params:
        return
    if params["metadata"] is None:
        thing["metadata"] = {}
        return
    merged = {**thing["metadata"], **params["metadata"]}
    thing["metadata"] = {key: value for key, value in merged.items() if value != ""}

"""Events: the fact, a full snapshot of its object, and a delivery owed to each endpoint that wants it."""

import time
from typing import Any

from portico_billing.paysim import API_VERSION
from portico_billing.paysim.act import PLATFORM, Act, new_id
from portico_billing.paysim.control.faults import FaultOrder
from portico_billing.paysim.protocol.listing import page_of
from portico_billing.paysim.protocol.params import Flag, Many, Span, Text, lists, takes
from portico_billing.paysim.store import Json, public

LIST_PARAMS = lists({"types": Many(Text(), most=20), "type": Text(), "created": Span(), "delivery_success": Flag()})
RETRIEVE_PARAMS = takes()
UNDELIVERED = "EXISTS (SELECT 1 FROM delivery WHERE delivery.event = object.id AND delivery.state <> 'delivered')"


def emit(act: Act, event_type: str, thing: Json, previous: Json | None = None) -> Json:
    """Record that something happened to `thing`; `previous` holds the old values of an update."""
    data: Json = {"object": public(thing)}
    if previous is not None:
        data["previous_attributes"] = previous
    event = {
        "id": new_id("evt"),
        "object": "event",
        "account": act.account,
        "api_version": API_VERSION,
        "created": act.now,
        "data": data,
        "livemode": False,
        "pending_webhooks": 0,
        "request": {"id": act.request_id, "idempotency_key": act.idempotency_key},
        "type": event_type,
    }
    _post(act, event, act.world.faults.claim_event(event_type, act.account, ("drop", "duplicate", "reorder")))
    twin = act.world.faults.claim_event(event_type, act.account, ("duplicate_new_id",))
    if twin:
        _post(act, {**event, "id": new_id("evt")}, None)
    return event


def _post(act: Act, event: Json, fault: FaultOrder | None) -> None:
    endpoints = wanting(act, event["type"])
    event["pending_webhooks"] = len(endpoints)
    if act.account == PLATFORM:
        event.pop("account", None)
    act.put(event)
    late = act.world.faults.claim_event(event["type"], act.account, ("late",)) if endpoints else None
    held = next((order for order in (fault, late) if order and order.kind in ("reorder", "late")), None)
    born = time.time()
    for endpoint in endpoints:
        for _ in range(2 if fault and fault.kind == "duplicate" else 1):
            act.store.run(
                "INSERT INTO delivery (event, endpoint, state, born, next_at) VALUES (?, ?, ?, ?, ?)",
                event["id"],
                endpoint["id"],
                "dropped" if fault and fault.kind == "drop" else "pending",
                born,
                born + (held.seconds if held else 0),
            )


def wanting(act: Act, event_type: str) -> list[Json]:
    """The enabled endpoints for an event of this account: its own, and the platform's Connect ones."""
    own = act.store.all_of("webhook_endpoint", act.account)
    connect = [] if act.account == PLATFORM else act.store.all_of("webhook_endpoint", PLATFORM)
    chosen = [one for one in own if not one["_connect"]] + [one for one in connect if one["_connect"]]
    return [one for one in chosen if one["status"] == "enabled" and ({"*", event_type} & set(one["enabled_events"]))]


def create_event_for(act: Act, event_type: str, thing: Json) -> Json:
    """An event of any type, known or not: for tests of tolerant clients."""
    return emit(act, event_type, thing)


def fresh(act: Act, event: Json) -> Json:
    """The event with the number of endpoints that have not yet said 2xx."""
    left = act.store.row(
        "SELECT count(DISTINCT endpoint) AS n FROM delivery WHERE event = ? AND state <> 'delivered'",
        event["id"],
    )
    return {**event, "pending_webhooks": left["n"] if left else 0}


def retrieve(act: Act, params: Json, ident: str) -> Json:
    return fresh(act, act.get("event", ident))


def list_(act: Act, params: dict[str, Any]) -> Json:
    types = params.get("types") or ([params["type"]] if params.get("type") else [])
    where, values = "1 = 1", []
    if types:
        names: list[str] = []
        for name in types:
            if name.endswith(".*"):
                names.append("json_extract(body, '$.type') GLOB ?")
            else:
                names.append("json_extract(body, '$.type') = ?")
            values.append(name)
        where = "(" + " OR ".join(names) + ")"
    success = params.get("delivery_success")
    if success is not None:
        where += f" AND {'NOT ' if success else ''}{UNDELIVERED}"
    page = page_of(act, "event", "/v1/events", params, where=where, values=tuple(values))
    return {**page, "data": [fresh(act, event) for event in page["data"]]}

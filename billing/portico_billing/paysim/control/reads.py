"""Views on everything, across accounts: what the control API and the console show."""

import json
from datetime import UTC, datetime

from litestar.exceptions import NotFoundException

from portico_billing.paysim.act import PLATFORM, Act, World
from portico_billing.paysim.store import Json, public

SHOWN = 1000


def found(world: World, kind: str, ident: str) -> tuple[Act, Json]:
    """An object with the hands to change it; 404 if there is none."""
    thing = world.store.find(kind, ident)
    if thing is None:
        raise NotFoundException(f"no {kind} {ident}")
    return Act(world, thing[0]), thing[1]


def any_object(world: World, ident: str) -> Json:
    row = world.store.row("SELECT body FROM object WHERE id = ?", ident)
    if row is None:
        raise NotFoundException(f"no object {ident}")
    thing: Json = json.loads(row["body"])
    return thing


def accounts(world: World) -> list[Json]:
    """Connected accounts with paysim's own settings of each."""
    return [
        {**public(one), "paysim": Act(world, one["id"]).settings()}
        for one in world.store.all_of("account", PLATFORM)
        if one["id"] != PLATFORM
    ]


def payments(world: World, account: str) -> Json:
    """All intents and charges of an account, and per currency what was received, is under way, went back."""
    intents = [public(one) for one in world.store.all_of("payment_intent", account, SHOWN)]
    charges = [public(one) for one in world.store.all_of("charge", account, SHOWN)]
    sums: dict[str, dict[str, int]] = {}
    for intent in intents:
        one = sums.setdefault(intent["currency"], {"received": 0, "processing": 0, "refunded": 0, "payments": 0})
        one["received"] += intent["amount_received"]
        one["processing"] += intent["amount"] if intent["status"] == "processing" else 0
        one["payments"] += intent["status"] == "succeeded"
    for charge in charges:
        sums[charge["currency"]]["refunded"] += charge["amount_refunded"]
    return {"payment_intents": intents, "charges": charges, "sums": sums}


def events_with_deliveries(world: World, account: str | None, event_type: str | None) -> list[Json]:
    """The newest events, each with its deliveries and their attempts."""
    sql, bound = "SELECT account, body FROM object WHERE kind = 'event'", []
    for condition, value in ((" AND account = ?", account), (" AND json_extract(body, '$.type') = ?", event_type)):
        if value is not None:
            sql += condition
            bound.append(value)
    rows = world.store.rows(sql + " ORDER BY seq DESC LIMIT ?", *bound, SHOWN)
    deliveries: dict[str, list[Json]] = {}
    tries: dict[int, list[Json]] = {}
    for row in world.store.rows("SELECT * FROM delivery_attempt ORDER BY at DESC LIMIT ?", SHOWN * 10):
        tries.setdefault(row["delivery"], []).insert(
            0, {"at": row["at"], "status": row["status"], "error": row["error"]}
        )
    for row in world.store.rows("SELECT * FROM delivery ORDER BY id DESC LIMIT ?", SHOWN * 10):
        told = {"endpoint": row["endpoint"], "state": row["state"], "attempts": tries.get(row["id"], [])}
        deliveries.setdefault(row["event"], []).insert(0, told)
    events = [{"paysim_account": row["account"], **json.loads(row["body"])} for row in rows]
    return [{**event, "deliveries": deliveries.get(event["id"], [])} for event in events]


def requests(world: World) -> list[Json]:
    """The newest API calls: what was asked, under which key, and the status answered (null: none was)."""
    rows = world.store.rows("SELECT * FROM request ORDER BY seq DESC LIMIT ?", SHOWN)
    return [
        {
            "id": row["id"],
            "at": datetime.fromtimestamp(row["at"], UTC).isoformat(),
            "method": row["method"],
            "path": row["path"],
            "account": row["account"],
            "idempotency_key": row["idempotency_key"],
            "status": row["status"],
        }
        for row in rows
    ]

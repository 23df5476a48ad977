"""The idempotency store: per account, 24 hours of the bank's clock, results of executed POSTs, errors too."""

import hashlib
import json
from dataclasses import dataclass
from urllib.parse import parse_qsl

from portico_billing.paysim.act import World
from portico_billing.paysim.protocol.errors import ApiError
from portico_billing.paysim.store import Json

LIFETIME_SECONDS = 24 * 3600


@dataclass(frozen=True)
class Answer:
    """What goes back to the client."""

    status: int
    body: Json
    headers: dict[str, str]


def fingerprint(method: str, path: str, form: str) -> str:
    """Two requests with one key must agree in this: call and parameters, in whatever order they were sent."""
    pairs = sorted(parse_qsl(form, keep_blank_values=True))
    return hashlib.sha256(json.dumps([method, path, pairs]).encode()).hexdigest()


def recall(world: World, account: str, key: str, print_: str) -> Answer | None:
    """The stored answer under this key; raises the 400 when it belonged to another request."""
    found = world.store.row("SELECT * FROM idempotency WHERE account = ? AND key = ?", account, key)
    if found is None:
        return None
    if world.clock.bank_now() - found["bank_time"] > LIFETIME_SECONDS:
        world.store.run("DELETE FROM idempotency WHERE account = ? AND key = ?", account, key)
        return None
    if found["fingerprint"] != print_:
        raise ApiError(
            400,
            "idempotency_error",
            f"Keys for idempotent requests can only be used with the same parameters they were first used"
            f" with. Try using a key other than '{key}' if you meant to execute a different request.",
        )
    headers = {"Idempotent-Replayed": "true", "Original-Request": found["request_id"]}
    return Answer(found["status"], json.loads(found["body"]), headers)


def remember(world: World, account: str, key: str, print_: str, request_id: str, answer: Answer) -> None:
    """Store the answer, inside the transaction of what it tells."""
    world.store.run(
        "INSERT INTO idempotency (account, key, fingerprint, request_id, status, body, bank_time)"
        " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (account, key) DO UPDATE SET"
        " status = excluded.status, body = excluded.body",
        account,
        key,
        print_,
        request_id,
        answer.status,
        json.dumps(answer.body),
        world.clock.bank_now(),
    )


def in_use(key: str) -> ApiError:
    return ApiError(
        409,
        "idempotency_error",
        f"There is currently another in-progress request using this idempotency key '{key}'. Please try again later.",
        code="idempotency_key_in_use",
    )

"""One API call from the first header to the last byte: key, version, account, faults, idempotency, work."""

import asyncio
import base64
import binascii
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from portico_billing.paysim import API_VERSION
from portico_billing.paysim.act import PLATFORM, Act, World, new_id
from portico_billing.paysim.control.faults import FaultOrder
from portico_billing.paysim.protocol import idempotency
from portico_billing.paysim.protocol.endpoints import Endpoint, find_endpoint
from portico_billing.paysim.protocol.errors import ApiError, beyond, invalid
from portico_billing.paysim.protocol.expand import expand
from portico_billing.paysim.protocol.forms import decode_form
from portico_billing.paysim.protocol.idempotency import Answer

LONGEST_KEY = 255
KEPT_REQUESTS = 5000


class Severed(Exception):
    """The connection is to be broken without an answer."""


@dataclass
class Api:
    """Answers calls; holds the idempotency keys that are being worked on this moment."""

    world: World
    working: set[tuple[str, str]]

    async def answer(self, method: str, path: str, headers: Mapping[str, str], query: str, body: str) -> Answer:
        """The answer to a call; raises Severed where a fault wants no answer at all."""
        request_id = new_id("req", 14)
        key = headers.get("idempotency-key")
        base = {"Request-Id": request_id, "Stripe-Version": API_VERSION}
        if key:
            base["Idempotency-Key"] = key
        account = headers.get("stripe-account") or PLATFORM
        status: int | None = None
        try:
            account = self._authenticate(headers)
            base |= {"Stripe-Account": account} if account != PLATFORM else {}
            fault = self.world.faults.claim_call(method, path, account)
            form = body if method == "POST" else query
            work = Work(self.world, account, method, path, form, request_id, key)
            answer = await self._answer(work, fault)
            status = answer.status
        except ApiError as error:
            status = error.status
            answer = Answer(error.status, error.body, error.headers)
        finally:
            self._log(request_id, method, path, account, key, status)
        return Answer(answer.status, answer.body, {**base, **answer.headers})

    async def _answer(self, work: "Work", fault: FaultOrder | None) -> Answer:
        if fault and fault.kind == "reset":
            raise Severed
        endpoint, ids = _find(work)
        slot = (work.account, work.key) if work.key and work.method == "POST" else None
        if slot and slot in self.working:
            raise idempotency.in_use(work.key or "")
        if slot:
            self.working.add(slot)
        try:
            if fault and fault.kind == "delay" and not fault.effect:
                await asyncio.sleep(fault.seconds)
            if fault and (refusal := _refusal(fault, work)):
                raise refusal
            answer = work.execute(endpoint, ids, fault)
            if fault and fault.kind == "delay" and fault.effect:
                await asyncio.sleep(fault.seconds)
        finally:
            self.working.discard(slot or ("", ""))
        if fault and fault.kind == "lost_reply":
            raise Severed
        return answer

    def _authenticate(self, headers: Mapping[str, str]) -> str:
        """The account a call is about; 401 for a wrong key, 403 for an account out of reach."""
        version = headers.get("stripe-version", API_VERSION)
        if version != API_VERSION:
            raise invalid(f"paysim speaks Stripe-Version {API_VERSION} alone, not {version}.")
        key = _bearer(headers.get("authorization", ""))
        own = {one.secret_key: one.id for one in self.world.config.accounts if one.secret_key}
        if not key or (key != self.world.config.secret_key and key not in own):
            raise _no_key(key)
        home = own.get(key, PLATFORM)
        wanted = headers.get("stripe-account") or headers.get("stripe-context") or home
        known = self.world.store.find("account", wanted)
        revoked = Act(self.world, wanted).settings().get("revoked") and home == PLATFORM
        if known is None or revoked or (home != PLATFORM and wanted != home):
            raise _no_access(key, wanted)
        return wanted

    def _log(self, ident: str, method: str, path: str, account: str, key: str | None, status: int | None) -> None:
        store = self.world.store
        seq = store.run(
            "INSERT INTO request (id, at, method, path, account, idempotency_key, status) VALUES (?, ?, ?, ?, ?, ?, ?)",
            ident,
            time.time(),
            method,
            path,
            account,
            key,
            status,
        )
        store.run("DELETE FROM request WHERE seq <= ?", seq - KEPT_REQUESTS)


@dataclass(frozen=True)
class Work:
    """An accepted call."""

    world: World
    account: str
    method: str
    path: str
    form: str
    request_id: str
    key: str | None

    def execute(self, endpoint: Endpoint, ids: tuple[Any, ...], fault: FaultOrder | None) -> Answer:
        """Read the parameters, do the work and store the result under the key, in one transaction.

        A refused parameter is not stored: the call was never executed.
        """
        if self.key and len(self.key) > LONGEST_KEY:
            raise invalid(f"Idempotency keys are at most {LONGEST_KEY} characters.")
        key = self.key if self.method == "POST" else None
        print_ = idempotency.fingerprint(self.method, self.path, self.form)
        with self.world.store.transaction():
            if key and (known := idempotency.recall(self.world, self.account, key, print_)):
                return known
            params = endpoint.params.read(decode_form(self.form), "")
            answer = self._run(endpoint, ids, params, fault)
            told = stored = answer
            if fault and fault.kind == "error_500":
                told = _broken()
                stored = answer if fault.stored is False else told
            if key and not (fault and fault.kind == "error_500" and not fault.effect and not fault.stored):
                idempotency.remember(self.world, self.account, key, print_, self.request_id, stored)
        return told

    def _run(
        self, endpoint: Endpoint, ids: tuple[Any, ...], params: dict[str, Any], fault: FaultOrder | None
    ) -> Answer:
        if fault and fault.kind == "error_500" and not fault.effect:
            return _broken()
        act = Act(self.world, self.account, self.request_id, self.key)
        paths = params.pop("expand", None) or []
        failure: ApiError | None = None
        try:
            with self.world.store.transaction():
                try:
                    return Answer(200, expand(act, endpoint.handle(act, params, *ids), paths), {})
                except ApiError as error:
                    failure = error
                    if not error.keeps_effects:
                        raise
        except ApiError as error:
            failure = error
        return Answer(failure.status, failure.body, failure.headers)


def _find(work: Work) -> tuple[Endpoint, tuple[Any, ...]]:
    found = find_endpoint(work.method, work.path)
    if found is None:
        raise beyond(f"{work.method} {work.path}")
    return found


def _refusal(fault: FaultOrder, work: Work) -> ApiError | None:
    if fault.kind == "rate_limit":
        wish = {} if fault.should_retry is None else {"Stripe-Should-Retry": str(fault.should_retry).lower()}
        message = "Request rate limit exceeded."
        return ApiError(429, "invalid_request_error", message, code="rate_limit", headers=wish)
    if fault.kind == "lock_timeout":
        message = "This object cannot be accessed right now because another request is accessing it."
        return ApiError(fault.status or 409, "invalid_request_error", message, code="lock_timeout")
    if fault.kind == "revoked":
        return _no_access(work.world.config.secret_key, work.account)
    if fault.kind == "unauthorized":
        return _no_key(work.world.config.secret_key)
    return None


def _broken() -> Answer:
    return Answer(500, {"error": {"type": "api_error", "message": "Something went wrong on our end."}}, {})


def _bearer(header: str) -> str:
    scheme, _, value = header.partition(" ")
    if scheme.lower() == "bearer":
        return value.strip()
    if scheme.lower() == "basic":
        try:
            return base64.b64decode(value, validate=True).decode().partition(":")[0]
        except (binascii.Error, UnicodeDecodeError):
            return ""
    return ""


def _masked(key: str) -> str:
    return f"{key[:8]}****{key[-4:]}" if len(key) > 16 else "****"


def _no_key(key: str) -> ApiError:
    said = f"Invalid API Key provided: {_masked(key)}" if key else "You did not provide an API key."
    return ApiError(401, "invalid_request_error", said, headers={"WWW-Authenticate": 'Bearer realm="paysim"'})


def _no_access(key: str, account: str) -> ApiError:
    return ApiError(
        403,
        "invalid_request_error",
        f"The provided key '{_masked(key)}' does not have access to account '{account}' (or that account does"
        " not exist). Application access may have been revoked.",
        code="account_invalid",
    )


def to_bytes(answer: Answer) -> bytes:
    """The answer's body as it is sent."""
    return json.dumps(answer.body, indent=2, ensure_ascii=False).encode()

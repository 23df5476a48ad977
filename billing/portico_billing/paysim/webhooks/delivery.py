"""Deliver what is owed: many at once, each repeated by the schedule until 2xx, through restarts."""

import asyncio
import contextlib
import json
import logging
import sqlite3
import time
from functools import partial

import httpx

from portico_billing.paysim.act import Act, World
from portico_billing.paysim.objects.events import fresh
from portico_billing.paysim.store import Json, public
from portico_billing.paysim.webhooks.signing import signature_header

log = logging.getLogger("paysim.webhooks")
AT_ONCE = 32
LONGEST_SLEEP_SECONDS = 5.0
SIGNING_TRICKS = ("wrong_signature", "old_timestamp", "two_signatures")


class Deliverer:
    """Works off the delivery table until cancelled."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._flying: dict[int, asyncio.Task[None]] = {}
        self._awake = asyncio.Event()
        self._landed = asyncio.Event()
        self._stopping = False
        world.store.on_commit(self._awake.set)

    async def run(self) -> None:
        # Answers of the receiver are nobody's business here: no redirects, no proxies of the machine.
        timeout = self._world.config.webhook_timeout_seconds
        limits = httpx.Limits(max_connections=AT_ONCE)
        async with httpx.AsyncClient(timeout=timeout, limits=limits, trust_env=False) as client:
            try:
                while True:
                    self._awake.clear()
                    wait = self._start_due(client)
                    with contextlib.suppress(TimeoutError):
                        await asyncio.wait_for(self._awake.wait(), wait)
            finally:
                for task in self._flying.values():
                    task.cancel()
                await asyncio.gather(*self._flying.values(), return_exceptions=True)

    async def wait_for_answer(self, event_id: str, seconds: float) -> bool:
        """Whether every endpoint has taken the event, at the latest after `seconds`."""
        until = time.monotonic() + seconds
        while self._owed(event_id):
            left = until - time.monotonic()
            if left <= 0 or self._stopping:
                return False
            self._landed.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._landed.wait(), left)
        return True

    def let_go(self) -> None:
        """The process is to end: nobody waits for an endpoint's answer any longer."""
        self._stopping = True
        self._landed.set()

    def resend(self, event_id: str) -> int:
        """Owe the event again to every endpoint it went to; how many those are."""
        with self._world.store.transaction():
            return len(
                self._world.store.rows(
                    "UPDATE delivery SET state = 'pending', next_at = ? WHERE event = ? RETURNING id",
                    time.time(),
                    event_id,
                )
            )

    def _owed(self, event_id: str) -> bool:
        sql = "SELECT 1 FROM delivery WHERE event = ? AND state = 'pending' LIMIT 1"
        return self._world.store.row(sql, event_id) is not None

    def _start_due(self, client: httpx.AsyncClient) -> float:
        """Start what may start now; seconds until something else may."""
        now = time.time()
        pending = self._world.store.rows(
            "SELECT * FROM delivery WHERE state = 'pending' ORDER BY next_at, id LIMIT ?",
            AT_ONCE + len(self._flying),
        )
        for row in pending:
            if row["id"] in self._flying:
                continue
            if row["next_at"] > now:
                return min(float(row["next_at"]) - now, LONGEST_SLEEP_SECONDS)
            if len(self._flying) < AT_ONCE:
                task = asyncio.create_task(self._fly(client, row))
                self._flying[row["id"]] = task
                task.add_done_callback(partial(self._land, row["id"]))
        return LONGEST_SLEEP_SECONDS

    def _land(self, ident: int, _: object) -> None:
        del self._flying[ident]
        self._awake.set()
        self._landed.set()

    async def _fly(self, client: httpx.AsyncClient, row: sqlite3.Row) -> None:
        found = self._world.store.find("event", row["event"])
        endpoint = self._world.store.find("webhook_endpoint", row["endpoint"])
        if found is None or endpoint is None:
            self._note(row, None, "the endpoint is gone", "abandoned")
            return
        account, event = found
        status, error = await self._send(client, Act(self._world, account), event, endpoint[1])
        if status is not None and 200 <= status < 300:
            self._note(row, status, None, "delivered")
        elif time.time() - row["born"] > self._world.config.webhook_give_up_seconds:
            self._note(row, status, error, "abandoned")
        else:
            self._note(row, status, error, "pending")

    async def _send(
        self, client: httpx.AsyncClient, act: Act, event: Json, endpoint: Json
    ) -> tuple[int | None, str | None]:
        told = fresh(act, public(event))
        if endpoint["api_version"]:
            told["api_version"] = endpoint["api_version"]
        body = json.dumps(told, indent=2, ensure_ascii=False).encode()
        fault = self._world.faults.claim_event(event["type"], act.account, SIGNING_TRICKS)
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "User-Agent": "paysim/1.0",
            "Stripe-Signature": signature_header(body, endpoint["_secret"], fault.kind if fault else None),
            **endpoint["_headers"],
        }
        try:
            answer = await client.post(endpoint["url"], content=body, headers=headers)
        except httpx.HTTPError as problem:
            return None, f"{type(problem).__name__}: {problem}"
        return answer.status_code, None if answer.is_success else answer.text[:200]

    def _note(self, row: sqlite3.Row, status: int | None, error: str | None, state: str) -> None:
        schedule = self._world.config.webhook_retry_seconds
        pause = schedule[min(row["attempts"], len(schedule) - 1)] if schedule else LONGEST_SLEEP_SECONDS
        store = self._world.store
        with store.transaction():
            store.run(
                "UPDATE delivery SET state = ?, attempts = attempts + 1, next_at = ? WHERE id = ?",
                state,
                time.time() + pause,
                row["id"],
            )
            store.run(
                "INSERT INTO delivery_attempt (delivery, at, status, error) VALUES (?, ?, ?, ?)",
                row["id"],
                time.time(),
                status,
                error,
            )
        if state == "abandoned":
            log.warning("gave up on %s for %s", row["event"], row["endpoint"])

"""Simulated payers: they sign in, choose invoices and amounts, press Pay, pay on paysim's page, come back and look.

They behave as people with a browser do when a page does not come: they press the same button again. Every single try
is an operation in the history.
"""

import asyncio
import html
import random
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

import httpx

from portico_portal.local.seeding import SignIn
from tests.faults.kills.history import History, Offer, Operation, Promise

CSRF = re.compile(r'name="csrf_token" value="([^"]+)"')
FORM_KEY = re.compile(r'name="form_key" value="([^"]+)"')
LINE = re.compile(r'name="line" value="([0-9a-f-]{36})"><input[^>]* name="seen-[0-9a-f-]{36}" value="(\d+)"')
PAYMENT = re.compile(r"/payments/([0-9a-f-]{36})")
CHECKOUT = re.compile(r'href="[^"]*/c/pay/([\w]+)[^"]*"')
SAYS = re.compile(r'data-say="([^",]*)')
STATES = {"": "open", "Processing": "processing", "Refused": "failed", "Not paid": "expired", "Paid": "succeeded"}
PAUSE_SECONDS = 0.5
PATIENCE_SECONDS = 60.0
LARGEST_PART = 1_000  # minor units of a part payment: two hundred kills long there is to be something open
DEBITS = {"GBP": "bacs_debit", "EUR": "sepa_debit"}


class GaveUp(Exception):
    """No answer for as long as a person waits."""


@dataclass
class Payer:
    """`foreign` are words that only others' data holds; no page may show them. `control` is paysim's."""

    tenant: str
    host: str
    address: str
    sign_in: SignIn
    currency: str
    control: httpx.AsyncClient
    history: History
    dice: random.Random
    foreign: Sequence[str]
    stop: asyncio.Event
    client: httpx.AsyncClient = field(init=False)
    token: str = ""

    def __post_init__(self) -> None:
        self.client = httpx.AsyncClient(
            base_url=self.address, headers={"Host": self.host}, timeout=20, trust_env=False, follow_redirects=False
        )

    @property
    def who(self) -> str:
        return self.sign_in.email.partition("@")[0]

    async def run(self) -> None:
        """Pay until told to stop. Whoever is then without an answer goes without it."""
        try:
            while not self.stop.is_set():
                try:
                    await self._enter()
                    while not self.stop.is_set():
                        await self._one_payment()
                        await asyncio.sleep(self.dice.uniform(0, PAUSE_SECONDS))
                except GaveUp:
                    continue
        finally:
            await self.client.aclose()

    async def _enter(self) -> None:
        await self._ask("sign-in page", self.who, "GET", "/sign-in")
        form = {"email": self.sign_in.email, "password": self.sign_in.password}
        answer = await self._ask("sign in", self.who, "POST", "/sign-in", form)
        if answer.status_code not in (200, 303):
            raise GaveUp(f"signing in was answered with {answer.status_code}")

    async def _one_payment(self) -> None:
        amounts, form_key = await self._choose()
        if not amounts:
            await asyncio.sleep(PAUSE_SECONDS)
            return
        form: dict[str, object] = {"form_key": form_key, "line": list(amounts)}
        form |= {f"amount-{invoice}": f"{Decimal(minor) / 100:.2f}" for invoice, minor in amounts.items()}
        answer = await self._ask("pay", form_key, "POST", "/payments", form)
        found = PAYMENT.search(answer.headers.get("location", ""))
        if found is None:  # somebody else was quicker, or the form was used by a try whose answer was lost
            return
        payment = found[1]
        self.history.promises[payment] = Promise(payment, self.tenant, self.who, amounts)
        await self._go(payment)

    async def _choose(self) -> tuple[dict[str, int], str]:
        """One to three of the open invoices: whole ones seldom, mostly a part."""
        started = time.monotonic()
        answer = await self._ask("choose", self.who, "GET", "/payments/select?which=open")
        offered = {invoice: int(minor) for invoice, minor in LINE.findall(answer.text)}
        self.history.offers += [Offer(self.tenant, *each, started) for each in offered.items()]
        found = FORM_KEY.search(answer.text)
        if not offered or found is None:
            return {}, ""
        chosen = self.dice.sample(sorted(offered), min(len(offered), self.dice.randint(1, 3)))
        return {each: self._part(offered[each]) for each in chosen}, found[1]

    def _part(self, payable: int) -> int:
        if self.dice.random() < 0.05:
            return payable
        return min(payable, self.dice.randint(100, LARGEST_PART))

    async def _go(self, payment: str) -> None:
        """To paysim's page, and back."""
        for _ in range(40):
            answer = await self._ask("go", payment, "GET", f"/payments/{payment}/go")
            checkout = CHECKOUT.search(answer.text)
            if checkout or answer.status_code == 303:
                break
            await asyncio.sleep(PAUSE_SECONDS)  # the page is being opened
        if checkout is None:
            await self._look(payment)
            return
        luck = self.dice.random()
        if luck < 0.06:
            await self._ask("cancel", payment, "POST", f"/payments/{payment}/cancel", {})
            await self._look(payment)
            return
        await self._pay_at_stripe(payment, checkout[1], DEBITS[self.currency] if luck > 0.9 else "card")
        if luck < 0.75:
            await self._ask("return", payment, "GET", f"/payments/return?s={checkout[1]}")
        if luck < 0.85:  # the others close the window: the webhook alone tells of them
            await self._until_told(payment)

    async def _pay_at_stripe(self, payment: str, checkout: str, method: str) -> None:
        """What the hosted page does. paysim is never killed: its answer is the truth about the charge."""
        with self.history.doing(self.tenant, self.who, f"charge by {method}", payment) as operation:
            answer = await self.control.post(f"sessions/{checkout}/pay", json={"method": method})
            operation.status = answer.status_code
            if answer.status_code == 200:
                operation.result = "ok"
                self.history.charged[payment] = int(answer.json()["payment_intent"]["amount"])
            else:
                operation.result, operation.saw = "refused", answer.text[:100]

    async def _until_told(self, payment: str) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS / 4
        while time.monotonic() < deadline and not self.stop.is_set():
            if await self._look(payment) != "open":
                return
            await asyncio.sleep(PAUSE_SECONDS)

    async def _look(self, payment: str) -> str:
        """What the payment's page says."""
        answer = await self._ask("look", payment, "GET", f"/payments/{payment}")
        operation = self._last
        found = SAYS.search(answer.text)
        operation.saw = STATES.get(found[1], found[1]) if found else f"nothing ({answer.status_code})"
        if operation.saw == "succeeded":
            self.history.told_paid(payment, operation.ended)
        return operation.saw

    async def _ask(
        self, what: str, key: str, method: str, path: str, form: Mapping[str, object] | None = None
    ) -> httpx.Response:
        """Until there is an answer that is not the house's trouble; each try is an operation of its own."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            answer = await self._try(what, key, method, path, form)
            if answer is not None and answer.status_code < 500:
                return answer
            if time.monotonic() > deadline or self.stop.is_set():
                self.history.gave_up += 1
                raise GaveUp(what)
            await asyncio.sleep(self.dice.uniform(0.5, 1.5) * PAUSE_SECONDS)

    async def _try(
        self, what: str, key: str, method: str, path: str, form: Mapping[str, object] | None
    ) -> httpx.Response | None:
        data = None if form is None else {"csrf_token": self.token, **form}
        with self.history.doing(self.tenant, self.who, what, key) as operation:
            self._last = operation
            try:
                answer = await self.client.request(method, path, data=data)
            except httpx.TransportError as error:
                operation.saw = type(error).__name__
                return None
            operation.status = answer.status_code
            if answer.status_code < 500:
                operation.result = "ok" if answer.status_code < 400 else "refused"
        self._read(answer, operation)
        return answer

    def _read(self, answer: httpx.Response, operation: Operation) -> None:
        text = html.unescape(answer.text)
        if found := CSRF.search(answer.text):
            self.token = found[1]
        for word in self.foreign:
            if word in text:
                self.history.strays.append(f"shown to {self.tenant} {self.who}: {word!r} by {operation}")
        if answer.headers.get("location", "").startswith("/sign-in") and operation.what != "sign in":
            self.history.strays.append(f"{self.tenant} {self.who} was signed out: {operation}")
            raise GaveUp("signed out")

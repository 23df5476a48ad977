"""Whoever looks: a customer's payer and administrator, the distributor's owner, a stranger, Stripe, an operator.

Each opens the pages of a kind as a browser would and keeps what was seen and how long it took.
"""

import asyncio
import json
import os
import re
import time
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import httpx
from sqlalchemy import select

from portico_billing.invoices.models import CreditRow, InvoiceRow
from portico_billing.payments.models import AllocationRow, PaymentRow
from portico_billing.paysim.webhooks.signing import signature_header
from portico_core.clock import now
from portico_core.ids import new_id
from portico_portal.local import erp
from portico_tenants.customers.models import CustomerRow
from portico_tenants.people import sessions
from portico_tenants.people.models import MembershipRow, PersonRow
from portico_tenants.session import TenantSession
from portico_tenants.tenant import Tenant
from tests.factories.invoices import make_invoice
from tests.faults.dependencies.stack import HOUSES, WEB_CONNECTIONS, Stack

CSRF = re.compile(r'name="csrf_token" value="([^"]+)"')
HEADING = re.compile(r"<h1[^>]*>(.*?)</h1>", re.DOTALL)
TAG = re.compile(r"<[^>]*>")
AMOUNT = re.compile(r"[£€][0-9,.]+[0-9]")  # what is owed changes as people pay
INVOICES = 60
ANSWER_SECONDS = 25.0  # no page takes longer than that, whatever is gone


@dataclass(frozen=True)
class Seen:
    """One answer. `then` is the page that a form led to."""

    what: str
    status: int
    headers: httpx.Headers
    body: bytes
    seconds: float
    then: "Seen | None" = None

    @property
    def text(self) -> str:
        return self.body.decode(errors="replace")

    @property
    def heading(self) -> str:
        found = HEADING.search(self.text)
        return AMOUNT.sub("…", TAG.sub("", found[1])).strip() if found else ""

    @property
    def brief(self) -> tuple[int, str, str]:
        """What two looks at the same page have in common: status, kind of file, heading."""
        return self.status, str(self.headers.get("content-type", "")), self.heading


class Turns:
    """How many of the guests ask at the same time: fewer than the process has connections, unless told."""

    def __init__(self) -> None:
        self.calm = asyncio.Semaphore(WEB_CONNECTIONS - 2)
        self.crowd = asyncio.Semaphore(100)
        self.crowded = False

    @property
    def turn(self) -> asyncio.Semaphore:
        return self.crowd if self.crowded else self.calm


@dataclass
class Guest:
    """A browser at the portal. `token` is for its forms."""

    client: httpx.AsyncClient
    turns: "Turns"
    token: str = ""

    async def get(self, path: str) -> Seen:
        return await self.ask("GET", path)

    async def send(self, path: str, form: dict[str, Any] | None = None) -> Seen:
        """A form, and the page that it leads to."""
        seen = await self.ask("POST", path, data={"csrf_token": self.token, **(form or {})})
        if seen.status != 303:
            return seen
        then = await self.ask("GET", seen.headers["location"])
        return Seen(seen.what, seen.status, seen.headers, seen.body, seen.seconds, then)

    async def ask(self, method: str, path: str, **options: Any) -> Seen:
        async with self.turns.turn:
            started = time.monotonic()
            try:
                answer = await self.client.request(method, path, **options)
            except httpx.TimeoutException:
                raise AssertionError(f"{method} {path} hangs: no answer within {ANSWER_SECONDS} seconds") from None
        return Seen(f"{method} {path}", answer.status_code, answer.headers, answer.content, time.monotonic() - started)

    async def first_of_stream(self, path: str) -> Seen:
        """What a live part is sent first."""
        lines: list[str] = []
        async with self.turns.turn, self.client.stream("GET", path) as stream:
            started = time.monotonic()
            if stream.status_code == 200:
                async for line in stream.aiter_lines():
                    lines.append(line)
                    if not line:
                        break
        return Seen(
            f"GET {path}", stream.status_code, stream.headers, "\n".join(lines).encode(), time.monotonic() - started
        )


@dataclass
class Guests:
    """All of them at one distributor, and what they look at. `invoices` are open ones that nobody pays yet."""

    stack: Stack
    turns: Turns
    tenant: Tenant
    payer: Guest
    admin: Guest
    owner: Guest
    stranger: Guest
    newcomer: Guest
    platform: Guest
    email: str
    ids: dict[str, object]
    invoices: list[tuple[UUID, str]]
    papers: list[UUID]
    assets: tuple[str, ...]
    erp_values: dict[str, str]
    open_payment: UUID | None = None
    checkout: str = ""
    payment_to_cancel: UUID | None = None
    number: int = 0
    invited: list[str] = field(default_factory=list)

    def pay_form(self) -> dict[str, Any]:
        """For the next open invoice, the whole of it."""
        invoice, amount = self.invoices.pop(0)
        return {"line": str(invoice), f"amount-{invoice}": amount, "form_key": str(new_id())}

    async def prepare(self) -> None:
        """Two payments that wait at the hosted page, before anything is taken away."""
        if self.open_payment is None:
            self.open_payment = await self._paid()
            async with self.stack.database.tenant_session(self.tenant) as session:
                payment = await session.get_one(PaymentRow, self.open_payment)
            assert payment.checkout_session_id is not None, payment.state
            self.checkout = payment.checkout_session_id
        if self.payment_to_cancel is None:
            self.payment_to_cancel = await self._paid()

    async def _paid(self) -> UUID:
        seen = await self.payer.send("/payments", self.pay_form())
        assert seen.then is not None, seen.text[:500]
        return UUID(seen.headers["location"].split("/")[2])

    def event(self) -> tuple[bytes, dict[str, str]]:
        """A signed event that Stripe sends for the first time."""
        self.number += 1
        body = json.dumps(
            {
                "id": f"evt_{self.number}_{time.time_ns()}",
                "object": "event",
                "type": "charge.updated",
                "account": self.tenant.stripe_account,
                "livemode": False,
                "created": int(time.time()),
                "data": {"object": {"id": f"ch_{self.number}", "object": "charge"}},
                "padding": os.urandom(6000).hex(),  # so that a full disk has no room for it
            }
        ).encode()
        (secret,) = self.stack.settings.stripe.webhook_secrets
        return body, {"stripe-signature": signature_header(body, secret), "content-type": "application/json"}


async def make_guests(stack: Stack, slug: str) -> Guests:
    """Signed in, with ids for the parameters of every path that is looked at."""
    tenant = stack.tenants[slug]
    async with stack.database.tenant_session(tenant) as session:
        people = {
            email.partition("@")[0]: (person_id, email)
            for person_id, email in await session.execute(
                select(PersonRow.id, PersonRow.email).where(PersonRow.email.in_([*stack.passwords]))
            )
        }
        tokens = {who: await sessions.open_session(session, people[who][0]) for who in ("payer", "admin", "owner")}
        customer_id = await session.scalar(
            select(MembershipRow.customer_id).where(MembershipRow.person_id == people["payer"][0])
        )
        assert customer_id is not None
        papers = list(await session.scalars(select(InvoiceRow.id).where(InvoiceRow.customer_id == customer_id)))
        ids = await _ids(session, customer_id, people["payer"][0], papers[0])
        customer = await session.get_one(CustomerRow, customer_id)
        invoices = [((await make_invoice(session, customer)).id, "120.00") for _ in range(INVOICES)]
    turns = Turns()
    made = {who: _guest(stack, turns, tenant.host, session=token) for who, token in tokens.items()}
    stranger, newcomer = (_guest(stack, turns, tenant.host) for _ in range(2))
    operator = _guest(stack, turns, stack.settings.web.platform_host)
    operator.client.headers["authorization"] = f"Bearer {stack.settings.web.operator_token}"
    for guest in made.values():
        guest.token = _token(await guest.get("/profile"))
    door = await stranger.get("/sign-in")
    stranger.token = _token(door)
    newcomer.token = _token(await newcomer.get("/sign-in"))
    assets = tuple(dict.fromkeys(re.findall(r'"(/(?:static|brand)/[^"]+)"', door.text)))
    distributor = next(each for each in HOUSES if each.slug == slug)
    values = erp.connection_values(distributor, stack.addresses.of("netsuite"), stack.state)
    return Guests(
        stack,
        turns,
        tenant,
        made["payer"],
        made["admin"],
        made["owner"],
        stranger,
        newcomer,
        operator,
        people["payer"][1],
        ids,
        invoices,
        papers,
        assets,
        {**values, "connector": "netsuite", "time_zone": distributor.time_zone},
    )


async def _ids(session: TenantSession, customer_id: UUID, payer: UUID, invoice: UUID) -> dict[str, object]:
    payment = PaymentRow(
        customer_id=customer_id,
        created_by=payer,
        form_key=new_id(),
        currency="GBP",
        amount_minor=100,
        received_minor=100,
        state="succeeded",
        stripe_account=session.tenant.stripe_account or "",
        expires_at=now(),
        submitted_at=now(),
        settled_at=now(),
        ended_at=now(),
    )
    session.add(payment)
    await session.flush()
    session.add(
        AllocationRow(payment_id=payment.id, invoice_id=invoice, position=1, amount_minor=100, was_open_minor=100)
    )
    credit = await session.scalar(select(CreditRow.id).where(CreditRow.customer_id == customer_id))
    return {
        "reference": invoice,
        "credit": credit,
        "payment_id": payment.id,
        "customer_id": customer_id,
        "token": "no-such-token",
    }


def _guest(stack: Stack, turns: Turns, host: str, **cookies: str) -> Guest:
    return Guest(
        httpx.AsyncClient(
            base_url=stack.addresses.of("web"),
            headers={"host": host, "accept": "text/html", "user-agent": "Browser/1.0-" * 24},
            cookies=cookies,
            timeout=ANSWER_SECONDS,
            trust_env=False,
        ),
        turns,
    )


def _token(page: Seen) -> str:
    found = CSRF.search(page.text)
    assert found, f"{page.what}: {page.status} {page.text[:300]}"
    return found[1]

"""One account of a running paysim, seen by a merchant through the real stripe-python client."""

import asyncio
import itertools
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx
from stripe import PaymentIntent, StripeClient
from stripe.checkout import Session

from tests.billing.paysim.receiver import Receiver
from tests.billing.stripe_contract import WatchedHTTPXClient

SECRET_KEY = "sk_test_paysim_tests_0123456789"
_numbers = itertools.count(1)


def make_client(url: str, transport: WatchedHTTPXClient, *, key: str = SECRET_KEY, retries: int = 2) -> StripeClient:
    """A client whose every base address is paysim's, so that nothing can reach the real one."""
    return StripeClient(
        key,
        base_addresses={"api": url, "connect": url, "files": url, "meter_events": url},
        max_network_retries=retries,
        http_client=transport,
    )


@dataclass
class Shop:
    """The account, the client, the control API and the webhooks that arrived."""

    url: str
    account: str
    stripe: StripeClient
    transport: WatchedHTTPXClient
    control: httpx.AsyncClient
    receiver: Receiver

    def on(self, **options: Any) -> Any:
        """Request options of a call on this account."""
        return {"stripe_account": self.account, **options}

    def order(self, amount: int = 125_000, currency: str = "gbp", **more: Any) -> Any:
        """Parameters of a session for one invoice of `amount` minor units."""
        line = {
            "quantity": 1,
            "price_data": {
                "currency": currency,
                "unit_amount": amount,
                "product_data": {"name": f"Invoice {1000 + next(_numbers)}"},
            },
        }
        return {
            "mode": "payment",
            "success_url": "http://shop.localhost/paid?s={CHECKOUT_SESSION_ID}",
            "cancel_url": "http://shop.localhost/back",
            "line_items": [line],
            **more,
        }

    async def session(self, amount: int = 125_000, currency: str = "gbp", **more: Any) -> Session:
        return await self.stripe.v1.checkout.sessions.create_async(self.order(amount, currency, **more), self.on())

    async def look(self, session: str, *expand: str) -> Session:
        params: Any = {"expand": list(expand)} if expand else {}
        return await self.stripe.v1.checkout.sessions.retrieve_async(session, params, self.on())

    async def intent(self, session: str) -> PaymentIntent:
        found = await self.look(session, "payment_intent.latest_charge.balance_transaction")
        assert isinstance(found.payment_intent, PaymentIntent)
        return found.payment_intent

    async def pay(self, session: str, method: str = "card", number: str = "", **more: Any) -> dict[str, Any]:
        """What a payer does on the page, without one; the intent as it is after it."""
        answer = await self.control.post(f"sessions/{session}/pay", json={"method": method, "number": number, **more})
        assert answer.status_code == 200, answer.text
        intent: dict[str, Any] = answer.json()["payment_intent"]
        return intent

    async def fault(self, kind: str, **order: Any) -> str:
        answer = await self.control.post("faults", json={"kind": kind, "account": self.account, **order})
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    async def fired(self, fault: str) -> int:
        faults = (await self.control.get("faults")).json()
        return int(next(one["fired"] for one in faults if one["id"] == fault))

    async def payments(self) -> dict[str, Any]:
        read: dict[str, Any] = (await self.control.get(f"accounts/{self.account}/payments")).json()
        return read

    async def event_types(self) -> list[str]:
        """All of the account's events, oldest first."""
        page = await self.stripe.v1.events.list_async({"limit": 100}, self.on())
        return [event.type for event in reversed(page.data)]

    async def quiet(self) -> None:
        """Wait until no delivery of the account is owed any more."""
        for _ in range(200):
            told = (await self.control.get("events", params={"account": self.account})).json()
            if all(one["state"] != "pending" for event in told for one in event["deliveries"]):
                return
            await asyncio.sleep(0.02)
        raise AssertionError("deliveries are still owed")

    async def settings(self, **changes: Any) -> None:
        answer = await self.control.post(f"accounts/{self.account}", json=changes)
        assert answer.status_code == 200, answer.text


async def until(happened: Callable[[], object], seconds: float = 8.0) -> None:
    """Wait for it, a little at a time."""
    for _ in range(int(seconds / 0.02)):
        if happened():
            return
        await asyncio.sleep(0.02)
    raise AssertionError("it did not happen in time")


def new_account() -> str:
    return "acct_" + secrets.token_hex(8)

"""The demo as the stories use it: started once, asked through the addresses it writes, looked at from outside.

PORTICO_JOURNEYS_HOME names the folder of a demo that runs already, for whoever writes a story.
"""

import asyncio
import contextlib
import json
import os
import signal
import sys
import time
from asyncio.subprocess import DEVNULL, STDOUT
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import httpx

from portico_portal.local.distributors import DISTRIBUTORS
from portico_portal.local.services import remove_services

START_SECONDS = 180.0
STOP_SECONDS = 60.0
PATIENCE_SECONDS = 60.0  # of a story with another process; the machine may be busy
LOOK_SECONDS = 0.1
T = TypeVar("T")


@dataclass(frozen=True)
class SignIn:
    role: str
    email: str
    password: str


@dataclass(frozen=True)
class Portal:
    """One distributor's portal: `url` for the browser, `address` with `host` for a script."""

    tenant: str
    url: str
    address: str
    sign_ins: tuple[SignIn, ...]

    @property
    def host(self) -> str:
        return urlsplit(self.url).netloc

    def person(self, who: str) -> SignIn:
        """By the word before the @ of their address: owner, finance, admin, payer, viewer, group."""
        return next(each for each in self.sign_ins if each.email.startswith(f"{who}@"))


class Stack:
    """A running demo."""

    def __init__(self, home: Path, web: httpx.AsyncClient) -> None:
        self.home = home
        self.told: dict[str, Any] = json.loads((home / "demo.json").read_text())
        self._web = web

    def portal(self, tenant: str) -> Portal:
        told = next(each for each in self.told["portals"] if each["tenant"] == tenant)
        people = tuple(SignIn(**each) for each in told["sign_ins"])
        return Portal(told["tenant"], told["url"], told["address"], people)

    async def mails(self, to: str, containing: str = "") -> list[dict[str, Any]]:
        """Those in the mail view for one address, newest first."""
        answer = await self._json(f"{self.told['mail']['url']}/mails", to=to)
        return [mail for mail in answer["mails"] if containing in mail["subject"] + mail["text"]]

    async def mail(self, to: str, containing: str = "") -> dict[str, Any]:
        """The newest, waited for."""

        async def arrived() -> dict[str, Any] | None:
            return next(iter(await self.mails(to, containing)), None)

        return await eventually(arrived, f"a mail to {to} with {containing!r}")

    async def erp_payments(self, tenant: str, external_id: str | None = None) -> list[dict[str, Any]]:
        """As the ERP's books have them: amounts are decimal text."""
        found: list[dict[str, Any]] = await self._json(
            f"{self.told['simulators']['netsuite']['control_url']}/payments",
            account=_erp_account(tenant),
            **({"external_id": external_id} if external_id else {}),
        )
        return found

    async def new_erp_invoice(self, tenant: str, customer: str, amount: Decimal) -> str:
        """Somebody writes an invoice in the ERP; returns its number."""
        lines = [{"description": "Written in the ERP", "rate": str(amount)}]
        answer = await self._web.post(
            f"{self.told['simulators']['netsuite']['control_url']}/documents",
            params={"account": _erp_account(tenant)},
            json={"customer": customer, "lines": lines},
        )
        answer.raise_for_status()
        number: str = answer.json()["number"]
        return number

    @contextlib.asynccontextmanager
    async def slow_erp(self, tenant: str, seconds: float) -> AsyncIterator[None]:
        """Every question after invoices takes so long meanwhile."""
        faults = f"{self.told['simulators']['netsuite']['control_url']}/faults"
        fault = {"kind": "slow", "body": "CustInvc", "account": _erp_account(tenant), "seconds": seconds, "times": 99}
        set_one = await self._web.post(faults, json=fault)
        set_one.raise_for_status()
        try:
            yield
        finally:
            await self._web.delete(f"{faults}/{set_one.json()['id']}")

    async def charges(self, tenant: str) -> list[dict[str, Any]]:
        """Every charge of the tenant's Stripe account."""
        paysim = self.told["simulators"]["paysim"]
        answer = await self._json(f"{paysim['control_url']}/accounts/{paysim['accounts'][tenant]}/payments")
        found: list[dict[str, Any]] = answer["charges"]
        return found

    async def settle_debit(self, tenant: str, amount_minor: int) -> None:
        """The bank lets a debit of that amount through."""
        paysim = self.told["simulators"]["paysim"]
        url = f"{paysim['control_url']}/accounts/{paysim['accounts'][tenant]}/payments"
        intents = [each for each in (await self._json(url))["payment_intents"] if each["status"] == "processing"]
        (intent,) = (each for each in intents if each["amount"] == amount_minor)
        answer = await self._web.post(
            f"{paysim['control_url']}/payment_intents/{intent['id']}/settle", json={"outcome": "succeeded"}
        )
        answer.raise_for_status()

    @contextlib.asynccontextmanager
    async def without(self, name: str) -> AsyncIterator[None]:
        """One of the demo's processes is stopped meanwhile; the demo, which would start it again, looks away."""
        demo = int((self.home / "demo.lock").read_text())
        process = int(json.loads((self.home / "demo" / "processes.json").read_text())[name])
        family = _family(process)
        os.kill(demo, signal.SIGSTOP)
        try:
            os.kill(process, signal.SIGTERM)

            async def gone() -> bool:
                return not any(_lives(each) for each in family)

            await eventually(gone, f"the end of {name}")
            yield
        finally:
            os.kill(demo, signal.SIGCONT)

    async def get(self, portal: Portal, path: str) -> httpx.Response:
        """A page of a portal without a browser, signed out."""
        return await self._web.get(f"{portal.address}{path}", headers={"Host": portal.host})

    async def _json(self, url: str, **query: str) -> Any:
        answer = await self._web.get(url, params=query)
        answer.raise_for_status()
        return answer.json()


async def eventually(look: Callable[[], Awaitable[T | None]], what: str, seconds: float = PATIENCE_SECONDS) -> T:
    """Look until there is something to see."""
    deadline = time.monotonic() + seconds
    while True:
        found = await look()
        if found:
            return found
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {seconds:g} seconds in vain for {what}")
        await asyncio.sleep(LOOK_SECONDS)


@contextlib.asynccontextmanager
async def running_stack(home: Path) -> AsyncIterator[Stack]:
    """Start a demo of its own; its logs stay in the folder for who looks for a cause."""
    if running := os.environ.get("PORTICO_JOURNEYS_HOME"):
        async with httpx.AsyncClient(timeout=30) as web:
            yield Stack(Path(running), web)
        return
    said = home / "said.txt"
    with said.open("wb") as output:
        demo = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "portico_portal.local.demo", "--home", str(home), "--with-parent"),
            stdin=DEVNULL,
            stdout=output,
            stderr=STDOUT,
            start_new_session=True,
        )
    try:

        async def ready() -> bool:
            if demo.returncode is not None:
                raise AssertionError(f"the demo ended with code {demo.returncode}\n{said.read_text()}")
            return (home / "demo.json").exists()

        await eventually(ready, f"the demo (it said: {said})", START_SECONDS)
        async with httpx.AsyncClient(timeout=30) as web:
            yield Stack(home, web)
    finally:
        demo.terminate()
        await asyncio.wait_for(demo.wait(), STOP_SECONDS)
        remove_services(home / "demo" / "services")


def _erp_account(tenant: str) -> str:
    return next(each.erp_account for each in DISTRIBUTORS if each.slug == tenant)


def _family(root: int) -> list[int]:
    """A process and its descendants, the eldest first."""
    found = [root]
    for each in found:
        for task in Path(f"/proc/{each}/task").iterdir():
            found += [int(child) for child in (task / "children").read_text().split()]
    return found


def _lives(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False

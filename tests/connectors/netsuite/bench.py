"""The NetSuite simulator for the suite: a fresh small account per test, served on a port of its own.

What has a route in the simulator's control API goes through it; what must happen in one second, or cannot happen in
a well-kept ERP, is done to its books.
"""

import asyncio
import socket
import tempfile
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any, ClassVar, Self, cast

import httpx
from granian.constants import Interfaces
from granian.server.embed import Server

from portico_connectors.conformance import Facts, Fault, HeldPayment
from portico_connectors.netsuite import NetSuite
from portico_connectors.netsuite.client import Patience
from portico_connectors.records import RecordType
from portico_connectors.simulators.netsuite.account import Account
from portico_connectors.simulators.netsuite.app import create_app
from portico_connectors.simulators.netsuite.books import documents
from portico_connectors.simulators.netsuite.config import AccountConfig, Options, Seed, new_credentials
from portico_connectors.simulators.netsuite.server import open_accounts
from portico_core.tls import trust

ACCOUNT = "1234567_SB1"
_QUICK = Patience(first_wait=0.01)
_KINDS: Mapping[Fault, Mapping[str, Any]] = {
    Fault.THROTTLED: {"kind": "rate_limit"},
    Fault.THROTTLED_LONG: {"kind": "rate_limit", "retry_after": 600},
    Fault.FAILING: {"kind": "server_error"},
    Fault.GATEWAY: {"kind": "unavailable"},
    Fault.CUT: {"kind": "cut_json", "path": "suiteql"},
    Fault.LOST_REPLY: {"kind": "lost_reply", "method": "POST", "path": "record/v1"},
    Fault.EXPIRED_TOKEN: {"kind": "expired_token"},
}


class NetSuiteBench:
    """One account, signed into with OAuth 2.0."""

    auth_method: ClassVar[str] = "oauth2"
    options: ClassVar[Mapping[str, Any]] = {}

    def __init__(self, account: Account, url: str) -> None:
        self.account = account
        self.url = url
        self.control = httpx.AsyncClient(base_url=url + "/control", timeout=30, verify=trust())
        self._fired = 0

    @classmethod
    @asynccontextmanager
    async def start(cls, *, invoices: int = 60, **options: Any) -> AsyncIterator[Self]:
        with tempfile.TemporaryDirectory() as folder:
            config = AccountConfig(
                account=ACCOUNT,
                company_name="Halden Fasteners",
                seed=Seed(customers=4, invoices=invoices, credits=6),
                options=Options(**{**cls.options, **options}),
            )
            accounts, _ = open_accounts([config], Path(folder))
            port = _free_port()
            server = Server(
                create_app(accounts), port=port, interface=Interfaces.ASGI, websockets=False, log_enabled=False
            )
            serving = asyncio.create_task(server.serve())
            bench = cls(accounts.all[0], f"http://127.0.0.1:{port}")
            try:
                await bench._ready()
                await bench._write_open_invoices()
                yield bench
            finally:
                await bench.control.aclose()
                cast("Callable[[], None]", server.stop)()
                await serving
                accounts.all[0].database.close()

    async def _ready(self) -> None:
        for _ in range(200):
            try:
                if (await self.control.get("/health")).status_code == 200:
                    return
            except httpx.TransportError:
                await asyncio.sleep(0.02)
        raise TimeoutError("the simulator did not start")

    async def _write_open_invoices(self) -> None:
        """Six for one customer: what the suite pays."""
        for number in range(6):
            lines = [
                {"description": "Hexagon bolts", "quantity": "3", "rate": f"1{number}.25"},
                {"description": "Delivery", "quantity": "1", "rate": "0.01"},
            ]
            invoice = {"customer": min(await self.ids("customer")), "lines": lines, "tax": "6.07"}
            (await self.control.post("/documents", json=invoice)).raise_for_status()

    @property
    def secrets(self) -> Sequence[str]:
        held = self.account.credentials
        key_lines = (held.private_key_pem or "").splitlines()[1:-1]
        return (held.consumer_secret, held.token_id, held.token_secret, *key_lines, "Bearer ey")

    def connect(self, *, wrong_secret: bool = False, allow_private: bool = True, **changes: str) -> NetSuite:
        zone = changes.pop("time_zone", self.account.options.time_zone)
        held = new_credentials() if wrong_secret else self.account.credentials
        settings = {
            "account_id": ACCOUNT,
            "auth_method": self.auth_method,
            "client_id": self.account.credentials.client_id,
            "certificate_id": self.account.credentials.certificate_id,
            "base_url": self.url,
            "restlet_url": self.url,
            "pdf_script": "customscript_portal_invoice_pdf",
            "pdf_deployment": "customdeploy_portal_invoice_pdf",
            **changes,
        }
        secrets = {
            "private_key_pem": held.private_key_pem or "",
            "consumer_key": self.account.credentials.consumer_key,
            "consumer_secret": held.consumer_secret,
            "token_id": self.account.credentials.token_id,
            "token_secret": held.token_secret,
        }
        return NetSuite.open(settings, secrets, time_zone=zone, allow_private=allow_private, patience=_QUICK)

    async def facts(self) -> Facts:
        ids = {
            RecordType.TERM: await self.ids("term"),
            RecordType.CUSTOMER: await self.ids("customer"),
            RecordType.CONTACT: await self.ids("contact"),
            RecordType.INVOICE: await self.ids("tran", "CustInvc"),
            RecordType.CREDIT: await self.ids("tran", "CustCred"),
            RecordType.PAYMENT: await self.ids("tran", "CustPymt"),
        }
        invoices = (await self.control.get("/invoices")).json()
        return Facts(
            ids=ids,
            totals={invoice["id"]: Decimal(invoice["total"]) for invoice in invoices},
            open_amounts={invoice["id"]: Decimal(invoice["open"]) for invoice in invoices},
        )

    async def ids(self, table: str, type_: str | None = None) -> frozenset[str]:
        """The ids in a table of the books; of transactions, those of a type."""

        def read() -> frozenset[str]:
            rows = self.account.database.reading().execute(f"SELECT * FROM {table}").fetchall()  # noqa: S608 - our words
            return frozenset(str(row["id"]) for row in rows if type_ is None or row["type"] == type_)

        return await asyncio.to_thread(read)

    async def touch(self, invoice_ids: Sequence[str]) -> None:
        with self.account.database.writing() as db:
            stamp = self.account.stamp()
            for invoice_id in invoice_ids:
                documents.touch(db, int(invoice_id), stamp)

    async def pay(self, invoice_id: str, amount: Decimal) -> None:
        answer = await self.control.post("/payments", json={"applications": {invoice_id: str(amount)}})
        answer.raise_for_status()

    async def remove(self, invoice_id: str) -> None:
        # The books refuse to delete a document that others are applied to; here it goes with what hangs on it.
        with self.account.database.writing() as db:
            db.execute("DELETE FROM application WHERE previousdoc = ?", (invoice_id,))
            db.execute("DELETE FROM tranline WHERE tran = ?", (invoice_id,))
            db.execute("DELETE FROM tran WHERE id = ?", (invoice_id,))

    async def spoil(self, invoice_id: str) -> None:
        with self.account.database.writing() as db:
            db.execute("UPDATE tran SET currency = 99 WHERE id = ?", (invoice_id,))

    async def payments(self) -> Sequence[HeldPayment]:
        return [
            HeldPayment(
                our_key=row["external_id"],
                amount=Decimal(row["amount"]),
                applications={part["invoice_id"]: Decimal(part["amount"]) for part in row["applications"]},
            )
            for row in (await self.control.get("/payments")).json()
        ]

    async def fault(self, fault: Fault, times: int) -> None:
        self._fired = await self.fired()
        await self.control.delete("/faults")
        if times:
            chosen = {"path": "suiteql|record/v1", **_KINDS[fault], "times": times}
            (await self.control.post("/faults", json=chosen)).raise_for_status()

    async def fired(self) -> int:
        faults = (await self.control.get("/faults")).json()
        return self._fired + sum(int(fault["fired"]) for fault in faults)

    async def most_at_once(self) -> int:
        return self.account.busiest


class TokenBasedBench(NetSuiteBench):
    """The same, signed into with token-based authentication."""

    auth_method = "tba"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port

"""A simulator process for these tests: three accounts, and clients that sign for them."""

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import msgspec
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from portico_connectors.simulators.netsuite.config import AccountConfig, Credentials, Options, Seed, new_credentials
from portico_core.tls import trust
from tests.connectors.simulators.signing import TbaAuth
from tests.services import running_server

PLAIN = "1234567"
ONE_WORLD = "7654321_SB1"
DOCUMENTED = "123456"
RSA = "1111111"
P521 = "2222222"
SUITEQL = "/services/rest/query/v1/suiteql"
RECORDS = "/services/rest/record/v1"
RESTLET = "/app/site/hosting/restlet.nl"
TRANSIENT = {"Prefer": "transient"}

# The credentials that the service's documentation prints beside its signatures, and when these were made.
PRINTED = {
    "consumer_key": "ef40afdd8abaac111b13825dd5e5e2ddddb44f86d5a0dd6dcf38c20aae6b67e4",
    "consumer_secret": "d26ad321a4b2f23b0741c8d38392ce01c3e23e109df6c96eac6d099e9ab9e8b5",
    "token_id": "2b0ce516420110bcbd36b69e99196d1b7f6de3c6234c5afb799b73d87569f5cc",
    "token_secret": "c29a677df7d5439a458c063654187e3d678d73aca8e3c9d8bea1478a3eb0d295",
}
PRINTED_TIME = 1508242306


class Simulator:
    """A running simulator. `credentials` by account id; clients are made per account and sign with TBA."""

    def __init__(self, url: str, configs: list[AccountConfig]) -> None:
        self.url = url
        self.credentials = {config.account: config.credentials for config in configs if config.credentials}
        self.control = httpx.Client(base_url=f"{url}/control", timeout=30, verify=trust())
        self._clients: dict[str, httpx.Client] = {}

    def client(self, account: str = PLAIN) -> httpx.Client:
        """A client that signs every request for an account."""
        if account not in self._clients:
            auth = TbaAuth(account, self.credentials[account])
            self._clients[account] = httpx.Client(base_url=self.url, auth=auth, timeout=30, verify=trust())
        return self._clients[account]

    def suiteql(
        self, query: str, *params: str, account: str = PLAIN, page: Mapping[str, int] | None = None
    ) -> httpx.Response:
        """Ask one page; `page` has limit and offset."""
        body: dict[str, Any] = {"q": query}
        if params:
            body["params"] = list(params)
        return self.client(account).post(SUITEQL, json=body, params=page or {}, headers=TRANSIENT)

    def rows(self, query: str, *params: str, account: str = PLAIN) -> list[dict[str, Any]]:
        """The first thousand rows of a query that must succeed."""
        answer = self.suiteql(query, *params, account=account)
        assert answer.status_code == 200, answer.text
        items: list[dict[str, Any]] = answer.json()["items"]
        return items

    def fault(self, **fault: object) -> int:
        """Set a fault; returns its id."""
        answer = self.control.post("/faults", json=fault)
        assert answer.status_code == 201, answer.text
        return int(answer.json()["id"])

    def fired(self, fault_id: int) -> int:
        """How often a fault has fired."""
        faults = self.control.get("/faults").json()
        return int(next(fault["fired"] for fault in faults if fault["id"] == fault_id))

    @contextmanager
    def options(self, account: str = PLAIN, **changes: object) -> Iterator[None]:
        """Switch an account's options for a while."""
        found = self.control.get("/accounts").json()
        before = next(one["options"] for one in found if one["account"] == account)
        answer = self.control.patch("/options", params={"account": account}, json=changes)
        assert answer.status_code == 200, answer.text
        try:
            yield
        finally:
            self.control.patch("/options", params={"account": account}, json=before)

    def invoice(self, customer: str = "C10001", amount: str = "100.00", **more: object) -> dict[str, Any]:
        """Write an invoice in the ERP."""
        lines = [{"description": "Something sold", "quantity": "1", "rate": amount}]
        answer = self.control.post(
            "/documents", params={"account": PLAIN}, json={"customer": customer, "lines": lines, **more}
        )
        assert answer.status_code == 201, answer.text
        written: dict[str, Any] = answer.json()
        return written

    def state(self, number: str) -> dict[str, Any]:
        """An invoice as the books have it."""
        answer = self.control.get("/invoices", params={"account": PLAIN, "number": number})
        found: dict[str, Any] = answer.json()[0]
        return found

    def pay(self, body: Mapping[str, object]) -> httpx.Response:
        """Post a customer payment."""
        return self.client().post(f"{RECORDS}/customerPayment", json=body)

    def close(self) -> None:
        """Close every client."""
        for client in (self.control, *self._clients.values()):
            client.close()


def printed_credentials() -> Credentials:
    """The documentation's four, with an M2M pair of our own."""
    made = msgspec.to_builtins(new_credentials())
    return msgspec.convert({**made, **PRINTED}, Credentials)


def _of_key(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> Credentials:
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    made = new_credentials()
    made.private_key_pem, made.public_key_pem = private.decode(), public.decode()
    return made


@contextmanager
def running_simulator(folder: Path, configs: list[AccountConfig]) -> Iterator[Simulator]:
    """Run a simulator process over these accounts."""
    (folder / "config.json").write_bytes(msgspec.json.encode(configs))
    command = [
        *(sys.executable, "-m", "portico_connectors.simulators.netsuite", "--port", "{port}"),
        *("--data", str(folder / "data"), "--config", str(folder / "config.json")),
    ]
    with running_server(command, folder=folder) as url:
        simulator = Simulator(url, configs)
        try:
            yield simulator
        finally:
            simulator.close()


def five_accounts(now: float) -> list[AccountConfig]:
    """A plain account, an OneWorld one of other preferences, the documentation's own at its own time, other keys."""
    small = Seed(customers=1, invoices=3, credits=0)
    return [
        AccountConfig(
            account=PLAIN,
            credentials=new_credentials(),
            seed=Seed(customers=12, invoices=400, credits=30),
            options=Options(lockout_after=0),
        ),
        AccountConfig(
            account=ONE_WORLD,
            credentials=new_credentials(),
            seed=Seed(number=2, trade="wine", customers=5, invoices=40, credits=4),
            options=Options(
                one_world=True, currencies=["EUR"], time_zone="Europe/Berlin", date_format="DD.MM.YYYY", lockout_after=0
            ),
        ),
        AccountConfig(
            account=DOCUMENTED,
            credentials=printed_credentials(),
            seed=small,
            options=Options(clock_skew_seconds=PRINTED_TIME - now),
        ),
        AccountConfig(account=RSA, credentials=_of_key(rsa.generate_private_key(65537, 3072)), seed=small),
        AccountConfig(account=P521, credentials=_of_key(ec.generate_private_key(ec.SECP521R1())), seed=small),
    ]

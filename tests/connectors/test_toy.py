"""The door works from outside: a connector in a distribution of its own is found, loaded, and passes the suite."""

import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path
from typing import Self

import pytest

from portico_connectors import registry
from portico_connectors.conformance import ConnectorConformance, Facts, Fault, HeldPayment
from portico_connectors.connector import Connector
from portico_connectors.records import RecordType
from tests.connectors.toy_erp import PASSWORD, ToyErp
from tests.connectors.wire import serving

DISTRIBUTION = Path(__file__).parent / "toy"


@pytest.fixture(scope="module", autouse=True)
def installed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The toy as a wheel on the path: installed, as far as Python is concerned."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=DISTRIBUTION, check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    sys.path.insert(0, str(wheel))
    yield
    sys.path.remove(str(wheel))


class ToyBench:
    """The toy ERP for the suite."""

    time_zone = "UTC"
    secrets = (PASSWORD, "session-0")

    def __init__(self, erp: ToyErp, address: str) -> None:
        self.erp = erp
        self.address = address

    @classmethod
    @asynccontextmanager
    async def start(cls) -> AsyncIterator[Self]:
        erp = ToyErp()
        async with serving(erp) as address:
            yield cls(erp, address)

    def connect(self, *, wrong_secret: bool = False, allow_private: bool = True) -> Connector:
        return registry.load("toy").open(
            {"address": self.address},
            {"password": "wrong" if wrong_secret else PASSWORD},
            time_zone=self.time_zone,
            allow_private=allow_private,
        )

    async def facts(self) -> Facts:
        invoices = self.erp.rows["invoice"].values()
        return Facts(
            ids={record_type: frozenset(self.erp.rows[record_type]) for record_type in RecordType},
            totals={row["id"]: Decimal(row["total"]) for row in invoices},
            open_amounts={row["id"]: Decimal(row["open"]) for row in invoices},
        )

    async def touch(self, invoice_ids: Sequence[str]) -> None:
        for erp_id in invoice_ids:
            self.erp.put("invoice", self.erp.rows["invoice"][erp_id])

    async def pay(self, invoice_id: str, amount: Decimal) -> None:
        customer = self.erp.rows["invoice"][invoice_id]["customer"]
        paid = {"customer": customer, "amount": str(amount), "applied": {invoice_id: str(amount)}}
        self.erp.book({"key": None, "day": "2026-03-04", **paid})

    async def remove(self, invoice_id: str) -> None:
        del self.erp.rows["invoice"][invoice_id]

    async def spoil(self, invoice_id: str) -> None:
        self.erp.put("invoice", {**self.erp.rows["invoice"][invoice_id], "day": "yesterday"})

    async def payments(self) -> Sequence[HeldPayment]:
        return [
            HeldPayment(
                our_key=row["key"],
                amount=Decimal(row["amount"]),
                applications={erp_id: Decimal(amount) for erp_id, amount in row["applied"].items()},
            )
            for row in self.erp.rows["payment"].values()
        ]

    async def fault(self, fault: Fault, times: int) -> None:
        self.erp.trouble, self.erp.times = fault, times

    async def fired(self) -> int:
        return self.erp.fired

    async def most_at_once(self) -> int:
        return self.erp.most_at_once


class TestToy(ConnectorConformance):
    bench_type = ToyBench


def test_it_is_listed_beside_the_built_in_ones() -> None:
    assert {"netsuite", "toy"} <= set(registry.names())


def test_an_unknown_name_is_told_with_those_that_exist() -> None:
    with pytest.raises(registry.UnknownConnector, match="netsuite"):
        registry.load("nonesuch")

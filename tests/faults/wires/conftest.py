"""Stripe and an ERP behind a bad wire. `--every-byte` cuts replies at each of their bytes, for a run by hand."""

from collections.abc import AsyncIterator, Callable, Iterator

import pytest
import pytest_asyncio
import stripe

from portico_billing.paysim import launch
from portico_billing.stripe.gateway import Gateway
from portico_core.settings import StripeSettings
from portico_tenants.session import Database
from portico_tenants.tenant import Tenant
from tests.billing.payments.conftest import SECRET_KEY, control, paysim, seller, shop
from tests.factories.customers import make_customer
from tests.faults.wires.bad_wire import BadWire, bad_wire
from tests.faults.wires.office import Office
from tests.portal.sync.erp import Erp, running_erp

__all__ = ["control", "paysim", "seller", "shop"]
WAIT_SECONDS = 1.0


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--every-byte", action="store_true", help="cut replies at each byte (minutes)")


@pytest_asyncio.fixture
async def gateway(paysim: launch.Paysim) -> AsyncIterator[Gateway]:
    """Over a good line. Its calls are not held against the SDK's types: that is done elsewhere, and slow."""
    http = stripe.HTTPXClient(timeout=20, allow_sync_methods=False)
    gateway = Gateway(StripeSettings(secret_key=SECRET_KEY, api_base=paysim.url), http)
    yield gateway
    await gateway.close()


@pytest_asyncio.fixture
async def stripe_wire(paysim: launch.Paysim) -> AsyncIterator[BadWire]:
    """A wire to Stripe."""
    async with bad_wire(paysim.url) as wire:
        yield wire


@pytest_asyncio.fixture
async def wired(stripe_wire: BadWire) -> AsyncIterator[Gateway]:
    """A gateway at the end of that wire, which waits not long for an answer."""
    http = stripe.HTTPXClient(timeout=WAIT_SECONDS, allow_sync_methods=False)
    gateway = Gateway(StripeSettings(secret_key=SECRET_KEY, api_base=stripe_wire.url), http)
    yield gateway
    await gateway.close()


@pytest.fixture(scope="session")
def books(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Erp]:
    """An ERP with a few invoices."""
    with running_erp(tmp_path_factory.mktemp("books"), invoices=30) as erp:
        yield erp


@pytest_asyncio.fixture
async def office(database: Database, tenant: Tenant, books: Erp) -> Office:
    """A customer of the ERP, who pays."""
    async with database.tenant_session(tenant) as session:
        customer = await make_customer(session, erp_id="1", currency="GBP")
    return Office(database, tenant, customer, books)


Places = Callable[[int], list[int]]


@pytest.fixture
def places(request: pytest.FixtureRequest) -> Places:
    """Where to cut a reply of so many bytes: at its ends, in its head and in its body; or at each byte."""
    every = request.config.getoption("--every-byte", default=False)

    def chosen(size: int) -> list[int]:
        return list(range(size)) if every else [12, size - 1]

    return chosen

"""A paysim for these tests, and for each test a distributor with an account of its own on it.

When a test ends, every call that was made has been held against the SDK's types.
"""

import dataclasses
import secrets
from collections.abc import AsyncIterator, Iterator

import httpx
import pytest
from msgspec.structs import replace

from portico_billing.paysim import launch
from portico_billing.stripe.gateway import Gateway
from portico_core.settings import Settings, StripeSettings, WebSettings
from portico_core.tls import trust
from portico_tenants.session import Database
from portico_tenants.tenant import Tenant
from tests.billing.payments.shop import Shop
from tests.billing.stripe_contract import WatchedHTTPXClient
from tests.factories.customers import make_customer
from tests.factories.payments import visit_of
from tests.factories.people import make_member
from tests.portal.portal import Portal, running

SECRET_KEY = "sk_test_payments_tests_0123456789"
NEVER_SETTLES = 10_000_000


@pytest.fixture(scope="session")
def paysim(tmp_path_factory: pytest.TempPathFactory) -> Iterator[launch.Paysim]:
    """Its debits settle when a test says so."""
    config = {"secret_key": SECRET_KEY, "settlement_seconds": NEVER_SETTLES, "fee_delay_seconds": 0.0}
    process = launch.start(tmp_path_factory.mktemp("paysim"), config)
    yield process
    process.stop()


@pytest.fixture
async def control(paysim: launch.Paysim) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=paysim.control_url, timeout=20, verify=trust()) as control:
        yield control
        await control.delete("faults")


@pytest.fixture
async def gateway(paysim: launch.Paysim) -> AsyncIterator[Gateway]:
    http = WatchedHTTPXClient(timeout=20, allow_sync_methods=False)
    gateway = Gateway(StripeSettings(secret_key=SECRET_KEY, api_base=paysim.url), http)
    yield gateway
    await gateway.close()
    assert http.breaches == []


@pytest.fixture
async def seller(tenant: Tenant, control: httpx.AsyncClient) -> Tenant:
    """The kept tenant with an account that has no past. Only who is handed it knows that account."""
    seller = replace(tenant, stripe_account=f"acct_{secrets.token_hex(8)}")
    await open_account(control, seller)
    return seller


async def open_account(control: httpx.AsyncClient, tenant: Tenant) -> None:
    """At paysim; one that is there already stays."""
    about = {"id": tenant.stripe_account, "business_name": "Test", "country": "GB", "default_currency": "gbp"}
    await control.post("accounts", json=about)


@pytest.fixture
async def shop(database: Database, gateway: Gateway, seller: Tenant, control: httpx.AsyncClient) -> Shop:
    """A payer of a customer in pounds."""
    async with database.tenant_session(seller) as session:
        customer = await make_customer(session, currency="GBP")
        person = await make_member(session, customer)
    return Shop(database, gateway, seller, customer, visit_of(person, customer), control)


@pytest.fixture
async def portal(settings: Settings, database: Database, paysim: launch.Paysim) -> AsyncIterator[Portal]:
    web = WebSettings(platform_host="platform.test", scheme="http")
    keys = StripeSettings(secret_key=SECRET_KEY, api_base=paysim.url, webhook_secrets=("whsec_pages",))
    async with running(dataclasses.replace(settings, web=web, stripe=keys), database) as made:
        yield made

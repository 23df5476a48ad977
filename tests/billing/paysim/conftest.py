"""One paysim process for these tests; every test has an account of its own on it.

When a test ends, every call it made and every webhook it was sent has been held against the SDK's types.
"""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest

from portico_billing.paysim import launch
from tests.billing.paysim.receiver import SECRET, Receiver, running_receiver
from tests.billing.paysim.shop import SECRET_KEY, Shop, make_client, new_account
from tests.billing.stripe_contract import WatchedHTTPXClient

QUICK = {
    "settlement_seconds": 0.2,
    "delayed_settlement_seconds": 180,
    "fee_delay_seconds": 0.05,
    "webhook_retry_seconds": [0.05, 0.1, 0.2],
    "webhook_timeout_seconds": 2.0,
    "redirect_wait_seconds": 1.0,
}


@pytest.fixture(scope="session")
def receiver() -> Iterator[Receiver]:
    with running_receiver() as receiver:
        yield receiver


@pytest.fixture(scope="session")
def paysim(receiver: Receiver, tmp_path_factory: pytest.TempPathFactory) -> Iterator[launch.Paysim]:
    endpoint = {
        "url": receiver.url,
        "secret": SECRET,
        "connect": True,
        "headers": {"Host": "hooks.portal.localhost:8000"},
    }
    config = {"secret_key": SECRET_KEY, "webhook_endpoints": [endpoint], **QUICK}
    process = launch.start(Path(tmp_path_factory.mktemp("paysim")), config)
    yield process
    process.stop()


@pytest.fixture(scope="session")
async def transport() -> AsyncIterator[WatchedHTTPXClient]:
    transport = WatchedHTTPXClient(timeout=20, allow_sync_methods=False)
    yield transport
    await transport.close()


@pytest.fixture
async def shop(paysim: launch.Paysim, receiver: Receiver, transport: WatchedHTTPXClient) -> AsyncIterator[Shop]:
    account = new_account()
    about = {"id": account, "business_name": "Nordwind Ltd", "country": "GB", "default_currency": "gbp"}
    transport.breaches.clear()
    async with httpx.AsyncClient(base_url=paysim.control_url, timeout=20, verify=False) as control:  # noqa: S501 - http on loopback
        assert (await control.post("accounts", json=about)).status_code == 201
        yield Shop(paysim.url, account, make_client(paysim.url, transport), transport, control, receiver)
    told = [problem for one in receiver.of(account) for problem in transport.contract.object_breaches(one.event)]
    assert transport.breaches == []
    assert told == []

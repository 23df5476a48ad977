"""A paysim killed at any moment has lost nothing it answered, and goes on where it was."""

import asyncio
import json
from pathlib import Path

import httpx
import pytest

from portico_billing.paysim import launch
from portico_billing.paysim.config import ConfigRefused, load_config
from tests.billing.paysim.conftest import QUICK
from tests.billing.paysim.receiver import SECRET, Receiver
from tests.billing.paysim.shop import SECRET_KEY, Shop, make_client, new_account, until
from tests.billing.stripe_contract import WatchedHTTPXClient

EVERYWHERE = "0.0.0.0"  # noqa: S104 - to see it refused


@pytest.fixture
def account() -> str:
    return new_account()


async def test_a_killed_paysim_keeps_what_it_answered_and_delivers_what_it_owed(
    tmp_path: Path, account: str, receiver: Receiver, transport: WatchedHTTPXClient
) -> None:
    config = {
        "secret_key": SECRET_KEY,
        "accounts": [{"id": account, "business_name": "K", "country": "GB", "default_currency": "gbp"}],
        "webhook_endpoints": [{"url": "http://127.0.0.1:9/nobody", "secret": SECRET, "connect": True}],
        **QUICK,
        "settlement_seconds": 1.0,
    }
    first = launch.start(tmp_path, config)
    try:
        async with httpx.AsyncClient(base_url=first.control_url) as control:
            shop = Shop(first.url, account, make_client(first.url, transport), transport, control, receiver)
            order, options = shop.order(), shop.on(idempotency_key="survives")
            session = await shop.stripe.v1.checkout.sessions.create_async(order, options)
            await shop.pay(session.id, "bacs_debit")
            assert receiver.of(account) == []
    finally:
        first.kill()
    config["webhook_endpoints"] = [{"url": receiver.url, "secret": SECRET, "connect": True}]
    second = launch.start(tmp_path, config)
    try:
        async with httpx.AsyncClient(base_url=second.control_url) as control:
            shop = Shop(second.url, account, make_client(second.url, transport), transport, control, receiver)
            again = await shop.stripe.v1.checkout.sessions.create_async(order, options)
            assert again.id == session.id
            await until(lambda: receiver.of(account, "checkout.session.completed"))
            await until(lambda: receiver.of(account, "checkout.session.async_payment_succeeded"))
            assert (await shop.look(session.id)).payment_status == "paid"
    finally:
        second.stop()
    assert transport.breaches == []


async def test_sigterm_ends_it_in_a_moment(tmp_path: Path) -> None:
    running = launch.start(tmp_path, {"secret_key": SECRET_KEY})
    running.process.terminate()
    assert await asyncio.to_thread(running.process.wait, 5) == 0


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"secret_key": "sk_live_0123456789"}, "sk_test_"),
        ({"webhook_endpoints": [{"url": "ftp://x", "secret": SECRET}]}, "no http address"),
        ({"webhook_endpoints": [{"url": "http://x", "secret": "open"}]}, "whsec_"),
        ({"accounts": [{"id": "7", "business_name": "K", "country": "GB", "default_currency": "gbp"}]}, "acct_"),
        ({"typo": 1}, "typo"),
    ],
)
def test_a_configuration_is_refused_with_the_reason(tmp_path: Path, change: dict[str, object], reason: str) -> None:
    file = tmp_path / "config.json"
    file.write_text(json.dumps({"secret_key": SECRET_KEY, **change}))
    with pytest.raises(ConfigRefused, match=reason):
        load_config(file)


def test_a_start_with_a_live_key_is_refused(tmp_path: Path) -> None:
    with pytest.raises(launch.NotStarted, match="sk_test_"):
        launch.start(tmp_path, {"secret_key": "sk_live_0123456789"})


async def test_two_never_work_on_one_folder(tmp_path: Path) -> None:
    running = launch.start(tmp_path, {"secret_key": SECRET_KEY})
    process = await asyncio.create_subprocess_exec(
        *launch.command(tmp_path, tmp_path / "config.json"), stderr=asyncio.subprocess.PIPE
    )
    _, stderr = await process.communicate()
    running.stop()
    assert process.returncode == 2
    assert b"another one works on" in stderr


async def test_it_binds_to_loopback_alone(tmp_path: Path) -> None:
    config = tmp_path / "config.json"
    config.write_text('{"secret_key": "sk_test_x"}')
    process = await asyncio.create_subprocess_exec(
        *launch.command(tmp_path, config), "--host", EVERYWHERE, stderr=asyncio.subprocess.PIPE
    )
    _, stderr = await process.communicate()
    assert process.returncode == 2
    assert b"loopback" in stderr

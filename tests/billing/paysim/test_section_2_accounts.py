"""stripe.md §2: accounts, onboarding by a link that works once, and capabilities."""

import re
from typing import Any

import httpx
import pytest
import stripe

from tests.billing.paysim.shop import Shop, new_account, until

STANDARD: Any = {
    "controller": {
        "fees": {"payer": "account"},
        "losses": {"payments": "stripe"},
        "requirement_collection": "stripe",
        "stripe_dashboard": {"type": "full"},
    },
    "country": "GB",
    "capabilities": {"card_payments": {"requested": True}, "bacs_debit_payments": {"requested": True}},
    "business_profile": {"name": "Mill & Sons"},
}


async def test_a_new_account_cannot_charge_before_it_is_onboarded(shop: Shop) -> None:
    account = await shop.stripe.v1.accounts.create_async(STANDARD)
    assert (account.charges_enabled, account.details_submitted) == (False, False)
    assert account.requirements is not None
    assert account.requirements.currently_due
    with pytest.raises(stripe.InvalidRequestError, match="onboarding"):
        await shop.stripe.v1.checkout.sessions.create_async(shop.order(), {"stripe_account": account.id})


async def test_onboarding_by_its_page_makes_it_ready_and_tells_so(shop: Shop) -> None:
    account = await shop.stripe.v1.accounts.create_async(STANDARD)
    link = await _link(shop, account.id)
    async with httpx.AsyncClient() as browser:
        page = await browser.get(link.url)
        visit = re.search(r'action="(/setup/visits/[^"]+)"', page.text)
        assert visit is not None
        back = await browser.post(shop.url + visit[1], data={"answer": "complete"})
    assert (back.status_code, back.headers["location"]) == (303, "http://shop.localhost/return")
    ready = await shop.stripe.v1.accounts.retrieve_async(account.id)
    assert (ready.charges_enabled, ready.payouts_enabled, ready.details_submitted) == (True, True, True)
    assert ready.capabilities is not None
    assert ready.capabilities.bacs_debit_payments == "active"
    await until(lambda: shop.receiver.of(account.id, "account.updated"))
    told = shop.receiver.of(account.id, "account.updated")[0].event
    assert told["data"]["previous_attributes"]["charges_enabled"] is False
    session = await shop.stripe.v1.checkout.sessions.create_async(shop.order(), {"stripe_account": account.id})
    assert session.payment_method_types == ["card", "bacs_debit"]


async def test_leaving_the_page_leads_back_and_proves_nothing(shop: Shop) -> None:
    account = await shop.stripe.v1.accounts.create_async(STANDARD)
    async with httpx.AsyncClient() as browser:
        page = await browser.get((await _link(shop, account.id)).url)
        visit = re.search(r'action="(/setup/visits/[^"]+)"', page.text)
        assert visit is not None
        back = await browser.post(shop.url + visit[1], data={"answer": "leave"})
    assert back.headers["location"] == "http://shop.localhost/return"
    assert (await shop.stripe.v1.accounts.retrieve_async(account.id)).details_submitted is False


async def test_a_link_works_once(shop: Shop) -> None:
    link = await _link(shop, (await shop.stripe.v1.accounts.create_async(STANDARD)).id)
    assert link.expires_at - link.created == 300
    async with httpx.AsyncClient() as browser:
        assert (await browser.get(link.url)).status_code == 200
        again = await browser.get(link.url)
    assert (again.status_code, again.headers["location"]) == (303, "http://shop.localhost/refresh")


async def test_accounts_are_the_platforms_to_list_and_change(shop: Shop) -> None:
    account = await shop.stripe.v1.accounts.create_async(STANDARD)
    assert account.id in [one.id for one in (await shop.stripe.v1.accounts.list_async({"limit": 5})).data]
    changed = await shop.stripe.v1.accounts.update_async(
        account.id, {"business_profile": {"url": "https://mill.example"}, "metadata": {"tenant": "7"}}
    )
    assert changed.business_profile is not None
    assert (changed.business_profile.name, changed.business_profile.url) == ("Mill & Sons", "https://mill.example")
    with pytest.raises(stripe.InvalidRequestError, match="platform"):
        await shop.stripe.v1.accounts.create_async(STANDARD, shop.on())
    with pytest.raises(stripe.InvalidRequestError, match="No such account"):
        await shop.stripe.v1.accounts.retrieve_async(account.id, {}, shop.on())


async def test_an_account_is_barred_from_charging_by_the_provider(shop: Shop) -> None:
    await shop.settings(charges_enabled=False)
    with pytest.raises(stripe.InvalidRequestError, match="cannot currently"):
        await shop.session()
    await until(lambda: shop.receiver.of(shop.account, "account.updated"))


async def test_an_account_with_a_key_of_its_own_is_used_without_the_platform(shop: Shop) -> None:
    account = new_account()
    assert (await shop.control.get("accounts")).status_code == 200
    with pytest.raises(stripe.PermissionError):
        await shop.stripe.v1.charges.list_async({}, {"stripe_account": account})


async def _link(shop: Shop, account: str) -> stripe.AccountLink:
    return await shop.stripe.v1.account_links.create_async(
        {
            "account": account,
            "type": "account_onboarding",
            "refresh_url": "http://shop.localhost/refresh",
            "return_url": "http://shop.localhost/return",
        }
    )

"""The pages a payer and an operator see, as plain HTML without scripts."""

import re

import httpx
import pytest

from tests.billing.paysim.shop import Shop, until

CARD = {"method": "card", "card_number": "4242 4242 4242 4242", "card_expiry": "12/40", "card_cvc": "123"}
DEBIT = {
    "method": "bacs_debit",
    "sort_code": "10-88-00",
    "account_number": "00012345",
    "name": "Mill & Sons",
    "email": "ap@mill.example",
}


@pytest.fixture
def browser(shop: Shop) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=shop.url, timeout=20, verify=False)  # noqa: S501 - http on loopback


async def test_the_page_shows_who_is_paid_what_for_and_how(shop: Shop, browser: httpx.AsyncClient) -> None:
    session = await shop.session(customer_email="ap@mill.example")
    page = await browser.get(str(session.url))
    assert page.status_code == 200
    for shown in ("SIMULATOR", "Nordwind Ltd", "1,250.00 GBP", "Bacs Direct Debit", "ap@mill.example"):
        assert shown in page.text
    assert 'href="http://shop.localhost/back"' in page.text
    assert "<script" not in page.text
    assert 'autocomplete="cc-number"' in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]


async def test_only_allowed_ways_to_pay_are_offered(shop: Shop, browser: httpx.AsyncClient) -> None:
    session = await shop.session(allowed_payment_method_types=["card"])
    page = await browser.get(str(session.url))
    assert "Bacs" not in page.text
    refused = await browser.post(str(session.url), data=DEBIT)
    assert refused.status_code == 422


async def test_what_was_typed_stays_and_every_mistake_has_its_sentence(shop: Shop, browser: httpx.AsyncClient) -> None:
    session = await shop.session()
    form = {**CARD, "card_number": "4242 4242 4242 4241", "card_expiry": "1/19", "name": 'A "B" <C>'}
    page = await browser.post(str(session.url), data=form)
    assert page.status_code == 422
    for sentence in ("Your card number is invalid.", "Your card&#39;s expiry date is in the past."):
        assert sentence in page.text
    assert 'value="4242 4242 4242 4241"' in page.text
    assert 'value="A &#34;B&#34; &lt;C&gt;"' in page.text
    assert page.text.count('aria-invalid="true"') == 2
    assert (await shop.look(session.id)).payment_intent is None


async def test_a_declined_card_says_so_and_the_next_one_pays(shop: Shop, browser: httpx.AsyncClient) -> None:
    session = await shop.session()
    declined = await browser.post(str(session.url), data={**CARD, "card_number": "4000000000009995"})
    assert declined.status_code == 402
    assert "Your card has insufficient funds." in declined.text
    paid = await browser.post(str(session.url), data=CARD)
    assert (paid.status_code, paid.headers["location"]) == (303, f"http://shop.localhost/paid?s={session.id}")


async def test_a_debit_is_submitted_and_leads_back(shop: Shop, browser: httpx.AsyncClient) -> None:
    session = await shop.session()
    incomplete = await browser.post(str(session.url), data={**DEBIT, "name": "", "sort_code": "10-88"})
    assert incomplete.status_code == 422
    assert "Enter the sort code, six digits." in incomplete.text
    assert "Enter the account holder&#39;s name." in incomplete.text
    done = await browser.post(str(session.url), data=DEBIT)
    assert done.status_code == 303
    kept = await shop.look(session.id)
    assert kept.customer_details is not None
    assert (kept.customer_details.name, kept.customer_details.email) == ("Mill & Sons", "ap@mill.example")


@pytest.mark.parametrize(("answer", "status"), [("confirm", 303), ("refuse", 402)])
async def test_the_banks_page_is_confirmed_or_refused(
    shop: Shop, browser: httpx.AsyncClient, answer: str, status: int
) -> None:
    session = await shop.session()
    asked = await browser.post(str(session.url), data={**CARD, "card_number": "4000002760003184"})
    assert asked.status_code == 303
    assert "Your bank asks" in (await browser.get(asked.headers["location"])).text
    after = await browser.post(asked.headers["location"], data={"answer": answer})
    assert after.status_code == status
    assert (await shop.look(session.id)).status == ("complete" if answer == "confirm" else "open")


async def test_a_double_click_pays_once_and_leads_back_twice(shop: Shop, browser: httpx.AsyncClient) -> None:
    session = await shop.session()
    answers = [await browser.post(str(session.url), data=CARD) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [303, 303]
    assert (await shop.payments())["sums"]["gbp"]["payments"] == 1


async def test_a_complete_an_expired_and_an_unknown_page_say_so(shop: Shop, browser: httpx.AsyncClient) -> None:
    paid, expired = await shop.session(), await shop.session()
    await shop.pay(paid.id)
    await shop.control.post(f"sessions/{expired.id}/expire")
    done = await browser.get(str(paid.url))
    over = await browser.get(str(expired.url))
    unknown = await browser.get("/c/pay/cs_test_nothing")
    assert (done.status_code, over.status_code, unknown.status_code) == (200, 410, 404)
    assert f"http://shop.localhost/paid?s={paid.id}" in done.text
    assert "http://shop.localhost/back" in over.text
    assert (await browser.post(str(expired.url), data=CARD)).status_code == 410


async def test_the_console_shows_payments_and_moves_the_bank(shop: Shop, browser: httpx.AsyncClient) -> None:
    await shop.settings(settlement_seconds=600)
    session = await shop.session()
    intent = await shop.pay(session.id, "bacs_debit")
    assert shop.account in (await browser.get("/")).text
    page = await browser.get(f"/console/{shop.account}")
    assert re.search(rf"{intent['id']}.*processing", page.text, re.S)
    settled = await browser.post(f"/console/{shop.account}", data={"action": "settle", "id": intent["id"]})
    assert settled.status_code == 303
    assert (await shop.look(session.id)).payment_status == "paid"
    await browser.post(f"/console/{shop.account}", data={"action": "refund", "id": intent["id"]})
    assert (await shop.payments())["sums"]["gbp"]["refunded"] == 125_000
    refused = await browser.post(f"/console/{shop.account}", data={"action": "refund", "id": intent["id"]})
    assert refused.status_code == 400
    assert "already been refunded" in refused.text


async def test_the_control_api_settles_fails_and_pays_past_everybody(shop: Shop) -> None:
    await shop.settings(settlement_seconds=600)
    one = await shop.pay((await shop.session()).id, "bacs_debit")
    two = await shop.pay((await shop.session()).id, "bacs_debit")
    part = await shop.control.post(f"payment_intents/{one['id']}/settle", json={"amount": 1000})
    assert (part.json()["status"], part.json()["amount_received"]) == ("succeeded", 1000)
    order = {"outcome": "failed", "code": "account_closed"}
    failed = await shop.control.post(f"payment_intents/{two['id']}/settle", json=order)
    assert failed.json()["last_payment_error"]["code"] == "account_closed"
    assert (await shop.control.post(f"payment_intents/{two['id']}/settle", json=order)).status_code == 409
    stray = await shop.control.post(f"accounts/{shop.account}/payments", json={"amount": 700, "currency": "gbp"})
    assert (stray.json()["status"], stray.json()["metadata"]) == ("succeeded", {})
    sums = (await shop.payments())["sums"]["gbp"]
    assert (sums["received"], sums["payments"]) == (1700, 2)


async def test_an_event_of_any_type_can_be_sent(shop: Shop) -> None:
    session = await shop.session()
    order = {"type": "checkout.session.completed", "object_id": session.id}
    assert (await shop.control.post(f"accounts/{shop.account}/events", json=order)).status_code == 201
    await until(lambda: shop.receiver.of(shop.account))
    told = (await shop.control.get("events", params={"account": shop.account})).json()
    assert [one["type"] for one in told] == ["checkout.session.completed"]
    await until(lambda: shop.receiver.of(shop.account, "checkout.session.completed"))

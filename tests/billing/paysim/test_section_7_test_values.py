"""stripe.md §7: each test number has its fate, on the page and by its magic name."""

from typing import Any

import pytest
import stripe

from portico_billing.paysim.bank.debits import SCHEMES
from tests.billing.paysim.shop import Shop, until


@pytest.mark.parametrize(
    ("number", "code", "decline_code"),
    [
        ("4000000000000002", "card_declined", "generic_decline"),
        ("4000000000009995", "card_declined", "insufficient_funds"),
        ("4000000000009987", "card_declined", "lost_card"),
        ("4000000000009979", "card_declined", "stolen_card"),
        ("4000000000000069", "expired_card", None),
        ("4000000000000127", "incorrect_cvc", None),
        ("4000000000000119", "processing_error", None),
        ("4000000000000341", "card_declined", "generic_decline"),
        ("4000008260003178", "card_declined", "insufficient_funds"),
        ("6011111111111117", "card_declined", "test_mode_live_card"),
    ],
)
async def test_cards_that_are_declined(shop: Shop, number: str, code: str, decline_code: str | None) -> None:
    error = (await shop.pay((await shop.session()).id, number=number))["last_payment_error"]
    assert (error["code"], error.get("decline_code")) == (code, decline_code)


@pytest.mark.parametrize(
    ("number", "brand"),
    [
        ("4242424242424242", "visa"),
        ("5555555555554444", "mastercard"),
        ("378282246310005", "amex"),
        ("4000000000000077", "visa"),
        ("4000002500003155", "visa"),
    ],
)
async def test_cards_that_work(shop: Shop, number: str, brand: str) -> None:
    session = await shop.session()
    await shop.pay(session.id, number=number)
    charge = (await shop.intent(session.id)).latest_charge
    assert isinstance(charge, stripe.Charge)
    assert charge.payment_method_details is not None
    assert charge.payment_method_details.card is not None
    assert (charge.payment_method_details.card.brand, charge.payment_method_details.card.last4) == (brand, number[-4:])


@pytest.mark.parametrize("number", ["4242424242424241", "4000000000000259"])
async def test_a_mistyped_number_and_what_paysim_cannot_do_are_refused_before_any_attempt(
    shop: Shop, number: str
) -> None:
    session = await shop.session()
    answer = await shop.control.post(f"sessions/{session.id}/pay", json={"number": number})
    assert answer.status_code == 400
    assert "card_number" in answer.json()["problems"]
    assert (await shop.look(session.id)).payment_intent is None


FAILING = [
    (scheme.type, scheme.currency, number, behaviour.decline.code)
    for scheme in SCHEMES.values()
    for number, behaviour in scheme.accounts.items()
    if behaviour.decline and not behaviour.delayed
]


@pytest.mark.parametrize(("method", "currency", "number", "code"), FAILING)
async def test_debits_that_are_returned(shop: Shop, method: str, currency: str, number: str, code: str) -> None:
    await shop.settings(settlement_seconds=0)
    session = await shop.session(currency=currency)
    assert (await shop.pay(session.id, method, number))["status"] == "processing"
    await until(lambda: shop.receiver.of(shop.account, "checkout.session.async_payment_failed"))
    intent = await shop.intent(session.id)
    assert intent.last_payment_error is not None
    assert intent.last_payment_error.code == code
    charge = intent.latest_charge
    assert isinstance(charge, stripe.Charge)
    assert (charge.status, charge.failure_code) == ("failed", code)


@pytest.mark.parametrize("method", ["bacs_debit", "sepa_debit", "us_bank_account"])
async def test_debits_that_are_collected(shop: Shop, method: str) -> None:
    await shop.settings(settlement_seconds=0)
    session = await shop.session(currency=SCHEMES[method].currency)
    await shop.pay(session.id, method)
    await until(lambda: shop.receiver.of(shop.account, "charge.updated"))
    charge = (await shop.intent(session.id)).latest_charge
    assert isinstance(charge, stripe.Charge)
    assert isinstance(charge.balance_transaction, stripe.BalanceTransaction)
    assert (charge.status, charge.balance_transaction.type) == ("succeeded", "payment")
    assert charge.id.startswith("py_")


async def test_a_delayed_test_account_takes_three_minutes(shop: Shop) -> None:
    await shop.settings(settlement_seconds=0)
    session = await shop.session()
    await shop.pay(session.id, "bacs_debit", "90012345")
    assert (await shop.intent(session.id)).status == "processing"
    await shop.control.post("clock", json={"advance_seconds": 181})
    await until(lambda: shop.receiver.of(shop.account, "checkout.session.async_payment_succeeded"))


async def test_an_account_that_never_settles_stays_processing(shop: Shop) -> None:
    await shop.settings(settlement_seconds=0)
    session = await shop.session(currency="usd")
    await shop.pay(session.id, "us_bank_account", "000000000009")
    await shop.control.post("clock", json={"advance_seconds": 30 * 86400})
    assert (await shop.intent(session.id)).status == "processing"


@pytest.mark.parametrize(
    ("token", "currency", "status"),
    [
        ("pm_card_visa", "gbp", "succeeded"),
        ("pm_card_authenticationRequired", "gbp", "requires_action"),
        ("pm_bacsDebit_success", "gbp", "processing"),
        ("pm_usBankAccount_success", "usd", "processing"),
    ],
)
async def test_magic_names(shop: Shop, token: str, currency: str, status: str) -> None:
    params: Any = {"amount": 5000, "currency": currency, "payment_method": token, "confirm": True}
    intent = await shop.stripe.v1.payment_intents.create_async(params, shop.on())
    assert intent.status == status

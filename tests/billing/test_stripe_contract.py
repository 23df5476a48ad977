"""The contract checker itself: it finds what it is for, and lets correct calls pass."""

from typing import Any
from urllib.parse import urlencode

import pytest

from tests.billing.stripe_contract import StripeContract, decode_brackets

CONTRACT = StripeContract()
SESSION = {
    "mode": "payment",
    "success_url": "https://shop.example/paid",
    "line_items[0][quantity]": "1",
    "line_items[0][price_data][currency]": "gbp",
    "line_items[0][price_data][unit_amount]": "1000",
    "line_items[0][price_data][product_data][name]": "Invoice 1",
    "metadata[payment_id]": "7",
    "expand[0]": "payment_intent",
}
BALANCE_LINE: dict[str, Any] = {
    "id": "txn_1",
    "object": "balance_transaction",
    "amount": 100,
    "available_on": 1,
    "balance_type": "payments",
    "created": 1,
    "currency": "gbp",
    "fee": 1,
    "fee_details": [{"amount": 1, "currency": "gbp", "type": "stripe_fee"}],
    "net": 99,
    "reporting_category": "charge",
    "source": None,
    "status": "pending",
    "type": "charge",
}


def test_a_correct_request_passes() -> None:
    assert CONTRACT.request_breaches("post", "/v1/checkout/sessions", urlencode(SESSION)) == []


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"colour": "red"}, "colour: unknown parameter"),
        ({"payment_method_types[0]": "card"}, "payment_method_types: unknown parameter"),
        ({"line_items[0][price_data][colour]": "red"}, "line_items[0][price_data][colour]: unknown parameter"),
        ({"ui_mode": "hosted"}, "ui_mode: 'hosted' is no"),
        ({"expires_at": "soon"}, "expires_at: 'soon' is no"),
        ({"automatic_tax[enabled]": "yes"}, "automatic_tax[enabled]: 'yes' is no"),
        ({"line_items": "one"}, "line_items: "),
        ({"automatic_tax[liability][type]": "self"}, "automatic_tax[enabled]: missing"),
    ],
)
def test_what_is_wrong_with_a_request_is_named(change: dict[str, str], problem: str) -> None:
    form = {key: value for key, value in SESSION.items() if not ("line_items" in change and "line_items" in key)}
    breaches = CONTRACT.request_breaches("post", "/v1/checkout/sessions", urlencode({**form, **change}))
    assert any(problem in breach for breach in breaches), breaches


def test_a_missing_parameter_and_a_call_that_does_not_exist_are_named() -> None:
    assert CONTRACT.request_breaches("post", "/v1/payment_intents", "amount=1") == [
        "post /v1/payment_intents: currency: missing"
    ]
    assert CONTRACT.request_breaches("post", "/v1/nonsense", "") == ["post /v1/nonsense is no call of the SDK"]


def test_a_correct_answer_passes() -> None:
    assert CONTRACT.response_breaches("get", "/v1/balance_transactions/txn_1", 200, BALANCE_LINE) == []


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"colour": "red"}, "colour: BalanceTransaction has no such property"),
        ({"amount": "100"}, "amount: '100' is no"),
        ({"amount": True}, "amount: True is no"),
        ({"amount": None}, "amount: None is no"),
        ({"type": "gift"}, "type: 'gift' is no"),
        ({"fee_details": [{"amount": 1, "currency": "gbp"}]}, "fee_details[0].type: missing"),
        ({"source": {"object": "charge", "id": "ch_1"}}, "source."),
    ],
)
def test_what_is_wrong_with_an_answer_is_named(change: dict[str, Any], problem: str) -> None:
    body = {**BALANCE_LINE, **change}
    breaches = CONTRACT.response_breaches("get", "/v1/balance_transactions/txn_1", 200, body)
    assert any(problem in breach for breach in breaches), breaches


def test_a_required_property_that_is_absent_is_named() -> None:
    body = {key: value for key, value in BALANCE_LINE.items() if key != "net"}
    page = {"object": "list", "url": "/v1/balance_transactions", "has_more": False, "data": [body]}
    assert CONTRACT.response_breaches("get", "/v1/balance_transactions", 200, page) == [
        "get /v1/balance_transactions: [0].net: missing"
    ]


def test_an_error_is_held_to_its_shape_and_its_codes() -> None:
    good = {"error": {"type": "invalid_request_error", "message": "No.", "code": "resource_missing", "param": "id"}}
    bad = {"error": {"type": "sad_error", "message": "No.", "code": "nonsense", "mood": "bad"}}
    assert CONTRACT.response_breaches("get", "/v1/charges/ch_1", 404, good) == []
    assert len(CONTRACT.response_breaches("get", "/v1/charges/ch_1", 404, bad)) == 3


def test_brackets_are_read_into_nested_groups() -> None:
    assert decode_brackets("a%5Bb%5D%5B0%5D=1&a[b][1]=2&c=3&c2[d]=") == {
        "a": {"b": {"0": "1", "1": "2"}},
        "c": "3",
        "c2": {"d": ""},
    }

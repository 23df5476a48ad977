"""Our minor units and Stripe's, there and back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portico_billing.stripe.currencies import (
    LARGEST,
    NOT_TAKEN,
    NotChargeable,
    NotOurs,
    check_total,
    from_stripe,
    step_minor,
    to_stripe,
)
from portico_core.money import THREE_DECIMAL, ZERO_DECIMAL

CURRENCIES = sorted((ZERO_DECIMAL | THREE_DECIMAL | {"GBP", "EUR", "USD", "MGA", "HUF", "TWD"}) - NOT_TAKEN)


@given(st.sampled_from(CURRENCIES), st.integers(min_value=0, max_value=10**9))
def test_there_and_back_is_the_same(currency: str, steps: int) -> None:
    minor = steps * step_minor(currency)
    assert from_stripe(to_stripe(minor, currency), currency) == minor


@pytest.mark.parametrize(
    ("minor", "currency", "amount"),
    [(1234, "GBP", 1234), (500, "JPY", 500), (5, "ISK", 500), (5, "UGX", 500), (1230, "KWD", 1230), (500, "MGA", 5)],
)
def test_each_kind_of_currency(minor: int, currency: str, amount: int) -> None:
    assert to_stripe(minor, currency) == amount


@pytest.mark.parametrize(("minor", "currency", "step"), [(1234, "KWD", 10), (550, "MGA", 100)])
def test_amounts_between_steps_are_refused(minor: int, currency: str, step: int) -> None:
    with pytest.raises(NotChargeable) as caught:
        to_stripe(minor, currency)
    assert (caught.value.why, caught.value.limit_minor) == ("step", step)


def test_what_stripe_cannot_mean_is_not_ours() -> None:
    with pytest.raises(NotOurs):
        from_stripe(550, "ISK")


@pytest.mark.parametrize(
    ("minor", "currency", "why", "limit"),
    [
        (29, "GBP", "small", 30),
        (49, "USD", "small", 50),
        (LARGEST + 1, "GBP", "large", LARGEST),
        (1_000_000, "ISK", "large", 999_999),
        (1000, "IQD", "currency", 0),
    ],
)
def test_totals_outside_what_stripe_takes_name_the_limit(minor: int, currency: str, why: str, limit: int) -> None:
    with pytest.raises(NotChargeable) as caught:
        check_total(minor, currency)
    assert (caught.value.why, caught.value.limit_minor) == (why, limit)


def test_the_limits_themselves_are_taken() -> None:
    for minor, currency in ((30, "GBP"), (LARGEST, "GBP"), (999_999, "ISK"), (50, "JPY")):
        check_total(minor, currency)

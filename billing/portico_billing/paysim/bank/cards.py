"""Stripe's test cards: each number has its fate. Any other number is declined, as in Stripe's test mode."""

import re
from datetime import UTC, datetime

from portico_billing.paysim.bank.instrument import Behaviour, Decline, Instrument, Unreadable


def _declined(decline_code: str, message: str = "Your card was declined.") -> Behaviour:
    return Behaviour(decline=Decline("card_declined", message, decline_code))


NO_FUNDS = "Your card has insufficient funds."
FATES: dict[str, Behaviour] = {
    "4242424242424242": Behaviour(),
    "5555555555554444": Behaviour(),
    "378282246310005": Behaviour(),
    "4000000000000077": Behaviour(),
    "4000000000000002": _declined("generic_decline"),
    "4000000000009995": _declined("insufficient_funds", NO_FUNDS),
    "4000000000009987": _declined("lost_card"),
    "4000000000009979": _declined("stolen_card"),
    "4000000000000341": _declined("generic_decline"),
    "4000000000000069": Behaviour(decline=Decline("expired_card", "Your card has expired.")),
    "4000000000000127": Behaviour(decline=Decline("incorrect_cvc", "Your card's security code is incorrect.")),
    "4000000000000119": Behaviour(
        decline=Decline("processing_error", "An error occurred while processing your card. Try again soon.")
    ),
    "4000002500003155": Behaviour(challenge=True),
    "4000002760003184": Behaviour(challenge=True),
    "4000008260003178": Behaviour(challenge=True, decline=Decline("card_declined", NO_FUNDS, "insufficient_funds")),
    "4000000000007726": Behaviour(refunding="pending"),
    "4000000000005126": Behaviour(refunding="fails"),
}
NOT_HERE = {"4000000000000259", "4000000000001976", "4000000000005423"}
TOKENS = {
    "pm_card_visa": "4242424242424242",
    "pm_card_mastercard": "5555555555554444",
    "pm_card_amex": "378282246310005",
    "pm_card_visa_chargeDeclined": "4000000000000002",
    "pm_card_chargeCustomerFail": "4000000000000341",
    "pm_card_authenticationRequired": "4000002760003184",
}
NO_TEST_CARD = _declined(
    "test_mode_live_card",
    "Your card was declined. Your request was in test mode, but used a non test card.",
)


def read_card(number: str, expiry: str, cvc: str, *, name: str = "", email: str = "", country: str = "",
              postal_code: str = "") -> Instrument:  # fmt: skip
    """The card a payer typed; raises Unreadable with a sentence per wrong field."""
    digits = re.sub(r"[\s-]", "", number)
    problems: dict[str, str] = {}
    if not digits:
        problems["card_number"] = "Enter the card number."
    elif not digits.isascii() or not digits.isdigit() or not 12 <= len(digits) <= 19 or not _luhn(digits):
        problems["card_number"] = "Your card number is invalid."
    elif digits in NOT_HERE:
        problems["card_number"] = "No card of the simulator is disputed or warned of by itself: use another test card."
    month, year = _expiry(expiry, problems)
    wanted = 4 if digits.startswith(("34", "37")) else 3
    if not re.fullmatch(rf"[0-9]{{{wanted}}}", cvc.strip()):
        problems["card_cvc"] = f"Enter the security code, {wanted} digits."
    if problems:
        raise Unreadable(problems)
    shown = {
        "brand": _brand(digits),
        "country": "US",
        "exp_month": month,
        "exp_year": year,
        "funding": "credit",
        "last4": digits[-4:],
    }
    return Instrument(
        type="card",
        shown=shown,
        behaviour=FATES.get(digits, NO_TEST_CARD),
        name=name or None,
        email=email or None,
        country=country or None,
        postal_code=postal_code or None,
        number=digits,
    )


def _expiry(text: str, problems: dict[str, str]) -> tuple[int, int]:
    match = re.fullmatch(r"\s*([0-9]{1,2})\s*[/ -]\s*([0-9]{2}|[0-9]{4})\s*", text)
    if not match or not 1 <= int(match[1]) <= 12:
        problems["card_expiry"] = "Enter the expiry date as month and year, for example 08/30."
        return 0, 0
    month, year = int(match[1]), int(match[2])
    year += 2000 if year < 100 else 0
    today = datetime.now(UTC)
    if (year, month) < (today.year, today.month):
        problems["card_expiry"] = "Your card's expiry date is in the past."
    return month, year


def _luhn(digits: str) -> bool:
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def _brand(digits: str) -> str:
    if digits.startswith(("34", "37")):
        return "amex"
    if 51 <= int(digits[:2]) <= 55 or 2221 <= int(digits[:4]) <= 2720:
        return "mastercard"
    return "visa" if digits.startswith("4") else "unknown"

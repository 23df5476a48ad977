"""Instruments by Stripe's magic names (`pm_card_visa`) and by bare test numbers, for calls without a page."""

from portico_billing.paysim.bank.cards import FATES, TOKENS, read_card
from portico_billing.paysim.bank.debits import SCHEMES, read_debit
from portico_billing.paysim.bank.instrument import Instrument

HOLDER = {"name": "Simulated Payer", "email": "payer@example.com"}


def by_token(token: str) -> Instrument | None:
    """The instrument behind a magic payment method id; None if there is none of that name."""
    if token in TOKENS:
        return by_number("card", TOKENS[token])
    for scheme in SCHEMES.values():
        if token in scheme.tokens:
            return by_number(scheme.type, scheme.tokens[token])
    return None


def by_number(type_: str, number: str = "") -> Instrument:
    """A card or account by its test number; without one, that which simply works."""
    if type_ == "card":
        number = number or next(iter(FATES))
        cvc = "1234" if number.startswith(("34", "37")) else "123"
        return read_card(number, "12/40", cvc, **HOLDER)
    account = number or next(iter(SCHEMES[type_].accounts))
    form = {
        "sort_code": "108800",
        "account_number": account,
        "iban": account,
        "routing_number": "110000000",
    }
    return read_debit(type_, form, **HOLDER)

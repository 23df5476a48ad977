"""Bank debits: Bacs, SEPA and ACH by the same code, with Stripe's test accounts. Money comes days later."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from portico_billing.paysim.bank.instrument import Behaviour, Decline, Instrument, Unreadable
from portico_billing.paysim.store import Json

NO_FUNDS = Decline("insufficient_funds", "The customer's account has insufficient funds.")
NOT_AUTHORIZED = Decline("debit_not_authorized", "The customer told their bank that this debit is not authorised.")
CLOSED = Decline("account_closed", "The customer's bank account has been closed.")
NO_ACCOUNT = Decline("no_account", "The bank account could not be found.")
SOURCE_LIMIT = Decline("charge_exceeds_source_limit", "This payment exceeds the weekly limit of the account.")
TRANSACTION_LIMIT = Decline("charge_exceeds_transaction_limit", "This payment exceeds the limit per payment.")
GENERIC = Decline("payment_intent_payment_attempt_failed", "The bank returned the debit.")
WRONG_CURRENCY = Decline("payment_method_currency_mismatch", "The account is not held in this currency.")


def _fails(decline: Decline, *, delayed: bool = False) -> Behaviour:
    return Behaviour(decline=decline, delayed=delayed)


BACS = {
    "00012345": Behaviour(),
    "90012345": Behaviour(delayed=True),
    "33333335": _fails(NOT_AUTHORIZED),
    "93333335": _fails(NOT_AUTHORIZED, delayed=True),
    "22222227": _fails(NO_FUNDS),
    "92222227": _fails(NO_FUNDS, delayed=True),
    "34343434": _fails(SOURCE_LIMIT),
    "12121212": _fails(TRANSACTION_LIMIT),
}
SEPA = {
    "AT611904300234573201": Behaviour(),
    "AT321904300235473204": Behaviour(delayed=True),
    "AT861904300235473202": _fails(GENERIC),
    "AT051904300235473205": _fails(GENERIC, delayed=True),
    "AT981904300000343434": _fails(SOURCE_LIMIT),
    "AT601904300000121212": _fails(TRANSACTION_LIMIT),
    "AT981904300002222227": _fails(NO_FUNDS),
    "DE89370400440532013000": Behaviour(),
    "DE62370400440532013001": _fails(GENERIC),
}
ACH = {
    "000123456789": Behaviour(),
    "000111111113": _fails(CLOSED),
    "000111111116": _fails(NO_ACCOUNT),
    "000222222227": _fails(NO_FUNDS),
    "000333333335": _fails(NOT_AUTHORIZED),
    "000444444440": _fails(WRONG_CURRENCY),
    "000000000009": Behaviour(never_settles=True),
}
TEST_ACCOUNT = "This is a simulator: use one of the test accounts listed below the form."


@dataclass(frozen=True)
class Scheme:
    """One kind of bank debit: its currency, its fields on the form, its test accounts."""

    type: str
    label: str
    currency: str
    capability: str
    least: int
    most: int
    fields: tuple[tuple[str, str], ...]
    accounts: Mapping[str, Behaviour]
    tokens: Mapping[str, str]
    read: Callable[[Mapping[str, str]], tuple[str, Json]]


def _bacs(form: Mapping[str, str]) -> tuple[str, Json]:
    sort_code = re.sub(r"[\s-]", "", form.get("sort_code", ""))
    number = re.sub(r"\s", "", form.get("account_number", ""))
    problems = {}
    if not re.fullmatch(r"[0-9]{6}", sort_code):
        problems["sort_code"] = "Enter the sort code, six digits."
    elif sort_code != "108800":
        problems["sort_code"] = "This is a simulator: the test accounts have the sort code 10-88-00."
    if not re.fullmatch(r"[0-9]{8}", number):
        problems["account_number"] = "Enter the account number, eight digits."
    if problems:
        raise Unreadable(problems)
    return number, {"last4": number[-4:], "sort_code": sort_code}


def _sepa(form: Mapping[str, str]) -> tuple[str, Json]:
    iban = re.sub(r"\s", "", form.get("iban", "")).upper()
    if not re.fullmatch(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}", iban):
        raise Unreadable({"iban": "Enter the IBAN, beginning with its two-letter country code."})
    shown = {"bank_code": iban[4:9], "branch_code": "", "country": iban[:2], "last4": iban[-4:]}
    return iban, shown


def _ach(form: Mapping[str, str]) -> tuple[str, Json]:
    routing = re.sub(r"\s", "", form.get("routing_number", ""))
    number = re.sub(r"\s", "", form.get("account_number", ""))
    problems = {}
    if routing != "110000000":
        problems["routing_number"] = "This is a simulator: the test accounts have the routing number 110000000."
    if not re.fullmatch(r"[0-9]{4,17}", number):
        problems["account_number"] = "Enter the account number."
    if problems:
        raise Unreadable(problems)
    shown = {
        "account_holder_type": "company",
        "account_type": "checking",
        "bank_name": "TEST BANK",
        "last4": number[-4:],
        "routing_number": routing,
    }
    return number, shown


SCHEMES = {
    scheme.type: scheme
    for scheme in (
        Scheme(
            "bacs_debit", "Bacs Direct Debit", "gbp", "bacs_debit_payments", 30, 10_000_000,
            (("sort_code", "Sort code"), ("account_number", "Account number")), BACS,
            {
                "pm_bacsDebit_success": "00012345",
                "pm_bacsDebit_successDelayed": "90012345",
                "pm_bacsDebit_debitNotAuthorized": "33333335",
                "pm_bacsDebit_insufficientFunds": "22222227",
            },
            _bacs,
        ),
        Scheme(
            "sepa_debit", "SEPA Direct Debit", "eur", "sepa_debit_payments", 50, 1_000_000,
            (("iban", "IBAN"),), SEPA, {}, _sepa,
        ),
        Scheme(
            "us_bank_account", "US bank account", "usd", "us_bank_account_ach_payments", 50, 99_999_999,
            (("routing_number", "Routing number"), ("account_number", "Account number")), ACH,
            {
                "pm_usBankAccount_success": "000123456789",
                "pm_usBankAccount_accountClosed": "000111111113",
                "pm_usBankAccount_noAccount": "000111111116",
                "pm_usBankAccount_insufficientFunds": "000222222227",
                "pm_usBankAccount_debitNotAuthorized": "000333333335",
                "pm_usBankAccount_invalidCurrency": "000444444440",
                "pm_usBankAccount_processing": "000000000009",
            },
            _ach,
        ),
    )
}  # fmt: skip


def read_debit(type_: str, form: Mapping[str, str], *, name: str = "", email: str = "") -> Instrument:
    """The bank account a payer typed; raises Unreadable with a sentence per wrong field."""
    scheme = SCHEMES[type_]
    problems: dict[str, str] = {}
    try:
        number, shown = scheme.read(form)
    except Unreadable as error:
        problems, number, shown = error.problems, "", {}
    if number and number not in scheme.accounts:
        problems[scheme.fields[-1][0]] = TEST_ACCOUNT
    if not name.strip():
        problems["name"] = "Enter the account holder's name."
    if not re.fullmatch(r"[^@\s]+@[^@\s]+", email.strip()):
        problems["email"] = "Enter an e-mail address: the bank's notice of the debit goes there."
    if problems:
        raise Unreadable(problems)
    return Instrument(
        type=type_,
        shown=shown,
        behaviour=scheme.accounts[number],
        name=name.strip(),
        email=email.strip(),
        number=number,
    )

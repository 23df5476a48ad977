"""Writing customer payments: create, edit, and the apply list of payments and credit memos."""

import sqlite3
from typing import Any

from portico_connectors.simulators.netsuite.account import Account
from portico_connectors.simulators.netsuite.answers import invalid_value, user_error
from portico_connectors.simulators.netsuite.books import applying, documents
from portico_connectors.simulators.netsuite.books.kinds import PAYMENT
from portico_connectors.simulators.netsuite.records import values
from portico_connectors.simulators.netsuite.records.values import Input

EXTRA = frozenset({"autoapply", "aracct", "undepfunds", "currency", "subsidiary", "customer", "account"})


def create(account: Account, db: sqlite3.Connection, given: Input, source: str) -> int:
    """Write a payment and apply it as its body says; whole or not at all. Raises Refused."""
    fields = given.fields
    if fields.get("customer") is None:
        raise user_error("Error while accessing a resource. Please enter value(s) for: Customer.")
    customer = values.reference(db, "customer", fields["customer"], "customer")
    row = db.execute("SELECT * FROM customer WHERE id = ?", (customer,)).fetchone()
    currency = row["currency"]
    if account.options.multi_currency and fields.get("currency") is not None:
        currency = values.reference(db, "currency", fields["currency"], "currency")
    subsidiary = _subsidiary(account, db, fields, row["subsidiary"])
    stamp = account.stamp()
    trandate = values.day(fields["trandate"], "tranDate") if fields.get("trandate") else stamp[:10] + " 00:00:00"
    refuse_closed(account, trandate)
    amounts, paths = apply_list(db, given.sublists.get("apply"))
    payment_c = sum(amounts.values())
    if fields.get("payment") is not None:
        payment_c = values.hundredths(fields["payment"], "payment")
    if payment_c <= 0 and not amounts:
        raise user_error("Error while accessing a resource. Please enter value(s) for: Payment Amount.")
    if payment_c < 0:
        raise invalid_value(fields["payment"], "payment")
    documents.claim_external_id(db, PAYMENT, values.text(fields.get("externalid"), "externalid"))
    rate = db.execute("SELECT exchangerate FROM currency WHERE id = ?", (currency,)).fetchone()[0]
    if fields.get("exchangerate") is not None:
        rate = values.millionths(fields["exchangerate"], "exchangeRate") / 1_000_000
    if fields.get("aracct") is not None:
        _receivables(db, fields["aracct"])
    payment = applying.NewPayment(
        customer,
        currency,
        payment_c,
        trandate,
        account=_bank(db, fields),
        externalid=values.text(fields.get("externalid"), "externalid"),
        exchangerate=rate,
        checknumber=values.text(fields.get("checknumber"), "checknumber"),
        memo=values.text(fields.get("memo"), "memo"),
        subsidiary=subsidiary,
        source=source,
    )
    number = values.text(fields.get("tranid"), "tranid") or documents.fresh_number(db, PAYMENT)
    tran = applying.write_payment(db, payment, number, stamp)
    automatic = account.options.auto_apply
    if fields.get("autoapply") is not None:
        automatic = values.truth(fields["autoapply"], "autoApply")
    if automatic:
        rest = payment_c - sum(amounts.values())
        amounts.update(applying.spread(applying.open_invoices(db, customer, currency), rest, amounts))
    applying.apply(db, tran, amounts, stamp, paths=paths, bump_linked=account.options.bump_linked)
    return tran


def edit_applications(account: Account, db: sqlite3.Connection, tran: int, sublist: Any) -> None:
    """Change what a payment or credit memo closes: invoices named get a new amount, others stay."""
    amounts, paths = apply_list(db, sublist)
    applying.apply(db, tran, amounts, account.stamp(), paths=paths, bump_linked=account.options.bump_linked)


def apply_list(db: sqlite3.Connection, sublist: Any) -> tuple[dict[int, int], dict[int, str]]:
    """The amounts of an apply list by invoice, and each invoice's place in the body. Raises Refused."""
    amounts: dict[int, int] = {}
    paths: dict[int, str] = {}
    for place, line in enumerate(values.listed(sublist, "apply")):
        path = f"apply.items[{place}]"
        if line.get("doc") is None:
            raise invalid_value("null", "doc", f"{path}.doc")
        invoice = values.reference(db, "invoice", line["doc"], "doc", f"{path}.doc")
        applies = values.truth(line.get("apply", True), "apply")
        amount = 0
        if applies:
            if line.get("amount") is None:
                due = db.execute("SELECT total_c - used_c FROM tran WHERE id = ?", (invoice,)).fetchone()
                amount = due[0]
            else:
                amount = values.hundredths(line["amount"], "amount", f"{path}.amount")
                if amount < 0:
                    raise invalid_value(line["amount"], "amount", f"{path}.amount")
        amounts[invoice] = amounts.get(invoice, 0) + amount
        paths[invoice] = path
    return amounts, paths


def refuse_closed(account: Account, trandate: str) -> None:
    """Refuse a date in a closed period."""
    closed = account.options.closed_until
    if closed is not None and trandate[:10] <= closed:
        raise user_error(
            "Error while accessing a resource. The transaction date you specified is not within the date range of "
            "your accounting period."
        )


def _subsidiary(account: Account, db: sqlite3.Connection, fields: dict[str, Any], own: int) -> int:
    if not account.options.one_world or fields.get("subsidiary") is None:
        return own
    named = values.reference(db, "subsidiary", fields["subsidiary"], "subsidiary")
    if named != own:
        raise invalid_value(named, "subsidiary")
    return named


def _receivables(db: sqlite3.Connection, value: Any) -> None:
    """Refuse a ledger account that is not for receivables; this company has one of them, so there is no choice."""
    named = values.reference(db, "account", value, "arAcct")
    if db.execute("SELECT 1 FROM account WHERE id = ? AND accttype = 'AcctRec'", (named,)).fetchone() is None:
        raise invalid_value(named, "arAcct")


def _bank(db: sqlite3.Connection, fields: dict[str, Any]) -> int:
    """The ledger account that takes the money; Undeposited Funds unless one is named."""
    if fields.get("account") is not None and not values.truth(fields.get("undepfunds", False), "undepFunds"):
        return values.reference(db, "account", fields["account"], "account")
    return applying.UNDEPOSITED_FUNDS

"""Changes made "in the ERP": what its users do while the portal looks on."""

import sqlite3
from decimal import Decimal
from typing import Any, Literal

import msgspec

from portico_connectors.simulators.netsuite.account import Account
from portico_connectors.simulators.netsuite.books import applying, documents
from portico_connectors.simulators.netsuite.books.documents import Document, Line
from portico_connectors.simulators.netsuite.books.kinds import BY_RECORD, CREDIT, INVOICE, PAYMENT
from portico_connectors.simulators.netsuite.books.numbers import amount_text, product_c
from portico_connectors.simulators.netsuite.company.ledger import currency_id
from portico_connectors.simulators.netsuite.control import state
from portico_connectors.simulators.netsuite.records.goods import current_lines, due


class NewLine(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A line; amounts as text or number. `amount` defaults to quantity × rate."""

    description: str
    quantity: Decimal = Decimal(1)
    rate: Decimal
    amount: Decimal | None = None
    sku: str | None = None


class NewDocument(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """An invoice or credit memo. `customer` is an id or a number; dates are ISO, by default today."""

    customer: str
    lines: list[NewLine]
    type: Literal["invoice", "creditMemo"] = "invoice"
    number: str | None = None
    date: str | None = None
    due_date: str | None = None
    currency: str | None = None
    tax: Decimal = Decimal(0)
    po_number: str | None = None
    memo: str | None = None


class Edit(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """What an edit changes of a document; what is absent stays. `lines` replaces them all."""

    due_date: str | None = None
    po_number: str | None = None
    memo: str | None = None
    tax: Decimal | None = None
    lines: list[NewLine] | None = None


class NewPayment(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A payment keyed in by the ERP's users: amounts by invoice number or id."""

    applications: dict[str, Decimal]
    amount: Decimal | None = None
    customer: str | None = None
    memo: str | None = None


def create(account: Account, new: NewDocument) -> dict[str, Any]:
    """Write a document."""
    with account.database.writing() as db:
        customer = _customer(db, new.customer)
        stamp = account.stamp()
        currency = customer["currency"] if new.currency is None else currency_id(db, new.currency, stamp)
        rate = db.execute("SELECT exchangerate FROM currency WHERE id = ?", (currency,)).fetchone()[0]
        trandate = f"{new.date or stamp[:10]} 00:00:00"
        type_ = BY_RECORD[new.type.lower()].type
        duedate = None
        if type_ == INVOICE:
            duedate = f"{new.due_date} 00:00:00" if new.due_date else due(db, trandate, customer["terms"])
        written = Document(
            type_,
            customer["id"],
            trandate,
            currency,
            _lines(db, new.lines),
            duedate=duedate,
            tax_c=_hundredths(new.tax),
            number=new.number,
            exchangerate=rate,
            otherrefnum=new.po_number,
            memo=new.memo,
            terms=customer["terms"],
            subsidiary=customer["subsidiary"],
        )
        tran = documents.write(db, written, stamp)
        return state.document(db, _tran(db, str(tran)))


def edit(account: Account, reference: str, change: Edit) -> dict[str, Any]:
    """Edit a document."""
    with account.database.writing() as db:
        row = _tran(db, reference)
        stamp = account.stamp()
        if change.lines is not None or change.tax is not None:
            if change.lines is None:
                lines = list(current_lines(db, row["id"], row["type"]).values())
            else:
                lines = _lines(db, change.lines)
            tax = row["tax_c"] if change.tax is None else _hundredths(change.tax)
            documents.edit_lines(db, row["id"], lines, tax, stamp)
        for column, value in (
            ("duedate", f"{change.due_date} 00:00:00" if change.due_date else None),
            ("otherrefnum", change.po_number),
            ("memo", change.memo),
        ):
            if value is not None:
                db.execute(f"UPDATE tran SET {column} = ? WHERE id = ?", (value, row["id"]))
        documents.touch(db, row["id"], stamp)
        return state.document(db, _tran(db, str(row["id"])))


def pay(account: Account, new: NewPayment) -> dict[str, Any]:
    """Write a payment applied to invoices of one customer and currency."""
    with account.database.writing() as db:
        invoices = {_tran(db, name)["id"]: _hundredths(amount) for name, amount in new.applications.items()}
        if invoices:
            first = db.execute("SELECT * FROM tran WHERE id = ?", (next(iter(invoices)),)).fetchone()
            entity, currency, rate, subsidiary = (
                first[column] for column in ("entity", "currency", "exchangerate", "subsidiary")
            )
        else:
            customer = _customer(db, new.customer or "")
            entity, currency, rate, subsidiary = customer["id"], customer["currency"], 1.0, customer["subsidiary"]
        stamp = account.stamp()
        total = sum(invoices.values()) if new.amount is None else _hundredths(new.amount)
        payment = applying.NewPayment(
            entity,
            currency,
            total,
            stamp[:10] + " 00:00:00",
            account=applying.BANK,
            exchangerate=rate,
            memo=new.memo,
            subsidiary=subsidiary,
        )
        tran = applying.write_payment(db, payment, documents.fresh_number(db, PAYMENT), stamp)
        applying.apply(db, tran, invoices, stamp, bump_linked=account.options.bump_linked)
        number = db.execute("SELECT tranid FROM tran WHERE id = ?", (tran,)).fetchone()[0]
        return {"id": str(tran), "number": number, "amount": amount_text(total)}


def apply_credit(account: Account, reference: str, applications: dict[str, Decimal]) -> dict[str, Any]:
    """Apply a credit memo to invoices."""
    with account.database.writing() as db:
        row = _tran(db, reference, CREDIT)
        amounts = {_tran(db, name)["id"]: _hundredths(amount) for name, amount in applications.items()}
        applying.apply(db, row["id"], amounts, account.stamp(), bump_linked=account.options.bump_linked)
        return state.document(db, _tran(db, str(row["id"])))


def do(account: Account, reference: str, verb: str) -> dict[str, Any]:
    """Void, delete or touch a transaction."""
    with account.database.writing() as db:
        row = _tran(db, reference, None)
        action = {"void": documents.void, "delete": documents.delete, "touch": documents.touch}[verb]
        action(db, row["id"], account.stamp())
        return {"id": str(row["id"]), "number": row["tranid"], "done": verb}


def touch_customer(account: Account, reference: str, fields: dict[str, str | None]) -> dict[str, Any]:
    """Change a customer's name, mail, phone, or active state; with no fields only the date of change."""
    allowed = {"companyname", "email", "phone", "isinactive", "comments"}
    if not set(fields) <= allowed:
        raise ValueError(f"only {', '.join(sorted(allowed))} can be changed")
    with account.database.writing() as db:
        row = _customer(db, reference)
        for column, value in fields.items():
            db.execute(f"UPDATE customer SET {column} = ? WHERE id = ?", (value, row["id"]))
        db.execute("UPDATE customer SET lastmodifieddate = ? WHERE id = ?", (account.stamp(), row["id"]))
        return {"id": str(row["id"]), "number": row["entityid"]}


def _tran(db: sqlite3.Connection, reference: str, type_: str | None = None) -> sqlite3.Row:
    """A transaction by number first, by id else: a portal's user quotes numbers."""
    for column in ("tranid", "id"):
        row: sqlite3.Row | None = db.execute(
            f"SELECT * FROM tran WHERE {column} = ? AND (? IS NULL OR type = ?)",
            (reference, type_, type_),
        ).fetchone()
        if row is not None:
            return row
    raise LookupError(f"no transaction {reference}")


def _customer(db: sqlite3.Connection, reference: str) -> sqlite3.Row:
    row: sqlite3.Row | None = db.execute(
        "SELECT * FROM customer WHERE entityid = ? OR CAST(id AS TEXT) = ?", (reference, reference)
    ).fetchone()
    if row is None:
        raise LookupError(f"no customer {reference}")
    return row


def _lines(db: sqlite3.Connection, lines: list[NewLine]) -> list[Line]:
    found = []
    for line in lines:
        item = db.execute("SELECT id, stockunit FROM item WHERE itemid = ?", (line.sku,)).fetchone()
        if line.sku is not None and item is None:
            raise LookupError(f"no item {line.sku}")
        quantity_u, rate_u = int(line.quantity * 1_000_000), int(line.rate * 1_000_000)
        amount = product_c(quantity_u, rate_u) if line.amount is None else _hundredths(line.amount)
        found.append(
            Line(
                item["id"] if item else None,
                line.description,
                quantity_u,
                rate_u,
                amount,
                item["stockunit"] if item else None,
            )
        )
    return found


def _hundredths(amount: Decimal) -> int:
    scaled = amount * 100
    if scaled != scaled.to_integral_value():
        raise ValueError(f"{amount} has more than two decimals")
    return int(scaled)

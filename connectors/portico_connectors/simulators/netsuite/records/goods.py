"""Writing invoices and credit memos over REST: their lines, defaults from the customer, and edits."""

import sqlite3
from datetime import date, timedelta
from typing import Any

from portico_connectors.simulators.netsuite.account import Account
from portico_connectors.simulators.netsuite.answers import invalid_value, user_error
from portico_connectors.simulators.netsuite.books import applying, documents
from portico_connectors.simulators.netsuite.books.documents import MILLION, Document, Line
from portico_connectors.simulators.netsuite.books.kinds import CREDIT, INVOICE
from portico_connectors.simulators.netsuite.books.numbers import product_c
from portico_connectors.simulators.netsuite.records import payments, values
from portico_connectors.simulators.netsuite.records.fields import RecordType
from portico_connectors.simulators.netsuite.records.values import Input

EXTRA = frozenset({"entity", "currency", "subsidiary", "autoapply", "createdfrom"})


def create(account: Account, db: sqlite3.Connection, record: RecordType, given: Input, source: str) -> int:
    """Write an invoice or a credit memo; a credit memo's apply list is followed. Raises Refused."""
    fields = given.fields
    if fields.get("entity") is None:
        raise user_error("Error while accessing a resource. Please enter value(s) for: Customer.")
    entity = values.reference(db, "customer", fields["entity"], "entity")
    customer = db.execute("SELECT * FROM customer WHERE id = ?", (entity,)).fetchone()
    currency = customer["currency"]
    if account.options.multi_currency and fields.get("currency") is not None:
        currency = values.reference(db, "currency", fields["currency"], "currency")
    rate = db.execute("SELECT exchangerate FROM currency WHERE id = ?", (currency,)).fetchone()[0]
    stamp = account.stamp()
    trandate = values.day(fields["trandate"], "tranDate") if fields.get("trandate") else stamp[:10] + " 00:00:00"
    payments.refuse_closed(account, trandate)
    terms = customer["terms"]
    if fields.get("terms") is not None:
        terms = values.reference(db, "term", fields["terms"], "terms")
    duedate = None
    if record.type == INVOICE:
        duedate = values.day(fields["duedate"], "dueDate") if fields.get("duedate") else due(db, trandate, terms)
    lines = [_line(db, line, place) for place, line in enumerate(values.listed(given.sublists.get("item"), "item"))]
    if not lines:
        raise user_error(
            "Error while accessing a resource. You must enter at least one line item for this transaction."
        )
    document = Document(
        record.type or INVOICE,
        entity,
        trandate,
        currency,
        lines,
        duedate=duedate,
        number=values.text(fields.get("tranid"), "tranid"),
        externalid=values.text(fields.get("externalid"), "externalid"),
        exchangerate=rate,
        otherrefnum=values.text(fields.get("otherrefnum"), "otherrefnum"),
        memo=values.text(fields.get("memo"), "memo"),
        email=values.text(fields.get("email"), "email"),
        terms=terms,
        subsidiary=customer["subsidiary"],
        source=source,
    )
    tran = documents.write(db, document, stamp)
    if record.type == CREDIT and "apply" in given.sublists:
        amounts, paths = payments.apply_list(db, given.sublists["apply"])
        applying.apply(db, tran, amounts, stamp, paths=paths, bump_linked=account.options.bump_linked)
    return tran


def edit(account: Account, db: sqlite3.Connection, tran: int, sublist: Any, *, replace: bool) -> None:
    """Change lines by their `line` key, add those without; `replace` drops lines that are not named."""
    row = db.execute("SELECT type, tax_c FROM tran WHERE id = ?", (tran,)).fetchone()
    kept = current_lines(db, tran, row["type"])
    found: dict[int, Line] = {} if replace else dict(kept)
    fresh = max(kept, default=0)
    for place, given in enumerate(values.listed(sublist, "item")):
        key = given.get("line")
        if key is None:
            fresh += 1
            found[fresh] = _line(db, given, place)
        elif key in kept:
            found[int(key)] = _line(db, given, place, kept[int(key)])
        else:
            raise invalid_value(key, "line", f"item.items[{place}].line")
    documents.edit_lines(db, tran, list(found.values()), row["tax_c"], account.stamp())


def current_lines(db: sqlite3.Connection, tran: int, type_: str) -> dict[int, Line]:
    """The goods lines of a document by key, as people read them."""
    side = -1 if type_ == INVOICE else 1
    rows = db.execute("SELECT * FROM tranline WHERE tran = ? AND mainline = 'F' AND taxline = 'F' ORDER BY id", (tran,))
    return {
        row["id"]: Line(
            row["item"],
            row["memo"] or "",
            side * (row["quantity_u"] or 0),
            row["rate_u"] or 0,
            side * row["amount_c"],
            row["units"],
        )
        for row in rows
    }


def due(db: sqlite3.Connection, trandate: str, terms: int | None) -> str:
    """The due date that terms give; the document's own date without terms."""
    row = db.execute("SELECT daysuntilnetdue FROM term WHERE id = ?", (terms,)).fetchone()
    days = row[0] if row is not None and row[0] is not None else 0
    return f"{date.fromisoformat(trandate[:10]) + timedelta(days=days)} 00:00:00"


def _line(db: sqlite3.Connection, given: dict[str, Any], place: int, before: Line | None = None) -> Line:
    path = f"item.items[{place}]"
    if given.get("item") is None and before is None:
        raise user_error("Error while accessing a resource. Please choose an item to add.")
    item = before.item if before else None
    if given.get("item") is not None:
        item = values.reference(db, "item", given["item"], "item", f"{path}.item")
    row = db.execute("SELECT * FROM item WHERE id = ?", (item,)).fetchone()
    quantity_u = before.quantity_u if before else MILLION
    if given.get("quantity") is not None:
        quantity_u = values.millionths(given["quantity"], "quantity", f"{path}.quantity")
    rate_u = before.rate_u if before else (row["baseprice_u"] or 0 if row else 0)
    if given.get("rate") is not None:
        rate_u = values.millionths(given["rate"], "rate", f"{path}.rate")
    if given.get("amount") is not None:
        amount_c = values.hundredths(given["amount"], "amount", f"{path}.amount")
    else:
        amount_c = product_c(quantity_u, rate_u)
        if abs(amount_c) >= values.LARGEST * 100:
            raise invalid_value(given.get("rate"), "rate", f"{path}.rate")
    description = given.get("description")
    if description is None:
        description = before.description if before else (row["displayname"] if row else "")
    return Line(
        item,
        values.text(description, "description") or "",
        quantity_u,
        rate_u,
        amount_c,
        row["stockunit"] if row else None,
    )

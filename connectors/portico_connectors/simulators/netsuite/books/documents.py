"""Invoices and credit memos: written, edited, voided, deleted. Amounts are in hundredths, see `store.schema`."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from portico_connectors.simulators.netsuite.answers import user_error
from portico_connectors.simulators.netsuite.books import applying
from portico_connectors.simulators.netsuite.books.kinds import CREDIT, DONE, INVOICE, KINDS, OPEN, VOIDED
from portico_connectors.simulators.netsuite.store.database import next_id

MILLION = 1_000_000


@dataclass(frozen=True)
class Line:
    """A goods line as people read it: positive on an invoice and on a credit memo."""

    item: int | None
    description: str
    quantity_u: int
    rate_u: int
    amount_c: int
    units: str | None = None


@dataclass(frozen=True)
class Document:
    """A document to be written. `number` None: the account numbers it. Times are the store's text."""

    type: str
    entity: int
    trandate: str
    currency: int
    lines: Sequence[Line]
    duedate: str | None = None
    tax_c: int = 0
    number: str | None = None
    externalid: str | None = None
    exchangerate: float = 1.0
    otherrefnum: str | None = None
    memo: str | None = None
    email: str | None = None
    terms: int | None = None
    subsidiary: int = 1
    source: str | None = None
    createdfrom: int | None = None


def write(db: sqlite3.Connection, document: Document, stamp: str) -> int:
    """Write a new document with its lines; returns its id. Raises Refused when the external id is taken."""
    claim_external_id(db, document.type, document.externalid)
    tran = next_id(db, "tran")
    total = sum(line.amount_c for line in document.lines) + document.tax_c
    number = document.number or fresh_number(db, document.type)
    address = db.execute(
        "SELECT id FROM address WHERE entity = ? AND defaultbilling = 'T'", (document.entity,)
    ).fetchone()
    # An invoice of nothing has nothing left to be paid.
    status = DONE if total == 0 else OPEN
    db.execute(
        "INSERT INTO tran (id, type, tranid, transactionnumber, externalid, entity, trandate, duedate, createddate, "
        "lastmodifieddate, status, currency, exchangerate, total_c, tax_c, otherrefnum, memo, email, terms, "
        "billingaddress, shippingaddress, source, createdfrom, subsidiary, account) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 3)",
        (
            tran,
            document.type,
            number,
            f"{document.type.upper()}{tran}",
            document.externalid,
            document.entity,
            document.trandate,
            document.duedate,
            stamp,
            stamp,
            status,
            document.currency,
            document.exchangerate,
            total,
            document.tax_c,
            document.otherrefnum,
            document.memo,
            document.email,
            document.terms,
            address[0] if address else None,
            address[0] if address else None,
            document.source,
            document.createdfrom,
            document.subsidiary,
        ),
    )
    write_lines(db, tran, document.type, document.lines, document.tax_c, stamp)
    return tran


def write_lines(db: sqlite3.Connection, tran: int, type_: str, lines: Sequence[Line], tax_c: int, stamp: str) -> None:
    """Write all lines of a document anew: the main line, the goods, the tax. Goods stand on the other side."""
    side = -1 if type_ == INVOICE else 1
    total = sum(line.amount_c for line in lines) + tax_c
    rows: list[tuple[object, ...]] = [(tran, 0, "T", "F", None, None, None, -side * total, None, None, stamp)]
    for number, line in enumerate(lines, 1):
        row = (tran, number, "F", "F", line.item, side * line.quantity_u, line.rate_u, side * line.amount_c)
        rows.append((*row, line.units, line.description, stamp))
    if tax_c:
        rows.append((tran, len(lines) + 1, "F", "T", None, None, None, side * tax_c, None, "VAT", stamp))
    db.execute("DELETE FROM tranline WHERE tran = ?", (tran,))
    db.executemany(
        "INSERT INTO tranline (tran, id, mainline, taxline, item, quantity_u, rate_u, amount_c, units, memo, "
        "linelastmodifieddate) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        rows,
    )


def edit_lines(db: sqlite3.Connection, tran: int, lines: Sequence[Line], tax_c: int, stamp: str) -> None:
    """Replace the lines of a document and its total. Refused below what is already applied, or when voided."""
    row = db.execute("SELECT type, used_c, voided FROM tran WHERE id = ?", (tran,)).fetchone()
    total = sum(line.amount_c for line in lines) + tax_c
    if row["voided"] == "T":
        raise user_error("This transaction is voided and cannot be changed.")
    if total < row["used_c"]:
        raise user_error("The total may not be less than the amount that is already applied.")
    write_lines(db, tran, row["type"], lines, tax_c, stamp)
    db.execute("UPDATE tran SET total_c = ?, tax_c = ? WHERE id = ?", (total, tax_c, tran))
    applying.settle(db, [tran], stamp)


def void(db: sqlite3.Connection, tran: int, stamp: str) -> None:
    """Void: applications end, all amounts become zero, the number stays."""
    row = db.execute("SELECT type, voided FROM tran WHERE id = ?", (tran,)).fetchone()
    if row["voided"] == "T":
        raise user_error("This transaction is already voided.")
    _refuse_if_paid(db, tran, row["type"], "voided")
    if row["type"] != INVOICE:
        applying.release(db, tran, stamp)
    db.execute("UPDATE tranline SET amount_c = 0, linelastmodifieddate = ? WHERE tran = ?", (stamp, tran))
    db.execute(
        "UPDATE tran SET voided = 'T', status = ?, total_c = 0, tax_c = 0, used_c = 0, memo = 'VOID', "
        "closedate = ?, lastmodifieddate = ? WHERE id = ?",
        (VOIDED, stamp[:10] + " 00:00:00", stamp, tran),
    )


def delete(db: sqlite3.Connection, tran: int, stamp: str) -> None:
    """Delete a document; what it was applied to is open again. An invoice with payments cannot be deleted."""
    row = db.execute("SELECT type, tranid, externalid FROM tran WHERE id = ?", (tran,)).fetchone()
    _refuse_if_paid(db, tran, row["type"], "deleted")
    if row["type"] != INVOICE:
        applying.release(db, tran, stamp)
    db.execute("DELETE FROM tranline WHERE tran = ?", (tran,))
    db.execute("DELETE FROM tran WHERE id = ?", (tran,))
    kind = KINDS[row["type"]]
    note_deleted(db, tran, kind.record.lower(), kind.label, f"{kind.label} #{row['tranid']}", stamp)


def note_deleted(db: sqlite3.Connection, record: int, scriptid: str, type_: str, name: str, stamp: str) -> None:
    """Leave a trace of a deleted record, as `deletedrecord` shows it."""
    db.execute(
        "INSERT INTO deletedrecord (recordid, scriptid, type, name, deleteddate) VALUES (?, ?, ?, ?, ?)",
        (record, scriptid.upper(), type_, name, stamp),
    )


def touch(db: sqlite3.Connection, tran: int, stamp: str) -> None:
    """Move lastmodifieddate, nothing else."""
    db.execute("UPDATE tran SET lastmodifieddate = ? WHERE id = ?", (stamp, tran))


def claim_external_id(db: sqlite3.Connection, type_: str, externalid: str | None) -> None:
    """Refuse an external id that a record of this type has."""
    if externalid is None:
        return
    if db.execute("SELECT 1 FROM tran WHERE type = ? AND externalid = ?", (type_, externalid)).fetchone():
        raise user_error("Error while accessing a resource. This entity already exists.")


def fresh_number(db: sqlite3.Connection, type_: str) -> str:
    """The next number that the account gives to a document of this type, past those that are taken."""
    prefix = KINDS[type_].prefix
    while True:
        number = f"{prefix}{next_id(db, f'number {type_}'):05d}"
        if not db.execute("SELECT 1 FROM tran WHERE type = ? AND tranid = ?", (type_, number)).fetchone():
            return number


def _refuse_if_paid(db: sqlite3.Connection, tran: int, type_: str, verb: str) -> None:
    if type_ == INVOICE and db.execute("SELECT 1 FROM application WHERE previousdoc = ?", (tran,)).fetchone():
        raise user_error(f"This transaction cannot be {verb} because it is linked to by one or more transactions.")


def is_document(type_: str) -> bool:
    """Whether a type has goods lines."""
    return type_ in (INVOICE, CREDIT)

"""Applying payments and credit memos to invoices: the rules, and what moves when they are applied."""

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from portico_connectors.simulators.netsuite.answers import Refused, user_error
from portico_connectors.simulators.netsuite.books.kinds import (
    CREDIT,
    DEPOSITED,
    DONE,
    INVOICE,
    KINDS,
    OPEN,
    PAYMENT,
    VOIDED,
)
from portico_connectors.simulators.netsuite.store.database import next_id

UNDEPOSITED_FUNDS = 2
BANK = 1


@dataclass(frozen=True)
class NewPayment:
    """A payment to be written; amounts in hundredths. `number` None: the account numbers it."""

    entity: int
    currency: int
    amount_c: int
    trandate: str
    account: int = UNDEPOSITED_FUNDS
    number: str | None = None
    externalid: str | None = None
    exchangerate: float = 1.0
    checknumber: str | None = None
    memo: str | None = None
    subsidiary: int = 1
    source: str | None = None


def write_payment(db: sqlite3.Connection, payment: NewPayment, number: str, stamp: str) -> int:
    """Write a payment, applied to nothing yet; returns its id."""
    tran = next_id(db, "tran")
    status = DONE if payment.account == UNDEPOSITED_FUNDS else DEPOSITED
    db.execute(
        "INSERT INTO tran (id, type, tranid, transactionnumber, externalid, entity, trandate, createddate, "
        "lastmodifieddate, status, currency, exchangerate, total_c, memo, account, checknumber, source, subsidiary) "
        "VALUES (?, 'CustPymt', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            tran,
            number,
            f"CUSTPYMT{tran}",
            payment.externalid,
            payment.entity,
            payment.trandate,
            stamp,
            stamp,
            status,
            payment.currency,
            payment.exchangerate,
            payment.amount_c,
            payment.memo,
            payment.account,
            payment.checknumber,
            payment.source,
            payment.subsidiary,
        ),
    )
    db.execute(
        "INSERT INTO tranline (tran, id, mainline, amount_c, memo, linelastmodifieddate) VALUES (?, 0, 'T', ?, ?, ?)",
        (tran, payment.amount_c, payment.memo, stamp),
    )
    return tran


def apply(
    db: sqlite3.Connection,
    tran: int,
    amounts: Mapping[int, int],
    stamp: str,
    *,
    paths: Mapping[int, str] | None = None,
    bump_linked: bool = True,
) -> None:
    """Set what a payment or credit memo closes of each invoice named (0: no more). Others stay as they are.

    Raises Refused for an invoice that is not among this customer's open ones in this currency, for more than is
    due, and for more than the document has. `paths` say where in the body an invoice stands.
    """
    source = db.execute("SELECT * FROM tran WHERE id = ?", (tran,)).fetchone()
    if source["voided"] == "T":
        raise user_error("A voided transaction cannot be applied.")
    current = _current(db, tran)
    invoices = _invoices(db, amounts)
    for invoice, amount in amounts.items():
        path = (paths or {}).get(invoice)
        _check(source, invoices.get(invoice), invoice, amount, current.get(invoice, 0), path)
    applied = sum({**current, **amounts}.values())
    if applied > source["total_c"]:
        raise user_error(
            f"The amount applied ({applied / 100:.2f}) may not exceed the amount of the transaction "
            f"({source['total_c'] / 100:.2f})."
        )
    rows = [
        (tran, invoice, amount, stamp[:10] + " 00:00:00", stamp)
        for invoice, amount in amounts.items()
        if amount != current.get(invoice, 0)
    ]
    db.executemany(
        "INSERT INTO application VALUES (?, ?, ?, ?, ?) ON CONFLICT (nextdoc, previousdoc) "
        "DO UPDATE SET amount_c = excluded.amount_c, lastmodifieddate = excluded.lastmodifieddate",
        rows,
    )
    db.execute("DELETE FROM application WHERE nextdoc = ? AND amount_c = 0", (tran,))
    settle(db, [tran], stamp)
    settle(db, [row[1] for row in rows], stamp, bump=bump_linked)


def release(db: sqlite3.Connection, tran: int, stamp: str) -> None:
    """End every application of a payment or credit memo; its invoices are open again."""
    invoices = list(_current(db, tran))
    db.execute("DELETE FROM application WHERE nextdoc = ?", (tran,))
    settle(db, [tran, *invoices], stamp)


def settle(db: sqlite3.Connection, trans: Sequence[int], stamp: str, *, bump: bool = True) -> None:
    """Bring used amounts, statuses and dates of documents in line with their applications."""
    day = stamp[:10] + " 00:00:00"
    db.executemany(
        "UPDATE tran SET used_c = (SELECT COALESCE(SUM(amount_c), 0) FROM application "
        "WHERE previousdoc = tran.id OR nextdoc = tran.id) WHERE id = ?",
        [(tran,) for tran in trans],
    )
    db.executemany(
        "UPDATE tran SET status = CASE WHEN voided = 'T' THEN ? WHEN type = ? THEN status "
        "WHEN used_c >= total_c THEN ? ELSE ? END, "
        "closedate = CASE WHEN type = ? OR used_c < total_c THEN NULL ELSE COALESCE(closedate, ?) END, "
        "lastmodifieddate = CASE WHEN ? THEN ? ELSE lastmodifieddate END WHERE id = ?",
        [(VOIDED, PAYMENT, DONE, OPEN, PAYMENT, day, bump, stamp, tran) for tran in trans],
    )


def settle_payment(db: sqlite3.Connection, tran: int) -> None:
    """Bring a payment's main line and status in line with its head after an edit."""
    db.execute(
        "UPDATE tranline SET (amount_c, memo, linelastmodifieddate) = "
        "(SELECT total_c, memo, lastmodifieddate FROM tran WHERE id = ?) WHERE tran = ? AND id = 0",
        (tran, tran),
    )
    db.execute(
        "UPDATE tran SET status = CASE WHEN account = ? THEN ? ELSE ? END WHERE id = ? AND voided = 'F'",
        (UNDEPOSITED_FUNDS, DONE, DEPOSITED, tran),
    )


def open_invoices(db: sqlite3.Connection, entity: int, currency: int) -> list[sqlite3.Row]:
    """A customer's open invoices in a currency, oldest first."""
    return db.execute(
        "SELECT * FROM tran WHERE entity = ? AND type = 'CustInvc' AND status = 'A' AND currency = ? "
        "AND used_c < total_c ORDER BY duedate, id",
        (entity, currency),
    ).fetchall()


def spread(invoices: Iterable[sqlite3.Row], amount_c: int, taken: Mapping[int, int]) -> dict[int, int]:
    """An amount over open invoices in their order, leaving out those already named."""
    amounts: dict[int, int] = {}
    for invoice in invoices:
        if amount_c <= 0:
            break
        if invoice["id"] in taken:
            continue
        part = min(amount_c, invoice["total_c"] - invoice["used_c"])
        amounts[invoice["id"]] = part
        amount_c -= part
    return amounts


def _check(
    source: sqlite3.Row, invoice: sqlite3.Row | None, invoice_id: int, amount: int, before: int, path: str | None
) -> None:
    where = path or "apply"
    if invoice is None:
        raise Refused(
            400,
            "INVALID_CONTENT",
            f"Error while accessing a resource. Invalid Field Value {invoice_id} for the following field: doc",
            path=f"{where}.doc",
        )
    if amount < 0:
        raise Refused(
            400,
            "INVALID_CONTENT",
            f"Error while accessing a resource. Invalid Field Value {amount / 100:.2f} for the following field: amount",
            path=f"{where}.amount",
        )
    due = invoice["total_c"] - invoice["used_c"] + before
    listed = (
        invoice["entity"] == source["entity"]
        and invoice["currency"] == source["currency"]
        and invoice["subsidiary"] == source["subsidiary"]
        and invoice["voided"] == "F"
        and due > 0
    )
    if not listed:
        # The sublist shows this customer's open invoices in this currency and nothing else.
        raise user_error(
            "Error while accessing a resource. Unable to find a matching line for sublist apply with key: [doc] and "
            f"value: [{invoice_id}]."
        )
    if amount > due:
        raise user_error(
            f"Error while accessing a resource. The amount applied to {KINDS[INVOICE].label} #{invoice['tranid']} "
            f"({amount / 100:.2f}) may not exceed the amount due ({due / 100:.2f})."
        )


def _current(db: sqlite3.Connection, tran: int) -> dict[int, int]:
    rows = db.execute("SELECT previousdoc, amount_c FROM application WHERE nextdoc = ?", (tran,))
    return {row[0]: row[1] for row in rows}


def _invoices(db: sqlite3.Connection, ids: Iterable[int]) -> dict[int, sqlite3.Row]:
    wanted = list(ids)
    found: dict[int, sqlite3.Row] = {}
    for start in range(0, len(wanted), 500):
        part = wanted[start : start + 500]
        marks = ", ".join("?" * len(part))
        rows = db.execute(f"SELECT * FROM tran WHERE type = 'CustInvc' AND id IN ({marks})", part)
        found.update({row["id"]: row for row in rows})
    return found


def is_applied(type_: str) -> bool:
    """Whether documents of a type are applied to invoices."""
    return type_ in (PAYMENT, CREDIT)

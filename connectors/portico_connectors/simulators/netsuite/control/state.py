"""What the books say, for tests: payments with what they close, invoices with what is open."""

import sqlite3
from typing import Any

from portico_connectors.simulators.netsuite.books.kinds import KINDS
from portico_connectors.simulators.netsuite.books.numbers import amount_text


def payments(db: sqlite3.Connection, external_id: str | None = None) -> list[dict[str, Any]]:
    """All payments, or those with this external id, newest first."""
    rows = db.execute(
        "SELECT t.*, c.entityid, cu.symbol FROM tran t JOIN customer c ON c.id = t.entity "
        "JOIN currency cu ON cu.id = t.currency WHERE t.type = 'CustPymt' AND (? IS NULL OR t.externalid = ?) "
        "ORDER BY t.id DESC",
        (external_id, external_id),
    ).fetchall()
    applied: dict[int, list[dict[str, Any]]] = {}
    for row in db.execute(
        "SELECT a.nextdoc, a.amount_c, i.id, i.tranid FROM application a JOIN tran i ON i.id = a.previousdoc "
        "JOIN tran p ON p.id = a.nextdoc WHERE p.type = 'CustPymt' AND (? IS NULL OR p.externalid = ?) ORDER BY i.id",
        (external_id, external_id),
    ):
        applied.setdefault(row["nextdoc"], []).append(
            {"invoice_id": str(row["id"]), "invoice": row["tranid"], "amount": amount_text(row["amount_c"])}
        )
    return [
        {
            "id": str(row["id"]),
            "number": row["tranid"],
            "external_id": row["externalid"],
            "customer_id": str(row["entity"]),
            "customer": row["entityid"],
            "currency": row["symbol"],
            "date": row["trandate"][:10],
            "amount": amount_text(row["total_c"]),
            "unapplied": amount_text(row["total_c"] - row["used_c"]),
            "memo": row["memo"],
            "voided": row["voided"] == "T",
            "applications": applied.get(row["id"], []),
        }
        for row in rows
    ]


def document(db: sqlite3.Connection, row: sqlite3.Row) -> dict[str, Any]:
    """An invoice or credit memo with its open amount."""
    currency = db.execute("SELECT symbol FROM currency WHERE id = ?", (row["currency"],)).fetchone()[0]
    return {
        "id": str(row["id"]),
        "type": KINDS[row["type"]].record,
        "number": row["tranid"],
        "external_id": row["externalid"],
        "customer_id": str(row["entity"]),
        "currency": currency,
        "date": row["trandate"][:10],
        "due_date": row["duedate"][:10] if row["duedate"] else None,
        "total": amount_text(row["total_c"]),
        "tax": amount_text(row["tax_c"]),
        "open": amount_text(row["total_c"] - row["used_c"]),
        "status": KINDS[row["type"]].statuses[row["status"]],
        "voided": row["voided"] == "T",
        "last_modified": row["lastmodifieddate"],
    }


def documents(db: sqlite3.Connection, type_: str, number: str | None, customer: str | None) -> list[dict[str, Any]]:
    """Documents of a type by number, by customer (id or number), or the newest 1,000."""
    rows = db.execute(
        "SELECT t.* FROM tran t JOIN customer c ON c.id = t.entity WHERE t.type = ? "
        "AND (? IS NULL OR t.tranid = ?) AND (? IS NULL OR c.id = ? OR c.entityid = ?) ORDER BY t.id DESC LIMIT 1000",
        (type_, number, number, customer, customer, customer),
    ).fetchall()
    return [document(db, row) for row in rows]


def counts(db: sqlite3.Connection) -> dict[str, int]:
    """How many records of each kind there are."""
    found = {
        name: int(db.execute(f"SELECT COUNT(*) FROM {name}").fetchone()[0])
        for name in ("customer", "contact", "term", "item", "currency", "tranline", "deletedrecord")
    }
    for type_, number in db.execute("SELECT type, COUNT(*) FROM tran GROUP BY type"):
        found[KINDS[type_].record] = number
    return found

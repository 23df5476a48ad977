"""Renders the paper of an invoice with typst; what is printed goes in as JSON and stays data."""

import json
import sqlite3
import threading
from functools import cache
from pathlib import Path

import typst

from portico_connectors.simulators.netsuite.account import Account
from portico_connectors.simulators.netsuite.store.database import meta
from portico_connectors.simulators.netsuite.suiteql.dates import in_preference

SOURCE = Path(__file__).with_name("paper.typ")


def invoice_pdf(account: Account, tran: int) -> tuple[str, bytes]:
    """File name and PDF of an invoice."""
    db = account.database.reading()
    row = db.execute(
        "SELECT t.*, c.companyname, c.entityid, c.firstname, c.lastname, cu.symbol, te.name AS term FROM tran t "
        "JOIN customer c ON c.id = t.entity JOIN currency cu ON cu.id = t.currency "
        "LEFT JOIN term te ON te.id = t.terms WHERE t.id = ?",
        (tran,),
    ).fetchone()
    data = {
        "title": f"Invoice {row['tranid']}",
        "heading": "Invoice",
        "company": meta(db, "company") or account.config.account,
        "bill_to": _bill_to(db, row),
        "facts": _facts(account, row),
        "lines": _lines(db, row),
        "totals": _totals(row),
        "memo": row["memo"] or "",
    }
    return f"{row['tranid']}.pdf", _compile(json.dumps(data))


_TURN = threading.Lock()


def _compile(data: str) -> bytes:
    # A compiler keeps what it has read, fonts above all; it serves one call at a time.
    with _TURN:
        pdf = _compiler().compile(format="pdf", sys_inputs={"data": data})
    if not isinstance(pdf, bytes):
        raise TypeError("typst gave no single document")
    return pdf


@cache
def _compiler() -> typst.Compiler:
    return typst.Compiler(input=str(SOURCE))


def _facts(account: Account, row: sqlite3.Row) -> list[list[str]]:
    def shown(value: str) -> str:
        return in_preference(value, account.options.date_format, with_time=False)

    facts = [["Number", row["tranid"]], ["Date", shown(row["trandate"])]]
    if row["duedate"]:
        facts.append(["Due date", shown(row["duedate"])])
    for label, value in (("Terms", row["term"]), ("PO number", row["otherrefnum"]), ("Customer", row["entityid"])):
        if value:
            facts.append([label, str(value)])
    facts.append(["Currency", row["symbol"]])
    return facts


def _bill_to(db: sqlite3.Connection, row: sqlite3.Row) -> list[str]:
    name = row["companyname"] or f"{row['firstname'] or ''} {row['lastname'] or ''}".strip()
    address = db.execute("SELECT * FROM address WHERE id = ?", (row["billingaddress"],)).fetchone()
    if address is None:
        return [name]
    place = " ".join(part for part in (address["city"], address["state"], address["zip"]) if part)
    parts = [name, address["attention"], address["addr1"], address["addr2"], address["addr3"], place]
    return [part for part in (*parts, address["country"]) if part]


def _lines(db: sqlite3.Connection, row: sqlite3.Row) -> list[list[str]]:
    lines = db.execute(
        "SELECT l.*, i.itemid FROM tranline l LEFT JOIN item i ON i.id = l.item "
        "WHERE l.tran = ? AND l.mainline = 'F' AND l.taxline = 'F' ORDER BY l.id",
        (row["id"],),
    )
    return [
        [
            line["itemid"] or "",
            line["memo"] or "",
            _trimmed(-(line["quantity_u"] or 0)),
            _trimmed(line["rate_u"] or 0, 2),
            money(-line["amount_c"]),
        ]
        for line in lines
    ]


def _totals(row: sqlite3.Row) -> list[list[object]]:
    currency = row["symbol"]
    totals: list[list[object]] = [["Subtotal", f"{money(row['total_c'] - row['tax_c'])}", False]]
    if row["tax_c"]:
        totals.append(["Tax", money(row["tax_c"]), False])
    totals.append(["Total", f"{money(row['total_c'])} {currency}", True])
    if row["used_c"]:
        totals.append(["Paid", money(row["used_c"]), False])
        totals.append(["Amount due", f"{money(row['total_c'] - row['used_c'])} {currency}", True])
    return totals


def money(hundredths: int) -> str:
    """An amount with thousands set apart and two decimals."""
    sign = "-" if hundredths < 0 else ""
    whole, rest = divmod(abs(hundredths), 100)
    return f"{sign}{whole:,}.{rest:02d}"


def _trimmed(millionths: int, decimals: int = 0) -> str:
    whole, rest = divmod(abs(millionths), 1_000_000)
    fraction = f"{rest:06d}".rstrip("0").ljust(decimals, "0")
    sign = "-" if millionths < 0 else ""
    return f"{sign}{whole:,}.{fraction}" if fraction else f"{sign}{whole:,}"

"""Loads invoices, credit memos and payments from CSV: lines are streamed, documents are written when they add up."""

import sqlite3
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from portico_connectors.simulators.netsuite.account import Account
from portico_connectors.simulators.netsuite.books.applying import BANK
from portico_connectors.simulators.netsuite.books.kinds import CREDIT, DEPOSITED, DONE, INVOICE, OPEN, PAYMENT
from portico_connectors.simulators.netsuite.books.numbers import amount_text, product_c
from portico_connectors.simulators.netsuite.company import files
from portico_connectors.simulators.netsuite.company.read import File, Problems, Row, rows
from portico_connectors.simulators.netsuite.store.database import next_id

if TYPE_CHECKING:
    from portico_connectors.simulators.netsuite.company.load import Known

BATCH = 5000
NOON = "12:00:00"


class Document:
    """A document while its lines and applications are gathered. Amounts in hundredths."""

    __slots__ = (
        "bad", "changed", "currency", "customer", "day", "due", "external_id", "id", "lines", "memo", "net_c",
        "number", "order", "row", "tax_c", "terms", "total_c", "type", "used_c",
    )  # fmt: skip

    def __init__(self, type_: str, row: Row, number: str, customer: int, currency: int, day: str) -> None:
        self.type = type_
        self.row = row
        self.number = number
        self.customer = customer
        self.currency = currency
        self.day = day
        self.changed = day
        self.id = 0
        self.due: str | None = None
        self.terms: int | None = None
        self.order: str | None = None
        self.memo: str | None = None
        self.external_id: str | None = None
        self.tax_c = 0
        self.net_c = 0
        self.total_c = 0
        self.used_c = 0
        self.lines = 0
        self.bad = False


Documents = dict[str, Document]


class DocumentLoader:
    """Loads the documents of a folder whose customers and items are known."""

    def __init__(
        self,
        db: sqlite3.Connection,
        folder: Path,
        known: "Known",
        problems: Problems,
        account: Account,
        currency: Callable[[Row, str], int | None],
    ) -> None:
        self.db = db
        self.folder = folder
        self.known = known
        self.problems = problems
        self.account = account
        self.currency = currency
        self.stamp = account.stamp()
        self.given_items = (folder / files.ITEMS.name).exists()
        self.rates: dict[int, float] = {}

    def load(self) -> None:
        """Load invoices, credits and payments, then what closes what."""
        invoices = self._documents(files.INVOICES, INVOICE)
        self._lines(files.INVOICE_LINES, "invoice", invoices, -1)
        credits_ = self._documents(files.CREDITS, CREDIT)
        self._lines(files.CREDIT_LINES, "credit", credits_, 1)
        payments = self._documents(files.PAYMENTS, PAYMENT)
        self.rates = dict(self.db.execute("SELECT id, exchangerate FROM currency").fetchall())
        self._check_totals(invoices)
        self._check_totals(credits_)
        self._applications(files.CREDIT_APPLICATIONS, "credit", credits_, invoices)
        self._applications(files.PAYMENT_APPLICATIONS, "payment", payments, invoices)
        for documents in (invoices, credits_, payments):
            self._write(documents)

    def _documents(self, file: File, type_: str) -> Documents:
        found: Documents = {}
        external: set[str] = set()
        for row in rows(self.folder, file, self.problems):
            document = self._document(row, type_)
            number = row.text("number")
            if number in found:
                row.fault(f"the number {number!r} is there already, on line {found[number].row.line}")
            external_id = row.text("external_id") or None
            if external_id in external:
                row.fault(f"the external_id {external_id!r} is there already")
            if document is None or row.bad:
                continue
            document.external_id = external_id
            if external_id:
                external.add(external_id)
            document.id = next_id(self.db, "tran")
            found[number] = document
        return found

    def _document(self, row: Row, type_: str) -> Document | None:
        customer = self.known.customers.get(row.text("customer"))
        if customer is None:
            row.fault(f"the customer {row.text('customer')!r} is not in {files.CUSTOMERS.name}")
            return None
        currency = self.currency(row, row.text("currency")) if row.text("currency") else customer[1]
        day = row.day("date")
        if currency is None or day is None:
            return None
        document = Document(type_, row, row.text("number"), customer[0], currency, day)
        document.memo = row.text("memo") or None
        if type_ == PAYMENT:
            document.total_c = row.number("amount", 2) or 0
            if document.total_c <= 0 and not row.bad:
                row.fault(f"amount {row.text('amount')!r} is not more than nothing")
            return document
        document.tax_c = row.number("tax", 2) or 0
        document.total_c = row.number("total", 2) or 0
        if type_ == INVOICE:
            document.order = row.text("po_number") or None
            self._due(row, document, customer[2])
        return document

    def _due(self, row: Row, document: Document, customer_terms: int | None) -> None:
        named = row.text("terms")
        if named and named not in self.known.terms:
            row.fault(f"the terms {named!r} are not known")
        document.terms = self.known.terms[named][0] if named in self.known.terms else customer_terms
        days = next((days for number, days in self.known.terms.values() if number == document.terms), 0)
        document.due = row.day("due_date") or f"{date.fromisoformat(document.day[:10]) + timedelta(days=days)} 00:00:00"

    def _lines(self, file: File, owner: str, documents: Documents, side: int) -> None:
        batch: list[tuple[object, ...]] = []
        for row in rows(self.folder, file, self.problems):
            document = documents.get(row.text(owner))
            if document is None:
                row.fault(f"there is no {owner} {row.text(owner)!r}")
                continue
            quantity, rate = row.number("quantity", 6), row.number("unit_price", 6)
            amount = row.number("amount", 2)
            item = self._item(row)
            if row.bad or quantity is None or rate is None:
                # A document without one of its lines would be another document.
                document.bad = True
                continue
            if amount is None:
                amount = product_c(quantity, rate)
            document.lines += 1
            document.net_c += amount
            stamp = self._stamp(document.day)
            described = row.text("description") or None
            head = (document.id, document.lines, item, side * quantity, rate, side * amount)
            batch.append((*head, row.text("unit") or None, described, stamp))
            if len(batch) >= BATCH:
                self._insert_lines(batch)
                batch = []
        self._insert_lines(batch)

    def _insert_lines(self, batch: list[tuple[object, ...]]) -> None:
        self.db.executemany(
            "INSERT INTO tranline (tran, id, item, quantity_u, rate_u, amount_c, units, memo, linelastmodifieddate) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            batch,
        )

    def _item(self, row: Row) -> int | None:
        sku = row.text("sku")
        if not sku:
            return None
        if sku not in self.known.items:
            if self.given_items:
                row.fault(f"the item {sku!r} is not in {files.ITEMS.name}")
                return None
            self.known.items[sku] = next_id(self.db, "item")
            name = row.text("description") or sku
            self.db.execute(
                "INSERT INTO item (id, itemid, displayname, description, stockunit, createddate, lastmodifieddate) "
                "VALUES (?, ?, ?, ?, ?, ?, ?)",
                (self.known.items[sku], sku, name, name, row.text("unit") or None, self.stamp, self.stamp),
            )
        return self.known.items[sku]

    def _check_totals(self, documents: Documents) -> None:
        for document in documents.values():
            if document.bad:
                document.row.fault(f"{document.number!r} is left out because of a bad line")
                continue
            total = document.net_c + document.tax_c
            if document.row.text("total") and document.total_c != total:
                document.row.fault(
                    f"total {amount_text(document.total_c)} is not the sum of lines and tax, {amount_text(total)}"
                )
            elif not document.lines:
                document.row.fault(f"{document.number!r} has no lines")
            elif total < 0:
                document.row.fault(f"{document.number!r} comes to {amount_text(total)}; less than nothing is a credit")
            document.total_c = total
            document.bad = document.row.bad

    def _applications(self, file: File, owner: str, sources: Documents, invoices: Documents) -> None:
        batch: dict[tuple[int, int], tuple[object, ...]] = {}
        for row in rows(self.folder, file, self.problems):
            source, invoice = sources.get(row.text(owner)), invoices.get(row.text("invoice"))
            amount = row.number("amount", 2)
            if source is None or source.bad:
                row.fault(f"there is no {owner} {row.text(owner)!r}")
            elif invoice is None or invoice.bad:
                row.fault(f"there is no invoice {row.text('invoice')!r}")
            elif amount is not None:
                fault = _application_fault(source, invoice, amount, owner)
                if fault is None and (source.id, invoice.id) in batch:
                    fault = f"{owner} {source.number!r} is applied to invoice {invoice.number!r} already"
                if fault is not None:
                    row.fault(fault)
                    continue
                source.used_c += amount
                invoice.used_c += amount
                day = max(source.day, invoice.day)
                source.changed = max(source.changed, day)
                invoice.changed = max(invoice.changed, day)
                batch[source.id, invoice.id] = (source.id, invoice.id, amount, day, self._stamp(day))
        self.db.executemany("INSERT INTO application VALUES (?, ?, ?, ?, ?)", batch.values())

    def _write(self, documents: Documents) -> None:
        bad = [(document.id,) for document in documents.values() if document.bad]
        self.db.executemany("DELETE FROM tranline WHERE tran = ?", bad)
        good = [document for document in documents.values() if not document.bad]
        self.db.executemany(
            "INSERT INTO tran (id, type, tranid, transactionnumber, externalid, entity, trandate, duedate, closedate, "
            "createddate, lastmodifieddate, status, currency, exchangerate, total_c, tax_c, used_c, otherrefnum, "
            "memo, terms, account, billingaddress, shippingaddress, source) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, "
            "(SELECT id FROM address WHERE entity = ?), (SELECT id FROM address WHERE entity = ?), 'CSV')",
            [self._row(document) for document in good],
        )
        self.db.executemany(
            "INSERT INTO tranline (tran, id, mainline, amount_c, linelastmodifieddate) VALUES (?, 0, 'T', ?, ?)",
            [(d.id, -d.total_c if d.type == CREDIT else d.total_c, self._stamp(d.changed)) for d in good],
        )
        self.db.executemany(
            "INSERT INTO tranline (tran, id, taxline, amount_c, memo, linelastmodifieddate) "
            "VALUES (?, ?, 'T', ?, 'Tax', ?)",
            [
                (d.id, d.lines + 1, d.tax_c if d.type == CREDIT else -d.tax_c, self._stamp(d.day))
                for d in good
                if d.tax_c
            ],
        )

    def _row(self, document: Document) -> tuple[object, ...]:
        done = document.used_c >= document.total_c
        status = DEPOSITED if document.type == PAYMENT else DONE if done else OPEN
        return (
            document.id,
            document.type,
            document.number,
            f"{document.type.upper()}{document.id}",
            document.external_id,
            document.customer,
            document.day,
            document.due,
            document.changed if done and document.type != PAYMENT else None,
            self._stamp(document.day),
            self._stamp(document.changed),
            status,
            document.currency,
            self.rates[document.currency],
            document.total_c,
            document.tax_c,
            document.used_c,
            document.order,
            document.memo,
            document.terms,
            BANK if document.type == PAYMENT else 3,
            document.customer,
            document.customer,
        )

    def _stamp(self, day: str) -> str:
        """Noon of a day, or the time of loading where that would lie ahead."""
        return min(f"{day[:10]} {NOON}", self.stamp)


def _application_fault(source: Document, invoice: Document, amount: int, owner: str) -> str | None:
    if amount <= 0:
        return f"amount {amount_text(amount)} is not more than nothing"
    if source.customer != invoice.customer:
        return f"{owner} {source.number!r} and invoice {invoice.number!r} are of two customers"
    if source.currency != invoice.currency:
        return f"{owner} {source.number!r} and invoice {invoice.number!r} are in two currencies"
    if source.used_c + amount > source.total_c:
        return f"{owner} {source.number!r} would be applied beyond its {amount_text(source.total_c)}"
    if invoice.used_c + amount > invoice.total_c:
        return f"invoice {invoice.number!r} would be paid beyond its {amount_text(invoice.total_c)}"
    return None

"""Writes the files of a company folder (COMPANY.md); the columns are those of `company.files`."""

import csv
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

from portico_connectors.simulators.netsuite.company import files
from portico_connectors.simulators.netsuite.company.online_retail.aside import SetAside
from portico_connectors.simulators.netsuite.company.online_retail.customers import COUNTRIES, Customer
from portico_connectors.simulators.netsuite.company.online_retail.documents import Document, below_a_penny
from portico_connectors.simulators.netsuite.company.online_retail.payments import TERMS, TERMS_DAYS, Payment
from portico_connectors.simulators.netsuite.company.online_retail.source import Line
from portico_connectors.simulators.netsuite.company.read import File

COMPANY = "Online Retail"
CURRENCY = "GBP"
# Codes that are no goods: postage, carriage, discount, manual, bank charges and their like.
SERVICES = frozenset({"AMAZONFEE", "B", "BANK CHARGES", "C2", "CRUK", "D", "DOT", "M", "POST", "S"})
ROUNDING = "Rounding"


class Folder:
    """A folder whose documents lie `shift` later than the source's."""

    def __init__(self, path: Path, shift: timedelta) -> None:
        self.path = path
        self._shift = shift
        path.mkdir(parents=True, exist_ok=True)
        self._write(files.COMPANY, "name base_currency", [(COMPANY, CURRENCY)])
        self._write(files.TERMS, "name days", [(TERMS, TERMS_DAYS)])

    def customers(self, customers: Sequence[Customer]) -> None:
        ordered = sorted(customers, key=lambda each: each.number)
        self._write(
            files.CUSTOMERS,
            "number name email terms country",
            (
                (each.number, each.name, f"accounts@{each.domain}", TERMS, COUNTRIES.get(each.country, ""))
                for each in ordered
            ),
        )
        self._write(
            files.CONTACTS,
            "customer first_name last_name email title",
            ((each.number, *each.contact, f"payables@{each.domain}", "Accounts payable") for each in ordered),
        )

    def documents(self, documents: Sequence[Document]) -> None:
        """The heads; the simulator refuses a document whose lines do not come to its total."""
        for file, credits_ in ((files.INVOICES, False), (files.CREDITS, True)):
            self._write(
                file,
                "number customer date total",
                ((d.number, d.customer, self._day(d.issued_on), d.total) for d in documents if d.is_credit is credits_),
            )

    def payments(self, payments: Iterable[Payment]) -> None:
        self._write(
            files.PAYMENTS,
            "number customer date amount",
            ((each.number, each.customer, self._day(each.paid_on), each.amount) for each in payments),
        )
        self._write(
            files.PAYMENT_APPLICATIONS,
            "payment invoice amount",
            ((each.number, invoice.number, invoice.total) for each in payments for invoice in each.invoices),
        )

    def lines(self, lines: Iterable[Line], documents: Mapping[str, Document], aside: SetAside) -> int:
        """The lines of the documents given, and the items that they name. Returns how many were kept."""
        items: dict[str, Counter[str]] = {}
        with ExitStack() as open_files:
            invoice_lines, credit_lines = (
                csv.writer(open_files.enter_context((self.path / file.name).open("w", encoding="utf-8", newline="")))
                for file in (files.INVOICE_LINES, files.CREDIT_LINES)
            )
            invoice_lines.writerow(("invoice", "sku", "description", "quantity", "unit_price"))
            credit_lines.writerow(("credit", "sku", "description", "quantity", "unit_price"))
            kept = 0
            for line in lines:
                document = documents.get(line.document)
                if document is None:
                    continue
                if below_a_penny(line):
                    aside.add_line(line)
                    continue
                kept += 1
                # The file spells a code in upper and lower case; to an ERP, and to a buyer, it is one article.
                sku = line.code.upper()
                items.setdefault(sku, Counter())[line.description] += 1
                quantity = -line.quantity if document.is_credit else line.quantity
                writer = credit_lines if document.is_credit else invoice_lines
                writer.writerow((line.document, sku, line.description, format(quantity, "f"), format(line.price, "f")))
            for document in documents.values():
                if document.rounding or not document.kept:
                    writer = credit_lines if document.is_credit else invoice_lines
                    writer.writerow((document.number, "", ROUNDING, 1, document.rounding))
        self._write(files.ITEMS, "sku name kind", (_item(sku, items[sku]) for sku in sorted(items)))
        return kept

    def _day(self, day: date) -> str:
        return (day + self._shift).isoformat()

    def _write(self, file: File, columns: str, rows: Iterable[Sequence[str | int | Decimal]]) -> None:
        with (self.path / file.name).open("w", encoding="utf-8", newline="") as handle:
            writer = csv.writer(handle)
            writer.writerow(columns.split())
            writer.writerows(rows)


def _item(sku: str, descriptions: Counter[str]) -> tuple[str, str, str]:
    """An article by its most frequent description, the first in the alphabet among equals."""
    usual = min(descriptions, key=lambda text: (not text, -descriptions[text], text))
    return sku, usual or sku, "service" if sku in SERVICES else "stock"

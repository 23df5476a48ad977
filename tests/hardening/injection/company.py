"""A company whose every field attacks: the files that the ERP simulator loads, a customer with documents per payload.

A field's value is the payload and behind it a mark of its own (`q03memoz`), by which it is found again wherever it
comes out.
"""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from tests.hardening.injection.payloads import LONGEST_KEY, LONGEST_NAME, WORD, carriers

LONG_TEXT = 10_000


@dataclass(frozen=True)
class Carrier:
    """One customer of that company."""

    index: int
    payload: str

    def mark(self, field: str) -> str:
        return f"q{self.index:02}{field}z"

    def value(self, field: str, longest: int | None = None) -> str:
        """The payload in that field. Where there is no limit, the last carrier is as long as a field ever is."""
        mark = self.mark(field)
        text = f"{self.payload} {mark}"
        if self.is_long:
            room = (longest or LONG_TEXT) - len(text) - 1
            text += " " + (f"{WORD} " * (room // len(WORD) + 1))[:room]
        return text

    @property
    def is_long(self) -> bool:
        return self.payload == WORD


CARRIERS = [Carrier(index, payload) for index, payload in enumerate([*carriers(), WORD])]
CUSTOMER_FIELDS = ("customer_email", "customer_phone", "url", "terms", "line1", "line2", "line3")
PLACE_FIELDS = ("city", "state", "postal", "country")
CONTACT_FIELDS = ("contact_last", "contact_first", "contact_email", "contact_phone", "contact_title")
FIELDS = {
    *(*CUSTOMER_FIELDS, *PLACE_FIELDS, *CONTACT_FIELDS, "customer_number", "customer_name", "item_name", "sku", "unit"),
    *("invoice_number", "order", "memo", "invoice_line", "credit_number", "credit_memo", "credit_line"),
    *("payment_number", "payment_memo", "person", "owner"),
}
# Shown nowhere: not read from the ERP, or not put on any page.
UNREAD = {"url", "payment_memo", "item_name", "contact_title"}


def write_company(folder: Path) -> None:
    """The CSV files of the folder."""
    folder.mkdir()
    _write(folder, "company.csv", "name base_currency", [["Attackers & Sons", "GBP"]])
    _write(folder, "terms.csv", "name days", [[each.value("terms"), 30] for each in CARRIERS])
    _write(
        folder,
        "customers.csv",
        "number name currency email phone url terms address1 address2 address3 city state postal_code country",
        [
            [
                each.value("customer_number", LONGEST_KEY),
                each.value("customer_name", LONGEST_NAME),
                "GBP",
                *(each.value(field) for field in (*CUSTOMER_FIELDS, *PLACE_FIELDS)),
            ]
            for each in CARRIERS
        ],
    )
    _write(
        folder,
        "contacts.csv",
        "customer last_name first_name email phone title",
        [[_number(each), *(each.value(field) for field in CONTACT_FIELDS)] for each in CARRIERS],
    )
    _write(
        folder,
        "items.csv",
        "sku name unit price",
        [[each.value("sku"), each.value("item_name"), each.value("unit"), 1] for each in CARRIERS],
    )
    _documents(folder)


def _documents(folder: Path) -> None:
    _write(
        folder,
        "invoices.csv",
        "number customer date po_number memo",
        [
            [
                _invoice(each),
                _number(each),
                f"2026-10-{each.index % 28 + 1:02}",
                each.value("order"),
                each.value("memo"),
            ]
            for each in CARRIERS
        ],
    )
    _write(
        folder,
        "credits.csv",
        "number customer date memo",
        [
            [each.value("credit_number", LONGEST_KEY), _number(each), "2026-10-20", each.value("credit_memo")]
            for each in CARRIERS
        ],
    )
    for kind, number in (("invoice", "invoice_number"), ("credit", "credit_number")):
        _write(
            folder,
            f"{kind}_lines.csv",
            f"{kind} sku description quantity unit_price unit",
            [
                [
                    each.value(number, LONGEST_KEY),
                    each.value("sku"),
                    each.value(f"{kind}_line"),
                    2,
                    50,
                    each.value("unit"),
                ]
                for each in CARRIERS
            ],
        )
    _write(
        folder,
        "payments.csv",
        "number customer date amount memo",
        [
            [each.value("payment_number", LONGEST_KEY), _number(each), "2026-11-01", 10, each.value("payment_memo")]
            for each in CARRIERS
        ],
    )
    _write(
        folder,
        "payment_applications.csv",
        "payment invoice amount",
        [[each.value("payment_number", LONGEST_KEY), _invoice(each), 10] for each in CARRIERS],
    )


def _number(carrier: Carrier) -> str:
    return carrier.value("customer_number", LONGEST_KEY)


def _invoice(carrier: Carrier) -> str:
    return carrier.value("invoice_number", LONGEST_KEY)


def _write(folder: Path, name: str, columns: str, rows: Iterable[list[object]]) -> None:
    with (folder / name).open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(columns.split())
        table.writerows(rows)

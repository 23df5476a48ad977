"""Loads a company from a folder of CSV files: all of it, or nothing and a sentence for every bad row."""

import re
import sqlite3
from dataclasses import dataclass, field
from pathlib import Path

from portico_connectors.simulators.netsuite.account import Account
from portico_connectors.simulators.netsuite.company import files
from portico_connectors.simulators.netsuite.company.errors import BadCompany
from portico_connectors.simulators.netsuite.company.ledger import currency_id, open_ledger, standard_terms
from portico_connectors.simulators.netsuite.company.load_documents import DocumentLoader
from portico_connectors.simulators.netsuite.company.read import Problems, Row, rows
from portico_connectors.simulators.netsuite.store.database import next_id

KINDS = {"": "InvtPart", "stock": "InvtPart", "non-stock": "NonInvtPart", "service": "Service"}


@dataclass
class Known:
    """What rows refer to by name."""

    customers: dict[str, tuple[int, int, int | None]] = field(default_factory=dict)
    terms: dict[str, tuple[int, int]] = field(default_factory=dict)
    items: dict[str, int] = field(default_factory=dict)
    currencies: dict[str, int] = field(default_factory=dict)


def load_company(db: sqlite3.Connection, folder: Path, account: Account, *, lenient: bool = False) -> list[str]:
    """Load a folder into empty books. Raises BadCompany; a lenient load returns the sentences instead."""
    problems = Problems()
    loader = _Loader(db, folder, account, problems)
    loader.load()
    if problems.sentences and not lenient:
        raise BadCompany(problems.sentences)
    return problems.sentences


class _Loader:
    def __init__(self, db: sqlite3.Connection, folder: Path, account: Account, problems: Problems) -> None:
        self.db = db
        self.folder = folder
        self.account = account
        self.problems = problems
        self.known = Known()
        self.stamp = account.stamp()

    def load(self) -> None:
        """Read the files in the order in which they refer to each other."""
        if not self.folder.is_dir():
            self.problems.sentences.append(f"{self.folder}: there is no such folder")
            return
        self._company()
        self._terms()
        self._customers()
        self._contacts()
        self._items()
        DocumentLoader(self.db, self.folder, self.known, self.problems, self.account, self.currency).load()

    def currency(self, row: Row, code: str) -> int | None:
        """A currency by ISO code; a new one is opened, a bad one noted."""
        if code not in self.known.currencies:
            if re.fullmatch(r"[A-Z]{3}", code) is None:
                row.fault(f"currency {code!r} is no ISO code of three capital letters")
                return None
            self.known.currencies[code] = currency_id(self.db, code, self.stamp)
        return self.known.currencies[code]

    def _company(self) -> None:
        name, base = self.account.config.company_name, self.account.options.currencies[0]
        for row in rows(self.folder, files.COMPANY, self.problems):
            name, base = name or row.text("name"), row.text("base_currency")
            if re.fullmatch(r"[A-Z]{3}", base) is None:
                row.fault(f"base_currency {base!r} is no ISO code of three capital letters")
                base = self.account.options.currencies[0]
        self.account.options.currencies = [base, *(c for c in self.account.options.currencies if c != base)]
        open_ledger(self.db, name or self.folder.name, self.account.options, self.stamp)
        self.known.currencies = {
            code: number for number, code in self.db.execute("SELECT id, symbol FROM currency").fetchall()
        }

    def _terms(self) -> None:
        if not (self.folder / files.TERMS.name).exists():
            standard_terms(self.db, self.stamp)
            self.known.terms = {
                name: (number, days)
                for number, name, days in self.db.execute("SELECT id, name, daysuntilnetdue FROM term").fetchall()
            }
        for row in rows(self.folder, files.TERMS, self.problems):
            name, days = row.text("name"), row.whole("days")
            percent, discount_days = row.number("discount_percent", 2), row.whole("discount_days")
            if name in self.known.terms:
                row.fault(f"the terms {name!r} are there already")
            if row.bad or days is None:
                continue
            number = next_id(self.db, "term")
            self.known.terms[name] = (number, days)
            self.db.execute(
                "INSERT INTO term (id, name, daysuntilnetdue, discountpercent, daysuntilexpiry, lastmodifieddate) "
                "VALUES (?, ?, ?, ?, ?, ?)",
                (number, name, days, None if percent is None else percent / 100, discount_days, self.stamp),
            )

    def _customers(self) -> None:
        parents: list[tuple[Row, str, int]] = []
        external: set[str] = set()
        for row in rows(self.folder, files.CUSTOMERS, self.problems):
            number = row.text("number")
            if number in self.known.customers:
                row.fault(f"the customer {number!r} is there already")
            currency = self.currency(row, row.text("currency") or self.account.options.currencies[0])
            terms = self.known.terms.get(row.text("terms"))
            if row.text("terms") and terms is None:
                row.fault(f"the terms {row.text('terms')!r} are not in {files.TERMS.name}")
            limit, inactive = row.number("credit_limit", 2), row.flag("inactive")
            external_id = row.text("external_id") or None
            if external_id in external:
                row.fault(f"the external_id {external_id!r} is there already")
            if row.bad or currency is None:
                continue
            if external_id:
                external.add(external_id)
            entity = next_id(self.db, "entity")
            self.known.customers[number] = (entity, currency, terms[0] if terms else None)
            if row.text("parent"):
                parents.append((row, row.text("parent"), entity))
            self.db.execute(
                "INSERT INTO customer (id, entityid, externalid, companyname, email, phone, url, currency, terms, "
                "creditlimit_c, isinactive, datecreated, lastmodifieddate) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    entity,
                    number,
                    external_id,
                    row.text("name"),
                    row.text("email") or None,
                    row.text("phone") or None,
                    row.text("url") or None,
                    currency,
                    terms[0] if terms else None,
                    limit,
                    inactive,
                    self.stamp,
                    self.stamp,
                ),
            )
            self._address(row, entity)
        for row, parent, entity in parents:
            if parent not in self.known.customers:
                row.fault(f"the parent {parent!r} is no customer of this file")
                continue
            self.db.execute("UPDATE customer SET parent = ? WHERE id = ?", (self.known.customers[parent][0], entity))

    def _address(self, row: Row, entity: int) -> None:
        columns = ("address1", "address2", "address3", "city", "state", "postal_code", "country")
        parts = [row.text(column) or None for column in columns]
        if not any(parts):
            return
        self.db.execute(
            "INSERT INTO address (id, entity, label, defaultbilling, defaultshipping, addressee, addr1, addr2, addr3, "
            "city, state, zip, country, lastmodifieddate) VALUES (?, ?, 'Main', 'T', 'T', ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (next_id(self.db, "address"), entity, row.text("name"), *parts, self.stamp),
        )

    def _contacts(self) -> None:
        for row in rows(self.folder, files.CONTACTS, self.problems):
            customer = self.known.customers.get(row.text("customer"))
            if customer is None:
                row.fault(f"the customer {row.text('customer')!r} is not in {files.CUSTOMERS.name}")
                continue
            first, last = row.text("first_name"), row.text("last_name")
            self.db.execute(
                "INSERT INTO contact (id, entityid, firstname, lastname, email, phone, title, company, datecreated, "
                "lastmodifieddate) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    next_id(self.db, "entity"),
                    f"{first} {last}".strip(),
                    first or None,
                    last,
                    row.text("email") or None,
                    row.text("phone") or None,
                    row.text("title") or None,
                    customer[0],
                    self.stamp,
                    self.stamp,
                ),
            )

    def _items(self) -> None:
        for row in rows(self.folder, files.ITEMS, self.problems):
            sku, kind = row.text("sku"), KINDS.get(row.text("kind").lower())
            if sku in self.known.items:
                row.fault(f"the item {sku!r} is there already")
            if kind is None:
                row.fault(f"kind {row.text('kind')!r} is none of stock, non-stock, service")
            price = row.number("price", 6)
            if row.bad:
                continue
            self.known.items[sku] = next_id(self.db, "item")
            self.db.execute(
                "INSERT INTO item (id, itemid, displayname, description, itemtype, stockunit, baseprice_u, "
                "createddate, lastmodifieddate) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    self.known.items[sku],
                    sku,
                    row.text("name"),
                    row.text("description") or row.text("name"),
                    kind,
                    row.text("unit") or None,
                    price,
                    self.stamp,
                    self.stamp,
                ),
            )

"""Seeded customers with their addresses and contacts."""

import random
import re
import sqlite3
import unicodedata
from dataclasses import dataclass

from portico_connectors.simulators.netsuite.company.ledger import currency_id
from portico_connectors.simulators.netsuite.company.trades import (
    COUNTRIES,
    FIRST_NAMES,
    LAST_NAMES,
    PLACES,
    STREETS,
    TITLES,
    Trade,
)
from portico_connectors.simulators.netsuite.config import Options
from portico_connectors.simulators.netsuite.store.database import next_id

PERSON, BRANCH, NO_LONGER_SERVED = 16, 17, 18


@dataclass(frozen=True)
class Customer:
    """What the rest of the seed needs of a customer."""

    id: int
    currency: int
    tax_percent: int


def write_customer(
    db: sqlite3.Connection, chance: random.Random, trade: Trade, number: int, options: Options, terms: int, stamp: str
) -> Customer:
    """Write one customer, billing address and one to three contacts included.

    Among the generated ones is a person (number 16), a branch of the first customer (17) and one that is no longer
    served (18), as every ledger has them.
    """
    name, country = _name(chance, trade, number)
    code, tax, dial, towns = COUNTRIES[country]
    if code not in options.currencies or not options.multi_currency:
        code = options.currencies[0]
    currency = currency_id(db, code, stamp)
    entity = next_id(db, "entity")
    domain = f"{_slug(name)}.example"
    phone = f"{dial} {chance.randrange(100, 999)} {chance.randrange(100000, 999999)}"
    limit = None if chance.random() < 0.3 else chance.choice((5, 10, 25, 50, 100)) * 100_000
    person = (chance.choice(FIRST_NAMES), chance.choice(LAST_NAMES)) if number == PERSON else None
    first_customer = db.execute("SELECT MIN(id) FROM customer").fetchone()[0]
    db.execute(
        "INSERT INTO customer (id, entityid, companyname, isperson, firstname, lastname, email, phone, url, parent, "
        "currency, terms, creditlimit_c, isinactive, datecreated, lastmodifieddate) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            entity,
            f"C{10001 + number}",
            None if person else name,
            "T" if person else "F",
            person[0] if person else None,
            person[1] if person else None,
            f"accounts@{domain}",
            phone,
            f"https://{domain}",
            first_customer if number == BRANCH else None,
            currency,
            terms,
            limit,
            "T" if number == NO_LONGER_SERVED else "F",
            stamp,
            stamp,
        ),
    )
    town, code = chance.choice(towns)
    street = chance.choice(STREETS[country])
    house = chance.randrange(1, 180)
    db.execute(
        "INSERT INTO address (id, entity, label, defaultbilling, defaultshipping, addressee, addr1, city, zip, "
        "country, lastmodifieddate) VALUES (?, ?, 'Head office', 'T', 'T', ?, ?, ?, ?, ?, ?)",
        (
            next_id(db, "address"),
            entity,
            " ".join(person) if person else name,
            f"{street} {house}" if country in ("DE", "NL") else f"{house} {street}",
            town,
            code,
            country,
            stamp,
        ),
    )
    for place in range(chance.randint(1, 3)):
        first, last = chance.choice(FIRST_NAMES), chance.choice(LAST_NAMES)
        contact = next_id(db, "entity")
        db.execute(
            "INSERT INTO contact (id, entityid, firstname, lastname, email, phone, title, company, datecreated, "
            "lastmodifieddate) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                contact,
                f"{first} {last}",
                first,
                last,
                f"{_slug(first)}.{_slug(last)}@{domain}",
                phone,
                TITLES[place],
                entity,
                stamp,
                stamp,
            ),
        )
    return Customer(entity, currency, tax)


def _name(chance: random.Random, trade: Trade, number: int) -> tuple[str, str]:
    if number < len(trade.customers):
        return trade.customers[number]
    ending = chance.choice(trade.endings)
    country = "DE" if ending.endswith("GmbH") else "GB"
    return f"{chance.choice(PLACES)} {chance.choice(LAST_NAMES)} {ending}", country


def _slug(text: str) -> str:
    """Letters and digits for a mail address or a host name."""
    text = text.lower()
    for sign, plain in (("ä", "ae"), ("ö", "oe"), ("ü", "ue"), ("ß", "ss")):
        text = text.replace(sign, plain)
    ascii_text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    words = re.findall(r"[a-z0-9]+", ascii_text)
    return "-".join(words)[:40].strip("-")

"""What every account has before its first customer: currencies, terms, ledger accounts, the company itself."""

import sqlite3

from portico_connectors.simulators.netsuite.config import Options
from portico_connectors.simulators.netsuite.store.database import next_id, set_meta

# Units of the base currency that one unit costs, against the pound; other bases follow from it.
IN_POUNDS = {"GBP": 1.0, "EUR": 0.86, "USD": 0.79, "CHF": 0.89, "SEK": 0.075, "DKK": 0.115, "PLN": 0.2, "JPY": 0.0052}
NAMES = {
    "GBP": ("British Pound", "£"),
    "EUR": ("Euro", "€"),
    "USD": ("US Dollar", "$"),
    "CHF": ("Swiss Franc", "CHF"),
    "SEK": ("Swedish Krona", "kr"),
    "DKK": ("Danish Krone", "kr."),
    "PLN": ("Polish Zloty", "zł"),
    "JPY": ("Japanese Yen", "¥"),
}
TERMS = (
    ("Due on receipt", 0, None, None),
    ("Net 14", 14, None, None),
    ("Net 30", 30, None, None),
    ("Net 60", 60, None, None),
    ("2% 10 Net 30", 30, 2.0, 10),
)
LEDGER_ACCOUNTS = (
    (1, "1000", "Current Account", "Bank"),
    (2, "1010", "Undeposited Funds", "OthCurrAsset"),
    (3, "1100", "Accounts Receivable", "AcctRec"),
    (4, "4000", "Sales", "Income"),
    (5, "2200", "VAT Liability", "OthCurrLiab"),
)


def open_ledger(db: sqlite3.Connection, company: str, options: Options, stamp: str) -> None:
    """Write the foundations of an empty account."""
    set_meta(db, "company", company)
    for code in options.currencies:
        currency_id(db, code, stamp)
    db.executemany(
        "INSERT INTO account (id, acctnumber, fullname, accttype, lastmodifieddate) VALUES (?, ?, ?, ?, ?)",
        [(*row, stamp) for row in LEDGER_ACCOUNTS],
    )
    db.execute(
        "INSERT INTO subsidiary (id, name, fullname, currency, country, lastmodifieddate) VALUES (1, ?, ?, 1, 'GB', ?)",
        (company, company, stamp),
    )


def standard_terms(db: sqlite3.Connection, stamp: str) -> None:
    """The terms that a seeded company uses."""
    for name, days, percent, discount_days in TERMS:
        db.execute(
            "INSERT INTO term (id, name, daysuntilnetdue, discountpercent, daysuntilexpiry, lastmodifieddate) "
            "VALUES (?, ?, ?, ?, ?, ?)",
            (next_id(db, "term"), name, days, percent, discount_days, stamp),
        )


def currency_id(db: sqlite3.Connection, code: str, stamp: str) -> int:
    """The id of a currency, added when new; the first is the base."""
    found = db.execute("SELECT id FROM currency WHERE symbol = ?", (code,)).fetchone()
    if found is not None:
        return int(found[0])
    base = db.execute("SELECT symbol FROM currency WHERE isbasecurrency = 'T'").fetchone()
    rate = 1.0 if base is None else round(IN_POUNDS.get(code, 1.0) / IN_POUNDS.get(base[0], 1.0), 6)
    name, sign = NAMES.get(code, (code, code))
    new = next_id(db, "currency")
    db.execute(
        "INSERT INTO currency (id, name, symbol, displaysymbol, currencyprecision, exchangerate, isbasecurrency, "
        "lastmodifieddate) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (new, name, code, sign, 0 if code == "JPY" else 2, rate, "T" if base is None else "F", stamp),
    )
    return new

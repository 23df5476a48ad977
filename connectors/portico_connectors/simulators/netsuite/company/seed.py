"""The seeded company: the same seed and day give the same books, written in the order in which they happened."""

import random
import sqlite3
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from portico_connectors.simulators.netsuite.books import applying, documents
from portico_connectors.simulators.netsuite.books.documents import Document, Line
from portico_connectors.simulators.netsuite.books.kinds import CREDIT, INVOICE, PAYMENT
from portico_connectors.simulators.netsuite.company import people
from portico_connectors.simulators.netsuite.company.ledger import TERMS, open_ledger, standard_terms
from portico_connectors.simulators.netsuite.company.trades import TRADES, Product, Trade
from portico_connectors.simulators.netsuite.config import Options, Seed
from portico_connectors.simulators.netsuite.store.database import next_id
from portico_connectors.simulators.netsuite.suiteql.dates import STORED

DAYS = 730


@dataclass(frozen=True)
class Habit:
    """How a customer pays: days after due, the share of invoices left lying, the share paid in part."""

    late: int
    skips: float
    parts: float


PROMPT = Habit(2, 0.01, 0.01)
SLOW = Habit(18, 0.05, 0.08)
HEAPING = Habit(45, 0.3, 0.12)
HABITS = (HEAPING, SLOW, PROMPT, PROMPT, SLOW, HEAPING, PROMPT)


@dataclass
class _Buyer:
    id: int
    currency: int
    rate: float
    terms: int
    term_days: int
    tax_percent: int
    habit: Habit
    weight: float
    open: list["_Open"] = field(default_factory=list)


@dataclass
class _Open:
    id: int
    due: date
    left_c: int
    skipped: bool


def seed_company(
    db: sqlite3.Connection, seed: Seed, options: Options, company: str | None, today: date, stamp: str
) -> None:
    """Write the whole company. `today` is the day after its last event."""
    chance = random.Random(f"{seed.number} {seed.trade}")  # noqa: S311 - repeatable by design, no secret
    trade = TRADES[seed.trade]
    first = today - timedelta(days=DAYS)
    opened = datetime.combine(first, time(8)).strftime(STORED)
    open_ledger(db, company or trade.company, options, opened)
    standard_terms(db, opened)
    items = _items(db, trade, opened)
    buyers = [_buyer(db, chance, trade, number, options, opened, first) for number in range(seed.customers)]
    if not buyers:
        return
    _History(db, chance, buyers, items, trade).write(seed, first, today)


def _items(db: sqlite3.Connection, trade: Trade, stamp: str) -> list[tuple[int, Product]]:
    items = []
    for product in trade.products:
        kind = "Service" if product.sku.startswith(("CARR", "GLS")) else "InvtPart"
        item = next_id(db, "item")
        db.execute(
            "INSERT INTO item (id, itemid, displayname, description, itemtype, stockunit, baseprice_u, createddate, "
            "lastmodifieddate) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (item, product.sku, product.name, product.name, kind, product.unit, product.price * 10_000, stamp, stamp),
        )
        items.append((item, product))
    return items


def _buyer(
    db: sqlite3.Connection, chance: random.Random, trade: Trade, number: int, options: Options, stamp: str, first: date
) -> _Buyer:
    term = 3 if number == 0 else chance.choice((2, 3, 3, 3, 4, 5))
    customer = people.write_customer(db, chance, trade, number, options, term, stamp)
    rate = db.execute("SELECT exchangerate FROM currency WHERE id = ?", (customer.currency,)).fetchone()[0]
    weight = 1 / (number + 2) ** 0.6
    days = TERMS[term - 1][1]
    habit = HABITS[number % len(HABITS)]
    return _Buyer(customer.id, customer.currency, rate, term, days, customer.tax_percent, habit, weight)


class _History:
    """Two years of trade: invoices day by day, credit memos, and the customers' payment runs."""

    def __init__(
        self,
        db: sqlite3.Connection,
        chance: random.Random,
        buyers: list[_Buyer],
        items: list[tuple[int, Product]],
        trade: Trade,
    ) -> None:
        self.db = db
        self.chance = chance
        self.buyers = buyers
        self.items = items
        self.clock = 0

    def write(self, seed: Seed, first: date, today: date) -> None:
        """Write everything between `first` and the day before `today`."""
        chance = self.chance
        weights = [buyer.weight for buyer in self.buyers]
        sold = chance.choices(self.buyers, weights, k=seed.invoices)
        invoices: dict[int, list[_Buyer]] = {}
        for buyer in sold:
            invoices.setdefault(chance.randrange(DAYS), []).append(buyer)
        credits_on: dict[int, list[_Buyer]] = {}
        for buyer in chance.choices(self.buyers, weights, k=seed.credits):
            credits_on.setdefault(chance.randrange(20, DAYS), []).append(buyer)
        for offset in range(DAYS):
            day = first + timedelta(days=offset)
            self.clock = 8 * 3600
            for buyer in invoices.get(offset, ()):
                self._invoice(buyer, day)
            for buyer in credits_on.get(offset, ()):
                self._credit(buyer, day)
            for place, buyer in enumerate(self.buyers):
                if (offset + place) % 14 == 0 and buyer.open:
                    self._pay(buyer, day)

    def _stamp(self, day: date) -> str:
        self.clock += self.chance.randrange(1, 40)
        return (datetime.combine(day, time()) + timedelta(seconds=min(self.clock, 86_000))).strftime(STORED)

    def _lines(self, most: int) -> list[Line]:
        lines = []
        for item, product in self.chance.sample(self.items, self.chance.randint(1, most)):
            quantity = self.chance.choice((1, 2, 3, 4, 5, 6, 8, 10, 12, 20, 25))
            if product.price > 10_000:
                quantity = min(quantity, 3)
            lines.append(
                Line(
                    item,
                    product.name,
                    quantity * 1_000_000,
                    product.price * 10_000,
                    quantity * product.price,
                    product.unit,
                )
            )
        return lines

    def _invoice(self, buyer: _Buyer, day: date) -> None:
        lines = self._lines(7)
        net = sum(line.amount_c for line in lines)
        tax = (net * buyer.tax_percent + 50) // 100
        due = day + timedelta(days=buyer.term_days)
        number = self.chance.randrange(1000, 99999)
        order = self.chance.choice((f"PO-{number}", f"45000{number:05d}", f"{number}/{day.year}", None))
        document = Document(
            INVOICE,
            buyer.id,
            f"{day} 00:00:00",
            buyer.currency,
            lines,
            duedate=f"{due} 00:00:00",
            tax_c=tax,
            exchangerate=buyer.rate,
            otherrefnum=order,
            terms=buyer.terms,
        )
        invoice = documents.write(self.db, document, self._stamp(day))
        buyer.open.append(_Open(invoice, due, net + tax, self.chance.random() < buyer.habit.skips))

    def _credit(self, buyer: _Buyer, day: date) -> None:
        lines = self._lines(2)
        net = sum(line.amount_c for line in lines)
        tax = (net * buyer.tax_percent + 50) // 100
        memo = self.chance.choice(("Goods returned", "Short delivery", "Price correction", "Damaged in transit"))
        document = Document(
            CREDIT,
            buyer.id,
            f"{day} 00:00:00",
            buyer.currency,
            lines,
            tax_c=tax,
            exchangerate=buyer.rate,
            memo=memo,
        )
        stamp = self._stamp(day)
        credit = documents.write(self.db, document, stamp)
        left = net + tax
        if self.chance.random() < 0.75:
            amounts = {}
            for entry in buyer.open:
                part = min(left, entry.left_c)
                if part:
                    amounts[entry.id] = part
                    entry.left_c -= part
                    left -= part
            applying.apply(self.db, credit, amounts, stamp)
            buyer.open = [entry for entry in buyer.open if entry.left_c]

    def _pay(self, buyer: _Buyer, day: date) -> None:
        """One payment run: everything that is due by now and the customer's habit, less what he leaves lying."""
        amounts: dict[int, int] = {}
        until = day - timedelta(days=buyer.habit.late)
        for entry in buyer.open:
            # What was left lying is paid in the end, half a year later.
            if entry.due > until or (entry.skipped and (day - entry.due).days < 180):
                continue
            part = entry.left_c
            if part > 2000 and self.chance.random() < buyer.habit.parts:
                part = part * self.chance.randint(20, 80) // 100
                entry.skipped = True
            amounts[entry.id] = part
            entry.left_c -= part
        if not amounts:
            return
        over = 5000 if self.chance.random() < 0.01 else 0
        stamp = self._stamp(day)
        payment = applying.NewPayment(
            buyer.id,
            buyer.currency,
            sum(amounts.values()) + over,
            f"{day} 00:00:00",
            account=applying.BANK,
            exchangerate=buyer.rate,
            memo="Bank transfer",
        )
        number = documents.fresh_number(self.db, PAYMENT)
        tran = applying.write_payment(self.db, payment, number, stamp)
        applying.apply(self.db, tran, amounts, stamp)
        buyer.open = [entry for entry in buyer.open if entry.left_c]

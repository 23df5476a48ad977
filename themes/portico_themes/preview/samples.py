"""Sample figures of two invented customers: enough rows to fill a page, with every state once."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from math import sin
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from portico_core.money import Money
from portico_tenants.access import CustomerRole, StaffRole
from portico_tenants.people.visit import ChosenCustomer, Visit
from portico_themes.navigation import customer_nav, staff_nav
from portico_themes.plots import Series, over_time

TODAY = date(2026, 11, 19)
NOW = datetime(2026, 11, 19, 10, 43, tzinfo=UTC)
AS_OF = datetime(2026, 11, 19, 10, 42, tzinfo=UTC)
ID = UUID("0192f0c4-7a6e-7cc1-9b1e-5f0a3d0c1a2b")


@dataclass(frozen=True, slots=True)
class Sample:
    """What differs between the two tenants."""

    slug: str
    customer: str
    number: str
    person: str
    mail: str
    zone: str
    currency: str
    prefix: str
    limit: str  # of credit
    address: tuple[str, ...]
    paper: tuple[str, str]  # number and tax of the invoice that has `lines`
    rows: tuple[tuple[str, str, date, str, str, str], ...]  # number, order, issued, total, open, state or ""
    chosen: tuple[tuple[str, str], ...]  # number, amount
    lines: tuple[tuple[str, str, str, int, str, str], ...]  # sku, description, unit, quantity, price, tax


def owed_by_week(sample: "Sample", now_owed: Money | None = None) -> Series:
    """A year of a customer who pays late in summer; today all rows are open, unless it is said what is."""
    now_open = round(sum(Decimal(row[4]) for row in sample.rows) * 100)
    return over_time(
        [
            (
                TODAY - timedelta(weeks=week),
                max(0, round(now_open * (0.6 + 0.5 * sin(week / 6) + 0.12 * sin(week * 2)))),
            )
            for week in reversed(range(1, 53))
        ]
        + [(TODAY, now_open if now_owed is None else now_owed.minor)]
    )


def day(month: int, number: int) -> date:
    return date(2026, month, number)


STANMOOR = Sample(
    slug="stanmoor",
    customer="Ashdown Fabrication Ltd",
    number="104233",
    person="Priya Nair",
    mail="priya.nair@ashdown-fab.example",
    zone="Europe/London",
    currency="GBP",
    prefix="SF-",
    limit="25000",
    address=("Kelham Works, Ball Street", "Sheffield S3 0ZZ"),
    paper=("SF-418655", "401.15"),
    rows=(
        ("SF-417942", "7688", day(7, 28), "1596.50", "96.50", "query"),
        ("SF-418207", "7712", day(9, 2), "1284.36", "1284.36", ""),
        ("SF-418391", "7719", day(9, 18), "862.14", "862.14", ""),
        ("SF-418655", "7731", day(10, 9), "2406.90", "1206.90", "part"),
        ("SF-418702", "7736", day(10, 13), "418.20", "418.20", ""),
        ("SF-418790", "7740", day(10, 21), "1932.48", "1932.48", ""),
        ("SF-418811", "7741", day(10, 23), "344.75", "344.75", ""),
        ("SF-418854", "7745", day(10, 27), "2118.00", "2118.00", "processing"),
        ("SF-418902", "7752", day(10, 30), "756.32", "756.32", ""),
        ("SF-418966", "7760", day(11, 4), "3071.55", "3071.55", ""),
        ("SF-419013", "7766", day(11, 9), "1249.80", "1249.80", ""),
        ("SF-419077", "7771", day(11, 13), "587.04", "587.04", ""),
        ("SF-419120", "7774", day(11, 17), "1864.61", "1864.61", ""),
    ),
    chosen=(("SF-418207", "1284.36"), ("SF-418391", "862.14"), ("SF-418655", "600.00")),
    lines=(
        ("M12-50-88Z", "Hex bolt M12 × 50, grade 8.8, zinc", "box of 100", 20, "18.40", "20 %"),
        ("M16-80-88G", "Hex bolt M16 × 80, grade 8.8, hot-dip galvanised", "box of 50", 12, "41.25", "20 %"),
        ("N-M16-8G", "Hex nut M16, grade 8, hot-dip galvanised", "box of 200", 14, "29.60", "20 %"),
        ("W-M16-A4", "Flat washer M16, form A, A4 stainless", "box of 200", 10, "33.15", "20 %"),
        ("TR-M12-1", "Studding M12 × 1 m, grade 4.8, zinc", "each", 60, "2.95", "20 %"),
        ("CA-M12-110", "Through anchor M12 × 110, zinc", "box of 25", 5, "43.97", "20 %"),
    ),
)
QUINCE = Sample(
    slug="quince",
    customer="The Harbour Room",
    number="20418",
    person="Aoife Brennan",
    mail="accounts@harbourroom.example",
    zone="Europe/Dublin",
    currency="EUR",
    prefix="",
    limit="15000",
    address=("22 Dock Road", "Galway H91 0ZZ0"),
    paper=("88577", "275.31"),
    rows=(
        ("88214", "Cellar 31", day(9, 21), "742.60", "742.60", ""),
        ("88370", "Kitchen", day(10, 5), "1318.24", "1318.24", ""),
        ("88416", "Cellar 33", day(10, 9), "964.10", "464.10", "part"),
        ("88502", "Kitchen", day(10, 22), "1127.85", "1127.85", ""),
        ("88577", "Cellar 34", day(10, 28), "2200.41", "2200.41", ""),
        ("88640", "Christmas list", day(11, 5), "3482.15", "3482.15", "processing"),
        ("88702", "Kitchen", day(11, 12), "689.30", "689.30", "processing"),
        ("88731", "Cellar 35", day(11, 17), "1540.72", "1540.72", ""),
    ),
    chosen=(("88214", "742.60"), ("88416", "250.00")),
    lines=(
        ("B-2231", "Barbera d’Asti Superiore 2023", "case of 6 × 75 cl", 6, "58.50", "23 %"),
        ("V-1108", "Verdicchio di Matelica 2024", "case of 6 × 75 cl", 8, "52.20", "23 %"),
        ("C-0412", "Crémant de Loire brut", "case of 6 × 75 cl", 6, "71.40", "23 %"),
        ("O-0310", "Taggiasca extra virgin olive oil", "tin, 3 l", 10, "38.90", "0 %"),
        ("K-2204", "Parmigiano Reggiano, 24 months", "wedge, 1.5 kg", 6, "44.85", "0 %"),
        ("R-0150", "Carnaroli rice, Vercelli", "sack, 5 kg", 4, "17.50", "0 %"),
    ),
)
SAMPLES: Mapping[str, Sample] = {"stanmoor": STANMOOR, "quince": QUINCE}


def invoice_rows(sample: Sample) -> list[SimpleNamespace]:
    """The rows of a list, oldest due first."""
    rows = []
    for number, order, issued, total, still_open, state in sample.rows:
        due = issued + timedelta(days=30)
        shown = state or ("overdue" if due < TODAY else "open")
        rows.append(
            SimpleNamespace(
                id=number,
                number=number,
                purchase_order=order,
                issued_on=issued,
                due_on=due,
                state=shown,
                total=money(sample, total),
                open=money(sample, still_open),
                selectable=state != "processing",
            )
        )
    return rows


def row_of(sample: Sample, number: str) -> SimpleNamespace:
    return next(row for row in invoice_rows(sample) if row.number == number)


def on_its_way(sample: Sample) -> list[SimpleNamespace]:
    """The rows whose payment is under way."""
    return [row for row in invoice_rows(sample) if row.state == "processing"]


def money(sample: Sample, amount: str | Decimal) -> Money:
    return Money.of(Decimal(amount), sample.currency)


def total(sample: Sample, amounts: list[Money]) -> Money:
    return sum(amounts, start=Money(0, sample.currency))


def visit(sample: Sample, *, staff: bool = False, customers: int = 1) -> Visit:
    return Visit(
        session_id=ID,
        person_id=ID,
        name="Ruth Oyelaran" if staff else sample.person,
        email=sample.mail,
        language=None,
        customer=None
        if staff
        else ChosenCustomer(
            id=ID, number=sample.number, name=sample.customer, currency=sample.currency, role=CustomerRole.ADMIN
        ),
        customers=0 if staff else customers,
        staff_role=StaffRole.OWNER if staff else None,
        csrf_token="token",  # noqa: S106 - a sample
        request_id="request",
    )


def shell(slug: str, _language: str) -> dict[str, Any]:
    """What the portal hands to every page of a customer."""
    sample = SAMPLES[slug]
    who = visit(sample)
    return {
        "visit": who,
        "nav": customer_nav(who),
        "csrf_token": "token",
        "now": NOW,
        "today": TODAY,
        "zone": sample.zone,
    }


def staff_shell(slug: str) -> dict[str, Any]:
    """The same for the tenant's staff."""
    who = visit(SAMPLES[slug], staff=True)
    return {"visit": who, "nav": staff_nav(who, {"sync": 37, "payments": 2})}


def pager(rows: int, total_rows: int | None = None) -> SimpleNamespace:
    return SimpleNamespace(
        first=1, last=rows, total=total_rows or rows, previous_url=None, next_url="?page=2" if total_rows else None
    )

"""The comparison with the Online Retail file: silent where the sides agree, and it names what does not."""

import asyncio
from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from portico_billing.invoices.models import CreditLineRow
from portico_connectors.simulators.netsuite.company.online_retail.convert import Wanted, convert
from portico_connectors.simulators.netsuite.config import AccountConfig, new_credentials
from portico_core.settings import Settings
from portico_portal.local.compare.aside import from_report
from portico_portal.local.compare.differences import between, from_file
from portico_portal.local.compare.document import Books, Document, Documents
from portico_portal.local.compare.erp import read_erp
from portico_portal.local.compare.portal import read_portal
from portico_portal.local.compare.source import read_source, shift_to
from portico_tenants.session import Database
from portico_tenants.tenant import Tenant
from tests.connectors.simulators.retail import KEPT, RETAIL
from tests.connectors.simulators.running import running_simulator
from tests.factories.customers import make_customer
from tests.factories.invoices import make_credit, make_invoice, make_line

UNFIT = ("500014", "500015", "500016", "500021", ",")  # the published file has no such lines


@pytest.fixture
def source(tmp_path: Path) -> Path:
    file = tmp_path / "retail.csv"
    file.write_text("".join(f"{line}\n" for line in RETAIL.splitlines() if not line.startswith(UNFIT)))
    return file


def test_the_file_is_read_to_the_penny(source: Path) -> None:
    told = read_source(source, None)

    found = {number: (str(each.total), each.lines) for number, each in told.documents.items()}
    assert found == KEPT
    assert told.below_a_penny == {"500008": 1, "500009": 1}
    assert told.no_customer == {"500002": 1, "500003": 2, "A500019": 1}
    assert read_source(source, 2).documents.keys() == {"500001", "500004", "C500005", "500013", "500017", "500018"}


def test_a_converted_company_in_the_simulator_holds_what_the_file_says(source: Path, tmp_path: Path) -> None:
    convert(source, tmp_path / "company", Wanted(last_on=date(2026, 3, 31)))
    config = AccountConfig(account="1", credentials=new_credentials(), company_folder=str(tmp_path / "company"))
    with running_simulator(tmp_path, [config]) as simulator:
        address = {
            "url": simulator.url,
            "account": "1",
            "credentials": msgspec.to_builtins(simulator.credentials["1"]),
        }
        erp = asyncio.run(read_erp(address, "Europe/London"))
    told = read_source(source, None)
    documents = told.documents

    assert shift_to(documents, date(2026, 3, 31)) == timedelta(days=5226)
    assert list(from_file(documents, erp.documents)) == []
    assert erp.payments == {}
    assert list(from_report(told, tmp_path / "company")) == []


def test_what_was_set_aside_and_is_not_listed_is_named(source: Path, tmp_path: Path) -> None:
    convert(source, tmp_path, Wanted())
    told, report = read_source(source, None), tmp_path / "set-aside.csv"
    assert list(from_report(told, tmp_path)) == []

    report.write_text("".join(line for line in report.read_text().splitlines(True) if "500003" not in line))
    told.below_a_penny["500008"] = 2

    assert list(from_report(told, tmp_path)) == [
        "500003: is kept in set-aside.csv, in the file no customer, 2 lines",
        "500008: 1 lines below a penny in set-aside.csv, in the file 2",
    ]


async def test_the_portals_tables_are_read(settings: Settings, database: Database, tenant: Tenant) -> None:
    async with database.tenant_session(tenant) as session:
        customer = await make_customer(session, number="17850")
        invoice = await make_invoice(session, customer, number="500001", total_minor=1530, open_minor=30)
        session.add(make_line(invoice, position=2, sku="post", quantity=Decimal("2.0"), amount=Decimal(0)))
        credit = await make_credit(session, customer, number="C500005", total_minor=200)
        session.add(
            CreditLineRow(
                credit_id=credit.id,
                position=1,
                quantity=Decimal(1),
                unit_price=Decimal(2),
                amount=Decimal("2.00"),
            )
        )
    books = await read_portal(settings.database.owner_url or "", tenant.slug)

    found = books.documents["500001"]
    assert (found.customer, found.issued_on, found.is_credit) == ("17850", invoice.issued_on, False)
    assert (found.total, found.open_amount, found.lines, found.lines_sum) == (
        Decimal("15.30"),
        Decimal("0.30"),
        2,
        Decimal("15.30"),
    )
    assert (books.documents["C500005"].is_credit, books.documents["C500005"].lines_sum) == (True, Decimal(2))
    assert books.payments == {}


def _document(number: str = "500001", price: str = "2.55", text: str = "HEART") -> Document:
    made = Document(number, False, "17850", date(2011, 3, 1), Decimal("15.30"), Decimal("15.30"))
    made.add_line("85123a", text, Decimal(6), Decimal(price), Decimal("15.30"))
    return made


@pytest.mark.parametrize(
    ("held", "sentence"),
    [
        ({}, "500001 is missing"),
        ({"500001": _document(), "9": _document("9")}, "9 is not in the file"),
        ({"500001": replace(_document(), total=Decimal("15.31"))}, "500001: total is 15.31, in the file 15.30"),
        ({"500001": replace(_document(), issued_on=date(2011, 3, 2))}, "500001: issued_on is 2011-03-02"),
        ({"500001": replace(_document(), customer="1")}, "customer 17850: invoices come to 0, in the file to 15.30"),
        ({"500001": replace(_document(), lines=2)}, "500001: lines is 2, in the file 1"),
        ({"500001": replace(_document(), lines_sum=Decimal(15))}, "500001: its lines come to 15, its total is 15.30"),
        ({"500001": replace(_document(), open_amount=Decimal(16))}, "500001: 16 is open of 15.30"),
        ({"500001": _document(price="2.56")}, "500001: its lines say otherwise than the file's"),
        ({"500001": _document(text="HART")}, "500001: its lines say otherwise than the file's"),
    ],
)
def test_what_a_side_holds_otherwise_is_named(held: Documents, sentence: str) -> None:
    expected = {"500001": _document()}

    assert any(found.startswith(sentence) for found in from_file(expected, held))
    assert list(from_file(expected, expected)) == []


def test_a_credit_note_that_was_used_is_named() -> None:
    credit = replace(_document("C1"), is_credit=True, open_amount=Decimal(1))

    assert list(from_file({"C1": credit}, {"C1": credit})) == ["C1: a credit note of which only 1 is open"]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda erp: erp.payments.clear(), "payment pay-1: 5.00 on 500001 in the portal, nothing in the ERP"),
        (
            lambda erp: erp.payments["pay-1"].update({"500001": Decimal("5.01")}),
            "payment pay-1: 5.00 on 500001 in the portal, 5.01 on 500001 in the ERP",
        ),
        (
            lambda erp: erp.documents.update({"500001": replace(_document(), open_amount=Decimal(1))}),
            "500001: 15.30 is open in the portal, 1 in the ERP",
        ),
    ],
)
def test_portal_and_erp_must_agree_on_what_was_paid(change: Callable[[Books], None], sentence: str) -> None:
    portal = Books({"500001": _document()}, {"pay-1": {"500001": Decimal("5.00")}})
    erp = Books({"500001": _document()}, deepcopy(portal.payments))
    assert list(between(portal, erp)) == []

    change(erp)

    assert list(between(portal, erp)) == [sentence]

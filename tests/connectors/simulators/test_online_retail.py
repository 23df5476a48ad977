"""The converter: dirty as the file is, the folder it makes loads without a complaint and to the penny."""

import csv
import gzip
import subprocess
import sys
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from portico_connectors.simulators.netsuite.account import Account
from portico_connectors.simulators.netsuite.company import fill
from portico_connectors.simulators.netsuite.company.online_retail.convert import Outcome, Wanted, convert
from portico_connectors.simulators.netsuite.company.online_retail.source import BadSource
from portico_connectors.simulators.netsuite.config import AccountConfig, new_credentials
from tests.connectors.simulators.retail import HEADING, KEPT, RETAIL

PAID = {"500001", "500008", "500009", "500017", "500018"}


@pytest.fixture
def source(tmp_path: Path) -> Path:
    file = tmp_path / "retail.csv"
    file.write_text(RETAIL, encoding="utf-8")
    return file


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "company"


def _rows(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def _convert(source: Path, folder: Path, **wanted: object) -> Outcome:
    return convert(source, folder, Wanted(**wanted))  # type: ignore[arg-type]


def _loaded(folder: Path) -> Account:
    config = AccountConfig(account="1", credentials=new_credentials(), company_folder=str(folder))
    account = Account(config, folder.parent / "data")
    assert fill(account) == []
    return account


def test_every_document_with_a_customer_comes_into_the_books_to_the_penny(source: Path, folder: Path) -> None:
    _convert(source, folder)
    db = _loaded(folder).database.reading()

    documents = db.execute(
        "SELECT t.tranid, t.total_c, (SELECT COUNT(*) FROM tranline l WHERE l.tran = t.id AND l.mainline = 'F') "
        "FROM tran t WHERE t.type IN ('CustInvc', 'CustCred')"
    )
    assert {number: (Decimal(total).scaleb(-2), lines) for number, total, lines in documents} == {
        number: (Decimal(total), lines) for number, (total, lines) in KEPT.items()
    }


def test_old_invoices_are_paid_when_due_and_the_young_and_all_credit_notes_are_open(source: Path, folder: Path) -> None:
    outcome = _convert(source, folder)
    db = _loaded(folder).database.reading()

    settled = {row[0] for row in db.execute("SELECT tranid FROM tran WHERE type != 'CustPymt' AND used_c = total_c")}
    assert settled == {*PAID, "500007"}  # the last one is of nothing
    payments = db.execute("SELECT date(trandate), total_c FROM tran WHERE type = 'CustPymt' ORDER BY id").fetchall()
    assert [tuple(row) for row in payments] == [("2011-03-31", 6860), ("2011-04-02", 1667), ("2011-06-01", 2551)]
    assert (outcome.open_invoices, outcome.open_amount) == (4, Decimal("168504.46"))


def test_what_is_set_aside_is_listed_with_its_cause(source: Path, folder: Path) -> None:
    outcome = _convert(source, folder)
    listed = _rows(folder / "set-aside.csv")

    assert [(row["document"], row["amount"], row["cause"]) for row in listed if row["what"] == "document"] == [
        ("500002", "0.0", "no customer"),
        ("500003", "544.27", "no customer"),
        ("A500019", "-11062.06", "no customer"),
        ("500014", "2.55", "line 21 has no readable number or date: 'many'"),
        ("500015", "5.10", "line 24 names another customer"),
        ("500016", "-12.75", "an invoice of less than nothing"),
        ("500021", "0", "line 30 is incomplete"),
        ("", "0", "line 31 names no document"),
    ]
    assert [(row["document"], row["line"], row["price"]) for row in listed if row["what"] == "line"] == [
        ("500008", "13", "0.001"),
        ("500009", "15", "0.001"),
    ]
    assert outcome.documents_aside == {"no customer": 3, "unfit lines": 4, "an invoice of less than nothing": 1}
    assert outcome.lines_aside == {"price below a penny": 2}
    assert outcome.lines_read == 30


def test_the_largest_customers_are_those_with_the_largest_invoices(source: Path, folder: Path) -> None:
    outcome = _convert(source, folder, customers=2)

    assert [row["number"] for row in _rows(folder / "customers.csv")] == ["16446", "17850"]
    assert {row["customer"] for row in _rows(folder / "invoices.csv")} == {"16446", "17850"}
    assert [row["number"] for row in _rows(folder / "credits.csv")] == ["C500005"]
    assert outcome.customers == 2
    assert outcome.lines_aside == {}
    assert outcome.documents_aside["no customer"] == 3


def test_customers_have_a_country_terms_and_somebody_in_accounts_payable(source: Path, folder: Path) -> None:
    _convert(source, folder)
    customers = {row["number"]: row for row in _rows(folder / "customers.csv")}
    contacts = _rows(folder / "contacts.csv")
    _convert(source, folder)

    assert {number: row["country"] for number, row in customers.items()} == {
        "12431": "AU",
        "12647": "DE",
        "13952": "GB",
        "14527": "GB",
        "16446": "GB",
        "17850": "GB",
    }
    assert {row["terms"] for row in customers.values()} == {"Net 30"}
    assert {row["title"] for row in contacts} == {"Accounts payable"}
    assert contacts[0]["email"] == "payables@customer-12431.example"
    assert _rows(folder / "contacts.csv") == contacts


def test_a_code_in_two_spellings_is_one_item_and_lines_keep_their_texts(source: Path, folder: Path) -> None:
    _convert(source, folder)
    items = {row["sku"]: (row["name"], row["kind"]) for row in _rows(folder / "items.csv")}
    texts = [row["description"] for row in _rows(folder / "invoice_lines.csv") if row["sku"] == "85123A"]

    assert items["85123A"] == ("WHITE HANGING HEART T-LIGHT HOLDER", "stock")
    assert items["GIFT_0001_20"] == ("Dotcomgiftshop Gift Voucher £20.00", "stock")
    assert items["POST"] == ("POSTAGE", "service")
    assert texts == [
        "WHITE HANGING HEART T-LIGHT HOLDER",
        'WHITE "HEART", HANGING',
        "WHITE HANGING HEART T-LIGHT HOLDER",
    ]


def test_a_shift_moves_dates_alone(source: Path, folder: Path, tmp_path: Path) -> None:
    _convert(source, folder)
    moved = tmp_path / "moved"
    outcome = _convert(source, moved, last_on=date(2026, 3, 31))

    assert max(row["date"] for row in _rows(moved / "credits.csv")) == "2026-03-31"
    assert outcome.shifted_days == 5226
    for name in ("invoices.csv", "credits.csv", "payments.csv"):
        before, after = _rows(folder / name), _rows(moved / name)
        assert [{**row, "date": ""} for row in after] == [{**row, "date": ""} for row in before]
        days = {
            (date.fromisoformat(new["date"]) - date.fromisoformat(old["date"])).days
            for old, new in zip(before, after, strict=True)
        }
        assert days == {5226}
    for name in ("invoice_lines.csv", "credit_lines.csv", "payment_applications.csv", "set-aside.csv"):
        assert (moved / name).read_bytes() == (folder / name).read_bytes()


def test_the_archives_own_csv_is_read_too(source: Path, folder: Path, tmp_path: Path) -> None:
    other = tmp_path / "month-first.csv.gz"
    lines = RETAIL.replace("2011-03-01 08:26:00", "3/1/2011 8:26").replace("2011-12-09 09:15:00", "12/9/2011 9:15")
    other.write_bytes(gzip.compress(lines.encode("cp1252")))
    second = tmp_path / "second"

    assert _convert(other, second, encoding="cp1252") == _convert(source, folder)
    assert (second / "invoices.csv").read_bytes() == (folder / "invoices.csv").read_bytes()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "has no column InvoiceNo"),
        (HEADING.replace(",UnitPrice", "").encode(), "has no column UnitPrice"),
        (HEADING.encode(), "holds no document that has a customer"),
        (RETAIL.encode("cp1252"), "name its encoding"),
    ],
)
def test_another_file_is_refused_in_words_and_nothing_is_written(
    source: Path, folder: Path, content: bytes, sentence: str
) -> None:
    source.write_bytes(content)

    with pytest.raises(BadSource, match=sentence):
        _convert(source, folder)

    assert not folder.exists()


def test_the_command_says_what_it_made(source: Path, folder: Path) -> None:
    module = "portico_connectors.simulators.netsuite.company.online_retail"
    done = subprocess.run(
        [sys.executable, "-m", module, str(source), str(folder), "--customers", "1", "--shift", "2026-03-31"],
        capture_output=True,
        text=True,
        check=True,
    )

    assert "1 customers, dates moved by 5,226 days" in done.stdout
    assert "1 invoices of 168,469.60, of which 1 of 168,469.60 are open" in done.stdout
    assert "3 documents: no customer" in done.stdout
    assert "30 lines in" in done.stdout

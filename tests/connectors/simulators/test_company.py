"""Companies: the seeded one is the same every time and has every mix; one from CSV is whole or explains itself."""

import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from portico_connectors.simulators.netsuite.account import Account
from portico_connectors.simulators.netsuite.company import fill
from portico_connectors.simulators.netsuite.company.errors import BadCompany
from portico_connectors.simulators.netsuite.config import AccountConfig, Options, Seed, new_credentials

GOOD = {
    "company.csv": "name,base_currency\nWhisky & Sons,GBP\n",
    "customers.csv": (
        "number,name,email,currency,terms,credit_limit,city,country,parent\n"
        'K1,"Müller, Meier & Co.",a@m.example,EUR,Net 30,5000,Köln,DE,\n'
        "K2,Short Ltd,,,,,,,K1\n"
    ),
    "contacts.csv": "customer,last_name,first_name,email\nK1,Meier,Ann,ann@m.example\n",
    "items.csv": "sku,name,unit,price\nA-1,Bolt,box,0.0125\n",
    "invoices.csv": "number,customer,date,tax,total,po_number\nI1,K1,2026-01-31,1.90,11.90,PO 1\nI2,K2,2026-02-01,,,\n",
    "invoice_lines.csv": (
        "invoice,sku,description,quantity,unit_price,amount\n"
        "I1,A-1,Bolts,800,0.0125,\nI2,A-1,Bolts,3,1.005,\nI2,,Discount,-1,0.02,\n"
    ),
    "credits.csv": "number,customer,date\nC1,K1,2026-02-10\n",
    "credit_lines.csv": "credit,description,quantity,unit_price\nC1,Returned,1,2\n",
    "credit_applications.csv": "credit,invoice,amount\nC1,I1,1.90\n",
    "payments.csv": "number,customer,date,amount,external_id\nP1,K1,2026-03-01,12,ext-1\n",
    "payment_applications.csv": "payment,invoice,amount\nP1,I1,10.00\n",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "company"
    made.mkdir()
    return made


def _write(folder: Path, changed: Mapping[str, str | None] | None = None) -> None:
    for name, text in {**GOOD, **(changed or {})}.items():
        if text is not None:
            (folder / name).write_text(text, encoding="utf-8")


def _load(folder: Path, *, lenient: bool = False) -> tuple[Account, list[str]]:
    config = AccountConfig(account="1", credentials=new_credentials(), company_folder=str(folder))
    account = Account(config, folder.parent / "data")
    return account, fill(account, lenient=lenient)


def _documents(account: Account) -> dict[str, tuple[int, int, str]]:
    rows = account.database.reading().execute("SELECT tranid, total_c, total_c - used_c, status FROM tran").fetchall()
    return {row[0]: (row[1], row[2], row[3]) for row in rows}


def test_a_folder_becomes_a_company(folder: Path) -> None:
    _write(folder)
    account, left_out = _load(folder)
    rows = account.queries.page(
        "SELECT t.tranid, TO_CHAR(t.duedate, 'YYYY-MM-DD') AS due, t.otherrefnum, BUILTIN.DF(t.currency) AS currency, "
        "BUILTIN.DF(t.entity) AS entity FROM transaction t WHERE t.tranid = 'I1'",
        (),
        10,
        0,
    ).rows

    assert left_out == []
    assert _documents(account) == {
        "I1": (1190, 0, "B"),
        "I2": (300, 300, "A"),
        "C1": (200, 10, "A"),
        "P1": (1200, 200, "C"),
    }
    assert rows[0] == {
        "links": [],
        "tranid": "I1",
        "due": "2026-03-02",
        "otherrefnum": "PO 1",
        "currency": "Euro",
        "entity": "K1 Müller, Meier & Co.",
    }


def test_a_company_is_loaded_once(folder: Path) -> None:
    _write(folder)
    account, _ = _load(folder)
    account.database.close()
    (folder / "invoices.csv").write_text("nonsense")

    again, _ = _load(folder)

    assert len(_documents(again)) == 4


def test_optional_files_can_be_absent(folder: Path) -> None:
    optional = ("company.csv", "contacts.csv", "items.csv", "credits.csv", "credit_lines.csv", "payments.csv")
    absent = dict.fromkeys((*optional, "credit_applications.csv", "payment_applications.csv"))
    _write(folder, absent)
    account, _ = _load(folder)

    assert account.database.reading().execute("SELECT itemid, displayname FROM item").fetchone()[:] == ("A-1", "Bolts")


BAD = [
    ("customers.csv", None, "customers.csv: this file is missing"),
    ("customers.csv", "", "customers.csv: this file is empty; its first line must name the columns"),
    (
        "customers.csv",
        "number,nmae\nK1,x\n",
        "customers.csv line 1: unknown column 'nmae'; the columns are number, name",
    ),
    ("customers.csv", "number,name\nK1,A\nK1,B\n", "customers.csv line 3: the customer 'K1' is there already"),
    ("customers.csv", "number,name\nK1,A\nK2\n", "customers.csv line 3: 1 values where the first line names 2 columns"),
    ("customers.csv", "number,name\nK1,\nK2,B\n", "customers.csv line 2: name is empty"),
    (
        "customers.csv",
        "number,name,terms\nK1,A,Never\nK2,B,\n",
        "customers.csv line 2: the terms 'Never' are not in terms.csv",
    ),
    ("customers.csv", "number,name,parent\nK1,A,K9\nK2,B,\n", "customers.csv line 2: the parent 'K9' is no customer"),
    (
        "contacts.csv",
        "customer,last_name\nK9,Meier\n",
        "contacts.csv line 2: the customer 'K9' is not in customers.csv",
    ),
    ("items.csv", "sku,name,price\nA-1,Bolt,1.2.3\n", "items.csv line 2: price '1.2.3' is no number"),
    (
        "invoices.csv",
        "number,customer,date\nI1,K1,31.01.2026\nI2,K2,2026-02-01\n",
        "invoices.csv line 2: date '31.01.2026' is no date of the form YYYY-MM-DD",
    ),
    (
        "invoices.csv",
        "number,customer,date,total\nI1,K1,2026-01-31,10.01\nI2,K2,2026-02-01,\n",
        "invoices.csv line 2: total 10.01 is not the sum of lines and tax, 10.00",
    ),
    (
        "invoices.csv",
        "number,customer,date\nI1,K1,2026-01-31\nI2,K2,2026-02-01\nI2,K2,2026-02-01\n",
        "invoices.csv line 4: the number 'I2' is there already, on line 3",
    ),
    (
        "invoice_lines.csv",
        'invoice,quantity,unit_price\nI1,"1,000",2\nI2,1,1\n',
        "invoice_lines.csv line 2: quantity '1,000' is no number",
    ),
    (
        "invoice_lines.csv",
        "invoice,sku,quantity,unit_price\nI1,B-2,1,11\nI2,A-1,1,1\n",
        "invoice_lines.csv line 2: the item 'B-2' is not in items.csv",
    ),
    (
        "invoice_lines.csv",
        "invoice,quantity,unit_price,amount\nI1,1,10.00,10.001\nI2,1,1,\n",
        "invoice_lines.csv line 2: amount '10.001' has more than 2 decimals",
    ),
    (
        "invoice_lines.csv",
        "invoice,quantity,unit_price\nI1,1,10\nI2,-1,1\n",
        "invoices.csv line 3: 'I2' comes to -1.00; less than nothing is a credit",
    ),
    (
        "payment_applications.csv",
        "payment,invoice,amount\nP1,I2,1\n",
        "payment_applications.csv line 2: payment 'P1' and invoice 'I2' are of two customers",
    ),
    (
        "payment_applications.csv",
        "payment,invoice,amount\nP1,I1,10.01\n",
        "payment_applications.csv line 2: invoice 'I1' would be paid beyond its 11.90",
    ),
    (
        "payment_applications.csv",
        "payment,invoice,amount\nP1,I1,5\nP1,I1,5\n",
        "payment_applications.csv line 3: payment 'P1' is applied to invoice 'I1' already",
    ),
]


@pytest.mark.parametrize(("name", "text", "sentence"), BAD)
def test_a_bad_row_is_named_by_file_and_line_and_nothing_is_loaded(
    folder: Path, name: str, text: str | None, sentence: str
) -> None:
    _write(folder, {name: text})

    with pytest.raises(BadCompany) as caught:
        _load(folder)

    assert any(found.startswith(sentence) for found in caught.value.sentences), caught.value.sentences
    books = sqlite3.connect(folder.parent / "data" / "1.sqlite")
    assert books.execute("SELECT COUNT(*) FROM customer").fetchone()[0] == 0
    books.close()


def test_files_in_another_encoding_are_named(folder: Path) -> None:
    _write(folder)
    (folder / "customers.csv").write_bytes(GOOD["customers.csv"].encode("latin-1"))

    with pytest.raises(BadCompany, match=r"customers\.csv: this file is not UTF-8"):
        _load(folder)


def test_a_lenient_load_lists_what_it_leaves_out(folder: Path) -> None:
    lines = GOOD["invoice_lines.csv"] + "I1,A-1,Bolts,many,1,\nI9,A-1,Bolts,1,1,\n"
    _write(folder, {"invoice_lines.csv": lines})
    account, left_out = _load(folder, lenient=True)

    assert set(_documents(account)) == {"I2", "C1", "P1"}
    assert [sentence.split(":")[0] for sentence in left_out] == [
        "invoice_lines.csv line 5",
        "invoice_lines.csv line 6",
        "invoices.csv line 2",
        "credit_applications.csv line 2",
        "payment_applications.csv line 2",
    ]
    db = account.database.reading()
    assert db.execute("SELECT COUNT(*) FROM tranline WHERE tran NOT IN (SELECT id FROM tran)").fetchone()[0] == 0


def test_the_command_refuses_a_bad_folder_in_words(folder: Path) -> None:
    _write(folder, {"customers.csv": "number,name\nK1,\n"})
    command = [sys.executable, "-m", "portico_connectors.simulators.netsuite", "--port", "1"]
    done = subprocess.run(
        [*command, "--data", str(folder.parent / "data"), "--company", str(folder)],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 2
    assert "customers.csv line 2: name is empty" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.fixture(scope="module")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    account = _seeded(tmp_path_factory.mktemp("seeded"))
    yield account
    account.database.close()


def _seeded(folder: Path, **seed: object) -> Account:
    chosen = Seed(**{"today": "2026-06-30", **seed})  # type: ignore[arg-type]
    config = AccountConfig(account="1", credentials=new_credentials(), seed=chosen, options=Options())
    account = Account(config, folder)
    fill(account)
    return account


def _dump(account: Account) -> list[tuple[object, ...]]:
    db = account.database.reading()
    tables = ("customer", "contact", "item", "tran", "tranline", "application", "address")
    return [tuple(row) for table in tables for row in db.execute(f"SELECT * FROM {table}")]  # noqa: S608 - constants


def test_the_same_seed_gives_the_same_company(tmp_path: Path) -> None:
    small = {"customers": 8, "invoices": 120, "credits": 10}
    first = _seeded(tmp_path / "a", **small)
    second = _seeded(tmp_path / "b", **small)
    other = _seeded(tmp_path / "c", number=2, **small)

    assert _dump(first) == _dump(second)
    assert _dump(first) != _dump(other)


def test_the_seeded_company_has_every_state(seeded: Account) -> None:
    db = seeded.database.reading()

    def count(condition: str) -> int:
        query = f"SELECT COUNT(*) FROM tran WHERE type = 'CustInvc' AND {condition}"  # noqa: S608 - constants
        return int(db.execute(query).fetchone()[0])

    assert count("1") == 4000
    assert count("status = 'A' AND duedate < '2026-06-30'") > 50
    assert count("status = 'A' AND duedate BETWEEN '2026-06-30' AND '2026-07-08'") > 10
    assert count("status = 'A' AND used_c > 0") > 10
    assert count("otherrefnum IS NOT NULL") > 2000
    assert db.execute("SELECT COUNT(DISTINCT currency) FROM tran").fetchone()[0] == 2
    most = db.execute(
        "SELECT COUNT(*) FROM tran WHERE type = 'CustInvc' AND status = 'A' GROUP BY entity ORDER BY 1 DESC"
    ).fetchone()[0]
    assert most > 30
    assert db.execute("SELECT COUNT(*) FROM contact WHERE email IS NULL").fetchone()[0] == 0


def test_the_seeded_customers_have_the_odd_ones_too(seeded: Account) -> None:
    db = seeded.database.reading()

    def count(condition: str) -> int:
        return int(db.execute(f"SELECT COUNT(*) FROM customer WHERE {condition}").fetchone()[0])  # noqa: S608 - constants

    assert count("isperson = 'T' AND companyname IS NULL AND lastname <> ''") == 1
    assert count("parent IS NOT NULL") == 1
    assert count("isinactive = 'T'") == 1
    assert count("length(companyname) > 80") == 1


def test_the_seeded_books_add_up(seeded: Account) -> None:
    db = seeded.database.reading()
    wrong = db.execute(
        "SELECT COUNT(*) FROM tran t WHERE used_c <> (SELECT COALESCE(SUM(amount_c), 0) FROM application "
        "WHERE nextdoc = t.id OR previousdoc = t.id) OR used_c > total_c OR used_c < 0"
    ).fetchone()[0]
    ahead = db.execute("SELECT COUNT(*) FROM tran WHERE lastmodifieddate >= '2026-06-30'").fetchone()[0]

    assert (wrong, ahead) == (0, 0)


def test_the_other_trade_sells_other_things(tmp_path: Path) -> None:
    account = _seeded(tmp_path, trade="wine", customers=5, invoices=50, credits=5)
    names = [row[0] for row in account.database.reading().execute("SELECT displayname FROM item")]

    assert any("Rioja" in name for name in names)

"""The list as a file: all of it, in batches, and nothing in it that a spreadsheet would take for a formula."""

import csv
import io

import pytest

from portico_billing.invoices import export
from portico_billing.invoices.export import safe
from tests.billing.invoices.desk import Desk
from tests.factories.invoices import make_invoice


def table(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t", "\r"])
def test_a_cell_that_looks_like_a_formula_gets_a_quote(sign: str) -> None:
    assert safe(f"{sign}cmd|' /C calc'!A0") == f"'{sign}cmd|' /C calc'!A0"


def test_other_cells_stay_as_they_are() -> None:
    assert [safe(each) for each in ("SF-1", "", "a=b", " 1")] == ["SF-1", "", "a=b", " 1"]


async def test_the_file_holds_the_chosen_invoices(desk: Desk) -> None:
    await desk.invoice("=1+1", purchase_order="@SUM(A1)", total_minor=128_436, open_minor=8_436, due_in_days=-3)
    await desk.invoice("SF-2", open_minor=0)
    await desk.another_customers_invoice()

    answer = await desk.browser.get("/invoices.csv")

    head, *rows = table(answer.content)
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"].startswith('attachment; filename="invoices-104233-')
    assert head == ["Invoice", "Your order", "Issued", "Due", "Status", "Currency", "Total", "Open"]
    [row] = rows
    assert row[:2] == ["'=1+1", "'@SUM(A1)"]
    assert row[4:] == ["Part-paid", "GBP", "1284.36", "84.36"]


async def test_the_file_follows_view_and_search_and_is_written_down(desk: Desk) -> None:
    await desk.invoice("SF-1", open_minor=0)
    await desk.invoice("SF-2", open_minor=0)

    answer = await desk.browser.get("/invoices.csv", params={"view": "paid", "q": "sf-2", "page": "9"})

    assert [row[0] for row in table(answer.content)[1:]] == ["SF-2"]
    [entry] = await desk.audited("invoices.exported")
    assert (entry.actor, entry.after) == (f"person:{desk.payer.id}", {"view": "paid", "q": "sf-2", "page": "9"})


async def test_batches_follow_each_other_without_gap_or_repeat(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export, "BATCH", 10)
    async with desk.database.tenant_session(desk.tenant) as session:
        for number in range(37):
            await make_invoice(session, desk.customer, number=f"SF-{number:03}", due_in_days=number % 4)

    rows = table((await desk.browser.get("/invoices.csv", params={"view": "all"})).content)[1:]

    assert sorted(row[0] for row in rows) == [f"SF-{number:03}" for number in range(37)]
    assert [row[2] for row in rows] == sorted(row[2] for row in rows)


async def test_staffs_file_says_whose_each_invoice_is(desk: Desk) -> None:
    await desk.invoice("SF-1")
    await desk.another_customers_invoice("SF-2")

    head, *rows = table((await desk.staff.get("/staff/invoices.csv")).content)

    assert head[:3] == ["Account", "Customer", "Invoice"]
    assert ["104233", "Ashdown Fabrication", "SF-1"] in [row[:3] for row in rows]
    assert len(rows) == 2

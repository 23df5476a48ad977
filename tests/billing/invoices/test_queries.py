"""The list: views, what can be paid, search, filters, pages; and nothing of another customer's."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from portico_billing.invoices.choice import PAGE_ROWS, Choice, Typed, choice_of
from portico_billing.invoices.models import InvoiceRow
from portico_billing.invoices.payable import VIEWS
from portico_billing.invoices.queries import InvoiceLine, invoices, open_by_customer
from portico_billing.invoices.standing import counts_of, standings
from portico_core.clock import today as today_in
from portico_core.money import Money
from portico_tenants.customers.models import CustomerRow
from portico_tenants.session import TenantSession
from tests.billing.invoices.holding import hold
from tests.factories.customers import make_customer
from tests.factories.invoices import make_invoice, make_line


@dataclass
class Desk:
    """A customer in pounds, and the day."""

    session: TenantSession
    customer: CustomerRow
    today: date

    async def invoice(self, number: str, due_in_days: int = 20, **values: Any) -> InvoiceRow:
        return await make_invoice(self.session, self.customer, number=number, due_in_days=due_in_days, **values)

    async def show(self, **asked: Any) -> list[InvoiceLine]:
        choice = choice_of({key: str(value) for key, value in asked.items()}, locale="en-GB", currency="GBP")
        return list((await invoices(self.session, self.customer.id, choice, self.today)).rows)

    async def numbers(self, **asked: Any) -> list[str]:
        return [row.number for row in await self.show(**asked)]


@pytest.fixture
async def desk(session: TenantSession) -> Desk:
    return Desk(session, await make_customer(session, currency="GBP"), today_in(session.tenant.time_zone))


@pytest.fixture
async def shelf(desk: Desk) -> Desk:
    """One invoice in each state."""
    await desk.invoice("open")
    await desk.invoice("today", 0)
    await desk.invoice("soon", 7)
    await desk.invoice("late", -3)
    await desk.invoice("part", -40, open_minor=5000)
    await desk.invoice("paid", -60, open_minor=0)
    await desk.invoice("voided", -1, open_minor=0, state="voided")
    await desk.invoice("gone", -1, open_minor=0, state="gone")
    await hold(desk.session, await desk.invoice("moving", -2), 12_000, "processing")
    await hold(desk.session, await desk.invoice("received", -2), 12_000, "succeeded")
    await hold(desk.session, await desk.invoice("half", 30), 2_000, "processing")
    await hold(desk.session, await desk.invoice("started", -1), 12_000, "open")
    await hold(desk.session, await desk.invoice("begun", 40), 2_000, "open")
    return desk


async def test_each_view_shows_its_invoices_oldest_due_first(shelf: Desk) -> None:
    assert await shelf.numbers(view="open") == [
        "part",
        "late",
        "moving",
        "started",
        "today",
        "soon",
        "open",
        "half",
        "begun",
    ]
    assert await shelf.numbers(view="overdue") == ["part", "late", "started"]
    assert await shelf.numbers(view="soon") == ["today", "soon"]
    assert await shelf.numbers(view="processing", sort="number") == ["half", "moving", "received"]
    assert await shelf.numbers(view="paid", sort="number") == ["paid", "received"]
    assert "gone" not in await shelf.numbers(view="all")
    assert len(await shelf.numbers(view="all")) == 12


async def test_each_invoice_has_its_word(shelf: Desk) -> None:
    assert {row.number: row.state for row in await shelf.show(view="all")} == {
        "open": "open",
        "today": "open",
        "soon": "open",
        "late": "overdue",
        "part": "part",
        "paid": "paid",
        "voided": "voided",
        "moving": "processing",
        "received": "recording",
        "half": "processing",
        "started": "started",
        "begun": "open",
    }


async def test_what_can_be_paid_is_what_is_open_less_what_is_promised(shelf: Desk) -> None:
    rows = {row.number: row for row in await shelf.show(view="all")}

    assert (rows["open"].open, rows["open"].payable) == (Money(12_000, "GBP"), Money(12_000, "GBP"))
    assert (rows["moving"].open.minor, rows["moving"].payable.minor, rows["moving"].selectable) == (12_000, 0, False)
    assert (rows["received"].open.minor, rows["received"].payable.minor) == (0, 0)
    assert (rows["half"].open.minor, rows["half"].payable.minor, rows["half"].selectable) == (12_000, 10_000, True)
    for number, payable in (("started", 0), ("begun", 10_000)):  # nothing was taken yet: it is owed all the same
        assert (rows[number].outstanding.minor, rows[number].payable.minor) == (12_000, payable)
    assert not rows["started"].selectable


async def test_counts_say_what_the_views_show(shelf: Desk) -> None:
    counts = counts_of(await standings(shelf.session, shelf.customer.id, shelf.today))

    for view in ("open", "overdue", "soon", "processing"):
        assert getattr(counts, view) == len(await shelf.numbers(view=view)), view


async def test_a_hold_above_what_is_open_makes_nothing_negative(desk: Desk) -> None:
    await hold(desk.session, await desk.invoice("paid in the ERP meanwhile", open_minor=500), 12_000, "succeeded")

    [row] = await desk.show(view="all")
    [standing] = await standings(desk.session, desk.customer.id, desk.today)

    assert (row.payable.minor, row.open.minor, row.state) == (0, 0, "recording")
    assert (standing.balance.minor, standing.owed.minor) == (0, 0)


async def test_the_columns_of_the_plot_lead_to_their_invoices(desk: Desk) -> None:
    days = {"late_91": -91, "late_61": -90, "late_31": -60, "late_1": -30, "next_7": 7, "next_14": 8, "later": 15}
    for key, due_in_days in days.items():
        await desk.invoice(key, due_in_days)

    [standing] = await standings(desk.session, desk.customer.id, desk.today)

    for key in days:
        assert await desk.numbers(due=key) == [key]
        assert standing.sums[key] == (Money(12_000, "GBP"), 1)


async def test_search_finds_numbers_orders_and_items(desk: Desk) -> None:
    await desk.invoice("SF-100", purchase_order="PO 77")
    second = await desk.invoice("SF-200")
    desk.session.add(make_line(second, position=2, sku="NUT-M16", description="Hex nut M16, galvanised"))
    await desk.session.flush()

    assert await desk.numbers(q="sf-1") == ["SF-100"]
    assert await desk.numbers(q="po 7") == ["SF-100"]
    assert await desk.numbers(q="100") == ["SF-100"]
    assert await desk.numbers(q="77") == ["SF-100"]
    assert await desk.numbers(q="nut-m") == ["SF-200"]
    assert await desk.numbers(q="NUT") == ["SF-200"]
    assert await desk.numbers(q="galvan") == ["SF-200"]
    assert await desk.numbers(q="alvan") == []
    assert await desk.numbers(q="%") == []
    assert await desk.numbers(q="_F-100") == []


async def test_filters_narrow_by_day_and_amount(desk: Desk) -> None:
    await desk.invoice("early", issued_on=date(2026, 1, 5), total_minor=100_00)
    await desk.invoice("later", issued_on=date(2026, 2, 5), total_minor=250_00)

    assert await desk.numbers(issued_from="2026-02-01") == ["later"]
    assert await desk.numbers(issued_until="2026-01-31") == ["early"]
    assert await desk.numbers(amount_from="200") == ["later"]
    assert await desk.numbers(amount_until="1,00.00") == ["early", "later"]  # no amount: as if not said
    assert await desk.numbers(amount_until="100.00") == ["early"]


async def test_sorting_by_each_column_and_back(desk: Desk) -> None:
    await desk.invoice("a", 5, total_minor=300, purchase_order="y", issued_on=date(2026, 1, 2))
    await desk.invoice("b", 3, total_minor=100, purchase_order="z", issued_on=date(2026, 1, 1))

    for sort in ("number", "-order", "-issued", "-due", "-total", "-open"):
        other = sort.removeprefix("-") if sort.startswith("-") else f"-{sort}"
        assert await desk.numbers(sort=sort) != await desk.numbers(sort=other), sort
        assert sorted(await desk.numbers(sort=sort)) == ["a", "b"]


async def test_pages_follow_without_gap_or_repeat(desk: Desk) -> None:
    for number in range(PAGE_ROWS + 3):
        await desk.invoice(f"{number:03}", 20)

    async def page(number: int) -> Any:
        choice = Choice(view="all", sort="due", page=number)
        return await invoices(desk.session, desk.customer.id, choice, desk.today)

    first, second = await page(1), await page(2)
    assert (first.first, first.last, first.more, first.total) == (1, PAGE_ROWS, True, PAGE_ROWS + 3)
    assert (second.first, second.last, second.more) == (PAGE_ROWS + 1, PAGE_ROWS + 3, False)
    assert len({row.id for row in (*first.rows, *second.rows)}) == PAGE_ROWS + 3


async def test_nothing_of_another_customer_is_ever_found(shelf: Desk) -> None:
    other = await make_customer(shelf.session, currency="GBP")
    for view in VIEWS:
        choice = Choice(view=view, typed=Typed())
        assert not (await invoices(shelf.session, other.id, choice, shelf.today)).rows
    assert await standings(shelf.session, other.id, shelf.today) == []
    assert await open_by_customer(shelf.session, [other.id]) == {}


async def test_staff_see_all_customers_and_whose_an_invoice_is(shelf: Desk) -> None:
    other = await make_customer(shelf.session, currency="GBP", name="Larch Ltd")
    await make_invoice(shelf.session, other, number="LARCH-1")

    async def ask(query: str) -> list[tuple[str, str, UUID | None]]:
        found = await invoices(shelf.session, None, Choice(view="all", query=query), shelf.today)
        return [(row.number, row.customer, row.customer_id) for row in found.rows]

    assert await ask("larch-") == [("LARCH-1", "Larch Ltd", other.id)]
    assert await ask("larch l") == [("LARCH-1", "Larch Ltd", other.id)]
    assert len((await invoices(shelf.session, None, Choice(view="all"), shelf.today)).rows) == 13


async def test_what_is_open_by_customer_is_in_its_own_currency(desk: Desk) -> None:
    await desk.invoice("pounds")
    await desk.invoice("euros", currency="EUR")
    await hold(desk.session, await desk.invoice("held"), 2_000)

    assert await open_by_customer(desk.session, [desk.customer.id]) == {desk.customer.id: Money(22_000, "GBP")}


async def test_each_currency_stands_by_itself(desk: Desk) -> None:
    await desk.invoice("pounds", -1)
    await desk.invoice("yen", total_minor=5_000, currency="JPY")
    await desk.invoice("dinars", total_minor=1_234_567, currency="KWD")

    found = {each.currency: each for each in await standings(desk.session, desk.customer.id, desk.today)}

    assert found["GBP"].overdue == Money(12_000, "GBP")
    assert str(found["JPY"].balance.amount) == "5000"
    assert str(found["KWD"].balance.amount) == "1234.567"
    assert found["KWD"].overdue == Money(0, "KWD")


def test_what_cannot_be_read_is_as_if_it_had_not_been_said() -> None:
    wild = {
        "view": "nonsense",
        "sort": "'; DROP TABLE",
        "page": "-4",
        "q": "a\0b" + "x" * 500,
        "due": "never",
        "issued_from": "31.12.2026",
        "amount_from": "NaN",
    }

    choice = choice_of(wild, locale="en-GB", currency="GBP")

    assert (choice.view, choice.sort, choice.down, choice.page, choice.due) == ("open", "due", False, 1, "")
    assert len(choice.query) == 80
    assert "\0" not in choice.query
    assert (choice.issued_from, choice.amount_from) == (None, None)
    assert choice_of({"page": "9" * 7}, locale="en-GB", currency="GBP").page == 400


def test_an_address_keeps_what_was_chosen_and_leaves_out_the_usual() -> None:
    asked = {"view": "paid", "q": "bolt", "sort": "total", "page": "3", "issued_from": "2026-01-01"}
    choice = choice_of(asked, locale="en-GB", currency="GBP")

    assert choice.address() == {**asked, "page": 3}
    assert choice.address(page=1, sort="-issued") == {"view": "paid", "q": "bolt", "issued_from": "2026-01-01"}
    assert Choice().address() == {}


async def test_the_day_decides_and_is_passed_in(desk: Desk) -> None:
    await desk.invoice("due today", 0)

    tomorrow = desk.today + timedelta(days=1)
    [now_] = (await invoices(desk.session, desk.customer.id, Choice(), desk.today)).rows
    [then] = (await invoices(desk.session, desk.customer.id, Choice(), tomorrow)).rows

    assert (now_.state, then.state) == ("open", "overdue")

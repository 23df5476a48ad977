"""The arithmetic of an invoice: what SQL says and what Python says is the same, whatever the amounts."""

from datetime import date, timedelta
from decimal import Decimal
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portico_billing.invoices.choice import Choice
from portico_billing.invoices.payable import VIEWS, state_of
from portico_billing.invoices.queries import InvoiceLine, invoices, line_of
from portico_billing.invoices.standing import counts_of, standings
from portico_core.clock import today as today_in
from portico_core.ids import new_id
from portico_core.money import to_decimal
from portico_tenants.mirror import Unstorable, digits_of, exact_minor
from portico_tenants.session import TenantSession
from tests.billing.invoices.holding import hold
from tests.factories.customers import make_customer
from tests.factories.invoices import make_invoice

TODAY = date(2026, 11, 19)
amounts = st.integers(-(10**9), 10**9)
promises = st.integers(0, 10**9)
currencies = st.sampled_from(["JPY", "GBP", "KWD"])


@given(amounts, amounts, promises, promises, promises, st.integers(-200, 200))
def test_a_row_never_promises_more_than_is_open(
    total: int, open_: int, settled: int, moving: int, started: int, days: int
) -> None:
    due_on = TODAY + timedelta(days=days)
    row = (new_id(), "1", "", TODAY, due_on, "GBP", total, open_, "posted", settled, moving, started)

    line = line_of(row, TODAY)

    assert line.outstanding.minor == max(open_ - settled - moving, 0)
    assert line.payable.minor == max(open_ - settled - moving - started, 0)
    assert 0 <= line.payable.minor <= line.outstanding.minor <= line.open.minor <= max(open_, 0)
    assert line.selectable == (line.payable.minor > 0)
    if line.state in ("paid", "recording", "started"):
        assert not line.selectable
    if line.state == "overdue":
        assert line.selectable
        assert days < 0


@given(amounts, promises, promises, promises, st.integers(-5, 5))
def test_paid_means_that_nothing_is_open(total: int, settled: int, moving: int, started: int, days: int) -> None:
    due_on = TODAY + timedelta(days=days)

    assert state_of("posted", total, 0, settled, moving, started, due_on, TODAY) == "paid"
    assert state_of("voided", total, total, settled, moving, started, due_on, TODAY) == "voided"


@given(currencies, st.integers(-(2**62), 2**62))
def test_minor_units_survive_the_way_there_and_back(currency: str, minor: int) -> None:
    assert exact_minor(to_decimal(minor, currency), digits_of(currency)) == minor


@given(currencies, st.lists(st.integers(0, 10**8), max_size=20))
def test_what_was_applied_and_what_is_open_make_the_total(currency: str, parts: list[int]) -> None:
    digits = digits_of(currency)
    total = sum((to_decimal(part, currency) for part in parts), Decimal(0))

    assert sum(exact_minor(to_decimal(part, currency), digits) for part in parts) == exact_minor(total, digits)


@given(currencies, st.integers(-(10**9), 10**9), st.integers(1, 9))
def test_one_digit_too_many_is_refused_not_rounded(currency: str, minor: int, digit: int) -> None:
    finer = to_decimal(minor * 10 + digit, currency).scaleb(-1)

    with pytest.raises(Unstorable):
        exact_minor(finer, digits_of(currency))


async def test_sql_and_python_agree_on_every_mixture(session: TenantSession) -> None:
    today = today_in(session.tenant.time_zone)
    customer = await make_customer(session, currency="GBP")
    parts = (0, 300, 1000)
    mixtures = product((0, 400, 1000), parts, parts, parts, (-40, 0, 30), ("posted", "voided"))
    for open_, settled, moving, started, days, state in mixtures:
        kept_open = open_ if state == "posted" else 0
        row = await make_invoice(
            session, customer, total_minor=1000, open_minor=kept_open, due_in_days=days, state=state
        )
        if settled:
            await hold(session, row, settled, "succeeded")
        if moving:
            await hold(session, row, moving, "processing")
        if started:
            await hold(session, row, started, "open")

    rows: dict[str, list[InvoiceLine]] = {}
    for view in VIEWS:
        rows[view] = []
        for page in range(1, 12):
            choice = Choice(view=view, sort="number", page=page)
            rows[view] += (await invoices(session, customer.id, choice, today)).rows
    ids = {view: {row.id for row in found} for view, found in rows.items()}
    posted = {row.id for row in rows["all"] if row.state != "voided"}

    assert len(rows["all"]) == 3 * 3 * 3 * 3 * 3 * 2
    assert ids["open"] == {row.id for row in rows["all"] if row.open.minor > 0}
    assert ids["paid"] == posted - ids["open"]
    assert ids["overdue"] == {row.id for row in rows["all"] if row.outstanding.minor > 0 and row.due_on < today}
    assert {row.state for row in rows["overdue"] if not row.selectable} == {"started"}
    assert {row.selectable for row in rows["all"] if row.state in ("started", "recording", "paid")} == {False}
    assert {row.state for row in rows["paid"]} == {"paid", "recording"}

    [standing] = await standings(session, customer.id, today)
    assert standing.balance.minor == sum(row.outstanding.minor for row in rows["all"])
    assert standing.overdue.minor == sum(row.outstanding.minor for row in rows["overdue"])
    assert standing.payable.minor == sum(row.payable.minor for row in rows["all"])
    assert standing.payable_overdue.minor == sum(row.payable.minor for row in rows["overdue"])
    assert standing.owed.minor == sum(row.open.minor for row in rows["all"])
    assert standing.overdue + standing.coming == standing.balance
    assert counts_of([standing]).open == len(rows["open"])

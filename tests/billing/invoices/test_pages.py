"""The pages of invoices, asked as a browser would."""

from uuid import uuid4

import pytest

from tests.billing.invoices.desk import Desk, text_of
from tests.billing.invoices.holding import hold
from tests.factories.customers import make_customer
from tests.factories.invoices import make_credit, make_erp_payment, make_invoice
from tests.statements import noted


async def test_home_opens_with_the_answer(desk: Desk) -> None:
    await desk.invoice("SF-1", due_in_days=-5, total_minor=386_810)
    await desk.invoice("SF-2", due_in_days=1, total_minor=193_248)

    answer = await desk.browser.get("/")

    said = text_of(answer)
    assert answer.status_code == 200
    assert "You owe £5,800.58 , and £3,868.10 is overdue." in said
    assert "Pay £3,868.10" in said
    assert "SF-2 falls due tomorrow" in said


async def test_home_says_when_nothing_is_owed(desk: Desk) -> None:
    await desk.another_customers_invoice()

    assert "You owe nothing." in text_of(await desk.browser.get("/"))


async def test_home_tells_what_is_on_its_way_and_what_may_be_used(desk: Desk) -> None:
    row = await desk.invoice("SF-1", total_minor=211_800)
    async with desk.database.tenant_session(desk.tenant) as session:
        await hold(session, row, 211_800)
        await make_credit(session, desk.customer, number="CN-1", total_minor=18_640)

    said = text_of(await desk.browser.get("/"))

    assert "You owe nothing." in said
    assert "Payment on its way £2,118.00 SF-1" in said
    assert "Now: £2,118.00 , all of it already being paid." in said
    assert "Credit to use £186.40 CN-1" in said


async def test_what_is_owed_and_what_is_left_to_pay_differ_by_what_is_said_to_be_paid_already(desk: Desk) -> None:
    row = await desk.invoice("SF-1", total_minor=100_000)
    async with desk.database.tenant_session(desk.tenant) as session:
        for minor, state in ((20_000, "processing"), (3_000, "open"), (7_000, "succeeded")):
            await hold(session, row, minor, state)

    home, staff = await desk.browser.get("/"), await desk.staff.get(f"/staff/customers/{desk.customer.id}")

    assert "You owe £730.00 ." in text_of(home)
    assert "Pay £700.00 early" in text_of(home)  # what a payment that was started has promised cannot be chosen again
    assert "Open £730.00" in text_of(staff)
    for answer in (home, staff):
        assert "Now: £930.00 , £200.00 of it already being paid." in text_of(answer)


async def test_several_credit_notes_are_counted_and_lead_to_their_list(desk: Desk) -> None:
    async with desk.database.tenant_session(desk.tenant) as session:
        for number in range(3):
            await make_credit(session, desk.customer, number=f"CN-{number}", total_minor=1_000)

    answer = await desk.browser.get("/")

    assert "Credit to use £30.00 3 credit notes" in text_of(answer)
    assert 'href="/credits"' in answer.text
    assert "Nothing £30.00 in 3 credit notes" in text_of(await desk.staff.get(f"/staff/customers/{desk.customer.id}"))


async def test_a_payment_made_elsewhere_is_shown_without_a_page(desk: Desk) -> None:
    async with desk.database.tenant_session(desk.tenant) as session:
        await make_erp_payment(session, desk.customer, number="BACS-77", amount_minor=4_200)

    home, history = await desk.browser.get("/"), await desk.browser.get("/payments")

    assert "BACS-77 £42.00" in text_of(home)
    assert "No payment yet" not in text_of(home)
    assert "Not through this portal" in text_of(history)
    assert "BACS-77</a>" not in home.text + history.text


async def test_past_the_end_of_a_list_leads_back_to_its_start(desk: Desk) -> None:
    await desk.invoice("SF-1")

    answer = await desk.browser.get("/invoices", params={"view": "all", "page": "7"})

    assert "This list ends before this page" in text_of(answer)
    assert 'href="/invoices?view=all"' in answer.text


async def test_the_list_shows_what_is_open_and_htmx_gets_the_part_alone(desk: Desk) -> None:
    await desk.invoice("SF-1", due_in_days=-48, total_minor=128_436)
    await desk.invoice("SF-2", open_minor=0)

    whole = await desk.browser.get("/invoices")
    part = await desk.browser.get("/invoices", headers={"HX-Request": "true", "HX-Target": "invoices"})

    assert "£1,284.36 open in one invoice, £1,284.36 of it overdue" in text_of(whole)
    for answer in (whole, part):
        assert "SF-1" in answer.text
        assert "SF-2" not in answer.text
        assert "48 days late" in answer.text
    assert "<html" in whole.text
    assert "<html" not in part.text


async def test_views_search_and_sort_live_in_the_address(desk: Desk) -> None:
    await desk.invoice("SF-1", open_minor=0)
    await desk.invoice("SF-2", open_minor=0)

    answer = await desk.browser.get("/invoices", params={"view": "paid", "q": "sf-2", "sort": "-total"})

    assert "SF-2" in answer.text
    assert "SF-1<" not in answer.text
    assert "view=paid&amp;q=sf-2&amp;sort=total" in answer.text
    assert 'href="/invoices.csv?view=paid&amp;q=sf-2&amp;sort=-total"' in answer.text


async def test_any_address_is_answered(desk: Desk) -> None:
    await desk.invoice()
    wild = {"view": "x", "q": "%00\0'\"<script>", "sort": "-", "page": "99999999999", "due": "x", "amount_from": "∞"}

    answer = await desk.browser.get("/invoices", params=wild)

    assert answer.status_code == 200
    assert "<script>" not in answer.text.replace('<script src="', "")


async def test_an_invoice_shows_its_paper_and_what_to_do(desk: Desk) -> None:
    row = await desk.invoice("SF-9", total_minor=120_000, tax_minor=20_000, open_minor=50_000, memo="Gate 2")

    said = text_of(await desk.browser.get(f"/invoices/{row.id}"))

    for words in (
        "Invoice SF-9 Part-paid",
        "Kelham Works",
        "Sheffield S3 0ZZ United Kingdom",
        "Account 104233",
        "Net £1,000.00",
    ):
        assert words in said
    assert "Still open £500.00" in said
    assert "Pay £500.00" in said
    assert "Gate 2" in said
    assert "Bolts M8, a box of a hundred" in said


async def test_a_received_payment_counts_at_once(desk: Desk) -> None:
    row = await desk.invoice("SF-9")
    async with desk.database.tenant_session(desk.tenant) as session:
        payment = await hold(session, row, 12_000, "succeeded")

    said = text_of(await desk.browser.get(f"/invoices/{row.id}"))

    assert "Paid, being recorded" in said
    assert f"£120.00 paid, P-{payment.number}; our bookkeeping is recording it" in said
    assert "Nothing to pay £0.00" in said


@pytest.mark.parametrize("path", ["/invoices/{}", "/invoices/{}.pdf", "/credits/{}"])
async def test_not_yours_and_not_there_are_the_same(desk: Desk, path: str) -> None:
    theirs = await desk.another_customers_invoice()
    async with desk.database.tenant_session(desk.tenant) as session:
        credit = await make_credit(session, await make_customer(session))
    wanted = credit.id if "credits" in path else theirs.id

    not_yours = await desk.browser.get(path.format(wanted))
    not_there = await desk.browser.get(path.format(uuid4()))
    no_id = await desk.browser.get(path.format("nonsense"))

    assert {answer.status_code for answer in (not_yours, not_there, no_id)} == {404}
    assert text_of(not_yours).replace(not_yours.headers["x-request-id"], "") == text_of(not_there).replace(
        not_there.headers["x-request-id"], ""
    )


async def test_credits_are_listed_and_shown(desk: Desk) -> None:
    async with desk.database.tenant_session(desk.tenant) as session:
        await make_credit(session, desk.customer, number="CN-used", open_minor=0)
        left = await make_credit(session, desk.customer, number="CN-left", total_minor=3_000, open_minor=1_000)

    listed = text_of(await desk.browser.get("/credits"))
    shown = text_of(await desk.browser.get(f"/credits/{left.id}"))

    assert listed.index("CN-left") < listed.index("CN-used")
    assert "Left to use £10.00" in shown


@pytest.mark.parametrize("path", ["/", "/invoices", "/invoices?view=all", "/invoices?q=bolt", "/credits"])
async def test_a_page_takes_as_many_statements_with_many_rows_as_with_few(desk: Desk, path: str) -> None:
    await desk.invoice("SF-0")
    few = await _statements(desk, path)
    async with desk.database.tenant_session(desk.tenant) as session:
        for number in range(1, 45):
            row = await make_invoice(session, desk.customer, number=f"SF-{number}", due_in_days=number - 20)
            if number % 3 == 0:
                await hold(session, row, 1_000)
            await make_credit(session, desk.customer)

    assert await _statements(desk, path) == few


async def _statements(desk: Desk, path: str) -> int:
    seen: list[str] = []
    with noted(desk.portal.resources.database, seen):
        assert (await desk.browser.get(path)).status_code == 200
    assert seen
    return len(seen)


async def test_staff_see_every_customer_with_what_it_owes(desk: Desk) -> None:
    await desk.invoice("SF-1", due_in_days=-3, total_minor=50_000)
    await desk.invoice("SF-2", total_minor=25_000)

    by_name = text_of(await desk.staff.get("/staff/customers"))
    by_overdue = text_of(await desk.staff.get("/staff/customers", params={"order": "overdue"}))
    nobody = text_of(await desk.staff.get("/staff/customers", params={"q": "no such"}))

    for said in (by_name, by_overdue):
        assert "Ashdown Fabrication 104233 2 £500.00 £750.00" in said
    assert "No customer matches" in nobody


async def test_customers_are_ranked_within_their_currency_the_tenants_own_first(desk: Desk) -> None:
    async with desk.database.tenant_session(desk.tenant) as session:
        for currency, minor in (("JPY", 900_000), ("GBP", 5_000), ("GBP", 70_000)):
            other = await make_customer(session, currency=currency, name=f"Owes {minor} {currency}")
            await make_invoice(session, other, currency=currency, total_minor=minor, due_in_days=-3)

    said = text_of(await desk.staff.get("/staff/customers", params={"order": "overdue"}))

    places = [said.index(name) for name in ("Owes 70000 GBP", "Owes 5000 GBP", "Owes 900000 JPY")]
    assert places == sorted(places)


async def test_staff_open_a_customer_and_an_invoice_and_that_is_written_down(desk: Desk) -> None:
    row = await desk.invoice("SF-1", total_minor=50_000)

    customer = text_of(await desk.staff.get(f"/staff/customers/{desk.customer.id}"))
    invoice = text_of(await desk.staff.get(f"/staff/invoices/{row.id}"))
    missing = await desk.staff.get(f"/staff/customers/{uuid4()}")

    assert "Open £500.00" in customer
    assert "Priya Nair" in customer
    assert "Invoice SF-1" in invoice
    assert missing.status_code == 404
    [opened] = await desk.audited("customer.opened")
    assert (opened.object_id, opened.customer_id) == (str(desk.customer.id), desk.customer.id)
    assert [each.object_id for each in await desk.audited("invoice.opened")] == [str(row.id)]


async def test_staff_see_all_invoices_and_the_overview(desk: Desk) -> None:
    await desk.invoice("SF-1", due_in_days=-3, total_minor=50_000)
    await desk.another_customers_invoice("SF-2")

    listed = text_of(await desk.staff.get("/staff/invoices"))
    overview = text_of(await desk.staff.get("/staff"))

    assert "£620.00 open, £500.00 of it overdue" in listed
    assert "SF-1 Ashdown Fabrication" in listed
    assert "2 customers owe £620.00 ; £500.00 is overdue." in overview

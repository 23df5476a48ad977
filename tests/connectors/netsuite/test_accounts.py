"""Accounts differ: features off, columns not shown, permissions missing. What can be left out is, and is told."""

from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from portico_connectors.conformance.runs import ids, payable, payment_for, read_all
from portico_connectors.errors import PostingRefused, Reconnect
from portico_connectors.netsuite import NetSuite
from portico_connectors.records import Customer, Invoice, RecordType
from tests.connectors.netsuite.bench import NetSuiteBench

SHAPES: dict[str, dict[str, Any]] = {
    "plain": {},
    "one world": {"one_world": True},
    "far zone": {"time_zone": "America/Los_Angeles", "date_format": "D.M.YYYY", "datetime_with_time": True},
    "unsigned credits": {"signed_credits": False},
    "few columns": {
        "missing_columns": {
            "customer": ["creditlimit", "terms", "defaultbillingaddress"],
            "transaction": ["otherrefnum", "foreignpaymentamountunused", "memo"],
            "transactionline": ["units", "rate", "kitcomponent", "linesequencenumber"],
            "term": ["lastmodifieddate", "daysuntilnetdue"],
            "contact": ["title"],
        }
    },
    "columns that crash": {"crashing_columns": {"customer": ["creditlimit"], "term": ["lastmodifieddate"]}},
}


@pytest.mark.parametrize("shape", SHAPES)
async def test_every_shape_of_account_is_read_whole_and_paid_into(shape: str) -> None:
    async with NetSuiteBench.start(**SHAPES[shape]) as bench, bench.connect() as netsuite:
        facts = await bench.facts()
        await netsuite.test()
        for record_type in RecordType:
            pages = await read_all(netsuite, record_type, page_size=20)
            assert set(ids(pages)) == facts.ids[record_type]
            assert not [error.why for page in pages for error in page.rejected]
        records = [record for page in await read_all(netsuite, RecordType.INVOICE) for record in page.records]
        invoices = [record for record in records if isinstance(record, Invoice)]
        assert {invoice.erp_id: invoice.open_amount for invoice in invoices} == facts.open_amounts
        assert all(sum(line.amount for line in i.lines) + i.tax_total == i.total for i in invoices)
        chosen = await payable(bench, netsuite, 2)
        payment = payment_for("portico-shape", chosen, [Decimal("5.55"), Decimal("0.45")])
        posted = await netsuite.post_payment(payment)
        assert set(posted.applications) == set(payment.applications)


async def test_more_invoices_and_lines_than_one_query_gives() -> None:
    async with NetSuiteBench.start(invoices=1_200, row_cap=1_000) as bench, bench.connect() as netsuite:
        facts = await bench.ids("tran", "CustInvc")
        pages = await read_all(netsuite, RecordType.INVOICE, page_size=1_000)
        invoices = [record for page in pages for record in page.records if isinstance(record, Invoice)]
        assert {invoice.erp_id for invoice in invoices} == facts
        assert len(invoices) == len(facts)
        assert sum(len(invoice.lines) for invoice in invoices) > 1_000
        assert all(sum(line.amount for line in i.lines) + i.tax_total == i.total for i in invoices)


async def test_a_single_currency_account_needs_its_currency_entered() -> None:
    async with NetSuiteBench.start(multi_currency=False, currencies=["GBP"]) as bench:
        async with bench.connect() as netsuite:
            with pytest.raises(Reconnect, match="currency"):
                await netsuite.test()
        async with bench.connect(currency="GBP") as netsuite:
            assert "Currencies: GBP" in (await netsuite.test()).notes
            (page,) = await read_all(netsuite, RecordType.CUSTOMER, page_size=1000)
            assert {record.currency for record in page.records if isinstance(record, Customer)} == {"GBP"}
            payment = payment_for("portico-single", await payable(bench, netsuite, 1), [Decimal("1.00")])
            assert (await netsuite.post_payment(payment)).unapplied == 0


async def test_what_is_left_out_is_told() -> None:
    async with NetSuiteBench.start(missing_columns={"customer": ["creditlimit"]}) as bench, bench.connect() as netsuite:
        notes = (await netsuite.test()).notes
        assert any("customer.creditlimit" in note for note in notes)


async def test_a_wrong_time_zone_is_told() -> None:
    async with NetSuiteBench.start(time_zone="Asia/Tokyo") as bench:
        async with bench.connect() as netsuite:
            assert not any("time zone" in note for note in (await netsuite.test()).notes)
        async with bench.connect(time_zone="America/Los_Angeles") as netsuite:
            assert any("time zone" in note for note in (await netsuite.test()).notes)


async def test_what_the_sync_cannot_do_without_is_for_the_tenant_to_mend() -> None:
    lacking = {"transaction": ["foreigntotal"]}
    async with NetSuiteBench.start(missing_columns=lacking) as bench, bench.connect() as netsuite:
        with pytest.raises(Reconnect, match="foreigntotal"):
            await netsuite.test()


async def test_without_the_workbook_permission_the_sentence_names_it() -> None:
    async with NetSuiteBench.start(analytics_permission=False) as bench, bench.connect() as netsuite:
        with pytest.raises(Reconnect, match="SuiteAnalytics Workbook"):
            await netsuite.test()


async def test_a_scope_that_the_integration_lacks_is_named() -> None:
    async with NetSuiteBench.start(scopes=["rest_webservices"]) as bench:
        async with bench.connect() as netsuite:
            with pytest.raises(Reconnect, match="scope"):
                await netsuite.test()
        # Without the invoice PDF the scope is not asked for.
        async with bench.connect(pdf_script="", pdf_deployment="") as netsuite:
            await netsuite.test()
            assert await netsuite.invoice_pdf("1") is None


async def test_the_script_is_found_working() -> None:
    async with NetSuiteBench.start() as bench, bench.connect() as netsuite:
        assert not [note for note in (await netsuite.test()).notes if "RESTlet" in note or "script" in note]


async def test_a_wrong_script_is_noted_and_costs_nothing_else() -> None:
    async with NetSuiteBench.start() as bench, bench.connect(pdf_script="customscript_other") as netsuite:
        assert any("RESTlet" in note for note in (await netsuite.test()).notes)
        assert await netsuite.invoice_pdf(min((await bench.facts()).ids[RecordType.INVOICE])) is None


async def test_the_paper_is_of_invoices_alone() -> None:
    async with NetSuiteBench.start() as bench, bench.connect() as netsuite:
        known = (await bench.facts()).ids
        paper = await netsuite.invoice_pdf(min(known[RecordType.INVOICE]))
        assert paper is not None
        assert paper.content.startswith(b"%PDF-")
        for stranger in (min(known[RecordType.PAYMENT]), "999999999", "1 or 1", ""):
            assert await netsuite.invoice_pdf(stranger) is None


async def test_a_closed_period_refuses_with_the_erps_sentence() -> None:
    async with NetSuiteBench.start(closed_until="2026-12-31") as bench, bench.connect() as netsuite:
        payment = payment_for("portico-closed", await payable(bench, netsuite, 1), [Decimal("1.00")])
        with pytest.raises(PostingRefused, match="period"):
            await netsuite.post_payment(payment)


async def test_the_erps_clock_decides_not_ours() -> None:
    async with NetSuiteBench.start(clock_skew_seconds=-200) as bench, bench.connect() as netsuite:
        before = await read_all(netsuite, RecordType.INVOICE)
        changed = sorted((await bench.facts()).ids[RecordType.INVOICE])[:2]
        await bench.touch(changed)
        after = await read_all(netsuite, RecordType.INVOICE, before[-1].cursor)
        assert set(changed) <= set(ids(after))


@pytest.mark.parametrize("kind", ["reset", "cut_body", "error_body"])
async def test_other_bad_answers_cost_no_record(kind: str) -> None:
    async with NetSuiteBench.start() as bench, bench.connect() as netsuite:
        pages = netsuite.pages(RecordType.INVOICE, None, page_size=20)
        first = await anext(pages)
        await bench.control.post("/faults", json={"kind": kind, "path": "suiteql", "times": 2})
        read = ids([first, *[page async for page in pages]])
        assert await bench.fired() == 2
        assert sorted(read) == sorted((await bench.facts()).ids[RecordType.INVOICE])


@pytest.mark.parametrize("key", ["portico|1", "a b", "", "x'y"])
async def test_a_key_that_netsuite_cannot_carry_is_refused_before_anything_is_sent(key: str) -> None:
    async with NetSuiteBench.start() as bench, bench.connect() as netsuite:
        with pytest.raises(PostingRefused):
            await netsuite.post_payment(payment_for(key, await payable(bench, netsuite, 1), [Decimal("1.00")]))


async def test_invoices_of_another_currency_are_refused_before_anything_is_sent() -> None:
    async with NetSuiteBench.start() as bench, bench.connect() as netsuite:
        (invoice,) = await payable(bench, netsuite, 1)
        payment = payment_for("portico-currency", [invoice], [Decimal("1.00")])
        foreign = replace(payment, currency="JPY")
        with pytest.raises(PostingRefused, match="JPY"):
            await netsuite.post_payment(foreign)
        assert await netsuite.find_payment("portico-currency") is None


async def unapplied(bench: NetSuiteBench, netsuite: NetSuite, **changes: Any) -> dict[str, Any]:
    """What NetSuite books of a payment whose invoices were all closed meanwhile, by a customer in pounds."""
    asked = payment_for("portico-unapplied", await payable(bench, netsuite, 1), [Decimal("100.00")])
    await netsuite.post_payment(replace(asked, applications=(), **changes))
    (held,) = (await bench.control.get("/payments", params={"external_id": asked.our_key})).json()
    return dict(held)


@pytest.mark.parametrize("currency", ["GBP", "EUR"])
async def test_what_has_nothing_left_to_apply_is_booked_in_its_own_currency(currency: str) -> None:
    async with NetSuiteBench.start() as bench, bench.connect() as netsuite:
        held = await unapplied(bench, netsuite, currency=currency)
        assert held["currency"] == currency
        assert Decimal(held["amount"]) == Decimal(held["unapplied"]) == 100


async def test_a_currency_that_the_account_does_not_have_is_refused_before_anything_is_sent() -> None:
    async with NetSuiteBench.start() as bench, bench.connect() as netsuite:
        with pytest.raises(PostingRefused, match="JPY"):
            await unapplied(bench, netsuite, currency="JPY")
        assert await netsuite.find_payment("portico-unapplied") is None


async def test_a_single_currency_account_takes_its_own_and_no_other() -> None:
    async with (
        NetSuiteBench.start(multi_currency=False, currencies=["GBP"]) as bench,
        bench.connect(currency="GBP") as netsuite,
    ):
        with pytest.raises(PostingRefused, match="EUR"):
            await unapplied(bench, netsuite, currency="EUR")
        assert Decimal((await unapplied(bench, netsuite))["amount"]) == 100

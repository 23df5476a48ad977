"""Pages without gaps or repeats, from any cursor, through ties, changes and bad records; exact money, aware times."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from portico_connectors.conformance.bench import Bench
from portico_connectors.conformance.benched import Benched
from portico_connectors.conformance.runs import ids, payable, read_all
from portico_connectors.records import Contact, Credit, Invoice, Payment, RecordType

ALL_TYPES = pytest.mark.parametrize("record_type", list(RecordType))


class Reading(Benched):
    """How records are read."""

    @ALL_TYPES
    async def test_every_record_comes_exactly_once(self, bench: Bench, record_type: RecordType) -> None:
        async with bench.connect() as connector:
            pages = await read_all(connector, record_type)
        read = ids(pages)
        assert len(read) == len(set(read))
        assert set(read) == (await bench.facts()).ids[record_type]
        assert all(not page.rejected for page in pages)
        assert pages[0].total in (None, len(read))

    async def test_pages_hold_no_more_than_asked_for(self, bench: Bench) -> None:
        async with bench.connect() as connector:
            pages = await read_all(connector, RecordType.INVOICE, page_size=10)
        assert len(pages) > 1
        assert max(len(page.records) for page in pages) <= 10

    @ALL_TYPES
    async def test_oldest_change_comes_first(self, bench: Bench, record_type: RecordType) -> None:
        async with bench.connect() as connector:
            times = [r.modified_at for page in await read_all(connector, record_type) for r in page.records]
        assert times == sorted(times)

    async def test_a_run_goes_on_from_any_page_in_another_process(self, bench: Bench) -> None:
        async with bench.connect() as connector:
            pages = await read_all(connector, RecordType.INVOICE)
        whole = ids(pages)
        for stop in range(1, len(pages)):
            async with bench.connect() as another:
                rest = await read_all(another, RecordType.INVOICE, pages[stop - 1].cursor)
            assert ids(pages[:stop]) + ids(rest) == whole

    async def test_changes_of_one_second_spread_over_pages(self, bench: Bench) -> None:
        invoices = sorted((await bench.facts()).ids[RecordType.INVOICE])
        await bench.touch(invoices[:20])
        async with bench.connect() as connector:
            read = ids(await read_all(connector, RecordType.INVOICE, page_size=3))
        assert len(read) == len(set(read))
        assert set(read) == set(invoices)

    async def test_the_next_run_brings_what_changed(self, bench: Bench) -> None:
        invoices = sorted((await bench.facts()).ids[RecordType.INVOICE])
        async with bench.connect() as connector:
            first = await read_all(connector, RecordType.INVOICE)
            await bench.touch(invoices[3:6])
            second = await read_all(connector, RecordType.INVOICE, first[-1].cursor)
            third = await read_all(connector, RecordType.INVOICE, second[-1].cursor)
        assert set(invoices[3:6]) <= set(ids(second))
        assert len(ids(second)) < len(invoices), "an incremental run must not read everything"
        # The overlap may bring them again; nothing new may come from a quiet ERP.
        assert set(ids(third)) <= set(ids(second))

    async def test_what_changes_while_pages_are_read_is_not_lost(self, bench: Bench) -> None:
        everything = (await bench.facts()).ids[RecordType.INVOICE]
        async with bench.connect() as connector:
            seen: list[str] = []
            cursor = None
            moved: list[str] = []
            async for page in connector.pages(RecordType.INVOICE, None, page_size=5):
                seen += ids([page])
                cursor = page.cursor
                if not moved:
                    # One already read, one not yet: both move to the end of the order.
                    moved = [seen[0], next(iter(sorted(everything - set(seen))))]
                    await bench.touch(moved)
            seen += ids(after := await read_all(connector, RecordType.INVOICE, cursor))
        assert set(seen) == everything
        assert set(moved) <= set(ids(after)) | set(seen[5:])

    async def test_money_is_exact(self, bench: Bench) -> None:
        facts = await bench.facts()
        async with bench.connect() as connector:
            records = [r for page in await read_all(connector, RecordType.INVOICE) for r in page.records]
        invoices = [record for record in records if isinstance(record, Invoice)]
        assert {invoice.erp_id: invoice.total for invoice in invoices} == facts.totals
        assert {invoice.erp_id: invoice.open_amount for invoice in invoices} == facts.open_amounts
        for invoice in invoices:
            assert invoice.lines
            assert sum(line.amount for line in invoice.lines) + invoice.tax_total == invoice.total
            for value in (invoice.total, invoice.tax_total, *(line.amount for line in invoice.lines)):
                assert isinstance(value, Decimal)
                assert value.is_finite()

    async def test_credits_are_positive(self, bench: Bench) -> None:
        async with bench.connect() as connector:
            records = [r for page in await read_all(connector, RecordType.CREDIT) for r in page.records]
        for credit in records:
            assert isinstance(credit, Credit)
            assert credit.total > 0
            assert 0 <= credit.open_amount <= credit.total
            assert sum(line.amount for line in credit.lines) + credit.tax_total == credit.total
            assert sum(part.amount for part in credit.applications) <= credit.total

    @ALL_TYPES
    async def test_times_are_aware_and_past(self, bench: Bench, record_type: RecordType) -> None:
        before = datetime.now(UTC)
        async with bench.connect() as connector:
            pages = await read_all(connector, record_type)
        for page in pages:
            assert page.started_at.utcoffset() == timedelta(0)
            assert before <= page.started_at <= datetime.now(UTC)
            for record in page.records:
                assert record.modified_at.utcoffset() == timedelta(0)
                assert record.modified_at <= datetime.now(UTC) + timedelta(minutes=1)

    async def test_records_refer_to_records(self, bench: Bench) -> None:
        known = (await bench.facts()).ids
        async with bench.connect() as connector:
            for record_type in (RecordType.CONTACT, RecordType.INVOICE, RecordType.CREDIT, RecordType.PAYMENT):
                for page in await read_all(connector, record_type):
                    for record in page.records:
                        assert isinstance(record, Contact | Invoice | Credit | Payment)
                        assert record.customer_erp_id in known[RecordType.CUSTOMER]
                    assert set(page.applied_invoices) <= known[RecordType.INVOICE]

    async def test_a_bad_record_is_set_aside_and_the_page_goes_on(self, bench: Bench) -> None:
        facts = await bench.facts()
        bad = sorted(facts.ids[RecordType.INVOICE])[2]
        await bench.spoil(bad)
        async with bench.connect() as connector:
            pages = await read_all(connector, RecordType.INVOICE)
        assert {record.erp_id for page in pages for record in page.records} == facts.ids[RecordType.INVOICE] - {bad}
        (rejected,) = [error for page in pages for error in page.rejected]
        assert (rejected.record_type, rejected.erp_id) == (RecordType.INVOICE, bad)
        assert rejected.why

    async def test_invoices_by_id_are_as_they_are_now(self, bench: Bench) -> None:
        facts = await bench.facts()
        wanted = tuple(sorted(facts.ids[RecordType.INVOICE])[:9])
        async with bench.connect() as connector:
            listed = [r for page in await read_all(connector, RecordType.INVOICE) for r in page.records]
            page = await connector.invoices(wanted)
            assert {r.erp_id: r for r in page.records} == {r.erp_id: r for r in listed if r.erp_id in wanted}
            assert (await connector.invoice(wanted[0])).records == tuple(r for r in listed if r.erp_id == wanted[0])
            assert (await connector.invoices(())).records == ()

    async def test_an_invoice_that_is_gone_is_absent(self, bench: Bench) -> None:
        gone, stays = sorted((await bench.facts()).ids[RecordType.INVOICE])[-2:]
        await bench.remove(gone)
        async with bench.connect() as connector:
            assert [r.erp_id for r in (await connector.invoices((gone, stays))).records] == [stays]
            assert (await connector.invoice(gone)).records == ()

    async def test_a_payment_made_inside_the_erp_leads_to_its_invoice(self, bench: Bench) -> None:
        async with bench.connect() as connector:
            (invoice,) = await payable(bench, connector, 1)
            before = await read_all(connector, RecordType.PAYMENT)
            await bench.pay(invoice.erp_id, Decimal("1.23"))
            after = await read_all(connector, RecordType.PAYMENT, before[-1].cursor)
            applied = {erp_id for page in after for erp_id in page.applied_invoices}
            assert invoice.erp_id in applied
            (now,) = (await connector.invoices((invoice.erp_id,))).records
        assert isinstance(now, Invoice)
        assert now.open_amount == invoice.open_amount - Decimal("1.23")

    async def test_the_paper_of_an_invoice_is_a_pdf_or_none(self, bench: Bench) -> None:
        invoice = min((await bench.facts()).ids[RecordType.INVOICE])
        async with bench.connect() as connector:
            paper = await connector.invoice_pdf(invoice)
        assert paper is None or paper.content.startswith(b"%PDF-")
        assert paper is None or (paper.name.endswith(".pdf") and "/" not in paper.name)

    async def test_the_connection_test_names_the_company(self, bench: Bench) -> None:
        async with bench.connect() as connector:
            found = await connector.test()
        assert found.company

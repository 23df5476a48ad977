"""Papers of invoices: the ERP's, kept by version; ours where the ERP has none, is slow or down. Every one audited."""

import io
from dataclasses import dataclass, field

import anyio
import pytest
from pypdf import PdfReader
from sqlalchemy import select, update

from portico_billing.invoices.models import InvoicePaperRow, InvoiceRow
from portico_billing.invoices.sheets import papers
from portico_connectors.errors import RetryLater
from portico_tenants.tenant import Tenant
from tests.billing.invoices.desk import Desk, text_of

ERP_PAPER = b"%PDF-1.7 as the ERP prints it"


@dataclass
class ErpShelf:
    """An ERP that hands out papers: at once, late, or with trouble."""

    content: bytes | None = ERP_PAPER
    seconds: float = 0
    trouble: Exception | None = None
    asked: list[str] = field(default_factory=list)

    async def erp_paper(self, tenant: Tenant, invoice_erp_id: str) -> bytes | None:
        self.asked.append(invoice_erp_id)
        await anyio.sleep(self.seconds)
        if self.trouble is not None:
            raise self.trouble
        return self.content


def put(desk: Desk, shelf: ErpShelf) -> ErpShelf:
    desk.portal.resources.papers = shelf  # type: ignore[assignment]  # the seam: any Papers will do
    return shelf


async def test_the_erps_paper_is_fetched_once_and_kept_by_version(desk: Desk) -> None:
    shelf = put(desk, ErpShelf())
    row = await desk.invoice("SF/1")

    first = await desk.browser.get(f"/invoices/{row.id}.pdf")
    second = await desk.browser.get(f"/invoices/{row.id}.pdf")

    assert (first.status_code, first.content, second.content) == (200, ERP_PAPER, ERP_PAPER)
    assert first.headers["content-type"] == "application/pdf"
    assert first.headers["content-disposition"] == 'attachment; filename="SF-1.pdf"'
    assert shelf.asked == [row.erp_id]


async def test_a_changed_invoice_has_a_new_paper(desk: Desk) -> None:
    shelf = put(desk, ErpShelf())
    row = await desk.invoice()
    await desk.browser.get(f"/invoices/{row.id}.pdf")
    async with desk.database.tenant_session(desk.tenant) as session:
        await session.execute(update(InvoiceRow).values(version=2))

    await desk.browser.get(f"/invoices/{row.id}.pdf")

    assert len(shelf.asked) == 2


@pytest.mark.parametrize(
    "shelf",
    [
        ErpShelf(content=None),
        ErpShelf(content=b"<html>no PDF</html>"),
        ErpShelf(trouble=RetryLater("busy")),
        ErpShelf(seconds=60),
    ],
    ids=["none", "not a PDF", "busy", "slow"],
)
async def test_without_the_erps_paper_there_is_ours(
    desk: Desk, shelf: ErpShelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(papers, "ERP_SECONDS", 0.3)
    put(desk, shelf)
    row = await desk.invoice("SF-7", total_minor=120_000, tax_minor=20_000)

    answer = await desk.browser.get(f"/invoices/{row.id}.pdf")

    text = "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(answer.content)).pages)
    for words in ("Invoice SF-7", "Ashdown Fabrication", "Kelham Works", "United Kingdom", "£1,200.00", "Bolts M8"):
        assert words in text
    async with desk.database.tenant_session(desk.tenant) as session:
        assert (await session.scalars(select(InvoicePaperRow.source))).all() == []


async def test_a_download_is_written_down_and_the_page_says_who_of_the_customers_opened_it(desk: Desk) -> None:
    put(desk, ErpShelf())
    row = await desk.invoice("SF-1")

    await desk.browser.get(f"/invoices/{row.id}.pdf")
    await desk.browser.get(f"/invoices/{row.id}.pdf")
    await desk.staff.get(f"/staff/invoices/{row.id}.pdf")

    entries = await desk.audited("invoice.downloaded")
    assert [entry.actor for entry in entries] == [f"person:{desk.payer.id}"] * 2
    entries += await desk.audited("invoice.downloaded_by_staff")
    assert len(entries) == 3
    assert {(entry.object_id, entry.customer_id) for entry in entries} == {(str(row.id), desk.customer.id)}
    said = text_of(await desk.browser.get(f"/invoices/{row.id}"))
    assert said.count("PDF opened by") == said.count("PDF opened by Priya Nair") == 1


async def test_a_refused_download_asks_no_erp_and_is_not_written_down(desk: Desk) -> None:
    shelf = put(desk, ErpShelf())
    theirs = await desk.another_customers_invoice()

    answer = await desk.browser.get(f"/invoices/{theirs.id}.pdf")

    assert (answer.status_code, shelf.asked, await desk.audited("invoice.downloaded")) == (404, [], [])

"""A backfill streams: past NetSuite's cap of 100,000 rows, page by page, in flat memory."""

import resource
from pathlib import Path

from portico_connectors.netsuite import NetSuite
from portico_connectors.records import Invoice, RecordType
from tests.connectors.netsuite.endless import Endless
from tests.connectors.wire import serving

SECRETS = dict.fromkeys(("consumer_key", "consumer_secret", "token_id", "token_secret"), "secret")


def resident_bytes() -> int:
    """What this process holds now."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


async def backfill(erp: Endless) -> tuple[int, int, list[int]]:
    """Invoices and lines read, and the memory held after each page."""
    invoices, lines, held = 0, 0, []
    async with serving(erp) as address:
        settings = {"account_id": "1", "auth_method": "tba", "base_url": address, "restlet_url": address}
        async with NetSuite.open(settings, SECRETS, time_zone="Europe/London", allow_private=True) as netsuite:
            async for page in netsuite.pages(RecordType.INVOICE, None):
                assert page.total == erp.invoices
                assert not page.rejected
                invoices += len(page.records)
                lines += sum(len(record.lines) for record in page.records if isinstance(record, Invoice))
                held.append(resident_bytes())
    return invoices, lines, held


async def test_more_rows_than_netsuite_gives_for_one_query() -> None:
    erp = Endless(invoices=102_500, lines=0)
    assert (await backfill(erp))[0] == 102_500


async def test_memory_stays_flat() -> None:
    erp = Endless(invoices=6_000, lines=17)
    invoices, lines, held = await backfill(erp)
    assert (invoices, lines) == (6_000, 102_000)
    assert len(held) >= 6
    # From the second page on there is what one page needs; what leaked would grow by a page each time.
    assert held[-1] - held[1] < 16 * 1024 * 1024


async def test_an_invoice_with_more_lines_than_a_page_is_whole() -> None:
    erp = Endless(invoices=3, lines=2_500)
    assert (await backfill(erp))[:2] == (3, 7_500)

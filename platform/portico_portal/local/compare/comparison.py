"""The comparison as a whole: file, portal and ERP, and what was set aside on the way."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from portico_portal.local.compare.aside import from_report
from portico_portal.local.compare.differences import between, from_file
from portico_portal.local.compare.document import Documents
from portico_portal.local.compare.erp import read_erp
from portico_portal.local.compare.portal import read_portal
from portico_portal.local.compare.source import read_source, shift_to
from portico_portal.local.distributors import Distributor
from portico_portal.local.threads import in_thread


@dataclass(frozen=True)
class Sides:
    """Where the sides are. `customers` and `shifted` as the company folder was made; `folder` is None where its report
    of what was set aside is not looked into. `simulator` as in demo.json."""

    file: Path
    database_url: str
    simulator: Mapping[str, Any]
    distributor: Distributor
    customers: int | None = None
    shifted: bool = False
    folder: Path | None = None


async def compare(sides: Sides, say: Callable[[str], None]) -> list[str]:
    """Tells what each side holds; returns every difference, a sentence each. Raises erp.Unreadable."""
    source = await in_thread(lambda tick: read_source(sides.file, sides.customers, tick))
    portal = await read_portal(sides.database_url, sides.distributor.slug)
    if sides.shifted and portal.documents:
        last = max(each.issued_on for each in portal.documents.values())
        say(f"dates of the file moved by {shift_to(source.documents, last) // timedelta(days=1):,} days")
    say(
        f"set aside: {len(source.no_customer):,} documents without a customer, with "
        f"{sum(source.no_customer.values()):,} lines, and {sum(source.below_a_penny.values()):,} lines below a penny"
    )
    erp = await read_erp(sides.simulator, sides.distributor.time_zone)
    for name, documents in (("file", source.documents), ("portal", portal.documents), ("ERP", erp.documents)):
        say(f"{name:<8}{_told(documents)}")
    paid = [amount for parts in portal.payments.values() for amount in parts.values()]
    say(f"paid in the portal: {len(portal.payments):,} payments, {len(paid):,} invoices, {sum(paid, Decimal(0)):,}")
    return [
        *(f"portal  {sentence}" for sentence in from_file(source.documents, portal.documents)),
        *(f"ERP     {sentence}" for sentence in from_file(source.documents, erp.documents)),
        *between(portal, erp),
        *(from_report(source, sides.folder) if sides.folder else ()),
    ]


def _told(documents: Documents) -> str:
    lines = sum(each.lines for each in documents.values())
    parts = [f"{len({each.customer for each in documents.values()}):,} customers", f"{lines:,} lines"]
    for name, is_credit in (("invoices", False), ("credit notes", True)):
        totals = [each.total for each in documents.values() if each.is_credit is is_credit]
        parts.append(f"{len(totals):,} {name} of {sum(totals, Decimal(0)):,}")
    return ", ".join(parts)

"""`python -m portico_portal.local.compare SOURCE [--customers 20] [--shifted]`, while the demo runs."""

import argparse
import asyncio
import json
import sys
import time
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from portico_portal.local.compare.differences import between, from_file
from portico_portal.local.compare.document import Documents
from portico_portal.local.compare.erp import read_erp
from portico_portal.local.compare.portal import read_portal
from portico_portal.local.compare.source import read_source, shift_to
from portico_portal.local.distributors import STANMOOR


def main() -> None:
    parser = argparse.ArgumentParser(description="Compare the running demo with the Online Retail file.")
    parser.add_argument("source", type=Path, help="the CSV file, plain or gzipped")
    parser.add_argument("--customers", type=int, help="as the folder was made (default: all)")
    parser.add_argument("--shifted", action="store_true", help="the folder was made with --shift")
    parser.add_argument("--home", type=Path, default=Path(".portico"), help="where the demo keeps its data")
    options = parser.parse_args()
    addresses = options.home / "demo.json"
    if not addresses.exists():
        sys.exit(f"{addresses} is not there: the demo must be running.")
    demo = json.loads(addresses.read_text())
    sys.exit(asyncio.run(_compare(options.source, options.customers, options.shifted, demo)))


async def _compare(path: Path, customers: int | None, shifted: bool, demo: dict[str, Any]) -> int:
    """Says what it finds; 0 where everything agrees, 1 otherwise."""
    began = time.monotonic()
    source, aside = read_source(path, customers)
    portal = await read_portal(demo["services"]["postgres"], STANMOOR.slug)
    if shifted and portal.documents:
        days = shift_to(source, max(each.issued_on for each in portal.documents.values())) // timedelta(days=1)
        _say(f"dates of the file moved by {days:,} days; {aside:,} of its lines are set aside")
    erp = await read_erp(demo["simulators"]["netsuite"], STANMOOR.time_zone)
    for name, documents in (("file", source), ("portal", portal.documents), ("ERP", erp.documents)):
        _say(f"{name:<8}{_told(documents)}")
    paid = [amount for parts in portal.payments.values() for amount in parts.values()]
    _say(f"paid in the portal: {len(portal.payments):,} payments, {len(paid):,} invoices, {sum(paid, Decimal(0)):,}")
    found = [
        *(f"portal  {sentence}" for sentence in from_file(source, portal.documents)),
        *(f"ERP     {sentence}" for sentence in from_file(source, erp.documents)),
        *between(portal, erp),
    ]
    for sentence in found:
        _say(sentence)
    _say(f"{len(found):,} differences, found in {time.monotonic() - began:.1f} s")
    return 1 if found else 0


def _told(documents: Documents) -> str:
    lines = sum(each.lines for each in documents.values())
    parts = [f"{len({each.customer for each in documents.values()}):,} customers", f"{lines:,} lines"]
    for name, is_credit in (("invoices", False), ("credit notes", True)):
        totals = [each.total for each in documents.values() if each.is_credit is is_credit]
        parts.append(f"{len(totals):,} {name} of {sum(totals, Decimal(0)):,}")
    return ", ".join(parts)


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


if __name__ == "__main__":
    main()

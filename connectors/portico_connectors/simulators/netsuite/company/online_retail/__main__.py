"""`python -m portico_connectors.simulators.netsuite.company.online_retail SOURCE FOLDER [--customers 20] [--shift]`."""

import argparse
import resource
import sys
import time
from datetime import date, timedelta
from pathlib import Path

from portico_connectors.simulators.netsuite.company.online_retail.aside import NAME
from portico_connectors.simulators.netsuite.company.online_retail.convert import OPEN_DAYS, Outcome, Wanted, convert
from portico_connectors.simulators.netsuite.company.online_retail.source import BadSource
from portico_core.clock import now


def main() -> None:
    parser = argparse.ArgumentParser(description="Make a company folder of the Online Retail data set.")
    parser.add_argument("source", type=Path, help="the CSV file, plain or gzipped")
    parser.add_argument("folder", type=Path, help="where the company's files are written; made if need be")
    parser.add_argument("--customers", type=_count, help="only so many, the largest by their invoices (default: all)")
    parser.add_argument(
        "--open-days", type=_count, default=OPEN_DAYS, help="invoices of the last so many days are open (default: 60)"
    )
    parser.add_argument(
        "--shift",
        type=date.fromisoformat,
        nargs="?",
        const=now().date() - timedelta(days=1),
        metavar="DAY",
        help="move all dates alike, so that the last document lies on this day (default: yesterday)",
    )
    parser.add_argument("--encoding", default="utf-8-sig", help="of the source (default: UTF-8)")
    options = parser.parse_args()
    if not options.source.is_file():
        sys.exit(f"{options.source} is no file.")
    began = time.monotonic()
    wanted = Wanted(options.customers, options.open_days, options.shift, options.encoding)
    try:
        outcome = convert(options.source, options.folder, wanted, _show if sys.stderr.isatty() else _hide)
    except BadSource as trouble:
        sys.exit(str(trouble))
    if sys.stderr.isatty():
        sys.stderr.write("\r\033[K")
    sys.stdout.write(_told(outcome, options.folder))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    sys.stdout.write(f"{outcome.lines_read:,} lines in {time.monotonic() - began:.1f} s, {peak} MB of memory at most\n")


def _show(lines_read: int) -> None:
    sys.stderr.write(f"\r{lines_read:,} lines, both times together")


def _hide(lines_read: int) -> None:
    """Where nobody looks."""


def _count(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be 1 or more")
    return number


def _told(outcome: Outcome, folder: Path) -> str:
    return "".join(
        f"{line}\n"
        for line in [
            f"{folder}: {outcome.customers:,} customers, dates moved by {outcome.shifted_days:,} days",
            f"  {outcome.invoices:,} invoices of {outcome.invoiced:,}, "
            f"of which {outcome.open_invoices:,} of {outcome.open_amount:,} are open",
            f"  {outcome.credits:,} credit notes of {outcome.credited:,}, all open",
            f"  {outcome.lines:,} lines, {outcome.payments:,} payments",
            f"set aside, see {NAME}:",
            *(f"  {many:,} documents: {cause}" for cause, many in outcome.documents_aside.items()),
            *(f"  {many:,} lines: {cause}" for cause, many in outcome.lines_aside.items()),
        ]
    )


if __name__ == "__main__":
    main()

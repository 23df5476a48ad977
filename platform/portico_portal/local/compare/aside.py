"""Whether the converter's report of what it set aside names what the file lacks, and nothing else."""

import csv
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from portico_portal.local.compare.source import Source

REPORT = "set-aside.csv"
NO_CUSTOMER = "no customer"
BELOW_A_PENNY = "price below a penny"


def from_report(source: Source, folder: Path) -> Iterator[str]:
    """A sentence for each document or line that is set aside without its cause, or listed without being set aside."""
    documents: dict[str, tuple[str, int]] = {}
    lines: Counter[str] = Counter()
    with (folder / REPORT).open(encoding="utf-8", newline="") as handle:
        for row in csv.DictReader(handle):
            if row["what"] == "document":
                documents[row["document"]] = (row["cause"], int(row["lines"]))
            elif row["cause"] == BELOW_A_PENNY:
                lines[row["document"]] += 1
            else:
                yield f"{REPORT} sets a line of {row['document']} aside: {row['cause']}"
    for number in sorted(source.no_customer.keys() | documents.keys()):
        expected = (NO_CUSTOMER, source.no_customer[number]) if number in source.no_customer else None
        if documents.get(number) != expected:
            yield f"{number}: {_told(documents.get(number))} in {REPORT}, in the file {_told(expected)}"
    for number in sorted(source.below_a_penny.keys() | lines.keys()):
        if lines[number] != source.below_a_penny[number]:
            there = source.below_a_penny[number]
            yield f"{number}: {lines[number]} lines below a penny in {REPORT}, in the file {there}"


def _told(found: tuple[str, int] | None) -> str:
    return "is kept" if found is None else f"{found[0]}, {found[1]} lines"

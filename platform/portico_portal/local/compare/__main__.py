"""`python -m portico_portal.local.compare SOURCE [--customers 20] [--shifted] [--folder top20]` while the demo runs."""

import argparse
import asyncio
import json
import sys
import time
from pathlib import Path

from portico_portal.local.compare.comparison import Sides, compare
from portico_portal.local.distributors import STANMOOR


def main() -> None:
    parser = argparse.ArgumentParser(description="Compare the running demo with the Online Retail file.")
    parser.add_argument("source", type=Path, help="the CSV file, plain or gzipped")
    parser.add_argument("--customers", type=int, help="as the folder was made (default: all)")
    parser.add_argument("--shifted", action="store_true", help="the folder was made with --shift")
    parser.add_argument("--folder", type=Path, help="the company folder, to compare what it set aside")
    parser.add_argument("--home", type=Path, default=Path(".portico"), help="where the demo keeps its data")
    options = parser.parse_args()
    addresses = options.home / "demo.json"
    if not addresses.exists():
        sys.exit(f"{addresses} is not there: the demo must be running.")
    demo = json.loads(addresses.read_text())
    sides = Sides(
        file=options.source,
        database_url=demo["services"]["postgres"],
        simulator=demo["simulators"]["netsuite"],
        distributor=STANMOOR,
        customers=options.customers,
        shifted=options.shifted,
        folder=options.folder,
    )
    began = time.monotonic()
    found = asyncio.run(compare(sides, say))
    for sentence in found:
        say(sentence)
    say(f"{len(found):,} differences, found in {time.monotonic() - began:.1f} s")
    sys.exit(1 if found else 0)


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


if __name__ == "__main__":
    main()

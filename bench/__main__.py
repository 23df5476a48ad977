"""Runs the measurements: `make bench`, or some: `python -m bench list_page`. Figures go into results.json and the table
in README.md.

The long runs are asked for by name; they print what they find.
"""

import importlib
import sys

from bench import results

MEASUREMENTS = ("list_page", "sync_upsert", "footprint", "vitals")
BY_NAME = ("vitals",)  # in a browser, against the demo
LONG_RUNS = ("overload", "memory")


def main(arguments: list[str]) -> int:
    known = (*MEASUREMENTS, *BY_NAME, *LONG_RUNS)
    unknown = set(arguments) - set(known)
    if unknown:
        sys.stderr.write(f"no measurement named {', '.join(sorted(unknown))}; there are {', '.join(known)}\n")
        return 2
    for name in arguments or MEASUREMENTS:
        module = importlib.import_module(f"bench.{name}")
        if name in LONG_RUNS:
            module.main()
        else:
            results.keep(module.measure())
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))

"""Runs every measurement: `make bench`, or one of them: `python -m bench sync_upsert`."""

import importlib
import sys

MEASUREMENTS = ("sync_upsert", "list_page", "overload", "memory")


def main(arguments: list[str]) -> int:
    unknown = set(arguments) - set(MEASUREMENTS)
    if unknown:
        sys.stderr.write(f"no measurement named {', '.join(sorted(unknown))}; there are {', '.join(MEASUREMENTS)}\n")
        return 2
    codes: list[int] = [importlib.import_module(f"bench.{name}").main() for name in arguments or MEASUREMENTS]
    return max(codes)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))

"""Command line of the NetSuite simulator; see the package's docstring."""

import argparse
import json
import sys
from pathlib import Path

import msgspec

from portico_connectors.simulators.netsuite.company.errors import BadCompany
from portico_connectors.simulators.netsuite.config import AccountConfig, Options, Seed, read_config
from portico_connectors.simulators.netsuite.server import open_accounts, serve


def main() -> int:
    """Read the options, open the accounts, serve."""
    options = _parser().parse_args()
    try:
        configs = read_config(options.config) if options.config else [_single(options)]
        accounts, left_out = open_accounts(configs, options.data, lenient=options.lenient)
    except BadCompany as error:
        sys.stderr.write(f"{error}\n")
        return 2
    except (ValueError, OSError) as error:
        sys.stderr.write(f"netsuite simulator: {error}\n")
        return 2
    for sentence in left_out:
        sys.stderr.write(f"left out: {sentence}\n")
    if options.print_credentials:
        shown = {a.config.realm: msgspec.to_builtins(a.credentials) for a in accounts.all}
        sys.stdout.write(json.dumps(shown, indent=2) + "\n")
        sys.stdout.flush()
    try:
        serve(accounts, options.port)
    except OSError as error:
        sys.stderr.write(f"netsuite simulator: port {options.port}: {error.strerror}\n")
        return 1
    return 0


def _single(options: argparse.Namespace) -> AccountConfig:
    currencies = options.currencies.upper().split(",")
    return AccountConfig(
        account=options.account,
        company_name=options.company_name,
        company_folder=str(options.company) if options.company else None,
        seed=Seed(
            number=options.seed,
            trade=options.trade,
            customers=options.customers,
            invoices=options.invoices,
            credits=options.credits,
            today=options.today,
        ),
        options=Options(
            currencies=currencies,
            time_zone=options.time_zone,
            one_world=options.one_world,
            concurrency_limit=options.concurrency_limit,
            latency_seconds=options.latency,
        ),
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m portico_connectors.simulators.netsuite", description=__doc__)
    parser.add_argument("--port", type=int, default=9101)
    parser.add_argument("--data", type=Path, required=True, help="folder that keeps the accounts' books")
    parser.add_argument("--config", type=Path, help="JSON list of accounts; the options below are for one account")
    parser.add_argument("--account", default="1234567")
    parser.add_argument("--company", type=Path, help="folder of CSV files to load instead of a seeded company")
    parser.add_argument("--lenient", action="store_true", help="list bad CSV rows and go on without them")
    parser.add_argument("--company-name")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--trade", choices=("fasteners", "wine"), default="fasteners")
    parser.add_argument("--customers", type=int, default=60)
    parser.add_argument("--invoices", type=int, default=4000)
    parser.add_argument("--credits", type=int, default=300)
    parser.add_argument("--today", help="YYYY-MM-DD that the seeded dates lean on; by default today")
    parser.add_argument("--currencies", default="GBP,EUR", help="the first is the base currency")
    parser.add_argument("--time-zone", default="Europe/London")
    parser.add_argument("--one-world", action="store_true")
    parser.add_argument("--concurrency-limit", type=int, default=5)
    parser.add_argument("--latency", type=float, default=0.0, help="seconds added to every answer")
    parser.add_argument("--print-credentials", action="store_true", help="write the credentials to standard output")
    return parser


if __name__ == "__main__":
    raise SystemExit(main())

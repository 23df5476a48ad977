"""Single fields of SuiteQL rows: text that is to be a number, a date, a time, a currency, and says so if it is not."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import NamedTuple
from zoneinfo import ZoneInfo

from portico_connectors.netsuite import cursor
from portico_connectors.netsuite.client import Row

UNKNOWN_TIME = datetime(1970, 1, 1, tzinfo=UTC)


class Company(NamedTuple):
    """What holds for all rows of an account: ISO codes by currency id, the currency where rows name none, the zone."""

    currencies: Mapping[str, str]
    base_currency: str
    zone: ZoneInfo


class Unfit(Exception):
    """A field of a row is missing or cannot be read."""


def currency_of(row: Row, company: Company) -> str:
    """The ISO code of a row's currency. Raises Unfit."""
    code = currency(row, company)
    if code is None:
        raise Unfit("The currency is missing or not among the account's currencies")
    return code


def text(row: Row, name: str) -> str:
    """A field that must not be empty. Raises Unfit."""
    value = row.get(name)
    if not value:
        raise Unfit(f"{name} is missing")
    return value


def number(row: Row, name: str) -> Decimal:
    """A finite number in any notation. Raises Unfit."""
    written = text(row, name)
    try:
        value = Decimal(written)
    except InvalidOperation:
        raise Unfit(f"{name} is not a number") from None
    if not value.is_finite():
        raise Unfit(f"{name} is not a number")
    return _plain(value) if "E" in written.upper() else value


def _plain(value: Decimal) -> Decimal:
    """Without a positive exponent: 1E+2 is 100."""
    exponent = value.as_tuple().exponent
    return value.quantize(Decimal(1)) if isinstance(exponent, int) and exponent > 0 else value


def day(row: Row, name: str) -> date:
    """A date. Raises Unfit."""
    try:
        return date.fromisoformat(text(row, name))
    except ValueError:
        raise Unfit(f"{name} is not a date") from None


def changed_at(row: Row, company: Company) -> datetime:
    """The time of change; the same old instant always where the account shows none, so that unchanged stays so.

    Raises Unfit.
    """
    if "changed" not in row:
        return UNKNOWN_TIME
    try:
        return cursor.to_utc(row["changed"], company.zone)
    except ValueError:
        raise Unfit("The time of change is not a time") from None


def currency(row: Row, company: Company) -> str | None:
    """The ISO code of a row's currency; None where it cannot be told."""
    if "currency" not in row:
        return company.base_currency or None
    return company.currencies.get(row["currency"])

"""Values in request bodies: what a field takes, in any of the spellings that the service takes."""

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from portico_connectors.simulators.netsuite.account import Account
from portico_connectors.simulators.netsuite.answers import Refused, invalid_value
from portico_connectors.simulators.netsuite.exchange import Exchange
from portico_connectors.simulators.netsuite.records.fields import Field, Kind, RecordType
from portico_connectors.simulators.netsuite.suiteql.dates import STORED

LARGEST = 10**12

TABLES = {
    "customer": "customer",
    "currency": "currency",
    "term": "term",
    "subsidiary": "subsidiary",
    "account": "account",
    "item": "item",
    "invoice": "tran",
}


@dataclass
class Input:
    """A body sorted by field. `dropped` are names that the record does not have (validation: warning)."""

    fields: dict[str, Any]
    sublists: dict[str, Any]
    dropped: list[str] = field(default_factory=list)


def read_input(account: Account, exchange: Exchange, record: RecordType, extra: frozenset[str]) -> Input:
    """Sort a body by the record's fields; `extra` are further names that a write of this type takes."""
    document = exchange.json()
    if not isinstance(document, dict):
        raise Refused(400, "INVALID_REQUEST", "Invalid request. The body must be a JSON object.")
    known = record.fields_for(account.options)
    sublists = {name.lower() for name in record.sublists}
    found = Input({}, {})
    for name, value in document.items():
        lower = name.lower()
        if lower in known or lower in extra:
            found.fields[lower] = value
        elif lower in sublists:
            found.sublists[lower] = value
        elif lower not in ("id", "links"):
            found.dropped.append(name)
    strictness = exchange.headers.get("x-netsuite-propertynamevalidation", "warning").lower()
    if found.dropped and strictness == "error":
        name = found.dropped[0]
        raise Refused(
            400,
            "INVALID_CONTENT",
            f"Error while accessing a resource. Unknown reference or field: {name}.",
            path=name,
        )
    if strictness == "ignore":
        found.dropped = []
    return found


def column_value(account: Account, db: sqlite3.Connection, field_: Field, value: Any) -> object:
    """A body value as the store keeps it. Raises Refused."""
    if value is None:
        return None
    kind = field_.kind
    if kind is Kind.TEXT:
        if isinstance(value, (dict, list, bool)):
            raise invalid_value(value, field_.name)
        return str(value) or None
    if kind is Kind.BOOLEAN:
        return "T" if truth(value, field_.name) else "F"
    if kind is Kind.MONEY:
        return hundredths(value, field_.name)
    if kind is Kind.INTEGER and isinstance(value, int) and not isinstance(value, bool):
        return value
    if kind is Kind.NUMBER:
        return float(_decimal(value, field_.name))
    if kind is Kind.DATE:
        return day(value, field_.name)
    if kind is Kind.REFERENCE and field_.refers:
        return reference(db, field_.refers, value, field_.name)
    raise invalid_value(value, field_.name)


def reference(db: sqlite3.Connection, refers: str, value: Any, name: str, path: str | None = None) -> int:
    """The id that a reference means: {"id"}, {"externalId"}, or the bare value. Raises Refused."""
    table = TABLES[refers]
    column, wanted = "id", value
    if isinstance(value, Mapping):
        given = {str(key).lower(): one for key, one in value.items()}
        if "id" in given:
            wanted = given["id"]
        elif "externalid" in given and table not in ("currency", "subsidiary", "account"):
            column, wanted = "externalid", given["externalid"]
        else:
            raise invalid_value("null", name, path)
    if isinstance(wanted, (dict, list, bool)) or wanted is None:
        raise invalid_value(wanted, name, path)
    row = db.execute(f"SELECT id FROM {table} WHERE {column} = ?", (str(wanted),)).fetchone()
    if row is None:
        raise invalid_value(wanted, name, path)
    return int(row[0])


def hundredths(value: Any, name: str, path: str | None = None) -> int:
    """An amount in hundredths. Raises Refused for what is no number, and for fractions of a hundredth."""
    scaled = _decimal(value, name, path) * 100
    if scaled != scaled.to_integral_value():
        raise invalid_value(value, name, path)
    return int(scaled)


def millionths(value: Any, name: str, path: str | None = None) -> int:
    """A quantity or rate in millionths. Raises Refused."""
    return int((_decimal(value, name, path) * 1_000_000).to_integral_value())


def truth(value: Any, name: str) -> bool:
    """A boolean, also as the service's letters."""
    if isinstance(value, bool):
        return value
    if value in ("T", "F", "true", "false"):
        return value in ("T", "true")
    raise invalid_value(value, name)


def day(value: Any, name: str) -> str:
    """A date `YYYY-MM-DD` (a time after it is cut off) as stored. Raises Refused."""
    try:
        return f"{date.fromisoformat(str(value)[:10])} 00:00:00"
    except ValueError:
        raise invalid_value(value, name) from None


def moment(account: Account, value: Any, name: str) -> str:
    """An instant with offset or Z as stored wall time. Raises Refused."""
    try:
        parsed = datetime.fromisoformat(str(value))
    except ValueError:
        raise invalid_value(value, name) from None
    aware = parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)
    return aware.astimezone(account.zone).strftime(STORED)


def text(value: Any, name: str) -> str | None:
    """A text, or a number as one; nothing where it is empty. Raises Refused."""
    if value is None or value == "":
        return None
    if isinstance(value, (dict, list, bool)):
        raise invalid_value(value, name)
    return str(value)


def listed(value: Any, name: str) -> list[dict[str, Any]]:
    """The lines of a sublist in a body, keys in lower case; null empties it. Raises Refused."""
    if isinstance(value, Mapping):
        value = value.get("items")
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(line, Mapping) for line in value):
        raise invalid_value(value, name)
    return [{str(key).lower(): one for key, one in line.items()} for line in value]


def _decimal(value: Any, name: str, path: str | None = None) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, (int, str, Decimal)):
        raise invalid_value(value, name, path)
    try:
        number = Decimal(value)
    except InvalidOperation:
        raise invalid_value(value, name, path) from None
    if not number.is_finite() or abs(number) >= LARGEST:
        raise invalid_value(value, name, path)
    return number

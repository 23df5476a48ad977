"""Writing a customer's address book: lines with an id are changed, others added, one default of each kind."""

import sqlite3
from typing import Any

from portico_connectors.simulators.netsuite.answers import invalid_value
from portico_connectors.simulators.netsuite.records import values
from portico_connectors.simulators.netsuite.store.database import next_id

_COLUMNS = ("addressee", "attention", "addr1", "addr2", "addr3", "city", "state", "zip", "addrphone")


def write(db: sqlite3.Connection, customer: int, sublist: Any, stamp: str) -> None:
    """Write the lines of an `addressBook` in a body. Raises Refused."""
    for place, line in enumerate(values.listed(sublist, "addressBook")):
        path = f"addressBook.items[{place}]"
        given = line.get("addressbookaddress") or {}
        if not isinstance(given, dict):
            raise invalid_value(given, "addressBookAddress", f"{path}.addressBookAddress")
        columns = _columns({str(key).lower(): value for key, value in given.items()}, path)
        if line.get("label") is not None:
            columns["label"] = str(line["label"])
        for name in ("defaultbilling", "defaultshipping"):
            if line.get(name) is not None:
                columns[name] = "T" if values.truth(line[name], name) else "F"
                if columns[name] == "T":
                    db.execute(f"UPDATE address SET {name} = 'F' WHERE entity = ?", (customer,))
        columns["lastmodifieddate"] = stamp
        key = line.get("id") or line.get("internalid")
        if key is None:
            columns |= {"id": next_id(db, "address"), "entity": customer}
            marks = ", ".join("?" * len(columns))
            db.execute(f"INSERT INTO address ({', '.join(columns)}) VALUES ({marks})", tuple(columns.values()))
            continue
        assigned = ", ".join(f"{column} = ?" for column in columns)
        found = db.execute(
            f"UPDATE address SET {assigned} WHERE id = ? AND entity = ?", (*columns.values(), str(key), customer)
        )
        if not found.rowcount:
            raise invalid_value(key, "id", f"{path}.id")


def _columns(given: dict[str, Any], path: str) -> dict[str, Any]:
    columns: dict[str, Any] = {}
    for name in _COLUMNS:
        if name in given:
            value = given[name]
            if isinstance(value, (dict, list)):
                raise invalid_value(value, name, f"{path}.addressBookAddress.{name}")
            columns[name] = None if value is None else str(value)
    country = given.get("country")
    if country is not None:
        columns["country"] = str(country.get("id")) if isinstance(country, dict) else str(country)
    return columns

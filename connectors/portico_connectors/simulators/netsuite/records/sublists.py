"""Sublists of records: goods lines, applications, address books."""

import sqlite3

from portico_connectors.simulators.netsuite.account import Account
from portico_connectors.simulators.netsuite.answers import COLLECTION, SINGULAR, Answer, json_answer, no_such_record
from portico_connectors.simulators.netsuite.books.kinds import INVOICE
from portico_connectors.simulators.netsuite.records.fields import RecordType

ROOT = "/services/rest/record/v1"

Line = dict[str, object]


def document(
    account: Account, db: sqlite3.Connection, record: RecordType, record_id: int, name: str, base: str
) -> dict[str, object]:
    """A sublist, expanded."""
    here = f"{base}{ROOT}/{record.name}/{record_id}/{name}"
    found = lines(account, db, record, record_id, name, base)
    items = [{"links": [{"rel": "self", "href": f"{here}/{key}"}], **line} for key, line in found]
    return {
        "links": [{"rel": "self", "href": here}],
        "items": items,
        "count": len(items),
        "hasMore": False,
        "offset": 0,
        "totalResults": len(items),
    }


def answer(account: Account, record: RecordType, record_id: int, rest: list[str], base: str) -> Answer:
    """GET of a sublist, of one of its lines, or of a line's address."""
    db = account.database.reading()
    name = next((one for one in record.sublists if one.lower() == rest[0].lower()), None)
    if name is None:
        raise no_such_record()
    if len(rest) == 1:
        return json_answer(document(account, db, record, record_id, name, base), COLLECTION)
    found = dict(lines(account, db, record, record_id, name, base)).get(rest[1])
    if found is None or len(rest) > 3:
        raise no_such_record()
    if len(rest) == 3:
        inner = next((value for key, value in found.items() if key.lower() == rest[2].lower()), None)
        if not isinstance(inner, dict):
            raise no_such_record()
        found = inner
    here = f"{base}{ROOT}/{record.name}/{record_id}/{'/'.join([name, *rest[1:]])}"
    return json_answer({"links": [{"rel": "self", "href": here}], **found}, SINGULAR)


def lines(
    account: Account, db: sqlite3.Connection, record: RecordType, record_id: int, name: str, base: str
) -> list[tuple[str, Line]]:
    """The lines of a sublist by the key that stands in their URL."""
    if name == "addressBook":
        return _addresses(db, record_id, base)
    if name == "item":
        return _goods(db, record, record_id, base)
    return _applications(account, db, record_id, base)


def _goods(db: sqlite3.Connection, record: RecordType, record_id: int, base: str) -> list[tuple[str, Line]]:
    side = -1 if record.type == INVOICE else 1
    rows = db.execute(
        "SELECT l.*, i.itemid FROM tranline l LEFT JOIN item i ON i.id = l.item "
        "WHERE l.tran = ? AND l.mainline = 'F' AND l.taxline = 'F' ORDER BY l.id",
        (record_id,),
    )
    found = []
    for row in rows:
        line: Line = {"line": row["id"], "amount": side * row["amount_c"] / 100}
        if row["item"] is not None:
            href = f"{base}{ROOT}/inventoryItem/{row['item']}"
            line["item"] = {
                "links": [{"rel": "self", "href": href}],
                "id": str(row["item"]),
                "refName": row["itemid"],
            }
        if row["quantity_u"] is not None:
            line["quantity"] = side * row["quantity_u"] / 1_000_000
        if row["rate_u"] is not None:
            line["rate"] = row["rate_u"] / 1_000_000
        if row["memo"]:
            line["description"] = row["memo"]
        if row["units"]:
            line["units"] = row["units"]
        found.append((str(row["id"]), line))
    return found


def _applications(account: Account, db: sqlite3.Connection, record_id: int, base: str) -> list[tuple[str, Line]]:
    """What is applied, and then the customer's other open invoices in the currency, as the form lists them."""
    rows = db.execute(
        "SELECT p.*, a.amount_c, a.applydate, cu.symbol FROM tran s "
        "JOIN tran p ON p.type = 'CustInvc' AND p.entity = s.entity AND p.currency = s.currency "
        "JOIN currency cu ON cu.id = p.currency "
        "LEFT JOIN application a ON a.nextdoc = s.id AND a.previousdoc = p.id "
        "WHERE s.id = ? AND (a.amount_c IS NOT NULL OR p.status = 'A') ORDER BY a.amount_c IS NULL, p.id",
        (record_id,),
    )
    found = []
    for row in rows:
        line: Line = {
            "doc": {
                "links": [{"rel": "self", "href": f"{base}{ROOT}/invoice/{row['id']}"}],
                "id": str(row["id"]),
                "refName": f"Invoice #{row['tranid']}",
            },
            "line": 0,
            "apply": row["amount_c"] is not None,
            "due": (row["total_c"] - row["used_c"] + (row["amount_c"] or 0)) / 100,
            "total": row["total_c"] / 100,
            "refNum": row["tranid"],
            "applyDate": row["trandate"][:10],
            "type": "Invoice",
        }
        if row["amount_c"] is not None:
            line["amount"] = row["amount_c"] / 100
        if account.options.multi_currency:
            line["currency"] = row["symbol"]
        found.append((f"doc={row['id']},line=0", line))
    return found


def _addresses(db: sqlite3.Connection, record_id: int, base: str) -> list[tuple[str, Line]]:
    rows = db.execute("SELECT * FROM address WHERE entity = ? ORDER BY id", (record_id,))
    found = []
    for row in rows:
        address: Line = {
            name: row[column]
            for name, column in (
                ("addressee", "addressee"),
                ("attention", "attention"),
                ("addr1", "addr1"),
                ("addr2", "addr2"),
                ("addr3", "addr3"),
                ("city", "city"),
                ("state", "state"),
                ("zip", "zip"),
                ("addrPhone", "addrphone"),
            )
            if row[column]
        }
        if row["country"]:
            address["country"] = {"id": row["country"], "refName": row["country"]}
        key = str(row["id"])
        line: Line = {
            "id": row["id"],
            "internalId": row["id"],
            "addressId": key,
            "label": row["label"] or "",
            "defaultBilling": row["defaultbilling"] == "T",
            "defaultShipping": row["defaultshipping"] == "T",
            "isResidential": False,
            "addressBookAddress": {
                "links": [
                    {
                        "rel": "self",
                        "href": f"{base}{ROOT}/customer/{record_id}/addressBook/{key}/addressBookAddress",
                    }
                ],
                **address,
            },
        }
        found.append((key, line))
    return found

"""Reading records: one by id, with its sublists as links or expanded, and collections of ids."""

import sqlite3

from portico_connectors.simulators.netsuite.account import Account
from portico_connectors.simulators.netsuite.answers import (
    COLLECTION,
    SINGULAR,
    Answer,
    Refused,
    json_answer,
    no_such_record,
    user_error,
)
from portico_connectors.simulators.netsuite.books.kinds import KINDS
from portico_connectors.simulators.netsuite.exchange import Exchange
from portico_connectors.simulators.netsuite.records import sublists
from portico_connectors.simulators.netsuite.records.fields import REFERENCES, Field, Kind, RecordType
from portico_connectors.simulators.netsuite.records.filters import condition
from portico_connectors.simulators.netsuite.suiteql.endpoint import NO_PERMISSION, collection, paging

ROOT = "/services/rest/record/v1"


def find(db: sqlite3.Connection, record: RecordType, reference: str) -> int:
    """The internal id of an `{id}` or `eid:{externalId}` of a URL. Raises Refused with 404."""
    if reference.startswith("eid:"):
        where, value = "r.externalid = ?", reference[4:]
        if not any(field.name == "externalId" for field in record.fields):
            raise no_such_record()
    else:
        where, value = "r.id = ?", reference
    row = db.execute(
        f"SELECT r.id FROM {record.table} r WHERE {record.where} AND {where}",
        (value,),
    ).fetchone()
    if row is None:
        raise no_such_record()
    return int(row[0])


def one(account: Account, exchange: Exchange, record: RecordType, reference: str) -> Answer:
    """GET of one record."""
    db = account.database.reading()
    record_id = find(db, record, reference)
    wanted = exchange.query.get("fields")
    only = {name.strip().lower() for name in wanted.split(",")} if wanted else None
    known = record.fields_for(account.options)
    unknown = sorted((only or set()) - set(known) - {"id"})
    if unknown:
        raise Refused(400, "INVALID_PARAMETER", f"Unknown field '{unknown[0]}'.", query_param="fields")
    document = body(account, db, record, record_id, exchange.base, only, simple=_yes(exchange, "simpleEnumFormat"))
    if only is None:
        expand = _yes(exchange, "expandSubResources")
        for name in record.sublists:
            href = f"{exchange.base}{ROOT}/{record.name}/{record_id}/{name}"
            document[name] = (
                sublists.document(account, db, record, record_id, name, exchange.base)
                if expand
                else {"links": [{"rel": "self", "href": href}]}
            )
    return json_answer(document, SINGULAR)


def body(
    account: Account,
    db: sqlite3.Connection,
    record: RecordType,
    record_id: int,
    base: str,
    only: set[str] | None = None,
    *,
    simple: bool = False,
) -> dict[str, object]:
    """A record's body fields as JSON; empty ones are left out."""
    fields = [f for name, f in record.fields_for(account.options).items() if only is None or name in only]
    selected = ["r.id"]
    for field in fields:
        selected.append(field.sql)
        if field.refers:
            selected.append(f"({REFERENCES[field.refers][1]} WHERE x.id = {field.sql})")
    row = db.execute(
        f"SELECT {', '.join(selected)} FROM {record.table} r WHERE r.id = ?",
        (record_id,),
    ).fetchone()
    document: dict[str, object] = {"links": [{"rel": "self", "href": f"{base}{ROOT}/{record.name}/{record_id}"}]}
    place = 1
    for field in fields:
        value = row[place]
        place += 1
        if field.refers:
            name = row[place]
            place += 1
            if value is not None:
                document[field.name] = reference(base, field.refers, value, name)
        elif value is not None and value != "":
            document[field.name] = _shown(account, record, field, value, simple=simple)
    document["id"] = str(row[0])
    return document


def reference(base: str, refers: str, value: object, name: object) -> dict[str, object]:
    """A select field: link, id and what a person sees."""
    href = f"{base}{ROOT}/{REFERENCES[refers][0]}/{value}"
    return {"links": [{"rel": "self", "href": href}], "id": str(value), "refName": name}


def _shown(account: Account, record: RecordType, field: Field, value: object, *, simple: bool) -> object:
    if field.kind is Kind.MONEY and isinstance(value, (int, float)):
        return value / 100
    if field.kind is Kind.MICRO and isinstance(value, (int, float)):
        return value / 1_000_000
    if field.kind is Kind.BOOLEAN:
        return value == "T"
    if field.kind is Kind.DATE:
        return str(value)[:10]
    if field.kind is Kind.DATETIME:
        return account.utc_text(str(value))
    if field.kind is Kind.STATUS and record.type is not None:
        letter = str(value)
        return letter if simple else {"id": letter, "refName": KINDS[record.type].statuses[letter]}
    return value


def many(account: Account, exchange: Exchange, record: RecordType) -> Answer:
    """GET of a collection: ids and links only, filtered by `q`, in the order of ids."""
    if not account.options.analytics_permission:
        raise user_error(NO_PERMISSION)
    limit, offset = paging(exchange)
    where, values = "1", list[object]()
    if exchange.query.get("q"):
        where, values = condition(account, record, exchange.query["q"])
    db = account.database.reading()
    source = f"FROM {record.table} r WHERE {record.where} AND ({where})"
    total = db.execute(f"SELECT COUNT(*) {source}", values).fetchone()[0]
    rows = db.execute(
        f"SELECT r.id {source} ORDER BY r.id LIMIT ? OFFSET ?",
        (*values, limit, offset),
    ).fetchall()
    path = f"{ROOT}/{record.name}"
    items: list[dict[str, object]] = [
        {"links": [{"rel": "self", "href": f"{exchange.base}{path}/{row[0]}"}], "id": str(row[0])} for row in rows
    ]
    return json_answer(collection(exchange, path, items, total, limit, offset), COLLECTION)


def _yes(exchange: Exchange, name: str) -> bool:
    return exchange.query.get(name, "").lower() == "true"

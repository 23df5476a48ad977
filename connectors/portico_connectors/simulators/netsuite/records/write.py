"""Writing records: POST, PATCH, PUT by external id, DELETE. Answers 204 with no body; a new id is in Location."""

import sqlite3
from typing import Any

from portico_connectors.simulators.netsuite.account import Account
from portico_connectors.simulators.netsuite.answers import Answer, Refused, user_error
from portico_connectors.simulators.netsuite.books import applying, documents
from portico_connectors.simulators.netsuite.books.kinds import CREDIT, INVOICE, PAYMENT
from portico_connectors.simulators.netsuite.exchange import Exchange
from portico_connectors.simulators.netsuite.records import addresses, goods, payments, values
from portico_connectors.simulators.netsuite.records.fields import RecordType
from portico_connectors.simulators.netsuite.records.read import ROOT, find
from portico_connectors.simulators.netsuite.records.values import Input
from portico_connectors.simulators.netsuite.store.database import next_id

SOURCE = "RESTWebServices"

_EXTRA = {INVOICE: goods.EXTRA, CREDIT: goods.EXTRA, PAYMENT: payments.EXTRA}
_LIST_TYPES = ("customer", "contact", "term")
_PLAIN = frozenset({"autoname"})


def post(account: Account, exchange: Exchange, record: RecordType) -> Answer:
    """Create a record."""
    given = _input(account, exchange, record)
    with account.database.writing() as db:
        new = _create(account, db, record, given)
    return _written(exchange, record, new, given)


def put(account: Account, exchange: Exchange, record: RecordType, reference: str) -> Answer:
    """Create or update by external id, nothing else."""
    if not reference.startswith("eid:"):
        raise Refused(405, "METHOD_NOT_ALLOWED", "PUT is only supported with an external id.")
    given = _input(account, exchange, record)
    given.fields["externalid"] = reference[4:]
    with account.database.writing() as db:
        try:
            existing: int | None = find(db, record, reference)
        except Refused:
            existing = None
        if existing is None:
            existing = _create(account, db, record, given)
        else:
            _edit(account, exchange, db, record, existing, given)
    return _written(exchange, record, existing, given)


def patch(account: Account, exchange: Exchange, record: RecordType, reference: str) -> Answer:
    """Change the fields named, leave the rest."""
    given = _input(account, exchange, record)
    with account.database.writing() as db:
        existing = find(db, record, reference)
        _edit(account, exchange, db, record, existing, given)
    return _written(exchange, record, existing, given)


def delete(account: Account, record: RecordType, reference: str) -> Answer:
    """Delete a record and leave a trace in deletedrecord."""
    with account.database.writing() as db:
        existing = find(db, record, reference)
        if record.type is not None:
            documents.delete(db, existing, account.stamp())
        else:
            _delete_listed(account, db, record, existing)
    return Answer(204)


def _input(account: Account, exchange: Exchange, record: RecordType) -> Input:
    if "respond-async" in exchange.headers.get("prefer", ""):
        raise Refused(400, "INVALID_HEADER", "Asynchronous requests are not enabled for this account.", header="Prefer")
    given = values.read_input(account, exchange, record, _EXTRA.get(record.type or "", _PLAIN))
    for name in given.dropped:
        # The service has these; to drop them in silence would claim what was not done.
        if record.type == PAYMENT and name.lower() in ("credit", "deposit"):
            raise user_error(f"Error while accessing a resource. The sublist {name} cannot be written in this account.")
    return given


def _create(account: Account, db: sqlite3.Connection, record: RecordType, given: Input) -> int:
    if record.type == PAYMENT:
        return payments.create(account, db, given, SOURCE)
    if record.type is not None:
        return goods.create(account, db, record, given, SOURCE)
    if record.name not in _LIST_TYPES:
        raise _read_only(record)
    columns = _columns(account, db, record, given)
    if record.name == "customer" and columns.get("isperson") == "T":
        columns.setdefault("companyname", None)
        name = f"{columns.get('firstname') or ''} {columns.get('lastname') or ''}".strip()
    else:
        name = str(columns.get("companyname") or "")
    if record.name == "contact":
        columns.setdefault("entityid", f"{columns.get('firstname') or ''} {columns.get('lastname') or ''}".strip())
    missing = [column for column in record.required if not columns.get(column)]
    if missing and not (record.name == "customer" and name):
        label = {"companyname": "Company Name", "entityid": "Contact Name", "name": "Name"}[missing[0]]
        raise user_error(f"Error while accessing a resource. Please enter value(s) for: {label}.")
    if record.name == "customer":
        if account.options.one_world and columns.get("subsidiary") is None:
            raise user_error("Error while accessing a resource. Please enter value(s) for: Primary Subsidiary.")
        columns.setdefault("entityid", name)
        columns.setdefault("currency", 1)
    stamp = account.stamp()
    if record.name != "term":
        columns["datecreated"] = stamp
    columns["lastmodifieddate"] = stamp
    columns["id"] = next_id(db, "entity" if record.name in ("customer", "contact") else record.name)
    names = ", ".join(columns)
    marks = ", ".join("?" * len(columns))
    try:
        db.execute(f"INSERT INTO {record.table} ({names}) VALUES ({marks})", tuple(columns.values()))
    except sqlite3.IntegrityError as error:
        raise user_error("Error while accessing a resource. This entity already exists.") from error
    record_id = int(str(columns["id"]))
    if "addressbook" in given.sublists:
        addresses.write(db, record_id, given.sublists["addressbook"], stamp)
    return record_id


def _edit(
    account: Account, exchange: Exchange, db: sqlite3.Connection, record: RecordType, record_id: int, given: Input
) -> None:
    if record.type is None and record.name not in _LIST_TYPES:
        raise _read_only(record)
    columns = _columns(account, db, record, given, editing=True)
    if record.type is not None:
        _refuse_frozen(db, record, record_id, given, columns)
    if record.type in (INVOICE, CREDIT) and "item" in given.sublists:
        replace = "item" in exchange.query.get("replace", "").lower().split(",")
        goods.edit(account, db, record_id, given.sublists["item"], replace=replace)
    if record.type in (PAYMENT, CREDIT) and "apply" in given.sublists:
        payments.edit_applications(account, db, record_id, given.sublists["apply"])
    if "addressbook" in given.sublists:
        addresses.write(db, record_id, given.sublists["addressbook"], account.stamp())
    columns["lastmodifieddate"] = account.stamp()
    assigned = ", ".join(f"{column} = ?" for column in columns)
    try:
        db.execute(f"UPDATE {record.table} SET {assigned} WHERE id = ?", (*columns.values(), record_id))
    except sqlite3.IntegrityError as error:
        raise user_error("Error while accessing a resource. This entity already exists.") from error
    if record.type == PAYMENT:
        applying.settle_payment(db, record_id)


def _columns(
    account: Account, db: sqlite3.Connection, record: RecordType, given: Input, *, editing: bool = False
) -> dict[str, Any]:
    """The columns that a body sets. Read-only fields are left out, as the service does."""
    known = record.fields_for(account.options)
    columns: dict[str, Any] = {}
    for name, value in given.fields.items():
        field = known.get(name)
        if field is None or field.column is None:
            continue
        stored = values.column_value(account, db, field, value)
        if stored is not None or editing:
            columns[field.column] = stored
    return columns


def _refuse_frozen(
    db: sqlite3.Connection, record: RecordType, record_id: int, given: Input, columns: dict[str, Any]
) -> None:
    """What cannot be changed once a document stands: its customer; a payment's amount below what is applied."""
    row = db.execute("SELECT * FROM tran WHERE id = ?", (record_id,)).fetchone()
    for name in ("customer", "entity"):
        if given.fields.get(name) is not None:
            named = values.reference(db, "customer", given.fields[name], name)
            if named != row["entity"]:
                raise user_error("Error while accessing a resource. The customer of a transaction cannot be changed.")
    if row["voided"] == "T":
        raise user_error("Error while accessing a resource. This transaction is voided and cannot be changed.")
    if record.type == PAYMENT and columns.get("total_c") is not None and columns["total_c"] < row["used_c"]:
        raise user_error("Error while accessing a resource. The payment may not be less than the amount applied.")
    new = columns.get("externalid")
    if new is not None and new != row["externalid"]:
        documents.claim_external_id(db, row["type"], str(new))


def _delete_listed(account: Account, db: sqlite3.Connection, record: RecordType, record_id: int) -> None:
    if record.name not in _LIST_TYPES:
        raise _read_only(record)
    used = {
        "customer": "SELECT 1 FROM tran WHERE entity = ? LIMIT 1",
        "contact": "SELECT 1 WHERE ? IS NULL",
        "term": "SELECT 1 FROM customer WHERE terms = ? LIMIT 1",
    }[record.name]
    if db.execute(used, (record_id,)).fetchone():
        raise user_error("This record cannot be deleted because it has dependent records.")
    column = "name" if record.name == "term" else "entityid"
    name = db.execute(f"SELECT {column} FROM {record.table} WHERE id = ?", (record_id,)).fetchone()[0]
    db.execute(f"DELETE FROM {record.table} WHERE id = ?", (record_id,))
    documents.note_deleted(db, record_id, record.name, record.label, str(name), account.stamp())


def _written(exchange: Exchange, record: RecordType, record_id: int, given: Input) -> Answer:
    answer = Answer(204, headers={"Location": f"{exchange.base}{ROOT}/{record.name}/{record_id}"})
    if given.dropped:
        answer.headers["x-netsuite-propertyvalidation"] = ",".join(given.dropped)
    return answer


def _read_only(record: RecordType) -> Refused:
    return Refused(405, "METHOD_NOT_ALLOWED", f"Records of type {record.name} cannot be written over REST here.")

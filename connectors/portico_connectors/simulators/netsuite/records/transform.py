"""POST /{type}/{id}/!transform/{target}: the two that concern receivables; others are refused."""

from portico_connectors.simulators.netsuite.account import Account
from portico_connectors.simulators.netsuite.answers import Answer, Refused, user_error
from portico_connectors.simulators.netsuite.books.kinds import INVOICE
from portico_connectors.simulators.netsuite.exchange import Exchange
from portico_connectors.simulators.netsuite.records import payments, values
from portico_connectors.simulators.netsuite.records.fields import RECORD_TYPES, RecordType
from portico_connectors.simulators.netsuite.records.read import ROOT, find
from portico_connectors.simulators.netsuite.records.write import SOURCE


def transform(account: Account, exchange: Exchange, record: RecordType, reference: str, rest: list[str]) -> Answer:
    """Make a customer payment out of an invoice: it is applied in full unless the body says otherwise."""
    if exchange.method != "POST" or rest[0] != "!transform" or len(rest) != 2:
        raise Refused(405, "METHOD_NOT_ALLOWED", "Method not allowed.")
    if record.type != INVOICE or rest[1].lower() != "customerpayment":
        raise user_error(
            f"Error while accessing a resource. Transformation from {record.name} to {rest[1]} is not allowed."
        )
    target = RECORD_TYPES["customerpayment"]
    given = values.read_input(account, exchange, target, payments.EXTRA)
    with account.database.writing() as db:
        invoice = find(db, record, reference)
        row = db.execute("SELECT * FROM tran WHERE id = ?", (invoice,)).fetchone()
        given.fields["customer"] = {"id": row["entity"]}
        given.fields.setdefault("currency", {"id": row["currency"]})
        if "apply" not in given.sublists:
            given.sublists["apply"] = {"items": [{"doc": {"id": invoice}}]}
        new = payments.create(account, db, given, SOURCE)
    return Answer(204, headers={"Location": f"{exchange.base}{ROOT}/customerPayment/{new}"})

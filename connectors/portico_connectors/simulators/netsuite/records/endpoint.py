"""/services/rest/record/v1: which of the record API's operations a request is."""

from urllib.parse import unquote

from portico_connectors.simulators.netsuite.account import Account
from portico_connectors.simulators.netsuite.answers import Answer, Refused
from portico_connectors.simulators.netsuite.exchange import Exchange
from portico_connectors.simulators.netsuite.records import metadata, read, sublists, transform, write
from portico_connectors.simulators.netsuite.records.fields import types_for


def records(account: Account, exchange: Exchange) -> Answer:
    """Answer a request below the record API's root. Raises Refused."""
    rest = [unquote(part) for part in exchange.path.removeprefix(read.ROOT).strip("/").split("/") if part]
    if not rest:
        raise Refused(404, "NONEXISTENT_ID", "The resource does not exist.")
    if rest[0].lower() == "metadata-catalog":
        if exchange.method != "GET" or len(rest) > 2:
            raise _not_allowed()
        return metadata.metadata(account, exchange, rest[1] if len(rest) > 1 else None)
    record = types_for(account.options).get(rest[0].lower())
    if record is None:
        raise Refused(404, "NONEXISTENT_ID", f"Record type '{rest[0]}' does not exist.")
    method = exchange.method
    if len(rest) == 1:
        if method == "GET":
            return read.many(account, exchange, record)
        if method == "POST":
            return write.post(account, exchange, record)
        raise _not_allowed()
    if len(rest) == 2:
        if method == "GET":
            return read.one(account, exchange, record, rest[1])
        if method == "PATCH":
            return write.patch(account, exchange, record, rest[1])
        if method == "PUT":
            return write.put(account, exchange, record, rest[1])
        if method == "DELETE":
            return write.delete(account, record, rest[1])
        raise _not_allowed()
    if rest[2].startswith("!"):
        return transform.transform(account, exchange, record, rest[1], rest[2:])
    if method != "GET":
        raise _not_allowed()
    record_id = read.find(account.database.reading(), record, rest[1])
    return sublists.answer(account, record, record_id, rest[2:], exchange.base)


def _not_allowed() -> Refused:
    return Refused(405, "METHOD_NOT_ALLOWED", "Method not allowed.")

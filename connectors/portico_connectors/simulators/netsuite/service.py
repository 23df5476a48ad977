"""What the service does with a request that was let in: the one place that knows all paths."""

from portico_connectors.simulators.netsuite.account import Account
from portico_connectors.simulators.netsuite.answers import Answer, Refused, json_answer
from portico_connectors.simulators.netsuite.exchange import Exchange
from portico_connectors.simulators.netsuite.records import endpoint as record_endpoint
from portico_connectors.simulators.netsuite.records.read import ROOT as RECORDS
from portico_connectors.simulators.netsuite.restlet.endpoint import restlet
from portico_connectors.simulators.netsuite.suiteql import endpoint as suiteql_endpoint

LIMITS = "/services/rest/system/v1/governanceLimits"


def handle(account: Account, exchange: Exchange) -> Answer:
    """Answer a signed-in request. Raises Refused."""
    path = exchange.path
    if exchange.is_restlet:
        return restlet(account, exchange)
    if exchange.method == "OPTIONS":
        return Answer(204, headers={"Allow": "GET, POST, PATCH, PUT, DELETE, OPTIONS"})
    _check_language(account, exchange)
    if path == suiteql_endpoint.PATH:
        return suiteql_endpoint.suiteql(account, exchange)
    if path == RECORDS or path.startswith(RECORDS + "/"):
        return record_endpoint.records(account, exchange)
    if path == LIMITS and exchange.method == "GET":
        return _limits(account)
    raise Refused(404, "NONEXISTENT_ID", "The requested resource does not exist.")


def _check_language(account: Account, exchange: Exchange) -> None:
    wanted = exchange.headers.get("accept-language", "").split(",")[0].split(";")[0].strip()
    own = account.options.language
    if own and wanted not in ("", "*") and wanted.lower() != own.lower():
        raise Refused(
            400,
            "INVALID_HEADER",
            f"Invalid value '{wanted}' for the header 'Accept-Language'. The default language is '{own}'.",
            header="Accept-Language",
        )


def _limits(account: Account) -> Answer:
    limit = account.options.concurrency_limit or 20
    return json_answer(
        {
            "accountConcurrencyLimit": limit,
            "accountUnallocatedConcurrencyLimit": limit,
            "integrationLimitType": "accountLimit",
        }
    )

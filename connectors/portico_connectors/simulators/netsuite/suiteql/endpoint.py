"""POST /services/rest/query/v1/suiteql."""

from urllib.parse import urlencode

import msgspec

from portico_connectors.simulators.netsuite.account import Account
from portico_connectors.simulators.netsuite.answers import COLLECTION, Answer, Refused, json_answer, user_error
from portico_connectors.simulators.netsuite.exchange import Exchange

PATH = "/services/rest/query/v1/suiteql"
MOST_ROWS = 1000
NO_PERMISSION = (
    "Your current role does not have permission to perform this action. The SuiteAnalytics Workbook permission is "
    "required."
)


class _Body(msgspec.Struct):
    q: str
    params: list[str | int | float] = []


def suiteql(account: Account, exchange: Exchange) -> Answer:
    """Answer one page of a query. Raises Refused."""
    if exchange.method != "POST":
        raise Refused(405, "METHOD_NOT_ALLOWED", "Method not allowed.")
    if "transient" not in exchange.headers.get("prefer", "").lower():
        raise Refused(
            400, "INVALID_HEADER", "Required header 'Prefer' with the value 'transient' is missing.", header="Prefer"
        )
    if not account.options.analytics_permission:
        raise user_error(NO_PERMISSION)
    try:
        body = msgspec.json.decode(exchange.body, type=_Body)
    except msgspec.DecodeError as error:
        raise Refused(400, "INVALID_REQUEST", "Invalid request. The body must be JSON with a text 'q'.") from error
    limit, offset = paging(exchange)
    if offset >= account.options.row_cap:
        raise Refused(
            400,
            "INVALID_PARAMETER",
            f"The query result is limited to {account.options.row_cap} rows.",
            query_param="offset",
        )
    page = account.queries.page(body.q, tuple(str(one) for one in body.params), limit, offset)
    return json_answer(collection(exchange, PATH, page.rows, page.total, limit, offset), COLLECTION)


def paging(exchange: Exchange) -> tuple[int, int]:
    """Limit and offset of a request. Raises Refused where the service does not take them."""
    limit = exchange.whole_number("limit", MOST_ROWS)
    offset = exchange.whole_number("offset", 0)
    if not 1 <= limit <= MOST_ROWS:
        raise Refused(400, "INVALID_PARAMETER", f"The limit must be between 1 and {MOST_ROWS}.", query_param="limit")
    if offset % limit:
        raise Refused(400, "INVALID_PARAMETER", "The offset must be divisible by the limit.", query_param="offset")
    return limit, offset


def collection(
    exchange: Exchange, path: str, items: list[dict[str, object]], total: int, limit: int, offset: int
) -> dict[str, object]:
    """A page as a collection document, with links made from the request's own scheme and host."""
    keep = {key: value for key, value in exchange.query.items() if key not in ("limit", "offset")}

    def link(rel: str, start: int) -> dict[str, str]:
        query = urlencode({**keep, "limit": limit, "offset": start})
        return {"rel": rel, "href": f"{exchange.base}{path}?{query}"}

    more = offset + len(items) < total
    links = []
    if more:
        links += [link("next", offset + limit), link("last", (total - 1) // limit * limit)]
    if offset:
        links += [link("prev", max(0, offset - limit)), link("first", 0)]
    links.append(link("self", offset))
    return {
        "links": links,
        "count": len(items),
        "hasMore": more,
        "items": items,
        "offset": offset,
        "totalResults": total,
    }

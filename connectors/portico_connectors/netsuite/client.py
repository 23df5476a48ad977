"""Talks to NetSuite's services: signs each attempt, repeats what may be repeated, turns refusals into errors."""

import asyncio
import json
import random
import re
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import quote, urlsplit

import msgspec

from portico_connectors.errors import ConnectorError, OutcomeUnknown, RetryLater
from portico_connectors.http import Http, NotSent, Reply, ReplyLost, ReplyTooLarge
from portico_connectors.netsuite.auth import Auth
from portico_connectors.netsuite.faults import Failing, LoginRefused, NotFound, Throttled, classify

Row = dict[str, str]

_SUITEQL_PATH = "/services/rest/query/v1/suiteql"
_RECORD_PATH = "/services/rest/record/v1"
_RESTLET_PATH = "/app/site/hosting/restlet.nl"
_number_encoder = msgspec.json.Encoder(decimal_format="number")


class Patience(NamedTuple):
    """How often and how long to repeat before handing RetryLater to the caller. Waits grow and jitter."""

    attempts: int = 5
    internal_errors: int = 3
    first_wait: float = 0.5
    longest_wait: float = 15.0


class Rows(NamedTuple):
    """Rows of one answer, keys in lower case, empty columns absent. `more`: the query may have further rows."""

    rows: list[Row]
    more: bool


class _Answer(msgspec.Struct):
    items: list[dict[str, Any]]
    has_more: bool = msgspec.field(name="hasMore")


_answer_decoder = msgspec.json.Decoder(_Answer)


class Client:
    """One account's services. Reads raise RetryLater or Reconnect; writes also PostingRefused and OutcomeUnknown."""

    def __init__(
        self, http: Http, auth: Auth, base_url: str, restlet_url: str, patience: Patience | None = None
    ) -> None:
        self._http = http
        self._auth = auth
        self._base_url = base_url
        self._restlet_url = restlet_url
        self._patience = patience or Patience()

    async def suiteql(self, query: str, *, limit: int) -> Rows:
        """The first `limit` (at most 1,000) rows of a query. Raises SchemaDrift where a column is missing.

        Only ever the first page: what follows is asked for by key, so no page is counted off, shifts, or meets the
        cap of 100,000 rows.
        """
        url = f"{self._base_url}{_SUITEQL_PATH}?limit={limit}&offset=0"
        body = msgspec.json.encode({"q": query})
        for attempt in range(self._patience.attempts):
            reply = await self._read("POST", url, body, {"Prefer": "transient"})
            try:
                answer = _decoded(reply.body)
            except (ValueError, RecursionError):
                await self._wait(attempt, RetryLater("NetSuite's answer to a query was not whole"))
                continue
            # A full answer may hide that there is more: what a query gives at all is capped.
            return Rows([_row(item) for item in answer.items], answer.has_more or len(answer.items) >= limit)
        raise RetryLater("NetSuite's answers to a query were not whole")

    async def create(self, record: str, body: Mapping[str, Any]) -> str | None:
        """Create a record and return its id (None where the answer does not name it).

        Sent again only where it cannot have been carried out. Raises OutcomeUnknown where it can.
        """
        url = f"{self._base_url}{_RECORD_PATH}/{record}"
        content = _number_encoder.encode(body)
        for attempt in range(self._patience.attempts):
            try:
                reply = await self._send_signed("POST", url, content, _JSON | _STRICT, write=True)
            except (Throttled, NotSent) as error:
                await self._wait(attempt, error)
                continue
            except (ReplyLost, ReplyTooLarge, Failing) as error:
                raise OutcomeUnknown(f"NetSuite's answer to a new {record} was lost") from error
            identifier = urlsplit(reply.headers.get("Location", "")).path.rstrip("/").rpartition("/")[2]
            return identifier if identifier.isascii() and identifier.isdigit() else None
        raise RetryLater("NetSuite took no write")

    async def restlet(self, script: str, deployment: str, **parameters: str) -> Any:
        """What a RESTlet answers to GET, decoded from JSON."""
        named = {"script": script, "deploy": deployment, **parameters}
        query = "&".join(f"{name}={quote(value, safe='')}" for name, value in named.items())
        reply = await self._read("GET", f"{self._restlet_url}{_RESTLET_PATH}?{query}", None, {})
        try:
            return msgspec.json.decode(reply.body)
        except msgspec.DecodeError:
            raise NotFound("the RESTlet's answer is not JSON") from None

    async def _read(self, method: str, url: str, content: bytes | None, headers: Mapping[str, str]) -> Reply:
        """A request that may be repeated without harm."""
        internal_errors = 0
        last: RetryLater = RetryLater("NetSuite did not answer")
        for attempt in range(self._patience.attempts):
            try:
                return await self._send_signed(method, url, content, _JSON | dict(headers), write=False)
            except RetryLater as error:
                if isinstance(error, Failing) and error.internal:
                    internal_errors += 1
                    if internal_errors >= self._patience.internal_errors:
                        raise
                last = error
                await self._wait(attempt, error)
        raise last

    async def _send_signed(
        self, method: str, url: str, content: bytes | None, headers: Mapping[str, str], *, write: bool
    ) -> Reply:
        """One exchange, and another after one renewal of the token. Raises what the answer means."""
        authorization = await self._auth.header(method, url)
        error = await self._send(method, url, content, {**headers, "Authorization": authorization}, write=write)
        if isinstance(error, LoginRefused) and self._auth.renew(authorization):
            authorization = await self._auth.header(method, url)
            error = await self._send(method, url, content, {**headers, "Authorization": authorization}, write=write)
        if isinstance(error, ConnectorError):
            raise error
        return error

    async def _send(
        self, method: str, url: str, content: bytes | None, headers: Mapping[str, str], *, write: bool
    ) -> Reply | ConnectorError:
        reply = await self._http.send(method, url, headers=headers, content=content, urgent=write)
        return reply if 200 <= reply.status < 300 else classify(reply, write=write)

    async def _wait(self, attempt: int, error: RetryLater) -> None:
        """Wait before the next attempt, or hand the error on where none is left or the ERP asks for longer."""
        wait = self._patience.first_wait * 2**attempt * random.uniform(0.5, 1.0)  # noqa: S311 - jitter
        wait = max(wait, error.after_seconds or 0.0)
        if attempt + 1 >= self._patience.attempts or wait > self._patience.longest_wait:
            raise error
        await asyncio.sleep(wait)


_JSON = {"Content-Type": "application/json", "Accept": "application/json"}
_STRICT = {"X-NetSuite-PropertyNameValidation": "error"}


def _decoded(body: bytes) -> _Answer:
    """The answer. Raises ValueError or RecursionError for what is not whole.

    A field with a limit may be cut in the middle of an emoji; the half that is left is valid JSON and no text, and one
    such memo must not stop the page that it is on.
    """
    try:
        return _answer_decoder.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        loose = json.loads(body, parse_int=str, parse_float=str)
        return msgspec.convert(_mended(loose), _Answer)


def _mended(value: Any) -> Any:
    if isinstance(value, str):
        return _HALF.sub("\ufffd", value)
    if isinstance(value, dict):
        return {name: _mended(each) for name, each in value.items()}
    return [_mended(each) for each in value] if isinstance(value, list) else value


_HALF = re.compile("[\ud800-\udfff]")


def _row(item: dict[str, Any]) -> Row:
    """Keys may change case between releases; values are text by contract, numbers by mistake are taken as text."""
    return {
        name.lower(): value if isinstance(value, str) else str(value)
        for name, value in item.items()
        if value is not None and name != "links"
    }

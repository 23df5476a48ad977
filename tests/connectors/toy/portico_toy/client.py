"""Talks to the toy ERP: signs in, repeats reads that failed in passing, turns refusals into errors."""

import asyncio
from typing import Any

import msgspec

from portico_connectors.errors import ConnectorError, OutcomeUnknown, PostingRefused, Reconnect, RetryLater
from portico_connectors.http import Http, Reply, ReplyLost

_ATTEMPTS = 3


class SessionEnded(Reconnect):
    """The ERP no longer takes our session, or never gave one."""


class Failing(RetryLater):
    """The ERP failed: what was sent may have been carried out."""


class Client:
    """One signed-in connection."""

    def __init__(self, http: Http, address: str, password: str) -> None:
        self._http = http
        self._address = address
        self._password = password
        self._session = ""

    async def read(self, path: str) -> Any:
        """GET as JSON."""
        for attempt in range(_ATTEMPTS):
            try:
                return msgspec.json.decode((await self._send("GET", path, b"", urgent=False)).body)
            except msgspec.DecodeError:
                error = RetryLater("the answer was not whole")
            except RetryLater as failed:
                error = failed
            if error.after_seconds:
                break
            await asyncio.sleep(0.01 * 2**attempt)
        raise error

    async def write(self, path: str, body: Any) -> None:
        """POST once. Raises OutcomeUnknown where it may have been carried out."""
        try:
            await self._send("POST", path, msgspec.json.encode(body), urgent=True)
        except (ReplyLost, Failing) as error:
            raise OutcomeUnknown("the answer to a write was lost") from error

    async def _send(self, method: str, path: str, content: bytes, *, urgent: bool) -> Reply:
        if not self._session:
            await self._sign_in()
        try:
            return await self._exchange(method, path, content, urgent=urgent)
        except SessionEnded:
            await self._sign_in()
            return await self._exchange(method, path, content, urgent=urgent)

    async def _sign_in(self) -> None:
        reply = await self._exchange("POST", "/session", msgspec.json.encode({"password": self._password}), urgent=True)
        self._session = msgspec.json.decode(reply.body)["session"]

    async def _exchange(self, method: str, path: str, content: bytes, *, urgent: bool) -> Reply:
        headers = {"X-Session": self._session}
        reply = await self._http.send(method, self._address + path, headers=headers, content=content, urgent=urgent)
        if reply.status != 200:
            raise classify(reply)
        return reply


def classify(reply: Reply) -> ConnectorError:
    """What a refusal means: the one place that knows the ERP's statuses."""
    if reply.status == 401:
        return SessionEnded("the ERP refused the password")
    if reply.status == 429:
        return RetryLater("the ERP is busy", float(reply.headers.get("Retry-After", "0")) or None)
    if reply.status >= 500:
        return Failing(f"the ERP answered {reply.status}")
    return PostingRefused("the ERP refused the payment")

"""One HTTP client per opened connection: time limits on everything, a cap on what is read, guarded addresses, and a
slot of the ERP account for each request. Follows no redirect. Sends once; when to repeat is the caller's.
"""

import asyncio
import ssl
from collections.abc import Mapping
from typing import NamedTuple

import httpcore
import httpx

from portico_connectors.errors import ConnectorError, RetryLater
from portico_connectors.guard import GuardedBackend
from portico_connectors.slots import LOCAL, Slots
from portico_core.tls import trust

USER_AGENT = "Portico"


class NotSent(RetryLater):
    """No connection was made: the request reached nobody."""


class ReplyLost(RetryLater):
    """The request was sent, or part of it, and no whole answer came: it may have been carried out."""


class ReplyTooLarge(ConnectorError):
    """The answer exceeds the cap; reading it would have cost the memory of others."""


class Limits(NamedTuple):
    """Time limits in seconds, size in bytes. `exchange` bounds a whole request with its answer, drips included."""

    connect: float = 10
    read: float = 90
    write: float = 30
    exchange: float = 180
    reply_bytes: int = 64 * 1024 * 1024


class Reply(NamedTuple):
    """A whole answer, its body decoded from any content encoding."""

    status: int
    headers: httpx.Headers
    body: bytes


class Http:
    """The client of one connection. `account` names the ERP account, which bears `concurrency` requests at once:
    `slots` are those that the connector was handed when it was opened.

    `ssl_context` is for ERPs whose certificates come from a company's own authority.
    """

    def __init__(
        self,
        account: str,
        *,
        concurrency: int = 4,
        slots: Slots | None = None,
        allow_private: bool = False,
        limits: Limits | None = None,
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        self._account = account
        self._concurrency = concurrency
        self._limits = limits or Limits()
        self._slots = slots or LOCAL
        # No proxy and no .netrc from the environment: both would lead around the guard.
        self._client = httpx.AsyncClient(
            transport=_transport(concurrency, allow_private, ssl_context or trust()),
            trust_env=False,
            follow_redirects=False,
            headers={"User-Agent": USER_AGENT},
            timeout=httpx.Timeout(
                connect=self._limits.connect, read=self._limits.read, write=self._limits.write, pool=self._limits.read
            ),
        )

    async def send(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        content: bytes | None = None,
        urgent: bool = False,
    ) -> Reply:
        """Send once and read the whole answer, whatever its status. Raises NotSent, ReplyLost or ReplyTooLarge.

        Causes are dropped from the errors: httpx hangs the request, with its credentials, onto its own.
        """
        async with self._slots.slot(self._account, self._concurrency, urgent=urgent):
            try:
                async with asyncio.timeout(self._limits.exchange):
                    return await self._exchange(method, url, headers, content)
            except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout):
                raise NotSent(
                    "the ERP did not answer at its address; see that it is right, and that the ERP runs"
                ) from None
            except (httpx.TransportError, httpx.DecodingError, TimeoutError) as error:
                raise ReplyLost(f"the ERP's answer did not arrive whole ({type(error).__name__})") from None

    async def _exchange(self, method: str, url: str, headers: Mapping[str, str], content: bytes | None) -> Reply:
        async with self._client.stream(method, url, headers=headers, content=content) as response:
            body = bytearray()
            async for chunk in response.aiter_bytes():
                body += chunk
                if len(body) > self._limits.reply_bytes:
                    raise ReplyTooLarge(f"the ERP's answer exceeds {self._limits.reply_bytes} bytes")
            return Reply(response.status_code, response.headers, bytes(body))

    async def close(self) -> None:
        """Release the sockets."""
        await self._client.aclose()


def _transport(concurrency: int, allow_private: bool, ssl_context: ssl.SSLContext) -> httpx.AsyncHTTPTransport:
    transport = httpx.AsyncHTTPTransport(verify=ssl_context, trust_env=False)
    # httpx offers no parameter for the socket layer of its pool, so the pool is replaced by one that has the guard.
    transport._pool = httpcore.AsyncConnectionPool(
        ssl_context=ssl_context,
        max_connections=concurrency,
        max_keepalive_connections=concurrency,
        keepalive_expiry=30,
        network_backend=GuardedBackend(allow_private=allow_private),
    )
    return transport

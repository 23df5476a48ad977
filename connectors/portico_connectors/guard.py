"""Where a tenant's connection may lead: to public addresses only. Checked on what the name resolves to, and the
connection is made to that very address, so that a name that changes its answer after the check gains nothing.
"""

import asyncio
import ipaddress
import socket
from collections.abc import Iterable
from typing import Any

import httpcore

from portico_connectors.errors import Reconnect

_NAT64 = ipaddress.ip_network("64:ff9b::/96")
# Special by IANA's registries, and global by the tables of one Python or another: of protocols (a cloud's metadata are
# at 192.0.0.192), of relays, local translation, old site-local, documentation, segment routing.
_SPECIAL = tuple(
    map(
        ipaddress.ip_network,
        ("192.0.0.0/24", "192.88.99.0/24", "64:ff9b:1::/48", "fec0::/10", "2001::/23", "3fff::/20", "5f00::/16"),
    )
)
_Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class AddressRefused(Reconnect):
    """The ERP's address is not one that a tenant may make us connect to."""


def is_public(address: str) -> bool:
    """Whether an IP address, also one wrapped in IPv6, is globally routable unicast."""
    ip = _unwrapped(ipaddress.ip_address(address.split("%", 1)[0]))
    if any(ip in network for network in _SPECIAL):
        return False
    return ip.is_global and not ip.is_multicast and not ip.is_unspecified and not ip.is_reserved


def _unwrapped(ip: _Address) -> _Address:
    if isinstance(ip, ipaddress.IPv4Address):
        return ip
    if ip.ipv4_mapped is not None:
        return ip.ipv4_mapped
    if ip.sixtofour is not None:
        return ip.sixtofour
    if ip.teredo is not None:
        return ip.teredo[1]
    if ip in _NAT64:
        return ipaddress.IPv4Address(int(ip) & 0xFFFF_FFFF)
    return ip


class GuardedBackend(httpcore.AnyIOBackend):
    """Opens sockets for httpcore; resolves by itself and connects to the checked address, never to the name."""

    def __init__(self, *, allow_private: bool) -> None:
        super().__init__()
        self._allow_private = allow_private

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - the base class's signature
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        refusal: httpcore.ConnectError | httpcore.ConnectTimeout | None = None
        for address in await self._resolve(host, port, timeout):
            try:
                return await super().connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                refusal = error
        raise refusal or httpcore.ConnectError(f"{host} has no address")

    async def _resolve(self, host: str, port: int, seconds: float | None) -> list[str]:
        try:
            async with asyncio.timeout(seconds):
                found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except TimeoutError:
            raise httpcore.ConnectTimeout(f"{host} was not resolved in time") from None
        except OSError:
            raise httpcore.ConnectError(f"{host} does not resolve") from None
        addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
        # One private address among public ones is refused as well: an honest name has no such mixture.
        if not self._allow_private and not all(is_public(address) for address in addresses):
            raise AddressRefused(f"{host} leads to an address inside a private network; enter the ERP's public address")
        return addresses

"""Where a request comes from, and absolute addresses of our own pages for mails."""

from ipaddress import IPv6Address, ip_address, ip_network
from typing import Any

from litestar import Request

from portico_core.settings import Settings
from portico_tenants.tenant import Tenant


def network_of(request: Request[Any, Any, Any], settings: Settings) -> str:
    """The client's network: the entry of X-Forwarded-For that the outermost trusted proxy wrote, else the peer's.

    IPv6 is cut to its /64, which is what one household or office gets. What is no address counts as the peer's, so
    that nobody gets a counter of their own by making one up.
    """
    peer = request.client.host if request.client else ""
    hops = settings.web.proxy_hops
    # some proxies append to the line there is, others add a line of their own: all lines are one list
    lines = ",".join(request.headers.getall("x-forwarded-for", []))
    forwarded = [part.strip() for part in lines.split(",") if part.strip()]
    if hops and len(forwarded) >= hops:
        return _network(forwarded[-hops]) or _network(peer) or "unknown"
    return _network(peer) or "unknown"


def _network(text: str) -> str:
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return ""
    if isinstance(address, IPv6Address):
        mapped = address.ipv4_mapped
        return str(mapped) if mapped else str(ip_network((address, 64), strict=False))
    return str(address)


def public_url(settings: Settings, tenant: Tenant, path: str) -> str:
    """The address of a page of this tenant as a mail names it. Never taken from the request's Host."""
    return f"{settings.web.scheme}://{tenant.host}{settings.public_port}{path}"

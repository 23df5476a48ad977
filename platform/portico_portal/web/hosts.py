"""Host name to tenant, before anything else is looked at. An unknown host gets a neutral page and no tenant.

Only the Host header counts, and only one: what a proxy forwards of another name (X-Forwarded-Host, Forwarded) is what
anybody can write.
"""

import re

from litestar.enums import ScopeType
from litestar.types import ASGIApp, Receive, Scope, Send
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from portico_core.errors import Unavailable
from portico_core.settings import Settings
from portico_portal.resources import Resources
from portico_portal.web.plain import answer
from portico_tenants.resolve import NoSuchTenant
from portico_tenants.tenant import Tenant, TenantState

# A name as DNS has it and a port; an address of the sixth version is no tenant's and may only be the platform's.
_HOST = re.compile(rb"(\[[0-9a-f:.]+\]|[0-9a-z](?:[0-9a-z.-]*[0-9a-z])?)(?::[0-9]{0,5})?", re.IGNORECASE)


class Hosts:
    """ASGI middleware: puts `tenant` (or None on the platform's own host) into the request's state."""

    def __init__(self, app: ASGIApp, *, resources: Resources) -> None:
        self.app = app
        self.resources = resources

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:
            await self.app(scope, receive, send)
            return
        host = host_of(scope)
        path = scope["path"]
        state = scope["state"]
        state["tenant"] = None
        if path.startswith("/health/") or is_platform(self.resources.settings, host):
            await self.app(scope, receive, send)
            return
        try:
            tenant = await self.resources.directory.by_host(host)
        except NoSuchTenant:
            await answer(self.resources.renderer, "errors/unknown_host.html", 404, scope, receive, send)
            return
        except (DBAPIError, PoolTimeout, OSError, Unavailable):
            await answer(self.resources.renderer, "errors/503.html", 503, scope, receive, send)
            return
        state["tenant"] = tenant
        if (template := _instead_of_pages(tenant)) and not path.startswith(("/static/", "/brand/")):
            await answer(self.resources.renderer, template, 503, scope, receive, send, tenant)
            return
        await self.app(scope, receive, send)


def _instead_of_pages(tenant: Tenant) -> str | None:
    """What a portal shows that is closed, or whose schema lacks what this release's pages read."""
    if tenant.state is TenantState.SUSPENDED:
        return "errors/suspended.html"
    return "errors/updating.html" if tenant.behind else None


def host_of(scope: Scope) -> str:
    """The Host header, lower case and without port; empty where it is missing, there twice, or no host at all."""
    given = [value for name, value in scope["headers"] if name == b"host"]
    found = _HOST.fullmatch(given[0]) if len(given) == 1 else None
    return found[1].decode().lower() if found else ""


def is_platform(settings: Settings, host: str) -> bool:
    """Whether this is the platform's own host: webhooks, operator console, metrics."""
    return host == settings.web.platform_host

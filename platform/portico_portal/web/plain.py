"""Pages answered outside the application proper: unknown host, suspended tenant, schema behind, database
gone."""

from typing import Any

from litestar import Response
from litestar.enums import MediaType
from litestar.types import Receive, Scope, Send

from portico_portal.web.languages import page_locale
from portico_tenants.tenant import Tenant
from portico_themes.branding import brand_of
from portico_themes.render import Renderer
from portico_themes.wording import wording_of


async def answer(
    renderer: Renderer,
    template: str,
    status: int,
    scope: Scope,
    receive: Receive,
    send: Send,
    tenant: Tenant | None = None,
    retry_after: int = 30,
) -> None:
    """Answer with an error page; in the tenant's brand where the tenant is known. `retry_after` is in seconds."""
    brand = brand_of(tenant) if tenant else None
    locale = page_locale(tenant, None, _accepted(scope))
    context: dict[str, Any] = {"request_id": scope["state"]["request_id"]}
    if tenant:
        context["wording"] = wording_of(tenant)
    page = renderer.render(template, context, brand, locale)
    await deliver(page, status, scope, receive, send, retry_after)


async def deliver(page: str, status: int, scope: Scope, receive: Receive, send: Send, retry_after: int = 30) -> None:
    """Answer with a page that is made already."""
    headers = {"retry-after": str(retry_after)} if status in (429, 503) else None
    response = Response(page, status_code=status, media_type=MediaType.HTML, headers=headers)
    await response.to_asgi_response(app=None, request=None)(scope, receive, send)  # type: ignore[arg-type]


def _accepted(scope: Scope) -> str:
    return next((value.decode("latin-1") for name, value in scope["headers"] if name == b"accept-language"), "")

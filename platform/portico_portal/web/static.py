"""Static files and the tenant's brand files, under addresses that change with their content."""

from typing import Any

from litestar import Request, Response, get

from portico_core.errors import NotFound
from portico_portal.resources import Resources
from portico_tenants import brand_files
from portico_tenants.access import Access
from portico_tenants.session import TenantSession
from portico_tenants.tenant import Tenant
from portico_themes.assets import CACHE_FOREVER, assets_of
from portico_themes.branding import brand_of, stylesheet


@get("/static/{path:path}", access=Access.probe())
async def static_file(request: Request[Any, Any, Any], resources: Resources) -> Response[bytes]:
    """One of our files, compressed where the browser takes it."""
    theme = resources.renderer.theme
    asset = assets_of(theme).at(request.url.path)
    if asset is None:
        raise NotFound
    headers = dict(asset.headers)
    body = asset.body
    if asset.gzipped is not None and "gzip" in request.headers.get("accept-encoding", ""):
        body = asset.gzipped
        headers["Content-Encoding"] = "gzip"
    return Response(body, media_type=asset.media_type, headers=headers)


@get("/brand/{file:str}", access=Access.public())
async def brand_file(file: str, tenant: Tenant, session: TenantSession) -> Response[bytes]:
    """The tenant's colours, mark or favicon. A stylesheet's address of an earlier brand answers with today's."""
    if file.endswith(".css"):
        sheet = stylesheet(brand_of(tenant))
        caching = CACHE_FOREVER if sheet.address == f"/brand/{file}" else "no-cache"
        return Response(sheet.body, media_type="text/css; charset=utf-8", headers={"Cache-Control": caching})
    image = await brand_files.content(session, file)
    # Mails show the mark inside other sites' pages.
    headers = {"Cache-Control": CACHE_FOREVER, "Cross-Origin-Resource-Policy": "cross-origin"}
    return Response(image, media_type="image/png", headers=headers)


ROUTES = [static_file, brand_file]

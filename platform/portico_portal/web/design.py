"""The page of components, for who works on the pages: in the demo only, elsewhere there is no such page."""

from litestar import Response, get

from portico_core.errors import NotFound
from portico_portal.resources import Resources
from portico_tenants.access import Access
from portico_tenants.tenant import Tenant
from portico_themes.page import Page
from portico_themes.preview.components import components


@get("/design", access=Access.public())
async def design(page: Page, tenant: Tenant, resources: Resources) -> Response[str]:
    """Every component in every state, in the tenant's brand."""
    if resources.settings.environment != "demo":
        raise NotFound
    return page("design.html", **components(tenant.slug))


ROUTES = [design]

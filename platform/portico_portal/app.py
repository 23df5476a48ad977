"""Builds the web application. Read it as a table of contents: every route, layer and provider stands here."""

from functools import cache
from typing import cast

from litestar import Litestar
from litestar.types import ASGIApp

from portico_billing.customers import pages as customer_pages
from portico_billing.home import pages as home_pages
from portico_billing.invoices import pages as invoice_pages
from portico_billing.invoices import staff_pages as staff_invoice_pages
from portico_billing.payments import pages as payment_pages
from portico_billing.payments import staff_pages as staff_payment_pages
from portico_billing.stripe import webhook
from portico_portal import jobs
from portico_portal.accounts import invitation, members, profile, reset, sign_in, staff_members, switch
from portico_portal.audit import pages as audit_pages
from portico_portal.brand import pages as brand_pages
from portico_portal.desk import pages as desk_pages
from portico_portal.operator import pages as operator_pages
from portico_portal.resources import Resources
from portico_portal.sync import connection_pages, stripe_pages
from portico_portal.sync import pages as sync_pages
from portico_portal.texts import pages as texts_pages
from portico_portal.web import design, errors, health, static
from portico_portal.web.access import check_routes, guard
from portico_portal.web.bounds import Bounds
from portico_portal.web.context import RequestContext
from portico_portal.web.dependencies import DEPENDENCIES
from portico_portal.web.forms import LARGEST_BODY, PortalRequest
from portico_portal.web.hosts import Hosts
from portico_portal.web.lifespan import Lifespan
from portico_portal.web.shares import Shares

ROUTES = [
    # anybody
    *health.ROUTES,
    *static.ROUTES,
    *design.ROUTES,
    *sign_in.ROUTES,
    *reset.ROUTES,
    *invitation.ROUTES,
    # a customer's people
    *home_pages.ROUTES,
    *invoice_pages.ROUTES,
    *payment_pages.ROUTES,
    *members.ROUTES,
    *switch.ROUTES,
    *profile.ROUTES,
    # the distributor's staff
    *desk_pages.ROUTES,
    *customer_pages.ROUTES,
    *staff_invoice_pages.ROUTES,
    *staff_payment_pages.ROUTES,
    *sync_pages.ROUTES,
    *connection_pages.ROUTES,
    *stripe_pages.ROUTES,
    *brand_pages.ROUTES,
    *staff_members.ROUTES,
    *texts_pages.ROUTES,
    *audit_pages.ROUTES,
    # the platform's own host
    *webhook.ROUTES,
    *operator_pages.ROUTES,
]


# Areas below find jobs of areas above by what they sweep: the registry must be whole in this process too.
JOBS = jobs.MODULES


@cache
def application() -> Litestar:
    """The routes with all that holds for each of them, made once per process; refuses routes that say not who may use
    them. It opens nothing and knows no resources: they come with each request, in its state."""
    app = Litestar(
        route_handlers=list(ROUTES),
        dependencies=DEPENDENCIES,
        guards=[guard],
        exception_handlers=errors.HANDLERS,
        openapi_config=None,
        logging_config=None,
        request_class=PortalRequest,
        request_max_body_size=LARGEST_BODY,
        signature_types=[Resources],
    )
    check_routes(app)
    return app


def serve(resources: Resources) -> ASGIApp:
    """What a server runs: the layers every request passes, also one whose path leads nowhere, around the application.

    They stand outside because Litestar's own middleware is not asked about paths it does not know.
    """
    bounded: ASGIApp = Bounds(cast("ASGIApp", application()), resources=resources)
    shared = Shares(bounded, resources=resources) if resources.settings.web.tenant_percent else bounded
    return Lifespan(RequestContext(Hosts(shared, resources=resources), resources=resources), resources=resources)

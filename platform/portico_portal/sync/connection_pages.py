"""The connection to the ERP: a form drawn from the connector's manifest, with a test before it is stored."""

from typing import Any
from zoneinfo import available_timezones

import anyio
from litestar import Request, Response, get, post

from portico_connectors import registry
from portico_connectors.errors import ConnectorError
from portico_connectors.manifest import Manifest
from portico_core.errors import Invalid
from portico_portal.accounts.forms import fields
from portico_portal.resources import Resources
from portico_portal.sync import connections
from portico_portal.sync.fetch import SWEEP
from portico_portal.sync.slots import Use
from portico_portal.web.notes import redirect_with_note
from portico_tenants import secrets
from portico_tenants.access import Access, Permission
from portico_tenants.people.visit import Visit
from portico_tenants.session import TenantSession
from portico_tenants.tenant import Tenant
from portico_themes.page import Page
from portico_themes.texts import N_, retold

CONNECT = Access.staff(Permission.STAFF_CONNECTIONS)
TEST_SECONDS = 30


@get("/staff/connection", access=CONNECT)
async def show(
    visit: Visit, session: TenantSession, tenant: Tenant, page: Page, resources: Resources, connector: str = ""
) -> Response[Any]:
    """The form; `connector` chooses another ERP than the stored one."""
    stored = await connections.find(session)
    _, shut = await secrets.take_what_opens(session, resources.safe, connections.SECRETS)
    return page("staff/connection.html", **_context(tenant, stored, connector, shut))


@post("/staff/connection/test", access=CONNECT)
async def test(
    request: Request[Any, Any, Any],
    visit: Visit,
    session: TenantSession,
    tenant: Tenant,
    page: Page,
    resources: Resources,
) -> Response[Any]:
    """Try what was typed, without storing it."""
    await session.finish()
    return await _try(request, tenant, page, resources, visit, keep=False)


@post("/staff/connection", access=CONNECT)
async def store(
    request: Request[Any, Any, Any],
    visit: Visit,
    session: TenantSession,
    tenant: Tenant,
    page: Page,
    resources: Resources,
) -> Response[Any]:
    """Test and store; fetching starts at once. What does not work is not stored."""
    await session.finish()
    return await _try(request, tenant, page, resources, visit, keep=True)


async def _try(
    request: Request[Any, Any, Any], tenant: Tenant, page: Page, resources: Resources, visit: Visit, *, keep: bool
) -> Response[Any]:
    values = {key: value for key, value in (await fields(request)).items() if key != "csrf_token"}
    database = resources.database
    async with database.tenant_session(tenant) as session:
        stored = await connections.find(session)
        hidden, shut = await secrets.take_what_opens(session, resources.safe, connections.SECRETS)
    context = _context(tenant, stored, values.get("connector", ""), shut)
    manifest: Manifest = context["manifest"]
    same = stored is not None and stored.connector == manifest.key
    zone = values.get("time_zone", "")
    try:
        if zone not in available_timezones():
            raise Invalid("", {"time_zone": N_("Choose the ERP's time zone, like Europe/London.")})
        plain, typed = connections.sort_values(manifest, values, kept=context["kept"])
        known = {name: value.reveal() for name, value in hidden.items()} if same else {}
        sealed = connections.Sealed(
            connector=manifest.key,
            settings=plain,
            secret_values={name: secrets.Secret(value) for name, value in (known | typed).items()},
            time_zone=zone,
        )
        with anyio.fail_after(TEST_SECONDS):
            async with sealed.open(resources.settings, resources.slots.for_(Use.PAGE)) as connector:
                result = await connector.test()
    except Invalid as wrong:
        errors = {field: retold(page.locale, sentence) for field, sentence in wrong.fields.items()}
        return page("staff/connection.html", status=422, **(context | {"values": values, "errors": errors}))
    except (ConnectorError, TimeoutError) as error:
        sentence = str(error) or page.text("It did not answer within %(seconds)s seconds.", seconds=TEST_SECONDS)
        tested = {"ok": False, "sentence": sentence, "notes": ()}
        return page("staff/connection.html", status=422, **(context | {"values": values, "tested": tested}))
    if not keep:
        tested = {"ok": True, "sentence": result.company, "notes": result.notes}
        return page("staff/connection.html", **(context | {"values": values, "tested": tested}))
    async with database.tenant_session(tenant) as session:
        await connections.store(
            session,
            resources.safe,
            connector=manifest.key,
            values=values,
            time_zone=zone,
            actor=visit.actor,
            request_id=visit.request_id,
        )
        await session.hurry(SWEEP)
    return redirect_with_note("/staff/sync", "sync_started")


def _context(
    tenant: Tenant, stored: connections.Connection | None, chosen: str, shut: frozenset[str]
) -> dict[str, Any]:
    names = registry.names()
    name = chosen if chosen in names else stored.connector if stored else names[0]
    same = stored is not None and stored.connector == name
    return {
        "connection": stored,
        "connectors": [(each, registry.load(each).manifest.name) for each in names],
        "manifest": registry.load(name).manifest,
        "kept": stored.kept - shut if stored and same else frozenset(),
        "shut": shut if same else frozenset(),
        "values": {**(stored.settings if stored and same else {}), "time_zone": (stored or tenant).time_zone},
        "time_zones": sorted(available_timezones()),
        "tested": None,
    }


ROUTES = [show, test, store]

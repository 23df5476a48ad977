"""The pages of the tenant's own words: kept as a draft, looked at in a mail or at the sign-in, published, undone."""

from collections.abc import Mapping
from typing import Any

from litestar import MediaType, Request, Response, get, post
from litestar.response import Redirect

from portico_portal.accounts.forms import fields, number_in
from portico_portal.resources import Resources
from portico_portal.texts import form
from portico_portal.texts.form import Place
from portico_portal.texts.show import editor, mail_of
from portico_portal.web.frames import FRAMED, MAIL_FRAMED
from portico_tenants import editions
from portico_tenants.access import Access, Permission
from portico_tenants.editions import ChangedMeanwhile
from portico_tenants.people.visit import Visit
from portico_tenants.resolve import Directory
from portico_tenants.session import TenantSession
from portico_tenants.tenant import Tenant
from portico_themes.branding import brand_of
from portico_themes.links import link
from portico_themes.page import Page
from portico_themes.wording import from_document, to_document
from portico_themes.wording_list import PORTAL

EDIT = Access.staff(Permission.STAFF_MANAGE)


@get("/staff/texts", access=EDIT)
async def show(
    visit: Visit,
    session: TenantSession,
    tenant: Tenant,
    page: Page,
    resources: Resources,
    about: str = "",
    language: str = "",
) -> Response[Any]:
    """A group of texts in a language, as the draft has them."""
    place = Place.asked(about, language, reader=page.locale, home=tenant.language)
    desk = await editions.read(session, "texts")
    return editor(resources.renderer, page, tenant, desk, place)


@post("/staff/texts", access=EDIT)
async def save(
    request: Request[Any, Any, Any],
    visit: Visit,
    session: TenantSession,
    tenant: Tenant,
    page: Page,
    resources: Resources,
    directory: Directory,
) -> Response[Any]:
    """Keep what was typed as the draft; `do` publishes it too. For htmx, which asks while somebody types, the preview
    alone."""
    typed = await fields(request)
    place = _place(typed, tenant, page)
    desk = await editions.read(session, "texts")
    wording, seen = from_document(desk.content), number_in(typed, "seen")
    changed, wrong = form.read(typed, place, wording, brand_of(tenant), page.locale)
    if wrong:
        return editor(resources.renderer, page, tenant, desk, place, typed=typed, errors=wrong)
    try:
        if is_new := changed != wording:
            seen = await editions.save(session, "texts", to_document(changed), by=visit.person_id, seen=seen)
        if typed.get("do") == "publish" and not page.fragment and (is_new or desk.draft):
            await editions.publish(session, "texts", by=visit.person_id, seen=seen, request_id=visit.request_id)
    except ChangedMeanwhile as overtaken:
        return editor(resources.renderer, page, tenant, desk, place, typed=typed, overtaken=overtaken)
    if page.fragment:
        return editor(resources.renderer, page, tenant, await editions.read(session, "texts"), place, typed=typed)
    return await _back(session, directory, place)


@post("/staff/texts/discard", access=EDIT)
async def discard(
    request: Request[Any, Any, Any],
    visit: Visit,
    session: TenantSession,
    tenant: Tenant,
    page: Page,
    resources: Resources,
    directory: Directory,
) -> Response[Any]:
    """The draft goes; what is published stays."""
    typed = await fields(request)
    place = _place(typed, tenant, page)
    try:
        await editions.discard(session, "texts", by=visit.person_id, seen=number_in(typed, "seen"))
    except ChangedMeanwhile as overtaken:
        return await _overtaken(session, resources, page, tenant, place, overtaken)
    return await _back(session, directory, place)


@post("/staff/texts/restore", access=EDIT)
async def restore(
    request: Request[Any, Any, Any],
    visit: Visit,
    session: TenantSession,
    tenant: Tenant,
    page: Page,
    resources: Resources,
    directory: Directory,
) -> Response[Any]:
    """An earlier edition is published again: undo, and bring back."""
    typed = await fields(request)
    place, number, seen = _place(typed, tenant, page), number_in(typed, "number"), number_in(typed, "seen")
    try:
        await editions.restore(session, "texts", number, by=visit.person_id, seen=seen, request_id=visit.request_id)
    except ChangedMeanwhile as overtaken:
        return await _overtaken(session, resources, page, tenant, place, overtaken)
    return await _back(session, directory, place)


@get("/staff/texts/preview", access=EDIT)
async def preview(
    request: Request[Any, Any, Any],
    visit: Visit,
    session: TenantSession,
    tenant: Tenant,
    page: Page,
    resources: Resources,
    about: str = "",
    language: str = "",
) -> Response[str]:
    """The mail with sample figures, or the sign-in, in the draft's words: for the editor's frame."""
    place = Place.asked(about, language, reader=page.locale, home=tenant.language)
    wording = from_document((await editions.read(session, "texts")).content)
    if place.group.key == PORTAL:
        brand = brand_of(tenant)
        alone = {"visit": None, "notes": (), "wording": wording, "stylesheet": brand.stylesheet_address}  # no script
        html = resources.renderer.render("accounts/sign_in.html", {**page.common, **alone}, brand, place.locale)
        html = html.replace(" autofocus", "")
        policy = FRAMED
    else:
        origin = str(request.base_url).rstrip("/")
        html = mail_of(resources.renderer, tenant, place, wording, origin=origin).html
        policy = MAIL_FRAMED
    return Response(html, media_type=MediaType.HTML, headers={"content-security-policy": policy})


async def _overtaken(
    session: TenantSession, resources: Resources, page: Page, tenant: Tenant, place: Place, overtaken: ChangedMeanwhile
) -> Response[Any]:
    desk = await editions.read(session, "texts")
    return editor(resources.renderer, page, tenant, desk, place, overtaken=overtaken)


async def _back(session: TenantSession, directory: Directory, place: Place) -> Redirect:
    """To the editor, where what may have been published is said already."""
    await session.finish()
    directory.forget()
    return Redirect(link("staff_texts", about=place.group.key, language=place.language), status_code=303)


def _place(typed: Mapping[str, str], tenant: Tenant, page: Page) -> Place:
    return Place.asked(typed.get("about", ""), typed.get("language", ""), reader=page.locale, home=tenant.language)


ROUTES = [show, save, discard, restore, preview]

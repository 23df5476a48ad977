"""The pages of the tenant's own words: kept as a draft, looked at in a mail or at the sign-in, published, undone."""

from collections.abc import Mapping
from typing import Any

from litestar import MediaType, Request, Response, get, post
from litestar.response import Redirect

from portico_portal.editing import EDIT, Editing, editing_of
from portico_portal.resources import Resources
from portico_portal.texts import form
from portico_portal.texts.form import Place
from portico_portal.texts.show import editor, mail_of
from portico_portal.web.frames import FRAMED, MAIL_FRAMED
from portico_tenants import editions
from portico_tenants.editions import ChangedMeanwhile
from portico_tenants.people.visit import Visit
from portico_tenants.session import TenantSession
from portico_tenants.tenant import Tenant
from portico_themes.branding import brand_of
from portico_themes.links import link
from portico_themes.page import Page
from portico_themes.wording import from_document, to_document
from portico_themes.wording_list import PORTAL

EDITING = editing_of("texts")


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


@post("/staff/texts", access=EDIT, dependencies=EDITING)
async def save(visit: Visit, editing: Editing, tenant: Tenant, page: Page, resources: Resources) -> Response[Any]:
    """Keep what was typed as the draft; `do` publishes it too. For htmx, which asks while somebody types, the preview
    alone."""
    typed, desk = await editing.typed(), await editing.desk()
    place, wording = _place(typed, tenant, page), from_document(desk.content)
    changed, wrong = form.read(typed, place, wording, brand_of(tenant), page.locale)
    if wrong:
        return editor(resources.renderer, page, tenant, desk, place, typed=typed, errors=wrong)
    try:
        document = to_document(changed) if changed != wording else None
        await editing.keep(desk, document, is_typing=page.fragment)
    except ChangedMeanwhile as overtaken:
        return editor(resources.renderer, page, tenant, desk, place, typed=typed, overtaken=overtaken)
    if page.fragment:
        return editor(resources.renderer, page, tenant, await editing.desk(), place, typed=typed)
    return await _back(editing, place)


@post("/staff/texts/discard", access=EDIT, dependencies=EDITING)
async def discard(visit: Visit, editing: Editing, tenant: Tenant, page: Page, resources: Resources) -> Response[Any]:
    """The draft goes; what is published stays."""
    place = _place(await editing.typed(), tenant, page)
    try:
        await editing.discard()
    except ChangedMeanwhile as overtaken:
        return editor(resources.renderer, page, tenant, await editing.desk(), place, overtaken=overtaken)
    return await _back(editing, place)


@post("/staff/texts/restore", access=EDIT, dependencies=EDITING)
async def restore(visit: Visit, editing: Editing, tenant: Tenant, page: Page, resources: Resources) -> Response[Any]:
    """An earlier edition is published again: undo, and bring back."""
    place = _place(await editing.typed(), tenant, page)
    try:
        await editing.restore()
    except ChangedMeanwhile as overtaken:
        return editor(resources.renderer, page, tenant, await editing.desk(), place, overtaken=overtaken)
    return await _back(editing, place)


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


async def _back(editing: Editing, place: Place) -> Redirect:
    return await editing.back(link("staff_texts", about=place.group.key, language=place.language))


def _place(typed: Mapping[str, str], tenant: Tenant, page: Page) -> Place:
    return Place.asked(typed.get("about", ""), typed.get("language", ""), reader=page.locale, home=tenant.language)


ROUTES = [show, save, discard, restore, preview]

"""The brand editor's pages: a draft that is kept, looked at on real pages, published, undone."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from litestar import MediaType, Request, Response, get, post

from portico_core.errors import Invalid
from portico_portal.brand import form, logos, show
from portico_portal.editing import EDIT, Editing, editing_of
from portico_portal.resources import Resources
from portico_portal.web.frames import FRAMED, MAIL_FRAMED
from portico_tenants import editions
from portico_tenants.editions import ChangedMeanwhile
from portico_tenants.people.visit import Visit
from portico_tenants.session import Database, TenantSession
from portico_tenants.tenant import Tenant
from portico_themes.branding import Brand, completed, stylesheet, to_document
from portico_themes.images import StoredImage
from portico_themes.links import link
from portico_themes.page import Page
from portico_themes.preview.draft import sample_page

EDITING = editing_of("brand")


@get("/staff/brand", access=EDIT)
async def editor(visit: Visit, session: TenantSession, tenant: Tenant, page: Page, view: str = "home") -> Response[Any]:
    """The editor, with the draft where there is one."""
    desk = await editions.read(session, "brand")
    return await show.editor(session, page, desk, completed(tenant, desk.content), view=view)


@post("/staff/brand", access=EDIT, dependencies=EDITING, uploads=True, request_max_body_size=logos.LARGEST_FORM)
async def save(
    request: Request[Any, Any, Any],
    visit: Visit,
    editing: Editing,
    session: TenantSession,
    tenant: Tenant,
    page: Page,
    database: Database,
) -> Response[Any]:
    """Keep what was typed as the draft; `do` publishes it too. For htmx, while somebody types, the preview."""
    await session.finish()  # pictures are decoded one at a time: nobody waits for that with a connection in hand
    uploaded, refused = await logos.taken(await request.form())
    async with database.tenant_session(tenant) as session:
        return await _keep(replace(editing, session=session), tenant, page, uploaded, refused)


async def _keep(
    editing: Editing, tenant: Tenant, page: Page, uploaded: Mapping[str, StoredImage], refused: Mapping[str, str]
) -> Response[Any]:
    session, typed, desk = editing.session, await editing.typed(), await editing.desk()
    brand, view = completed(tenant, desk.content), typed.get("view", "home")
    # a page that comes back has lost the files, the one that stays while somebody types has them still
    lost = {field: logos.CHOOSE_AGAIN for field in logos.KINDS if field in uploaded and not page.fragment}
    try:
        changed = logos.applied(_read(typed, brand, refused), uploaded, typed, desk.published)
        await logos.keep(session, uploaded)
        document = _document(tenant, changed, desk.content) if changed != brand else None
        await editing.keep(desk, document, is_typing=page.fragment)
    except Invalid as wrong:
        return await show.editor(session, page, desk, brand, view=view, typed=typed, errors=lost | wrong.fields)
    except ChangedMeanwhile as overtaken:
        return await show.editor(session, page, desk, brand, view=view, typed=typed, errors=lost, overtaken=overtaken)
    if page.fragment:
        answer = await show.editor(session, page, await editing.desk(), changed, view=view)
        if uploaded:
            answer.headers["hx-refresh"] = "true"  # the new logo stands in the form too, with the colours it proposes
        return answer
    return await editing.back(link("staff_brand", view="" if view == "home" else view))


@post("/staff/brand/discard", access=EDIT, dependencies=EDITING)
async def discard(visit: Visit, editing: Editing, tenant: Tenant, page: Page) -> Response[Any]:
    """The draft goes; what is published stays."""
    try:
        await editing.discard()
    except ChangedMeanwhile as overtaken:
        return await _overtaken(editing, tenant, page, overtaken)
    return await editing.back(link("staff_brand"))


@post("/staff/brand/restore", access=EDIT, dependencies=EDITING)
async def restore(visit: Visit, editing: Editing, tenant: Tenant, page: Page) -> Response[Any]:
    """An earlier edition is published again: undo, and bring back."""
    try:
        await editing.restore()
    except ChangedMeanwhile as overtaken:
        return await _overtaken(editing, tenant, page, overtaken)
    return await editing.back(link("staff_brand"))


@get("/staff/brand/preview", access=EDIT)
async def preview(
    request: Request[Any, Any, Any],
    visit: Visit,
    session: TenantSession,
    tenant: Tenant,
    page: Page,
    resources: Resources,
    view: str = "home",
    theme: str = "light",
) -> Response[str]:
    """A page of the portal with sample figures in the draft's brand, for the editor's frames."""
    brand = await _edited(session, tenant)
    html = sample_page(
        resources.renderer,
        view,
        brand,
        page.locale,
        "dark" if theme == "dark" else "light",
        currency=tenant.base_currency,
        stylesheet=link("staff_brand_colours", v=stylesheet(brand).address[-16:-4]),
        origin=str(request.base_url).rstrip("/"),
        common={name: value for name, value in page.common.items() if name in ("wording", "csrf_token")},
    )
    policy = MAIL_FRAMED if view == "mail" else FRAMED
    return Response(html, media_type=MediaType.HTML, headers={"content-security-policy": policy})


@get("/staff/brand/preview.css", access=EDIT)
async def colours(visit: Visit, session: TenantSession, tenant: Tenant) -> Response[bytes]:
    """The draft's stylesheet."""
    sheet = stylesheet(await _edited(session, tenant))
    return Response(sheet.body, media_type="text/css; charset=utf-8")


async def _edited(session: TenantSession, tenant: Tenant) -> Brand:
    return completed(tenant, (await editions.read(session, "brand")).content)


async def _overtaken(editing: Editing, tenant: Tenant, page: Page, overtaken: ChangedMeanwhile) -> Response[Any]:
    desk = await editing.desk()
    brand = completed(tenant, desk.content)
    return await show.editor(editing.session, page, desk, brand, view="home", overtaken=overtaken)


def _document(tenant: Tenant, brand: Brand, before: Mapping[str, Any]) -> dict[str, Any]:
    """For the tenant's row, without what stands in for something that nobody set."""
    document = to_document(brand)
    standing_in = to_document(completed(tenant, {}))
    return {name: value for name, value in document.items() if name in before or standing_in.get(name) != value}


def _read(typed: Mapping[str, str], brand: Brand, refused: Mapping[str, str]) -> Brand:
    """The brand with what was typed. Raises Invalid with all that is wrong, of what was typed and of the logos."""
    try:
        changed = form.read(_with_proposal(typed), brand)
    except Invalid as wrong:
        raise Invalid("", {**refused, **wrong.fields}) from wrong
    if refused:
        raise Invalid("", refused)
    return changed


def _with_proposal(typed: Mapping[str, str]) -> Mapping[str, str]:
    """A press on a colour of the logo ("primary #1f4e79") goes before what its field holds."""
    field, _, colour = typed.get("use", "").partition(" ")
    return {**typed, field: colour, f"{field}_was": ""} if field in form.COLOURS else typed


ROUTES = [editor, save, discard, restore, preview, colours]

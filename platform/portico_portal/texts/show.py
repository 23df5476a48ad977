"""What the editor of texts shows: the fields of a group, how they read in a mail, what is not published yet."""

from collections.abc import Mapping
from typing import Any

from litestar import Response

from portico_portal.editing import is_just_published, is_undone
from portico_portal.texts import form
from portico_portal.texts.form import OFFERED, Place
from portico_portal.web.frames import WITH_FRAMES
from portico_tenants.editions import ChangedMeanwhile, Desk
from portico_tenants.mails import Mail
from portico_tenants.tenant import Tenant
from portico_themes.branding import brand_of
from portico_themes.links import link
from portico_themes.page import Page
from portico_themes.preview.letters import letter
from portico_themes.render import Renderer
from portico_themes.texts import LANGUAGES
from portico_themes.wording import Wording, from_document
from portico_themes.wording_list import MAILS, PORTAL

SHOWN_PAST = 6
NAMES = {"en": "English", "de": "Deutsch"}


def editor(
    renderer: Renderer,
    page: Page,
    tenant: Tenant,
    desk: Desk,
    place: Place,
    *,
    typed: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
    overtaken: ChangedMeanwhile | None = None,
) -> Response[Any]:
    """The page, or for htmx its preview alone; `typed` and `errors` are of a form that came back.

    After somebody else's change the form says whose, and holds what was typed: sent once more, it is meant so.
    """
    brand, wording = brand_of(tenant), from_document(desk.content)
    answer = page(
        "staff/_texts_view.html" if page.fragment else "staff/texts.html",
        status=422 if errors else 409 if overtaken else 200,
        about=place.group.key,
        groups=[(key, group.label) for key, group in OFFERED.items()],
        languages=[(code, NAMES[code]) for code in LANGUAGES],
        language=place.language,
        hint=place.group.hint,
        fields=form.fields_of(place, wording, brand, typed),
        placeholders=form.placeholders(place, brand),
        errors=errors or {},
        overtaken=overtaken,
        desk=desk,
        past=desk.past[1:SHOWN_PAST],
        waiting=form.changed(from_document(desk.published).texts, wording.texts) if desk.draft else 0,
        mail=None if place.group.key == PORTAL else mail_of(renderer, tenant, place, wording, origin=""),
        frame=link("staff_texts_preview", about=place.group.key, language=place.language, v=desk.seen),
        fragment=page.fragment,
        published=is_just_published(desk),
        undone=is_undone(desk),
    )
    answer.headers["content-security-policy"] = WITH_FRAMES
    return answer


def mail_of(renderer: Renderer, tenant: Tenant, place: Place, wording: Wording, *, origin: str) -> Mail:
    """The group's mail with sample figures; of all mails the receipt. `origin` is where its mark is fetched from."""
    kind = "receipt" if place.group.key == MAILS else place.group.key
    slug = "quince" if tenant.base_currency == "EUR" else "stanmoor"
    where = origin or f"https://{tenant.host}"
    return letter(kind, slug, renderer, brand_of(tenant), place.locale, wording, where)

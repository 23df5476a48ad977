"""What the brand editor shows: the draft, whether it can be read, colours from the logo, earlier editions."""

from collections.abc import Mapping
from typing import Any

from litestar import Response

from portico_portal.brand import form, logos
from portico_portal.editing import is_just_published, is_undone
from portico_portal.web.frames import WITH_FRAMES
from portico_tenants.editions import ChangedMeanwhile, Desk
from portico_tenants.session import TenantSession
from portico_themes import legibility
from portico_themes.branding import Brand
from portico_themes.links import link
from portico_themes.page import Page
from portico_themes.palette import derive
from portico_themes.preview.draft import VIEWS


async def editor(
    session: TenantSession,
    page: Page,
    desk: Desk,
    brand: Brand,
    *,
    view: str,
    typed: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
    overtaken: ChangedMeanwhile | None = None,
) -> Response[Any]:
    """The page, or for htmx its preview alone. `brand` is the draft's; `typed` and `errors` are of a form sent before.

    After somebody else's change the form says whose, and holds what was typed: sent once more, it is meant so.
    """
    shown = view if view in VIEWS else "home"
    answer = page(
        "staff/_brand_view.html" if page.fragment else "staff/brand.html",
        status=(422 if page.fragment else 409) if overtaken else 422 if errors else 200,
        values=form.shown(brand) | dict(typed or {}),
        errors={field: page.text(sentence) for field, sentence in (errors or {}).items()},
        fragment=page.fragment,
        overtaken=overtaken,
        desk=desk,
        edited=brand,
        report=legibility.report(brand),
        proposals=() if page.fragment else await logos.colours(session, brand),
        greys=_greys(brand),
        view=shown,
        views=VIEWS,
        frames={
            theme: link("staff_brand_preview", view=shown, theme=theme, v=desk.seen)
            # a mail has the theme that the reader's mail program gives it
            for theme in (("light", "dark") if shown != "mail" else ("light",))
        },
        published=is_just_published(desk),
        undone=is_undone(desk),
    )
    answer.headers["content-security-policy"] = WITH_FRAMES
    return answer


def _greys(brand: Brand) -> dict[str, tuple[str, ...]]:
    """Three shades of each temperature."""
    palettes = {each: derive(brand.primary, brand.accent, each, brand.header).light for each in form.TEMPERATURES}
    return {each: tuple(light[name] for name in ("line", "edge", "ink-2")) for each, light in palettes.items()}

"""The list of previewed pages: name, template, and the context its head comment asks for."""

from dataclasses import dataclass
from typing import Any

from portico_themes.branding import Brand
from portico_themes.brands import seeded_brands
from portico_themes.preview.behind import operator_context
from portico_themes.preview.brand import brand_pages, framed_pages
from portico_themes.preview.components import components
from portico_themes.preview.customer import customer_pages
from portico_themes.preview.door import door_pages
from portico_themes.preview.samples import shell
from portico_themes.preview.staff import staff_pages


@dataclass(frozen=True, slots=True)
class Page:
    """One file of the preview. `brand` is None where the page belongs to no tenant."""

    name: str
    template: str
    context: dict[str, Any]
    brand: Brand | None


def pages(slug: str, language: str) -> list[Page]:
    """All pages of a seeded brand in a language."""
    ours = seeded_brands()[slug].brand
    found = [
        Page(name, template, {**shell(slug, language), **context}, ours)
        for name, template, context in (
            *door_pages(slug),
            *customer_pages(slug, language),
            *staff_pages(slug, language),
            *brand_pages(slug),
            ("design", "design.html", components(slug)),
        )
    ]
    framed = [Page(*entry) for entry in framed_pages(slug, language)]
    errors = [
        Page(f"error-{name}", f"errors/{name}.html", {"sentence": "", "request_id": "3f9a2b70"}, ours)
        for name in ("403", "404", "410", "413", "429", "500", "503", "busy", "refused", "suspended", "updating")
    ]
    stale = {"csrf_token": "token", "action": "/members/invite", "typed": (("email", "pat@ashdown.example"),)}
    errors.append(Page("error-send-again", "errors/send_again.html", stale, ours))
    neutral = [
        Page("operator", "operator/tenants.html", operator_context(), None),
        Page("operator-sign-in", "operator/sign_in.html", {"problem": "That is not the operator's token."}, None),
        Page("error-unknown-host", "errors/unknown_host.html", {}, None),
    ]
    return found + framed + errors + neutral

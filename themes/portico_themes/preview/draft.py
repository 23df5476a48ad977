"""A page of the portal with sample figures, in a brand that is not published yet: what the brand editor shows."""

from collections.abc import Mapping
from typing import Any, Literal

from portico_themes.branding import Brand
from portico_themes.mails import compose
from portico_themes.preview.customer import customer_pages
from portico_themes.preview.payments import payment_context
from portico_themes.preview.samples import SAMPLES, shell
from portico_themes.render import Renderer
from portico_themes.texts import N_

Theme = Literal["light", "dark"]
BY_DEVICE = 'media="(prefers-color-scheme: dark)"'
VIEWS = {"home": N_("Home"), "sign-in": N_("Sign-in"), "invoice": N_("Invoice"), "mail": N_("Mail")}


def sample_page(
    renderer: Renderer,
    view: str,
    brand: Brand,
    locale: str,
    theme: Theme,
    *,
    currency: str,
    stylesheet: str,
    origin: str,
    common: Mapping[str, Any],
) -> str:
    """One of VIEWS as HTML; another word is Home. `stylesheet` is the address of the brand's colours, `origin` the
    portal's own, and `common` what else every page is given."""
    sample = SAMPLES["quince" if currency == "EUR" else "stanmoor"]
    if view == "mail":
        about = payment_context(sample, "succeeded", language=locale)
        return compose(
            renderer,
            "receipt",
            recipient=sample.mail,
            brand=brand,
            locale=locale,
            zone=sample.zone,
            url=f"{origin}/payments/1",
            name=sample.person,
            payment=about["payment"],
            allocations=about["allocations"],
            **{name: common[name] for name in ("wording",) if name in common},
        ).html
    template, context = framed(sample.slug, view, locale[:2], theme, stylesheet)
    html = renderer.render(template, {**context, **common}, brand, locale)
    return html.replace(BY_DEVICE, 'media="all"' if theme == "dark" else 'media="not all"')


def framed(slug: str, view: str, language: str, theme: Theme, stylesheet: str) -> tuple[str, dict[str, Any]]:
    """Template and context of a view that is no mail."""
    shown = {"colour_scheme": theme, "stylesheet": stylesheet}
    if view == "sign-in":
        return "accounts/sign_in.html", shown
    pages = {name: (template, context) for name, template, context in customer_pages(slug, language)}
    template, context = pages["invoice" if view == "invoice" else "home"]
    return template, {**shell(slug, language), **context, **shown}

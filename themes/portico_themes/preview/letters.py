"""Every mail of the preview."""

from typing import Any

from portico_tenants.mails import Mail
from portico_themes.branding import Brand
from portico_themes.mails import compose
from portico_themes.preview.payments import payment_context
from portico_themes.preview.samples import NOW, SAMPLES, Sample
from portico_themes.render import Renderer
from portico_themes.wording import Wording


def mails(
    slug: str, renderer: Renderer, brand: Brand, locale: str, wording: Wording | None = None
) -> list[tuple[str, Mail]]:
    """Each kind once."""
    return [
        (kind, letter(kind, slug, renderer, brand, locale, wording, origin_of(slug)))
        for kind in _contexts(SAMPLES[slug], locale)
    ]


def origin_of(slug: str) -> str:
    """Where the portal of a sample stands."""
    return f"https://{slug}.example"


def letter(
    kind: str, slug: str, renderer: Renderer, brand: Brand, locale: str, wording: Wording | None, origin: str
) -> Mail:
    """A mail of a kind, about a sample's figures."""
    sample = SAMPLES[slug]
    return compose(
        renderer,
        kind,
        recipient=sample.mail,
        brand=brand,
        locale=locale,
        zone=sample.zone,
        wording=wording,
        url=f"{origin}/payments/1",
        **_contexts(sample, locale)[kind],
    )


def _contexts(sample: Sample, language: str) -> dict[str, dict[str, Any]]:
    def about(state: str) -> dict[str, Any]:
        context = payment_context(sample, state, language=language)
        return {"name": sample.person, "payment": context["payment"], "allocations": context["allocations"]}

    return {
        "invitation": {
            "name": "Tom Marsden",
            "inviter": sample.person,
            "place": sample.customer,
            "expires_at": NOW,
        },
        "reset": {"name": sample.person, "expires_at": NOW},
        "sign_in_link": {"name": sample.person, "expires_at": NOW},
        "receipt": about("succeeded"),
        "debit_on_its_way": about("processing"),
        "debit_refused": about("failed"),
        "sync_needs_you": {
            "name": "Ruth Oyelaran",
            "why": "NetSuite refused the sign-in; see its Login Audit Trail",
            "since": NOW,
        },
    }

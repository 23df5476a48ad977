"""Every mail of the preview."""

from typing import Any

from portico_tenants.mails import Mail
from portico_themes.branding import Brand
from portico_themes.mails import compose
from portico_themes.preview.payments import payment_context
from portico_themes.preview.samples import NOW, SAMPLES
from portico_themes.render import Renderer
from portico_themes.wording import Wording


def mails(
    slug: str, renderer: Renderer, brand: Brand, locale: str, wording: Wording | None = None
) -> list[tuple[str, Mail]]:
    """Each kind once."""
    sample = SAMPLES[slug]

    def about(state: str) -> dict[str, Any]:
        context = payment_context(sample, state)
        return {"name": sample.person, "payment": context["payment"], "allocations": context["allocations"]}

    kinds: dict[str, dict[str, Any]] = {
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
        "sync_needs_you": {"name": "Ruth Oyelaran", "why": "NetSuite refuses the key since 05:32.", "since": NOW},
    }
    return [
        (
            kind,
            compose(
                renderer,
                kind,
                recipient=sample.mail,
                brand=brand,
                locale=locale,
                zone=sample.zone,
                wording=wording,
                url=f"https://{slug}.example/payments/1",
                **context,
            ),
        )
        for kind, context in kinds.items()
    ]

"""The editor of texts in the preview: a mail with words of its own, the pages with ours, something refused."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

from portico_themes.brands import seeded_brands
from portico_themes.preview.brand import TEXTS_FRAMED
from portico_themes.preview.letters import letter, origin_of
from portico_themes.preview.samples import NOW
from portico_themes.render import Renderer
from portico_themes.texts import locale_for
from portico_themes.wording import Wording, fault_of, standing
from portico_themes.wording_list import GROUPS, PLACEHOLDERS, TEXTS, Group

Entry = tuple[str, str, dict[str, Any]]
FRAMED = "framed"
OWN = Wording(
    {
        "en.receipt.subject": "Thank you: {amount} paid to {company}",
        "en.receipt.opening": "Dear {name},\n\nyour payment {payment} has arrived, and these invoices are closed.",
        "de.receipt.subject": "Vielen Dank: {amount} an {company} bezahlt",
        "de.receipt.opening": "Guten Tag {name},\n\nIhre Zahlung {payment} ist eingegangen, diese Rechnungen sind zu.",
    }
)


def texts_pages(slug: str, language: str) -> list[Entry]:
    """Staff pages; in their frames what these files have: the mail beside them, or the page to sign in."""
    groups = {group.key: group for group in GROUPS if group.is_sent}
    ours, refused = groups["portal"], groups["reset"]
    typed = {"reset.subject": "{Firma}: neues Passwort"}
    fault = fault_of(typed["reset.subject"], TEXTS["reset.subject"])
    wrong = {"reset-subject": fault.told(language)} if fault else {}
    return [
        ("staff-texts", "staff/texts.html", {**_page(slug, language, groups["receipt"], OWN), "waiting": 2}),
        ("staff-texts-ours", "staff/texts.html", {**_page(slug, language, ours, Wording()), "published": True}),
        (
            "staff-texts-refused",
            "staff/texts.html",
            {**_page(slug, language, refused, Wording(), typed), "errors": wrong},
        ),
    ]


def _page(
    slug: str, language: str, group: Group, wording: Wording, typed: dict[str, str] | None = None
) -> dict[str, Any]:
    brand, locale = seeded_brands()[slug].brand, locale_for([language], "en")
    draft = SimpleNamespace(number=7, made_at=NOW, by="Ruth Oyelaran") if wording.texts else None
    past = [
        SimpleNamespace(number=number, published_at=NOW - timedelta(days=3 * age), by="Ruth Oyelaran" if age else "")
        for age, number in enumerate((6, 4, 2))
    ]
    fields = [
        SimpleNamespace(
            name=text.key.replace(".", "-"),
            label=text.label,
            hint=text.hint,
            value=(typed or {}).get(text.key) or wording.of(language, text.key) or ours,
            ours=ours,
            is_own=bool(wording.of(language, text.key)),
            is_long=text.is_long,
            longest=text.longest,
        )
        for text in group.texts
        for ours in [standing(text.key, Wording(), brand, locale)]
    ]
    names = dict.fromkeys(name for text in group.texts for name in text.names)
    is_mail = group.key != "portal"
    return {
        "about": group.key,
        "groups": [(each.key, each.label) for each in GROUPS if each.is_sent],
        "languages": [("en", "English"), ("de", "Deutsch")],
        "language": language,
        "hint": group.hint,
        "fields": fields,
        "placeholders": [(f"{{{name}}}", PLACEHOLDERS[name]) for name in names],
        "overtaken": None,
        "desk": SimpleNamespace(seen=7, draft=draft, before=past[1], past=past),
        "past": past[1:],
        "waiting": 0,
        "mail": letter(group.key, slug, Renderer(), brand, locale, wording, origin_of(slug)) if is_mail else None,
        "frame": f"{FRAMED}/{group.key}.html" if is_mail else f"{TEXTS_FRAMED}.html",
        "fragment": False,
        "published": False,
        "undone": False,
    }

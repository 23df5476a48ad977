"""Mails in the tenant's brand: one text template whose first line is the subject, one HTML template, the same words.

Styles are written into the elements, colours are the light ones of the brand; nothing names the platform.
"""

from collections.abc import Mapping
from typing import Any, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from portico_tenants.mails import Mail
from portico_themes.branding import RADII, Brand
from portico_themes.formats import formats_of
from portico_themes.images import fitted
from portico_themes.links import link
from portico_themes.render import Renderer
from portico_themes.wording import Wording, of_brand, say
from portico_themes.wording_list import CLOSING, KINDS, PARTS

Kind = Literal["invitation", "reset", "sign_in_link", "receipt", "debit_on_its_way", "debit_refused", "sync_needs_you"]
MAIL_SANS = "system-ui,-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif"
ANY_WORD = "overflow-wrap:anywhere;word-break:break-word"  # a word that is longer than its line; each for some programs
MAIL_SERIF = "Georgia,'Times New Roman',serif"
MARK_HEIGHT, MARK_WIDEST = 36, 160  # px


def compose(
    renderer: Renderer,
    kind: Kind | str,
    *,
    recipient: str,
    brand: Brand,
    locale: str,
    zone: str,
    url: str,
    wording: Wording | None = None,
    **context: Any,
) -> Mail:
    """A mail of a kind. What `context` must hold stands at the top of mails/<kind>.txt; `url` is its one button.

    `wording` has the tenant's own words; mails to its staff (sync_needs_you) are said in ours.
    """
    parts = urlsplit(url)
    origin = f"{parts.scheme}://{parts.netloc}"
    own = wording or Wording()
    told = {"portal": parts.hostname or "", **of_brand(brand, own, locale), **_told(locale, zone, context)}
    values = {
        **context,
        "wording": own,
        "words": _words(kind, own, brand, locale, told),
        "url": url,
        "zone": zone,
        "origin": origin,
        "mark_url": origin + link("brand_file", file=brand.mark) if brand.mark else "",
        "mark_size": fitted(brand.mark, MARK_HEIGHT, MARK_WIDEST),
        "style": styles_of(brand),
        "colour": brand.palette.light,
        "dark": brand.palette.dark,
    }
    text = renderer.render(f"mails/{kind}.txt", values, brand, locale)
    subject, _, plain = text.lstrip().partition("\n")
    html = renderer.render(f"mails/{kind}.html", {**values, "subject": subject}, brand, locale)
    return Mail(
        recipient=recipient,
        sender_name=brand.mail_sender_name or brand.name,
        sender_address=brand.sender_address or f"no-reply@{parts.hostname}",
        reply_to=brand.reply_to,
        subject=" ".join(subject.split()),
        html=html,
        plain=_tidied(plain),
    )


def _words(kind: str, wording: Wording, brand: Brand, locale: str, told: Mapping[str, str]) -> dict[str, str]:
    """subject, headline, opening and closing of a kind; of mails that are ours alone only the closing."""
    if kind not in KINDS:
        return {"closing": say(CLOSING.key, Wording(), brand, locale, told)}
    return {part: say(f"{kind}.{part}", wording, brand, locale, told) for part in PARTS}


def _told(locale: str, zone: str, context: Mapping[str, Any]) -> dict[str, str]:
    """What the words of a mail may name, as the reader writes it."""
    told = {name: context[name] for name in ("name", "inviter", "place") if context.get(name)}
    payment, formats = context.get("payment"), formats_of(locale)
    if payment is not None:
        told |= {"amount": formats.money_of(payment.amount), "payment": payment.number}
        if payment.settled_at is not None:
            told["day"] = formats.day_in_words(payment.settled_at.astimezone(ZoneInfo(zone)).date())
    return told


def styles_of(brand: Brand) -> dict[str, str]:
    """What stands in the style attributes, by the part of the mail that it dresses."""
    tokens = brand.palette.light
    _, button, card = RADII[brand.radius]
    head = MAIL_SERIF if brand.type == "editorial" else MAIL_SANS
    weight = brand.pairing.weight
    text = f"font-family:{MAIL_SANS};font-size:16px;line-height:1.55;color:{tokens['ink']};{ANY_WORD}"
    line = f"border-bottom:1px solid {tokens['line']}"
    return {
        "page": f"margin:0;padding:0;background:{tokens['canvas']};{text}",
        "card": f"width:100%;max-width:600px;background:{tokens['surface']};border:1px solid {tokens['line']};"
        f"border-radius:{card}px;border-collapse:separate;overflow:hidden",
        "top": f"padding:24px 32px;border-bottom:3px solid {tokens['brand-mark']}",
        "name": f"font-family:{head};font-size:20px;font-weight:{weight};color:{tokens['ink']};text-decoration:none",
        "in": "padding:32px",
        "h1": f"margin:0 0 8px;font-family:{head};font-size:28px;line-height:1.2;font-weight:{weight};"
        f"text-wrap:balance;color:{tokens['ink']};{ANY_WORD}",
        "p": f"margin:0 0 16px;{text}",
        "small": f"margin:0 0 6px;font-family:{MAIL_SANS};font-size:14px;line-height:1.5;color:{tokens['ink-2']};"
        f"{ANY_WORD}",
        "link": f"color:{tokens['brand-ink']}",
        "go": f"display:inline-block;padding:13px 22px;background:{tokens['brand-fill']};color:{tokens['on-brand']};"
        f"border:1px solid {tokens['brand-edge']};border-radius:{button}px;font-family:{MAIL_SANS};font-size:16px;"
        "font-weight:600;text-decoration:none",
        "table": "width:100%;margin:24px 0;border-collapse:collapse",
        "th": f"padding:10px 0;{line};text-align:left;font-family:{MAIL_SANS};font-size:14px;font-weight:600;"
        f"color:{tokens['ink-2']}",
        "th_num": f"padding:10px 0;{line};text-align:right;font-family:{MAIL_SANS};font-size:14px;font-weight:600;"
        f"color:{tokens['ink-2']}",
        "td": f"padding:10px 0;{line};text-align:left;{text};font-weight:600",
        "td_num": f"padding:10px 0;{line};text-align:right;{text}",
        "sum": f"padding:10px 0;border-top:2px solid {tokens['ink']};text-align:left;{text};font-weight:600",
        "sum_num": f"padding:10px 0;border-top:2px solid {tokens['ink']};text-align:right;{text};font-weight:600",
        "foot": f"padding:20px 32px 28px;border-top:1px solid {tokens['line']}",
    }


def _tidied(text: str) -> str:
    """Lines without trailing space, at most one empty line between them, no empty ones at the ends."""
    lines: list[str] = []
    for line in text.splitlines():
        bare = line.rstrip()
        if bare or (lines and lines[-1]):
            lines.append(bare)
    return "\n".join(lines).strip("\n") + "\n"

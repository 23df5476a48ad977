"""The brand editor in the preview."""

from datetime import timedelta
from typing import Any

import msgspec

from portico_tenants.editions import Desk, Edition
from portico_themes import legibility, proposals
from portico_themes.branding import Brand
from portico_themes.brands import seeded_brands
from portico_themes.palette import Temperature, derive
from portico_themes.preview.draft import VIEWS, Theme, framed
from portico_themes.preview.samples import NOW, staff_shell

Entry = tuple[str, str, dict[str, Any]]
FRAMED = "staff-brand-framed"
TEXTS_FRAMED = "staff-texts-framed"
VIEW = "home"
THEMES: tuple[Theme, ...] = ("light", "dark")
TEMPERATURES: tuple[Temperature, ...] = ("cool", "neutral", "warm")


def brand_pages(slug: str) -> list[Entry]:
    """As published; a draft that needs mending, in the pale yellow of a third house; forms sent back."""
    seeded, yellow = seeded_brands()[slug], _yellow(slug)
    logo = proposals.from_logo(seeded.files[seeded.brand.mark].body)
    past = tuple(_edition(n, seeded.brand, NOW - timedelta(days=9 * n)) for n in range(3))
    shown = _context(seeded.brand, "published", Desk(published={}, draft=None, past=past)) | {"proposals": logo}
    draft = _edition(9, yellow, None)
    drafted = _context(yellow, "draft", Desk(published={}, draft=draft, past=past)) | {"proposals": ()}
    wrong = {
        "errors": {"mark": "The file is larger than 2 MB.", "primary": "This is not a colour. Write it like #1F4E79."},
        "values": drafted["values"] | {"primary": "yellow"},
    }
    overtaken = {"overtaken": {"by": "Tom Marsden"}}
    pages = {
        "brand": shown | {"published": True},
        "brand-draft": drafted,
        "brand-wrong": drafted | wrong,
        "brand-overtaken": drafted | overtaken,
    }
    return [(f"staff-{name}", "staff/brand.html", {**staff_shell(slug), **context}) for name, context in pages.items()]


def framed_pages(slug: str, language: str) -> list[tuple[str, str, dict[str, Any], Brand]]:
    """What stands in the editors' frames, and in which brand."""
    ours = seeded_brands()[slug].brand
    door = framed(slug, "sign-in", language, "light", ours.stylesheet_address)
    return [
        (TEXTS_FRAMED, *door, msgspec.structs.replace(ours, mark_on_dark="")),
        *(
            (
                f"{FRAMED}-{which}-{theme}",
                *framed(slug, VIEW, language, theme, brand.stylesheet_address),
                _as_on(brand, theme),
            )
            for which, brand in (("published", ours), ("draft", _yellow(slug)))
            for theme in THEMES
        ),
    ]


def _as_on(brand: Brand, theme: Theme) -> Brand:
    """With the mark of the theme that is shown, since pages take the one that the device's own theme asks for."""
    if theme == "dark":
        mark = brand.mark_on_dark or brand.mark
        return msgspec.structs.replace(brand, mark=mark, mark_on_dark=mark)
    return brand if brand.header == "solid" else msgspec.structs.replace(brand, mark_on_dark="")


def _yellow(slug: str) -> Brand:
    """A house that takes another name, has no mark yet and a colour too pale to read."""
    return msgspec.structs.replace(
        seeded_brands()[slug].brand,
        name="Larkspur Giftware",
        word="Larkspur",
        mark="",
        mark_on_dark="",
        primary="#f2b705",
        accent="#3d5a98",
        temperature="neutral",
        type="friendly",
        radius="soft",
        header="plain",
    )


def _edition(number: int, brand: Brand, published_at: Any) -> Edition:
    content = {"primary": brand.primary, "accent": brand.accent}
    by = "" if number == 2 else "Ruth Oyelaran"
    return Edition(number=number, content=content, made_at=NOW, by=by, published_at=published_at)


def _context(brand: Brand, which: str, desk: Desk) -> dict[str, Any]:
    values: dict[str, Any] = {name: getattr(brand, name) for name in Brand.__struct_fields__}
    for name in ("primary", "accent"):
        values[f"{name}_was"] = values[name]
    values |= {
        "address": "\n".join(brand.address),
        "bank": "\n".join(f"{label}: {value}" for label, value in brand.bank),
    }
    greys = {each: derive(brand.primary, brand.accent, each, "plain").light for each in TEMPERATURES}
    return {
        "desk": desk,
        "edited": brand,
        "values": values,
        "errors": {},
        "overtaken": None,
        "fragment": False,
        "report": legibility.report(brand),
        "greys": {each: [light[name] for name in ("line", "edge", "ink-2")] for each, light in greys.items()},
        "view": VIEW,
        "frames": {theme: f"{FRAMED}-{which}-{theme}.html" for theme in THEMES},
        "views": VIEWS,
        "published": False,
        "undone": False,
    }

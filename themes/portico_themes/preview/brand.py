"""The brand editor in the preview."""

from datetime import timedelta
from typing import Any

import msgspec

from portico_tenants.editions import Desk, Edition
from portico_themes import legibility, proposals
from portico_themes.branding import Brand
from portico_themes.brands import seeded_brands
from portico_themes.palette import Temperature, derive
from portico_themes.preview.draft import VIEWS
from portico_themes.preview.samples import NOW, staff_shell

Entry = tuple[str, str, dict[str, Any]]
FRAMED = "staff-brand-framed"  # as in the editor's frames: without a script
TEMPERATURES: tuple[Temperature, ...] = ("cool", "neutral", "warm")


def brand_pages(slug: str) -> list[Entry]:
    """As published; a draft that needs mending, in the pale yellow of a third house; a form sent back."""
    seeded = seeded_brands()[slug]
    yellow = msgspec.structs.replace(
        seeded.brand, name="Larkspur Giftware", word="Larkspur", primary="#f2b705", accent="#3d5a98"
    )
    logo = proposals.from_logo(seeded.files[seeded.brand.mark].body)
    past = tuple(_edition(n, seeded.brand, NOW - timedelta(days=9 * n)) for n in range(3))
    shown = _context(seeded.brand, Desk(published={}, draft=None, past=past)) | {"proposals": logo}
    draft = _edition(9, yellow, None)
    drafted = _context(yellow, Desk(published={}, draft=draft, past=past)) | {"proposals": logo}
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
    editor = [
        (f"staff-{name}", "staff/brand.html", {**staff_shell(slug), **context}) for name, context in pages.items()
    ]
    framed = {"stylesheet": seeded.brand.stylesheet_address, "colour_scheme": "dark"}
    return [*editor, (FRAMED, "accounts/forgot.html", {**framed, "sent": True})]


def _edition(number: int, brand: Brand, published_at: Any) -> Edition:
    content = {"primary": brand.primary, "accent": brand.accent}
    by = "" if number == 2 else "Ruth Oyelaran"
    return Edition(number=number, content=content, made_at=NOW, by=by, published_at=published_at)


def _context(brand: Brand, desk: Desk) -> dict[str, Any]:
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
        "view": "sign-in",
        "frames": {"light": f"{FRAMED}.html", "dark": f"{FRAMED}.html"},
        "views": VIEWS,
        "published": False,
    }

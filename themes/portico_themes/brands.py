"""The two brands of the demo and the tests, with marks drawn here. Names, people and numbers are invented."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import msgspec
from PIL import Image, ImageDraw

from portico_themes.branding import Brand
from portico_themes.images import StoredImage, stored

SIDE = 256
OVER = 4  # drawn this many times larger, then reduced: smooth edges

STANMOOR = Brand(
    name="Stanmoor Fasteners",
    word="Stanmoor",
    legal_line="Stanmoor Fasteners Ltd, Unit 6 Carr Mill Estate, Sheffield S9 2XX",
    address=("Stanmoor Fasteners Ltd", "Unit 6 Carr Mill Estate", "Sheffield S9 2XX"),
    vat_number="GB 000 1907 33",
    bank=(("Sort code", "00-11-22"), ("Account", "1234 5678")),
    desk="Accounts desk",
    phone="01632 960 143",
    hours="Monday to Friday, 7:30 to 17:00",
    email="accounts@stanmoor.example",
    welcome="Bolts, nuts, washers and rod, picked tonight, with you tomorrow.",
    primary="#0b3a75",
    accent="#e87722",
    temperature="cool",
    type="technical",
    radius="square",
    density="compact",
    header="solid",
    mail_sender_name="Stanmoor Accounts",
    mail_sender_address="accounts@stanmoor.example",
)
QUINCE = Brand(
    name="Quince & Barrel",
    legal_line="Quince & Barrel Ltd, 14 Cooper’s Row, Dublin 8",
    address=("Quince & Barrel Ltd", "14 Cooper’s Row", "Dublin 8"),
    vat_number="IE 0004187QH",
    bank=(("IBAN", "IE00 QBAR 9000 0112 3456 78"), ("BIC", "QBARIE00")),
    desk="Office",
    phone="020 915 0142",
    hours="Monday to Saturday, 8:00 to 16:00",
    email="office@quinceandbarrel.example",
    welcome="Wine, oil, cheese and flour from people we visit every year.",
    primary="#7a1f38",
    accent="#6f7d2b",
    temperature="warm",
    type="editorial",
    radius="round",
    density="comfortable",
    header="plain",
    mail_sender_name="Quince & Barrel Accounts",
    mail_sender_address="office@quinceandbarrel.example",
)


@dataclass(frozen=True, slots=True)
class SeededBrand:
    """A brand that names its files, and the files themselves by name."""

    brand: Brand
    files: Mapping[str, StoredImage]


@lru_cache(maxsize=1)
def seeded_brands() -> Mapping[str, SeededBrand]:
    """ "stanmoor" and "quince", marks included."""
    nut = _nut(STANMOOR.primary, "#ffffff", STANMOOR.accent), _nut("#ffffff", STANMOOR.primary, STANMOOR.accent)
    fruit = _fruit(QUINCE.primary, "#fffdf9", QUINCE.accent), _fruit("#c96a83", "#1b1512", "#a3b255")
    return {
        "stanmoor": _with_files(STANMOOR, *nut),
        "quince": _with_files(QUINCE, *fruit),
    }


def _with_files(brand: Brand, light: Image.Image, dark: Image.Image) -> SeededBrand:
    mark, on_dark = stored(light, "mark"), stored(dark, "mark-on-dark")
    favicon = stored(light.resize((64, 64), Image.Resampling.LANCZOS), "favicon")
    named = msgspec.structs.replace(brand, mark=mark.name, mark_on_dark=on_dark.name, favicon=favicon.name)
    return SeededBrand(named, {image.name: image for image in (mark, on_dark, favicon)})


def _nut(body: str, bore: str, accent: str) -> Image.Image:
    """A hexagon nut seen from above, a quarter of its chamfer in the accent."""
    picture, draw, unit = _canvas()
    corners = [(50 + 46 * math.sin(math.radians(60 * n)), 50 - 46 * math.cos(math.radians(60 * n))) for n in range(6)]
    draw.polygon([(x * unit, y * unit) for x, y in corners], fill=body)
    _disc(draw, unit, 50, 50, 25, bore)
    draw.pieslice(_box(unit, 50, 50, 25), 270, 0, fill=accent)
    _disc(draw, unit, 50, 50, 15.5, body)
    _disc(draw, unit, 50, 50, 10.5, bore)
    return _reduced(picture)


def _fruit(body: str, hoop: str, leaf: str) -> Image.Image:
    """A quince with the hoops of a barrel, and a leaf."""
    picture, draw, unit = _canvas()
    _disc(draw, unit, 48, 60, 34, body)
    for centre in (12, 34):
        draw.arc(_box(unit, 48, centre, 44), 53, 127, fill=hoop, width=round(4 * unit))
    blade = Image.new("L", picture.size)
    other = Image.new("L", picture.size)
    ImageDraw.Draw(blade).ellipse(_box(unit, 60, 30, 26), fill=255)
    ImageDraw.Draw(other).ellipse(_box(unit, 80, 2, 26), fill=255)
    both = Image.composite(blade, Image.new("L", picture.size), other)
    picture.paste(leaf, (0, 0), both)
    draw.line([(49 * unit, 27 * unit), (58 * unit, 21 * unit)], fill=leaf, width=round(4 * unit))
    return _reduced(picture)


def _canvas() -> tuple[Image.Image, ImageDraw.ImageDraw, float]:
    picture = Image.new("RGBA", (SIDE * OVER, SIDE * OVER), (0, 0, 0, 0))
    return picture, ImageDraw.Draw(picture), SIDE * OVER / 100


def _box(unit: float, x: float, y: float, radius: float) -> tuple[float, float, float, float]:
    return (x - radius) * unit, (y - radius) * unit, (x + radius) * unit, (y + radius) * unit


def _disc(draw: ImageDraw.ImageDraw, unit: float, x: float, y: float, radius: float, fill: str) -> None:
    draw.ellipse(_box(unit, x, y, radius), fill=fill)


def _reduced(picture: Image.Image) -> Image.Image:
    return picture.resize((SIDE, SIDE), Image.Resampling.LANCZOS)

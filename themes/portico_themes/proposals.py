"""Colours proposed from a logo: the few that an eye would name, not white, black, grey or what shines through.

Two are the same where OKLCH says that nobody would tell them apart, or where one is only the other's soft edge.
"""

from collections import Counter
from dataclasses import dataclass, replace
from io import BytesIO

from PIL import Image

from portico_themes.colour import Oklch, hue_distance
from portico_themes.texts import N_

SIDE = 96  # px; enough to weigh colours, and few enough to look at each
BUCKETS = 24
LEAST_SHARE = 0.02  # of what is not transparent
SOLID = 200  # of 255: what lets less through than this counts


@dataclass(frozen=True, slots=True)
class Proposal:
    """A colour as "#rrggbb", the part of the logo that has it, and what it is called (a text to translate)."""

    colour: str
    share: float
    name: str


def from_logo(image: bytes, most: int = 4) -> tuple[Proposal, ...]:
    """The logo's colours, the strongest first; none where it is all grey. Takes milliseconds: call it off the loop."""
    with Image.open(BytesIO(image)) as opened:
        picture = opened.convert("RGBA")
    picture.thumbnail((SIDE, SIDE), Image.Resampling.NEAREST)  # makes no new colours
    raw = picture.tobytes()
    solid = [raw[at : at + 3] for at in range(0, len(raw), 4) if raw[at + 3] >= SOLID]
    if not solid:
        return ()
    strip = Image.frombytes("RGB", (len(solid), 1), b"".join(solid))
    buckets: dict[int, Counter[bytes]] = {}
    for bucket, pixel in zip(strip.quantize(BUCKETS, kmeans=1).tobytes(), solid, strict=True):
        buckets.setdefault(bucket, Counter())[pixel] += 1
    found = [
        _proposal("#" + counted.most_common(1)[0][0].hex(), counted.total() / len(solid))
        for counted in buckets.values()
    ]
    distinct: list[Proposal] = []
    for each in sorted((each for each in found if _is_colour(each.colour)), key=lambda each: -each.share):
        twin = next((n for n, other in enumerate(distinct) if _same(other, each)), None)
        if twin is None:
            distinct.append(each)
        else:
            distinct[twin] = replace(distinct[twin], share=distinct[twin].share + each.share)
    strong = [each for each in distinct if each.share >= LEAST_SHARE]
    return tuple(sorted(strong, key=lambda each: -each.share * Oklch.of(each.colour).chroma)[:most])


def _proposal(colour: str, share: float) -> Proposal:
    return Proposal(colour, share, name_of(colour))


def _is_colour(text: str) -> bool:
    colour = Oklch.of(text)
    return 0.2 < colour.lightness < 0.95 and colour.chroma > 0.035


def _same(strong: Proposal, weak: Proposal) -> bool:
    one, other = Oklch.of(strong.colour), Oklch.of(weak.colour)
    if hue_distance(one.hue, other.hue) > 18:
        return False
    return abs(one.lightness - other.lightness) < 0.15 or weak.share < strong.share / 4


def name_of(text: str) -> str:
    """What people call "#rrggbb": a text to translate."""
    colour = Oklch.of(text)
    if colour.chroma < 0.035:
        return N_("Grey")
    hue, dark = colour.hue, colour.lightness < 0.5
    for limit, light_name, dark_name in (
        (10, N_("Pink"), N_("Wine red")),
        (40, N_("Red"), N_("Red")),
        (78, N_("Orange"), N_("Brown")),
        (118, N_("Yellow"), N_("Olive")),
        (165, N_("Green"), N_("Dark green")),
        (215, N_("Turquoise"), N_("Petrol")),
        (282, N_("Blue"), N_("Dark blue")),
        (325, N_("Violet"), N_("Dark violet")),
    ):
        if hue < limit:
            return dark_name if dark else light_name
    return N_("Wine red") if dark else N_("Pink")

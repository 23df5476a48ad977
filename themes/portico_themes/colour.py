"""Colour arithmetic: sRGB to OKLCH and back, WCAG contrast, and lightness solved for a wanted contrast."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

STEP = 0.004  # of lightness; finer steps change no byte of the result that an eye could tell


@dataclass(frozen=True, slots=True)
class Oklch:
    """Lightness 0 to 1, chroma 0 to about 0.37, hue in degrees."""

    lightness: float
    chroma: float
    hue: float

    @classmethod
    def of(cls, text: str) -> "Oklch":
        """From "#rrggbb"."""
        red, green, blue = _linear_rgb(text)
        long = (0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue) ** (1 / 3)
        medium = (0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue) ** (1 / 3)
        short = (0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue) ** (1 / 3)
        lightness = 0.2104542553 * long + 0.7936177850 * medium - 0.0040720468 * short
        a = 1.9779984951 * long - 2.4285922050 * medium + 0.4505937099 * short
        b = 0.0259040371 * long + 0.7827717662 * medium - 0.8086757660 * short
        return cls(lightness, math.hypot(a, b), math.degrees(math.atan2(b, a)) % 360)

    def hex(self) -> str:
        """The nearest sRGB colour of this lightness and hue: chroma gives way, lightness never."""
        lightness, chroma = min(max(self.lightness, 0.0), 1.0), self.chroma
        while True:
            rgb = _to_linear(lightness, chroma, self.hue)
            if chroma <= 0 or all(-1e-4 <= channel <= 1.0001 for channel in rgb):
                return "#" + "".join(f"{round(255 * _gamma(min(max(c, 0.0), 1.0))):02x}" for c in rgb)
            chroma = max(0.0, chroma - 0.002)

    def at(self, lightness: float, chroma_limit: float = 1.0) -> "Oklch":
        """The same hue at another lightness, with chroma capped."""
        return Oklch(lightness, min(self.chroma, chroma_limit), self.hue)


def contrast(one: str, other: str) -> float:
    """WCAG's ratio, 1 to 21."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(text: str) -> float:
    """WCAG's relative luminance, 0 to 1."""
    red, green, blue = _linear_rgb(text)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def solve(start: Oklch, backgrounds: Iterable[str], target: float, *, darker: bool) -> str:
    """`start`, moved along lightness until it stands out from every background by `target`, or runs out."""
    against = tuple(backgrounds)
    lightness = start.lightness
    while True:
        found = start.at(lightness).hex()
        is_spent = lightness <= 0 if darker else lightness >= 1
        if is_spent or all(contrast(found, back) >= target for back in against):
            return found
        lightness += -STEP if darker else STEP


def hue_distance(one: float, other: float) -> float:
    """Degrees between two hues, 0 to 180."""
    return abs((one - other + 180) % 360 - 180)


def _linear_rgb(text: str) -> tuple[float, float, float]:
    red, green, blue = (int(text[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return _linear(red), _linear(green), _linear(blue)


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else float(((channel + 0.055) / 1.055) ** 2.4)


def _gamma(channel: float) -> float:
    return 12.92 * channel if channel <= 0.0031308 else float(1.055 * channel ** (1 / 2.4) - 0.055)


def _to_linear(lightness: float, chroma: float, hue: float) -> tuple[float, float, float]:
    a, b = chroma * math.cos(math.radians(hue)), chroma * math.sin(math.radians(hue))
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
    )

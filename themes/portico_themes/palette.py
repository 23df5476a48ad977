"""Two brand colours become all colours of a page, light and dark: hue and chroma are kept, lightness is solved.

Every pair in PAIRS is met by construction; `derive` asserts it, so a brand that got past here can be read.
"""

from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal

from portico_themes.colour import Oklch, contrast, hue_distance, solve
from portico_themes.texts import N_

Mode = Literal["light", "dark"]
Temperature = Literal["cool", "neutral", "warm"]
Header = Literal["plain", "solid"]

TEXT, MARK = 4.6, 3.1  # wanted ratios, with a little air above WCAG's 4.5 and 3
WHITE = "#ffffff"

GREYS: dict[Temperature, tuple[float, float]] = {"cool": (255, 0.008), "neutral": (0, 0), "warm": (75, 0.011)}
STATUS = {"ok": (152, 0.13), "warn": (68, 0.13), "danger": (27, 0.18), "info": (245, 0.11)}
VERMILION = 36

PAPERS = ("canvas", "surface", "sunken")
INKS = ("ink", "ink-2", "ink-3", "brand-ink", "danger-ink", "warn-ink", "ok-ink", "info-ink")
PAIRS: tuple[tuple[str, str, float], ...] = (
    *((ink, paper, 4.5) for ink in INKS for paper in PAPERS),
    *((f"{name}-ink", f"{name}-soft", 4.5) for name in ("brand", "accent", *STATUS)),
    *(("on-brand", fill, 4.5) for fill in ("brand-fill", "brand-hover", "brand-press")),
    ("on-bar", "bar", 4.5),
    ("on-bar-2", "bar", 4.5),
    ("edge", "surface", 3),
    ("focus", "surface", 3),
    ("focus", "canvas", 3),
    ("brand-edge", "canvas", 3),
    ("brand-mark", "surface", 3),
    ("accent-mark", "surface", 3),
)


class Unreadable(AssertionError):
    """A derived pair misses its contrast: a mistake in this file, never in the tenant's choice."""


@dataclass(frozen=True, slots=True)
class Note:
    """What was done about a colour, for the brand's editor: a text to translate, and its values."""

    message: str
    values: dict[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.message % self.values


@dataclass(frozen=True, slots=True)
class Palette:
    """Token name to "#rrggbb" (shades carry alpha), once for each mode."""

    light: dict[str, str]
    dark: dict[str, str]
    notes: tuple[Note, ...]


@lru_cache(maxsize=4096)
def derive(primary: str, accent: str, temperature: Temperature, header: Header) -> Palette:
    """The palette of a brand. Colours are "#rrggbb"."""
    light = _Derivation(primary, accent, temperature, header, dark=False)
    dark = _Derivation(primary, accent, temperature, header, dark=True)
    for mode in (light, dark):
        mode.run()
        missed = [pair for pair in PAIRS if contrast(mode.tokens[pair[0]], mode.tokens[pair[1]]) < pair[2]]
        if missed:
            raise Unreadable(f"{primary}, {accent}: {missed}")
    notes = {str(note): note for note in light.notes + dark.notes}
    if contrast(primary, accent) < 1.2 and hue_distance(Oklch.of(primary).hue, Oklch.of(accent).hue) < 15:
        note = Note(N_("Both colours are nearly the same; the second one will hardly be noticed."))
        notes[str(note)] = note
    return Palette(light.tokens, dark.tokens, tuple(notes.values()))


class _Derivation:
    def __init__(self, primary: str, accent: str, temperature: Temperature, header: Header, *, dark: bool) -> None:
        self.primary, self.accent = primary.lower(), accent.lower()
        self.header, self.warm, self.dark = header, temperature == "warm", dark
        self.grey_hue, self.grey_chroma = GREYS[temperature]
        self.brand = Oklch.of(self.primary)
        self.tokens: dict[str, str] = {}
        self.notes: list[Note] = []

    def run(self) -> None:
        self._paper_and_ink()
        self._families()
        self._fill()
        self._bar()
        self._shades()

    def _grey(self, lightness: float, strength: float = 1.0) -> Oklch:
        return Oklch(lightness, self.grey_chroma * strength, self.grey_hue)

    def _solve(self, start: Oklch, backgrounds: list[str], target: float) -> str:
        return solve(start, backgrounds, target, darker=not self.dark)

    def _paper_and_ink(self) -> None:
        if self.dark:
            steps = {
                "canvas": self._grey(0.172),
                "surface": self._grey(0.213),
                "sunken": self._grey(0.252),
                "line": self._grey(0.315),
                "ink": self._grey(0.955, 0.5),
            }
        else:
            steps = {
                "canvas": self._grey(0.968, 1.0) if self.warm else self._grey(0.966, 0.7),
                "surface": self._grey(0.996, 0.4) if self.warm else self._grey(1.0, 0.4),
                "sunken": self._grey(0.942, 1.1) if self.warm else self._grey(0.942, 0.9),
                "line": self._grey(0.895, 1.3),
                "ink": self._grey(0.215, 2),
            }
        self.tokens |= {name: colour.hex() for name, colour in steps.items()}
        papers = [self.tokens[name] for name in PAPERS]
        self.tokens["ink-2"] = self._solve(self._grey(0.78 if self.dark else 0.44, 1.6), papers, 7)
        self.tokens["ink-3"] = self._solve(self._grey(0.62 if self.dark else 0.58, 1.6), papers, TEXT)
        self.tokens["edge"] = self._solve(self._grey(0.42 if self.dark else 0.74, 1.6), papers[:2], MARK)

    def _families(self) -> None:
        reddish = self.brand.chroma > 0.05 and hue_distance(self.brand.hue, STATUS["danger"][0]) < 35
        for name, (hue, chroma) in STATUS.items():
            # A red house keeps its red. The alarm steps aside, so that "chosen" is never taken for "late".
            shown = VERMILION if reddish and name == "danger" else hue
            self._family(name, Oklch(0.66 if self.dark else 0.60, chroma, shown))
        faint = Oklch(0.29, 0.018, self.brand.hue) if self.dark else Oklch(0.945, 0.012, self.brand.hue)
        self._family("brand", self.brand, soft=faint.hex() if reddish else None)
        self._family("accent", Oklch.of(self.accent))
        if reddish:
            self.notes.append(
                Note(
                    N_(
                        "The colour is near the red of alarms: selections are tinted less and alarms move"
                        " to vermilion, so that neither is taken for the other."
                    )
                )
            )

    def _family(self, name: str, colour: Oklch, soft: str | None = None) -> None:
        soft = soft or (colour.at(0.275, 0.055) if self.dark else colour.at(0.957, 0.026)).hex()
        papers = [self.tokens[paper] for paper in PAPERS]
        lightness = max(colour.lightness, 0.72) if self.dark else min(colour.lightness, 0.5)
        self.tokens[f"{name}-soft"] = soft
        self.tokens[f"{name}-line"] = (colour.at(0.40, 0.08) if self.dark else colour.at(0.865, 0.06)).hex()
        self.tokens[f"{name}-ink"] = self._solve(colour.at(lightness), [*papers, soft], TEXT)
        self.tokens[f"{name}-mark"] = self._solve(colour, [*papers[:2], soft], MARK)

    def _fill(self) -> None:
        """Primary buttons: the tenant's exact colour wherever it can be seen and read on."""
        tokens, brand = self.tokens, self.brand
        canvas, surface = tokens["canvas"], tokens["surface"]
        fill, black = self.primary, Oklch(0.19, 0.02, brand.hue).hex()
        if self.dark and contrast(fill, surface) < MARK:
            fill = self._solve(brand, [surface, canvas], MARK + 0.6)
            self._say(N_("On dark pages %(colour)s can hardly be seen; buttons use %(instead)s."), fill)
        lettering = WHITE if contrast(fill, WHITE) >= TEXT else black
        if contrast(fill, lettering) < TEXT:
            fill, lettering = solve(Oklch.of(fill), [WHITE], TEXT, darker=True), WHITE
            self._say(N_("Neither white nor black can be read on %(colour)s; buttons use %(instead)s."), fill)
        tokens["brand-fill"], tokens["on-brand"] = fill, lettering
        lightness = Oklch.of(fill).lightness
        step = 0.05 if lettering == black or lightness < 0.34 else -0.05
        for strength, name in ((1.0, "brand-hover"), (1.8, "brand-press")):
            moved = brand.at(lightness + step * strength).hex()
            readable = contrast(moved, lettering) >= 4.5
            tokens[name] = moved if readable else brand.at(lightness - step * strength).hex()
        pale = min(contrast(fill, canvas), contrast(fill, surface)) < 3
        tokens["brand-edge"] = tokens["brand-mark"] if pale else fill
        if pale:
            self._say(
                N_("Buttons in %(colour)s get an edge in %(instead)s, or they would fade into the page."),
                tokens["brand-mark"],
            )
        if contrast(self.primary, surface) < 4.5:
            where = (
                N_("Links on dark pages use %(instead)s instead of %(colour)s.")
                if self.dark
                else N_("Links and text use %(instead)s instead of %(colour)s.")
            )
            self._say(where, tokens["brand-ink"])
        visible = min(contrast(tokens["brand-mark"], paper) for paper in (surface, canvas)) >= 3
        tokens["focus"] = tokens["brand-mark"] if visible else tokens["ink"]

    def _bar(self) -> None:
        tokens = self.tokens
        if self.header == "plain":
            tokens |= {"bar": tokens["surface"], "on-bar": tokens["ink"]}
            tokens |= {"on-bar-2": tokens["ink-2"], "bar-line": tokens["line"]}
            return
        bar = self.brand.at(0.245, 0.055).hex() if self.dark else self.primary
        on_bar = WHITE if contrast(bar, WHITE) >= TEXT else Oklch(0.19, 0.02, self.brand.hue).hex()
        if contrast(bar, on_bar) < TEXT:
            bar, on_bar = tokens["brand-fill"], tokens["on-brand"]
        light = on_bar == WHITE
        quieter = self.brand.at(0.86 if light else 0.35, 0.05)
        tokens |= {"bar": bar, "on-bar": on_bar, "bar-line": bar}
        tokens["on-bar-2"] = solve(quieter, [bar], TEXT, darker=not light)

    def _shades(self) -> None:
        shade = "#000000" if self.dark else Oklch(0.3, 0.03, self.grey_hue).hex()
        self.tokens["shade"] = shade + ("73" if self.dark else "14")
        self.tokens["shade-2"] = shade + ("8c" if self.dark else "24")

    def _say(self, message: str, instead: str) -> None:
        self.notes.append(Note(message, {"colour": self.primary, "instead": instead}))

"""Whether everybody can read a brand, in words: what was chosen, what it needs, and what was done about it.

The colours are derived in `palette`, which mends what fails; here is only told what it did. Nobody is told "no".
"""

from dataclasses import dataclass, field
from decimal import Decimal

from portico_themes.branding import Brand
from portico_themes.colour import contrast
from portico_themes.palette import WHITE, Note
from portico_themes.texts import N_

READ, SEEN = Decimal("4.5"), Decimal(3)  # WCAG's ratios for text, and for what must be told from its ground
DARK_LETTERS = "#141414"

AS_CHOSEN = N_("As you chose")
DARKENED = N_("Darkened to %(colour)s")
LIGHTENED = N_("Lightened to %(colour)s")
INSTEAD = N_("Shown as %(colour)s")
EDGED = N_("Edge in %(colour)s")


@dataclass(frozen=True, slots=True)
class Row:
    """One place: `ground` and `letters` show it; `yours` and `needs` are ratios to 1; `done` is a text to translate.

    `edge` is the colour around the ground where it has one; `fine` where the colour stands as it was chosen.
    """

    where: str
    ground: str
    letters: str
    yours: float
    needs: Decimal
    fine: bool
    done: str
    values: dict[str, str] = field(default_factory=dict)
    edge: str = ""

    @property
    def told(self) -> Decimal:
        """`yours` with one digit, never rounded up to what is needed."""
        return Decimal(int(self.yours * 10)) / 10


@dataclass(frozen=True, slots=True)
class Report:
    """The places in order, what else is to be known, and a word on each of the two colours for its field."""

    rows: tuple[Row, ...]
    notes: tuple[Note, ...]
    primary: str
    primary_fine: bool
    accent: str
    accent_fine: bool

    @property
    def adjusted(self) -> int:
        return sum(not row.fine for row in self.rows)


def report(brand: Brand) -> Report:
    """What becomes of the brand's colours."""
    links, on_dark, accent = _links(brand), _links_on_dark(brand), _accent(brand)
    rows = (_letters(brand), links, _button(brand), _button_on_dark(brand), on_dark, *_header(brand), accent)
    if not links.fine:
        said = N_("Too pale for text; adjusted")
    elif not on_dark.fine:
        said = N_("Lighter on dark pages")
    else:
        said = N_("Reads well everywhere")
    return Report(
        rows=rows,
        # what names a colour says of it what a row above says already
        notes=tuple(note for note in brand.palette.notes if not note.values),
        primary=said,
        primary_fine=links.fine,
        accent=N_("Reads well everywhere") if accent.fine else N_("Too pale for fine lines; adjusted"),
        accent_fine=accent.fine,
    )


def _letters(brand: Brand) -> Row:
    light, chosen = brand.palette.light, brand.primary.lower()
    fill, letters = light["brand-fill"], light["on-brand"]
    if fill == chosen:
        done = N_("White letters") if letters == WHITE else N_("Dark letters")
        return Row(N_("Button lettering"), fill, letters, contrast(fill, letters), READ, True, done)
    best = max(contrast(chosen, WHITE), contrast(chosen, DARK_LETTERS))
    return Row(N_("Button lettering"), fill, letters, best, READ, False, INSTEAD, {"colour": fill.upper()})


def _links(brand: Brand) -> Row:
    light = brand.palette.light
    ink, ground = light["brand-ink"], light["surface"]
    yours = contrast(brand.primary, ground)
    return _read(N_("Links and text"), ground, ink, yours, DARKENED)


def _links_on_dark(brand: Brand) -> Row:
    dark = brand.palette.dark
    ink, ground = dark["brand-ink"], dark["surface"]
    return _read(N_("Links on dark pages"), ground, ink, contrast(brand.primary, ground), LIGHTENED)


def _read(where: str, ground: str, ink: str, yours: float, moved: str) -> Row:
    fine = yours >= READ
    return Row(where, ground, ink, yours, READ, fine, AS_CHOSEN if fine else moved, {"colour": ink.upper()})


def _button(brand: Brand) -> Row:
    light = brand.palette.light
    fill, edge = light["brand-fill"], light["brand-edge"]
    yours = min(contrast(brand.primary, light[paper]) for paper in ("canvas", "surface"))
    fine = edge == fill and yours >= SEEN
    done = AS_CHOSEN if fine else EDGED
    return Row(
        N_("Button on the page"), fill, light["on-brand"], yours, SEEN, fine, done, {"colour": edge.upper()}, edge
    )


def _button_on_dark(brand: Brand) -> Row:
    dark = brand.palette.dark
    fill, yours = dark["brand-fill"], contrast(brand.primary, dark["surface"])
    fine = fill == brand.primary.lower()
    done = AS_CHOSEN if fine else LIGHTENED if yours < SEEN else INSTEAD
    return Row(N_("Button on dark pages"), fill, dark["on-brand"], yours, SEEN, fine, done, {"colour": fill.upper()})


def _header(brand: Brand) -> tuple[Row, ...]:
    if brand.header == "plain":
        return ()
    light = brand.palette.light
    bar, letters = light["bar"], light["on-bar"]
    fine = bar == brand.primary.lower()
    done = INSTEAD if not fine else N_("White letters") if letters == WHITE else N_("Dark letters")
    yours = max(contrast(brand.primary, WHITE), contrast(brand.primary, DARK_LETTERS))
    return (Row(N_("Header"), bar, letters, yours, READ, fine, done, {"colour": bar.upper()}),)


def _accent(brand: Brand) -> Row:
    light = brand.palette.light
    mark, yours = light["accent-mark"], contrast(brand.accent, light["surface"])
    fine = yours >= SEEN
    done = AS_CHOSEN if fine else DARKENED
    return Row(N_("Accent"), light["surface"], mark, yours, SEEN, fine, done, {"colour": mark.upper()})

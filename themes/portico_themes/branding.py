"""A tenant's brand: the tokens it sets, checked and kept as JSON, and the stylesheet made of them.

Nothing else may differ between two tenants' pages. Colours are derived in `palette`.
"""

from collections.abc import Mapping
from functools import lru_cache
from hashlib import sha256
from typing import Annotated, Any, Literal, NamedTuple
from uuid import UUID

import msgspec

from portico_core.errors import Invalid
from portico_core.mail_addresses import LONGEST, header_address, is_writable
from portico_tenants.tenant import Tenant
from portico_themes.palette import Header, Palette, Temperature, derive

Type = Literal["technical", "friendly", "editorial", "neutral"]
Radius = Literal["square", "soft", "round"]
Density = Literal["compact", "comfortable"]

Colour = Annotated[str, msgspec.Meta(pattern="^#[0-9a-fA-F]{6}$")]
Short = Annotated[str, msgspec.Meta(max_length=60)]
Sentence = Annotated[str, msgspec.Meta(max_length=160)]
Mail = Annotated[str, msgspec.Meta(max_length=LONGEST, pattern=r"^$|^[^@\s<>]+@[^@\s<>]+$")]
FileName = Annotated[str, msgspec.Meta(pattern=r"^$|^[a-z0-9-]+\.[0-9a-f]{12}\.png$")]
Address = Annotated[str, msgspec.Meta(max_length=300, pattern="^$|^https?://")]

SANS = "system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif"
SERIF = "Georgia, 'Times New Roman', serif"


class Pairing(NamedTuple):
    """Two font stacks (heads, text), the weight and the tracking of heads, the files a page should preload, and what is
    added to each space of the text."""

    head: str
    text: str
    weight: int
    tracking: str
    files: tuple[str, ...]
    gap: str = "0em"


PAIRINGS: dict[Type, Pairing] = {
    "technical": Pairing(
        f"Archivo, 'Archivo fallback', {SANS}",
        f"Archivo, 'Archivo fallback', {SANS}",
        650,
        "-0.012em",
        ("archivo",),
        "0.04em",
    ),
    "friendly": Pairing(
        f"Figtree, 'Figtree fallback', {SANS}", f"Figtree, 'Figtree fallback', {SANS}", 650, "-0.014em", ("figtree",)
    ),
    "editorial": Pairing(
        f"Newsreader, 'Newsreader fallback', {SERIF}",
        f"Figtree, 'Figtree fallback', {SANS}",
        500,
        "-0.012em",
        ("newsreader", "figtree"),
    ),
    "neutral": Pairing(SANS, SANS, 650, "-0.01em", ()),
}
RADII: dict[Radius, tuple[int, int, int]] = {"square": (2, 2, 3), "soft": (4, 6, 10), "round": (8, 12, 18)}
# Height of controls, height of rows, size of text, gap between cards: px.
DENSITIES: dict[Density, tuple[int, int, int, int]] = {"compact": (36, 40, 14, 20), "comfortable": (42, 50, 15, 24)}
PHONE = "--control:44px;--row:52px;--gap:16px;--text-base:1rem"


class Brand(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a tenant chose. `word` stands beside the mark; files are names that `images` made, served at /brand/."""

    name: Short
    word: Short = ""
    legal_line: Sentence = ""
    address: tuple[Short, ...] = ()
    vat_number: Short = ""
    bank: tuple[tuple[Short, Short], ...] = ()

    desk: Short = ""
    phone: Short = ""
    hours: Short = ""
    email: Mail = ""

    welcome: Sentence = ""
    sign_in_line: Sentence = ""
    contact_url: Address = ""
    terms_url: Address = ""
    privacy_url: Address = ""

    primary: Colour = "#3f5166"
    accent: Colour = "#1f7a7a"
    temperature: Temperature = "neutral"
    type: Type = "neutral"
    radius: Radius = "soft"
    density: Density = "comfortable"
    header: Header = "plain"

    mark: FileName = ""
    mark_on_dark: FileName = ""
    favicon: FileName = ""

    mail_sender_name: Short = ""
    mail_sender_address: Mail = ""

    @property
    def sender_address(self) -> str:
        """From where mails come; "" where nothing that a mail can have is set."""
        writable = filter(is_writable, (self.mail_sender_address, self.email))
        return next((header_address(each).addr_spec for each in writable), "")

    @property
    def reply_to(self) -> str:
        return self.email if is_writable(self.email) else ""

    @property
    def short_name(self) -> str:
        return self.word or self.name

    @property
    def monogram(self) -> str:
        """One or two letters in the mark's place where there is no mark."""
        words = [word for word in self.name.split() if word[:1].isalnum()]
        return "".join(word[0] for word in words[:2]).upper()

    @property
    def palette(self) -> Palette:
        return derive(self.primary, self.accent, self.temperature, self.header)

    @property
    def pairing(self) -> Pairing:
        return PAIRINGS[self.type]

    @property
    def stylesheet_address(self) -> str:
        return stylesheet(self).address


MOST_BRANDS = 4096
_brands: dict[tuple[UUID, str], Brand] = {}  # by tenant and its version: decoding costs more than a page's row


class BrandInvalid(Invalid):
    """A brand's value cannot be used; the text names the field."""


class Stylesheet(NamedTuple):
    """The brand as CSS under an address that changes with its content."""

    address: str
    body: bytes


def from_document(document: Mapping[str, Any]) -> Brand:
    """The brand out of a tenant's row; raises BrandInvalid."""
    try:
        return msgspec.convert(document, type=Brand)
    except msgspec.ValidationError as problem:
        raise BrandInvalid(f"Brand: {problem}") from problem


def brand_of(tenant: Tenant) -> Brand:
    """The tenant's brand. What a brand cannot be without comes from the tenant: its name, an address to send from."""
    key = (tenant.id, tenant.version)
    if key not in _brands:
        if len(_brands) >= MOST_BRANDS:
            _brands.clear()
        _brands[key] = completed(tenant, tenant.brand)
    return _brands[key]


def completed(tenant: Tenant, document: Mapping[str, Any]) -> Brand:
    """A brand of the tenant's that it has not published, completed in the same way; raises BrandInvalid."""
    default = {"name": tenant.name, "mail_sender_address": f"no-reply@{tenant.host}"}
    return from_document(default | dict(document))


def to_document(brand: Brand) -> dict[str, Any]:
    """For the tenant's row. Checks as it goes: `from_document` reads it again, and its palette can be derived."""
    document: dict[str, Any] = msgspec.to_builtins(brand)
    _ = from_document(document).palette
    return document


@lru_cache(maxsize=4096)
def stylesheet(brand: Brand) -> Stylesheet:
    """Custom properties of a brand: light values for everybody, light-dark() where the browser knows it."""
    palette, pairing = brand.palette, brand.pairing
    small, middle, large = RADII[brand.radius]
    control, row, text, gap = DENSITIES[brand.density]
    fixed = {
        "font-head": pairing.head,
        "font-text": pairing.text,
        "head-weight": str(pairing.weight),
        "head-track": pairing.tracking,
        "word-gap": pairing.gap,
        "r-1": f"{small}px",
        "r-2": f"{middle}px",
        "r-3": f"{large}px",
        "control": f"{control}px",
        "row": f"{row}px",
        "text-base": f"{text / 16:g}rem",
        "gap": f"{gap}px",
        "pattern-alpha": ".16" if palette.light["on-brand"] == "#ffffff" else ".6",
    }
    both = {name: f"light-dark({value},{palette.dark[name]})" for name, value in palette.light.items()}
    css = (
        f":root{{{_declarations(fixed)};{_declarations(palette.light)}}}\n"
        f"@media screen and (width<43.75rem){{:root{{{PHONE}}}}}\n"
        f"@supports (color:light-dark(#000,#fff)){{:root{{{_declarations(both)}}}}}\n"
    )
    body = css.encode()
    return Stylesheet(f"/brand/{sha256(body).hexdigest()[:12]}.css", body)


def _declarations(tokens: dict[str, str]) -> str:
    return ";".join(f"--{name}:{value}" for name, value in tokens.items())

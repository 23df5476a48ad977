"""A tenant's own words in pages and mails: plain text per language with values in braces, checked, kept as JSON, said.

Plain means plain: nothing typed is ever read as a template, as HTML or as a header. `wording_list` has every text.
"""

import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

import msgspec

from portico_core.errors import Invalid
from portico_tenants.tenant import Tenant
from portico_themes.branding import Brand
from portico_themes.texts import LANGUAGES, N_, language_of, translate
from portico_themes.wording_list import TEXTS, Text

BRACES = re.compile(r"\{([^\W\d]\w*)\}")  # {amount}; whatever else has braces is text
MESSAGE_VALUE = re.compile(r"%\((\w+)\)s")
# Letters that are not seen and turn what is around them: a subject could show an address that is not its own.
TURNING = frozenset("\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
MOST_TENANTS = 4096
_of_tenants: dict[tuple[UUID, str], "Wording"] = {}  # by tenant and its version, as brands are

TOO_LONG = N_("%(label)s: %(count)s characters are too many, %(longest)s fit")
NONE = N_("%(label)s: nothing in braces can be filled in here, so {%(name)s} would stand as typed")
UNKNOWN = N_("%(label)s: {%(name)s} is not known here. You can use %(allowed)s")
ONE_LINE = N_("%(label)s: keep it to one line")
UNSEEN = N_("%(label)s: it holds a character that cannot be shown. Type it anew")


class Wording(msgspec.Struct, frozen=True):
    """What a tenant set, by language and text: {"de.receipt.subject": "Danke für {amount}"}. What is not there is
    ours."""

    texts: dict[str, str] = {}

    def of(self, language: str, key: str) -> str:
        """What was set, or ""."""
        return self.texts.get(f"{language}.{key}", "")


class Fault(NamedTuple):
    """Why a text cannot be kept: a message key and its values. `label` among them is a message key itself."""

    sentence: str
    values: Mapping[str, object]

    def told(self, locale: str) -> str:
        """In the reader's language."""
        return translate(
            locale, self.sentence, **{**self.values, "label": translate(locale, str(self.values["label"]))}
        )


class WordingInvalid(Invalid):
    """These texts cannot be used."""


def wording_of(tenant: Tenant) -> Wording:
    """The tenant's own words. What this release does not know it leaves out: a text must not close a portal."""
    key = (tenant.id, tenant.version)
    if key not in _of_tenants:
        if len(_of_tenants) >= MOST_TENANTS:
            _of_tenants.clear()
        _of_tenants[key] = from_document(tenant.texts)
    return _of_tenants[key]


def from_document(document: Mapping[str, Any]) -> Wording:
    """Out of a tenant's row or an edition."""
    known = {f"{language}.{key}" for language in LANGUAGES for key in TEXTS}
    return Wording({name: text for name, text in document.items() if name in known and isinstance(text, str) and text})


def to_document(wording: Wording) -> dict[str, Any]:
    """For the tenant's row. Raises WordingInvalid where a text could not have been typed."""
    for name, text in wording.texts.items():
        _, _, key = name.partition(".")
        if key not in TEXTS or cleaned(text, TEXTS[key]) != text or fault_of(text, TEXTS[key]):
            raise WordingInvalid(fields={name: N_("This text cannot be used.")})
    return dict(wording.texts)


def cleaned(typed: str, text: Text) -> str:
    """As it is kept: composed letters, lines as everybody ends them, nothing around it."""
    plain = unicodedata.normalize("NFC", typed).replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    kept = "\n".join(line.rstrip() for line in plain.split("\n")).strip()
    return re.sub(r"\n{3,}", "\n\n", kept) if text.is_long else kept


def fault_of(kept: str, text: Text) -> Fault | None:
    """What is wrong with a text that `cleaned` gave, if anything is."""
    label = {"label": text.label}
    if len(kept) > text.longest:
        return Fault(TOO_LONG, label | {"count": len(kept), "longest": text.longest})
    if "\n" in kept and not text.is_long:
        return Fault(ONE_LINE, label)
    if any(each in TURNING or (unicodedata.category(each) == "Cc" and each != "\n") for each in kept):
        return Fault(UNSEEN, label)
    for name in BRACES.findall(kept):
        if name not in text.names:
            if not text.names:
                return Fault(NONE, label | {"name": name})
            return Fault(UNKNOWN, label | {"name": name, "allowed": ", ".join(f"{{{each}}}" for each in text.names)})
    return None


def say(key: str, wording: Wording, brand: Brand, locale: str, values: Mapping[str, str]) -> str:
    """A text as plain text, its values filled in: the tenant's own words, else its brand's, else ours.

    Words that name a value which is not there make way for the next ones: "Call {phone}" without a telephone.
    """
    text, language = TEXTS[key], language_of(locale)
    if not text.is_long:
        values = {name: " ".join(value.splitlines()) for name, value in values.items()}
    own = wording.of(language, key)
    if own and (filled := fill(own, values)) is not None:
        return filled if text.is_long else " ".join(filled.splitlines())
    if text.instead:
        return say(text.instead, wording, brand, locale, values)
    if text.brand and (branded := str(getattr(brand, text.brand))):
        return branded
    return next((filled for ours in text.ours if (filled := fill(_ours(ours, language), values)) is not None), "")


def standing(key: str, wording: Wording, brand: Brand, locale: str) -> str:
    """The words that `say` would choose, with their braces: what stands there now, to be written on from."""
    brands = of_brand(brand, wording, locale)
    names = {name: f"{{{name}}}" for name in (*TEXTS[key].names, "company") if brands.get(name, name)}
    return say(key, wording, brand, locale, names)


def fill(words: str, values: Mapping[str, str]) -> str | None:
    """`words` with each {name} replaced, once: braces in a value stay. None where a value is missing or empty."""
    if not all(values.get(name) for name in BRACES.findall(words)):
        return None
    return BRACES.sub(lambda found: values[found[1]], words)


def of_brand(brand: Brand, wording: Wording, locale: str) -> dict[str, str]:
    """The values that every text may name."""
    return {"company": brand.name, "phone": brand.phone, "hours": say("hours", wording, brand, locale, {})}


@lru_cache(maxsize=256)
def _ours(message: str, language: str) -> str:
    """A message of the catalogue, written as a tenant writes: {amount} for %(amount)s."""
    return MESSAGE_VALUE.sub(r"{\1}", translate(language, message))

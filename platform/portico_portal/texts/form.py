"""The editor's form: the texts of one group in one language as fields, and what was typed as texts again."""

from collections.abc import Mapping
from typing import NamedTuple

from portico_themes.branding import Brand
from portico_themes.texts import LANGUAGES, language_of, locale_for
from portico_themes.wording import Wording, cleaned, fault_of, standing
from portico_themes.wording_list import GROUPS, PLACEHOLDERS, PORTAL, Group, Text

OFFERED = {group.key: group for group in GROUPS if group.is_sent}


class Place(NamedTuple):
    """Which texts are being edited: a group, a language, and the locale of the previews in it."""

    group: Group
    language: str
    locale: str

    @classmethod
    def asked(cls, about: str, language: str, *, reader: str, home: str) -> "Place":
        """What the address says; else the pages, in the language of who edits."""
        chosen = language if language in LANGUAGES else language_of(reader)
        return cls(OFFERED.get(about, OFFERED[PORTAL]), chosen, locale_for([chosen], home))


class Field(NamedTuple):
    """One text as a field. `ours` is what stands there where the tenant sets nothing; messages are keys."""

    name: str
    label: str
    hint: str
    value: str
    ours: str
    is_own: bool
    is_long: bool
    longest: int


def fields_of(place: Place, wording: Wording, brand: Brand, typed: Mapping[str, str] | None = None) -> list[Field]:
    """The group's fields with what is set, else ours; `typed` is of a form that came back."""
    made = []
    for text in place.group.texts:
        own, ours, name = wording.of(place.language, text.key), _ours(text, place, wording, brand), name_of(text)
        value = (typed or {}).get(name, own or ours)
        made.append(Field(name, text.label, text.hint, value, ours, bool(own), text.is_long, text.longest))
    return made


def read(
    typed: Mapping[str, str], place: Place, wording: Wording, brand: Brand, reader: str
) -> tuple[Wording, dict[str, str]]:
    """The texts with what was typed, and by field what is wrong with it, in the reader's language.

    Nothing typed, or just what stands there anyway, is ours. "ours" names a field that is to be ours again.
    """
    texts, wrong = dict(wording.texts), {}
    for text in place.group.texts:
        name = name_of(text)
        if name not in typed:
            continue
        kept = "" if typed.get("ours") == name else cleaned(typed[name], text)
        if kept and (fault := fault_of(kept, text)):
            wrong[name] = fault.told(reader)
            continue
        texts.pop(key := f"{place.language}.{text.key}", None)
        if kept and kept != _ours(text, place, wording, brand):
            texts[key] = kept
    return Wording(texts), wrong


def placeholders(place: Place, brand: Brand) -> list[tuple[str, str]]:
    """What the group's texts may name, and what each stands for (message keys); not what the brand does not have."""
    missing = {name for name, value in (("phone", brand.phone), ("hours", brand.hours)) if not value}
    names = dict.fromkeys(name for text in place.group.texts for name in text.names)
    return [(f"{{{name}}}", PLACEHOLDERS[name]) for name in names if name not in missing]


def changed(before: Mapping[str, str], after: Mapping[str, str]) -> int:
    """How many texts differ."""
    return sum(before.get(name) != after.get(name) for name in {*before, *after})


def name_of(text: Text) -> str:
    """Of its field: a dot would mean something to htmx."""
    return text.key.replace(".", "-")


def _ours(text: Text, place: Place, wording: Wording, brand: Brand) -> str:
    others = {key: words for key, words in wording.texts.items() if key != f"{place.language}.{text.key}"}
    return standing(text.key, Wording(others), brand, place.locale)

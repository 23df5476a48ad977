"""Texts in the reader's language: English is the source, catalogues lie in `locale/`. See `catalogue` for upkeep."""

import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from io import BytesIO
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations

LOCALE_FOLDER = Path(__file__).parent / "locale"
LANGUAGES = ("en", "de")
SOURCE = "en"
VALUE = re.compile(r"%\\\((\w+)\\\)s")  # of a message, escaped
REGIONS = {"en": "en-GB", "de": "de-DE"}  # of who says only the language


def N_(message: str) -> str:  # noqa: N802 - the name every gettext tool knows
    """Marks a text that is translated later, where the reader is known."""
    return message


def language_of(locale: str | None) -> str:
    """The catalogue for a locale such as "de-AT": "de"; English where there is none."""
    language = (locale or SOURCE).replace("_", "-").partition("-")[0].lower()
    return language if language in LANGUAGES else SOURCE


def locale_for(wanted: Iterable[str | None], home: str) -> str:
    """The locale of a reader: the first wanted language that has a catalogue, else that of `home`, the tenant's.

    Dates and numbers are written as at home where that speaks the same language: "en" at a tenant of "en-US" is
    "en-US", "de" there is "de-DE".
    """
    at_home = home.replace("_", "-")
    for tag in (*wanted, at_home):
        language = (tag or "").replace("_", "-").partition("-")[0].lower()
        if language in LANGUAGES:
            regional = at_home.lower().startswith(f"{language}-")
            return at_home if regional else REGIONS[language]
    return REGIONS[SOURCE]


def translate(locale: str | None, message: str, **values: object) -> str:
    """`message` in the reader's language, with its %(name)s values filled in."""
    text = translations(language_of(locale)).gettext(message)
    return text % values if values else text


def translate_many(locale: str | None, one: str, many: str, count: int, **values: object) -> str:
    """As `translate`, choosing the form for `count`, which is a value as well."""
    text = translations(language_of(locale)).ngettext(one, many, count)
    return text % {"count": count, **values}


def retold(locale: str | None, sentence: str) -> str:
    """A sentence that came as text from a connector, in the reader's language; foreign ones stay as they are.

    Connectors know no catalogue. What they say is known by its shape: of "Certificate ID is missing" that is
    "%(a)s is missing".
    """
    language = language_of(locale)
    if not sentence or (known := translate(language, sentence)) != sentence:
        return known if sentence else ""
    for shape, message in _shapes(language):
        if found := shape.fullmatch(sentence):
            values = {name: retold(language, said) for name, said in found.groupdict().items()}
            return translate(language, message, **values)
    return sentence


@lru_cache
def _shapes(language: str) -> list[tuple[re.Pattern[str], str]]:
    """Messages of connectors, those with the most words first: each as what it looks like with its values in."""
    if language == SOURCE:
        return []
    with catalogue_path(language).open("rb") as file:
        messages = [message.id for message in read_po(file, locale=language) if isinstance(message.id, str)]
    shaped = sorted((message for message in messages if "%(a)s" in message), key=len, reverse=True)
    return [(re.compile(VALUE.sub(r"(?P<\1>.+)", re.escape(message))), message) for message in shaped]


def gettext_for(locale: str | None) -> tuple[Callable[[str], str], Callable[[str, str, int], str]]:
    """gettext and ngettext of the reader's language, for Jinja."""
    found = translations(language_of(locale))
    return found.gettext, found.ngettext


@lru_cache
def translations(language: str) -> NullTranslations:
    """The catalogue of a language, read once from its .po, so that no build step stands between text and page."""
    if language == SOURCE:
        return NullTranslations()
    with catalogue_path(language).open("rb") as file:
        catalogue = read_po(file, locale=language)
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return Translations(compiled)


def catalogue_path(language: str) -> Path:
    return LOCALE_FOLDER / language / "LC_MESSAGES" / "messages.po"

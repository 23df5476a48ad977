"""Upkeep of the translations. `python -m portico_themes.catalogue update` after texts changed, `check` before release.

`update` keeps what is translated, adds what is new (empty), and drops what nobody says any more.
"""

import re
import sys

from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po, write_po

from portico_themes.sources import Text, all_texts
from portico_themes.texts import LANGUAGES, SOURCE, catalogue_path

TAGS = re.compile(r"</?\w+[^>]*>")
VALUES = re.compile(r"%\((\w+)\)s")


def update(language: str) -> tuple[int, int]:
    """Brings a language's catalogue in line with the sources; how many texts it has, and how many lack words."""
    kept = _read(language)
    fresh = _empty(language)
    for text in all_texts():
        known = _find(kept, text)
        fresh.add(_id(text), known.string if known else None, locations=[(text.place, 0)])
    path = catalogue_path(language)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        write_po(file, fresh, width=110, include_lineno=False, omit_header=False)
    return len(fresh), sum(1 for message in fresh if message.id and not _translated(message))


def problems(language: str) -> list[str]:
    """What is missing, said by nobody any more, or lost something on the way; empty when all is well."""
    return compared(_read(language), all_texts())


def compared(catalogue: Catalog, texts: list[Text]) -> list[str]:
    """The same of a catalogue and the texts that it should have."""
    said = {text.one for text in texts}
    found = []
    for text in texts:
        known = _find(catalogue, text)
        if known is None or not _translated(known, plural=text.many is not None):
            found.append(f"missing: {text.one!r} ({text.place})")
        else:
            found += _differing(text, known)
    stale = [message for message in catalogue if message.id and _key(message) not in said]
    return found + [f"stale: {_key(message)!r}" for message in stale]


def _differing(text: Text, message: Message) -> list[str]:
    wanted = set(VALUES.findall(text.one)) | set(VALUES.findall(text.many or ""))
    forms = _forms(message)
    unknown = {name for form in forms for name in VALUES.findall(form)} - wanted
    # A singular may leave the number out ("one invoice"); its last form, the plural, must have all.
    absent = wanted - set(VALUES.findall(forms[-1]))
    found = [f"values differ: {text.one!r}"] if unknown or absent else []
    if any(sorted(TAGS.findall(form)) != sorted(TAGS.findall(text.one)) for form in forms):
        found.append(f"tags differ: {text.one!r}")
    if wanted and not unknown and not all(_can_be_filled(form, wanted) for form in forms):
        found.append(f"a % that is not doubled: {text.one!r}")
    return found


def _can_be_filled(form: str, names: set[str]) -> bool:
    try:
        _ = form % dict.fromkeys(names, "")
    except (TypeError, ValueError):
        return False
    return True


def _read(language: str) -> Catalog:
    path = catalogue_path(language)
    if not path.is_file():
        return _empty(language)
    with path.open("rb") as file:
        return read_po(file, locale=language)


def _empty(language: str) -> Catalog:
    return Catalog(
        locale=language, project="", version="", copyright_holder="", msgid_bugs_address="", header_comment="#"
    )


def _find(catalogue: Catalog, text: Text) -> Message | None:
    found = catalogue.get(_id(text))
    return found if found is not None else catalogue.get(text.one)


def _id(text: Text) -> str | tuple[str, str]:
    return (text.one, text.many) if text.many else text.one


def _key(message: Message) -> str:
    return str(message.id[0] if isinstance(message.id, (list, tuple)) else message.id)


def _translated(message: Message, *, plural: bool | None = None) -> bool:
    """Whether there are words; with `plural`, whether there are as many forms as the text wants."""
    forms = _forms(message)
    return all(forms) and not message.fuzzy and plural in (None, len(forms) > 1)


def _forms(message: Message) -> list[str]:
    forms = message.string if isinstance(message.string, (list, tuple)) else [message.string]
    return [str(form or "") for form in forms]


def main(arguments: list[str]) -> int:
    others = [language for language in LANGUAGES if language != SOURCE]
    match arguments:
        case ["update"]:
            for language in others:
                count, empty = update(language)
                sys.stdout.write(f"{language}: {count} texts, {empty} to translate\n")
            return 0
        case ["check"]:
            found = [f"{language}: {problem}" for language in others for problem in problems(language)]
            sys.stdout.write("\n".join(found) + "\n" if found else "Every text is there in every language.\n")
            return 1 if found else 0
    sys.stderr.write("usage: python -m portico_themes.catalogue update|check\n")
    return 2


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))

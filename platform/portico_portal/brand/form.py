"""The editor's form: a brand as what stands in its fields, and what was typed as a brand again."""

import re
from collections.abc import Callable, Mapping
from typing import Any, get_args

import msgspec

from portico_core import mail_addresses
from portico_core.errors import Invalid
from portico_themes import branding
from portico_themes.branding import Brand
from portico_themes.palette import Header, Temperature
from portico_themes.texts import N_

TEMPERATURES: tuple[Temperature, ...] = get_args(Temperature)
SHORT, LINES, LONGEST_ADDRESS = 60, 6, 300
UNSEEN = re.compile(r"[\0-\x1f\x7f-\x9f\u2028\u2029]")  # a line's end in a mail's header, or nothing at all
CHOICES: dict[str, tuple[str, ...]] = {
    "temperature": TEMPERATURES,
    "type": get_args(branding.Type),
    "radius": get_args(branding.Radius),
    "density": get_args(branding.Density),
    "header": get_args(Header),
}
COLOURS = ("primary", "accent")
TEXTS = ("name", "word", "vat_number", "desk", "phone", "hours")
PLACES = ("contact_url", "terms_url", "privacy_url")

NO_NAME = N_("Enter the name that customers know you by.")
TOO_LONG = N_("At most 60 characters.")
LINES_TOO_LONG = N_("At most 6 lines of 60 characters.")
NO_COLOUR = N_("This is not a colour. Write it like #1F4E79.")
NOT_SEEN = N_("Only letters, digits and signs, please: a character that does not show came along with what you pasted.")
NO_PLACE = N_("Enter an address that begins with https://.")
NO_BANK_LINE = N_("One line for each, like IBAN: DE00 1234 5678.")


class _Wrong(Exception):
    """Of one field; the text is a message key."""


def shown(brand: Brand) -> dict[str, str]:
    """What the fields hold before anybody types."""
    values = {name: str(getattr(brand, name)) for name in (*TEXTS, *PLACES, *CHOICES, "email")}
    for name in COLOURS:
        # The picker and the text beside it are two fields; what they held tells afterwards which one was changed.
        values[name] = values[f"{name}_was"] = values[f"{name}_picked"] = getattr(brand, name).lower()
    values["address"] = "\n".join(brand.address)
    values["bank"] = "\n".join(f"{label}: {value}" for label, value in brand.bank)
    return values


def read(typed: Mapping[str, str], base: Brand) -> Brand:
    """`base` with what was typed; fields that did not come stay. Raises Invalid, by field."""
    readers: dict[str, Callable[[str], Any]] = {
        **dict.fromkeys(TEXTS, _short),
        "name": _name,
        "email": _email,
        "address": _lines,
        "bank": _bank,
        **dict.fromkeys(PLACES, _place),
        **dict.fromkeys(COLOURS, _colour),
    }
    changes: dict[str, Any] = {name: typed[name] for name, known in CHOICES.items() if typed.get(name) in known}
    wrong: dict[str, str] = {}
    for name, reader in readers.items():
        if name in typed:
            try:
                changes[name] = reader(_chosen(typed, name))
            except _Wrong as sentence:
                wrong[name] = str(sentence)
    if wrong:
        raise Invalid("", wrong)
    return msgspec.structs.replace(base, **changes)


def _chosen(typed: Mapping[str, str], name: str) -> str:
    """What was typed; of a colour what was picked instead, where only that was changed."""
    text, was = typed[name], typed.get(f"{name}_was")
    return typed.get(f"{name}_picked", text) if was is not None and text == was else text


def _short(text: str) -> str:
    if len(text) > SHORT:
        raise _Wrong(TOO_LONG)
    if UNSEEN.search(text):
        raise _Wrong(NOT_SEEN)
    return text


def _name(text: str) -> str:
    if not text:
        raise _Wrong(NO_NAME)
    return _short(text)


def _email(text: str) -> str:
    try:
        if text:
            mail_addresses.check(text)
    except Invalid as wrong:
        raise _Wrong(wrong.fields["email"]) from wrong
    return text


def _place(text: str) -> str:
    if not re.fullmatch(r"|https?://\S+", text) or len(text) > LONGEST_ADDRESS:
        raise _Wrong(NO_PLACE)
    return text


def _colour(text: str) -> str:
    digits = text.removeprefix("#").lower()
    if re.fullmatch("[0-9a-f]{3}", digits):
        digits = "".join(2 * digit for digit in digits)
    if not re.fullmatch("[0-9a-f]{6}", digits):
        raise _Wrong(NO_COLOUR)
    return f"#{digits}"


def _lines(text: str) -> tuple[str, ...]:
    lines = tuple(line.strip() for line in text.splitlines() if line.strip())
    if len(lines) > LINES or any(len(line) > SHORT for line in lines):
        raise _Wrong(LINES_TOO_LONG)
    return tuple(map(_short, lines))


def _bank(text: str) -> tuple[tuple[str, str], ...]:
    parts = [line.partition(":") for line in _lines(text)]
    if not all(label.strip() and value.strip() for label, _, value in parts):
        raise _Wrong(NO_BANK_LINE)
    return tuple((label.strip(), value.strip()) for label, _, value in parts)

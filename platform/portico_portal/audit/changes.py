"""What changed of an entry's object, field by field, in the reader's words and formats."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from portico_connectors import registry
from portico_connectors.manifest import Field, Manifest
from portico_core.money import Money
from portico_portal.audit.names import Names, id_of
from portico_portal.audit.queries import AuditView
from portico_portal.audit.words import BRAND_FIELDS, BRAND_VALUES, FIELDS, SENT_TO, UNTOLD, VALUES
from portico_themes.formats import formats_of
from portico_themes.page import Page
from portico_themes.texts import N_, retold, translate
from portico_themes.wording_list import GROUPS

EDITED = frozenset({"brand", "texts"})  # of these both sides are told, and what one side lacks was not set
MINOR = "_minor"
MOMENT = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d.*)?")
NOT_SET = N_("not set")
ORDER = {name: place for place, name in enumerate(("settings", *FIELDS, *BRAND_FIELDS))}
TEXT_LABELS = {text.key: (group.label, text.label) for group in GROUPS for text in group.texts}

Said = Mapping[str, tuple[str, str]]  # by field: its name and its value in words


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One field and its values in words; None on a side that says nothing of it."""

    label: str
    before: str | None
    after: str | None


@lru_cache(maxsize=64)  # to find a connector, all that is installed is looked through
def manifest_of(connector: str) -> Manifest | None:
    """What a connector says of itself; None where it is not installed (any more), or was not noted."""
    try:
        return registry.load(connector).manifest
    except registry.UnknownConnector:
        return None


@dataclass(frozen=True, slots=True)
class Teller:
    """One reader's language, zone and day."""

    locale: str
    zone: ZoneInfo
    today: date

    @classmethod
    def of(cls, page: Page) -> "Teller":
        """The reader of a page."""
        return cls(page.locale, ZoneInfo(page.common["zone"]), page.today)

    def changes(self, row: AuditView, names: Names) -> list[Change]:
        """Everything that changed and is not said by the entry's object already."""
        before, after = (self._side(row, side or {}, names) for side in (row.before, row.after))
        unset = translate(self.locale, NOT_SET) if row.object_type in EDITED and row.before is not None else None
        return [_change(before.get(name), after.get(name), unset) for name in dict.fromkeys([*before, *after])]

    def _side(self, row: AuditView, side: Mapping[str, Any], names: Names) -> Said:
        given = {name: side[name] for name in sorted(side, key=_place) if side[name] is not None}
        match row.object_type:
            case "brand":
                return {name: self._branded(name, value) for name, value in given.items()}
            case "texts":
                return {name: (self._text_label(name), str(value)) for name, value in given.items()}
            case "connection":
                return self._connected(given, manifest_of(row.object_id))
            case "invitation":
                given.pop("email", None)
            case "invoice" | "payment":
                given.pop("number", None)
        currency = self._currency(row, names)
        return {name: self._field(name, value, currency) for name, value in given.items() if name not in UNTOLD}

    def _field(self, name: str, value: Any, currency: str) -> tuple[str, str]:
        label = self._text(FIELDS[name]) if name in FIELDS else name
        if name == "asked":
            method, _, path = str(value).partition(" ")
            return (label if method == "GET" else self._text(SENT_TO)), path
        if name.endswith(MINOR) and isinstance(value, int):
            return (label, formats_of(self.locale).money_of(Money(value, currency))) if currency else (name, str(value))
        if name in ("why", "because"):
            return label, retold(self.locale, str(value))
        known = VALUES.get(name, {}).get(str(value))
        return label, self._text(known) if known else self._plain(value)

    def _branded(self, name: str, value: Any) -> tuple[str, str]:
        known = BRAND_VALUES.get(name, {}).get(str(value))
        return self._text(BRAND_FIELDS.get(name, name)), self._text(known) if known else self._plain(value)

    def _text_label(self, name: str) -> str:
        """Receipt: Subject (German)."""
        language, _, key = name.partition(".")
        if key not in TEXT_LABELS:
            return name
        group, label = (self._text(each) for each in TEXT_LABELS[key])
        spoken = formats_of(self.locale).locale.languages.get(language, language)
        return f"{group}: {label} ({spoken})"

    def _connected(self, given: Mapping[str, Any], manifest: Manifest | None) -> Said:
        """Settings under the names that the connection's form gives them."""
        asked = {field.name: field for field in manifest.fields} if manifest else {}
        told: dict[str, tuple[str, str]] = {}
        for name, value in given.items():
            if name == "settings":
                keys = sorted(value, key=[*asked, *value].index)
                told |= {f"{name}.{key}": self._setting(asked.get(key), key, value[key]) for key in keys}
            elif name == "secrets_replaced":
                replaced = ", ".join(self._text(asked[key].label) if key in asked else key for key in value)
                told |= {name: (self._text(FIELDS[name]), replaced)} if replaced else {}
            else:
                told[name] = self._field(name, value, "")
        return told

    def _setting(self, field: Field | None, name: str, value: Any) -> tuple[str, str]:
        if field is None:
            return name, self._plain(value)
        chosen = dict(field.choices).get(str(value))
        return self._text(field.label), self._text(chosen) if chosen else self._plain(value)

    def _currency(self, row: AuditView, names: Names) -> str:
        """Of an entry's amounts: as noted with them, else the payment's."""
        noted = (row.after or {}).get("currency")
        known = id_of(row)
        name = names.get((row.object_type, known)) if known and row.object_type in ("payment", "posting") else None
        return str(noted) if noted else name.more if name else ""

    def _plain(self, value: Any) -> str:
        formats = formats_of(self.locale)
        match value:
            case bool():
                return self._text(N_("Yes") if value else N_("No"))
            case int():
                return formats.number(value)
            case list():
                return ", ".join(": ".join(each) if isinstance(each, list) else self._plain(each) for each in value)
            case str() if MOMENT.fullmatch(value):
                return self._moment(value)
        return str(value)

    def _moment(self, text: str) -> str:
        formats = formats_of(self.locale)
        try:
            at = datetime.fromisoformat(text)
        except ValueError:
            return text
        if len(text) == len("2026-11-19"):
            return formats.day(at.date(), self.today)
        return formats.stamp(at, self.zone, self.today) if at.tzinfo else text

    def _text(self, message: str) -> str:
        return translate(self.locale, message)


def _change(before: tuple[str, str] | None, after: tuple[str, str] | None, unset: str | None) -> Change:
    label, _ = before or after or ("", "")
    was, now = before[1] if before else unset, after[1] if after else unset
    return Change(label=label, before=None if was == now else was, after=now)


def _place(name: str) -> tuple[int, str]:
    return ORDER.get(name, len(ORDER)), name

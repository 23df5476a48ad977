"""The rules of request parameters: each endpoint lists what it takes, everything else is refused by name.

`beyond` names what Stripe takes and paysim does not: that is answered 501, never silently ignored.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import urlsplit

from portico_billing.paysim.protocol.errors import beyond, invalid, missing
from portico_billing.paysim.protocol.forms import Raw

LARGEST = 2**53


class Rule(Protocol):
    """Turns the raw value at `path` into what a handler works with, or raises ApiError."""

    def read(self, raw: Raw, path: str) -> Any: ...


@dataclass(frozen=True)
class Text:
    """A string; empty means "unset" and reads as None."""

    longest: int = 5000

    def read(self, raw: Raw, path: str) -> str | None:
        if not isinstance(raw, str):
            raise invalid(f"Invalid string: {path}", param=path)
        if len(raw) > self.longest:
            message = f"Invalid string: {path} must be at most {self.longest} characters"
            raise invalid(message, param=path)
        return raw or None


@dataclass(frozen=True)
class Url:
    """An address with its scheme; empty means "unset" and reads as None."""

    def read(self, raw: Raw, path: str) -> str | None:
        url = Text().read(raw, path)
        if url and not _is_web_address(url):
            raise invalid(f"Not a valid URL: {path}", code="url_invalid", param=path)
        return url


@dataclass(frozen=True)
class Integer:
    least: int | None = None
    most: int | None = None

    def read(self, raw: Raw, path: str) -> int | None:
        if raw == "":
            return None
        try:
            value = int(raw) if isinstance(raw, str) else None
        except ValueError:
            value = None
        if value is None or abs(value) > LARGEST:
            raise invalid(f"Invalid integer: {path}", code="parameter_invalid_integer", param=path)
        if self.least is not None and value < self.least:
            message = f"This value must be greater than or equal to {self.least}."
            raise invalid(message, code="parameter_invalid_integer", param=path)
        if self.most is not None and value > self.most:
            message = f"This value must be less than or equal to {self.most}."
            raise invalid(message, code="parameter_invalid_integer", param=path)
        return value


@dataclass(frozen=True)
class Flag:
    def read(self, raw: Raw, path: str) -> bool | None:
        if raw == "":
            return None
        if raw not in ("true", "false"):
            raise invalid(f"Invalid boolean: {path}", param=path)
        return raw == "true"


@dataclass(frozen=True)
class Choice:
    """One of `values`; those in `beyond` exist at Stripe and not here."""

    values: tuple[str, ...]
    beyond: tuple[str, ...] = ()

    def read(self, raw: Raw, path: str) -> str:
        if isinstance(raw, str) and raw in self.values:
            return raw
        if isinstance(raw, str) and raw in self.beyond:
            raise beyond(f"{path}={raw}")
        allowed = ", ".join((*self.values, *self.beyond))
        raise invalid(f"Invalid {path}: must be one of {allowed}", param=path)


@dataclass(frozen=True)
class Many:
    """A list, from numbered keys; empty reads as None."""

    rule: Rule
    most: int | None = None

    def read(self, raw: Raw, path: str) -> list[Any] | None:
        if raw == "":
            return None
        if not isinstance(raw, dict) or not all(key.isdigit() for key in raw):
            raise invalid(f"Invalid array: {path}", param=path)
        if self.most is not None and len(raw) > self.most:
            raise invalid(f"{path} takes at most {self.most} items", param=path)
        ordered = sorted(raw, key=int)
        return [self.rule.read(raw[key], f"{path}[{key}]") for key in ordered]


@dataclass(frozen=True)
class Metadata:
    """Stripe's limits: 50 keys of 40 characters, values of 500; an empty value removes its key."""

    def read(self, raw: Raw, path: str) -> dict[str, str] | None:
        if raw == "":
            return None
        if not isinstance(raw, dict):
            raise invalid(f"Invalid hash: {path}", param=path)
        if len(raw) > 50:
            raise invalid("Metadata can have at most 50 keys", param=path)
        read: dict[str, str] = {}
        for key, value in raw.items():
            if len(key) > 40:
                raise invalid(f"Metadata keys are at most 40 characters: {key}", param=path)
            if not isinstance(value, str) or len(value) > 500:
                message = f"Metadata values are strings of at most 500 characters: {key}"
                raise invalid(message, param=f"{path}[{key}]")
            read[key] = value
        return read


@dataclass(frozen=True)
class Group:
    """Named parameters. Reads to a dictionary of those that were given."""

    fields: Mapping[str, Rule]
    required: tuple[str, ...] = ()
    beyond: tuple[str, ...] = ()

    def read(self, raw: Raw, path: str) -> dict[str, Any]:
        if raw == "":
            raw = {}
        if not isinstance(raw, dict):
            raise invalid(f"Invalid object: {path}", param=path or None)
        for name in raw:
            if name in self.beyond:
                raise beyond(f"the parameter {_below(path, name)}")
            if name not in self.fields:
                at = _below(path, name)
                raise invalid(f"Received unknown parameter: {at}", code="parameter_unknown", param=at)
        for name in self.required:
            if name not in raw or raw[name] == "":
                raise missing(_below(path, name))
        return {name: self.fields[name].read(value, _below(path, name)) for name, value in raw.items()}


@dataclass(frozen=True)
class Span:
    """A moment, or bounds {gt, gte, lt, lte}; reads to SQL comparisons with their values."""

    bounds: Group = field(default_factory=lambda: Group({name: Integer() for name in ("gt", "gte", "lt", "lte")}))

    def read(self, raw: Raw, path: str) -> list[tuple[str, int]]:
        if isinstance(raw, str):
            moment = Integer().read(raw, path)
            return [("=", moment)] if moment is not None else []
        signs = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<="}
        read = self.bounds.read(raw, path)
        return [(signs[name], value) for name, value in read.items() if value is not None]


def _is_web_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname)


def _below(path: str, name: str) -> str:
    return f"{path}[{name}]" if path else name


EXPAND = Many(Text())
PAGING: dict[str, Rule] = {
    "limit": Integer(1, 100),
    "starting_after": Text(),
    "ending_before": Text(),
    "expand": EXPAND,
}


def takes(
    fields: Mapping[str, Rule] | None = None, *, required: tuple[str, ...] = (), beyond: tuple[str, ...] = ()
) -> Group:
    """The parameters of an endpoint that answers one object."""
    return Group({**(fields or {}), "expand": EXPAND}, required, beyond)


def lists(fields: Mapping[str, Rule] | None = None, *, beyond: tuple[str, ...] = ()) -> Group:
    """The parameters of an endpoint that answers a page of objects."""
    return Group({**(fields or {}), **PAGING}, (), beyond)

"""What a connector says of itself: name, the fields of its connection form, what it can do.

The connection page is drawn from this, so a new connector brings its form along.
"""

from collections.abc import Mapping
from typing import Literal

import msgspec


class Field(msgspec.Struct, frozen=True, kw_only=True):
    """One field of the connection form. `secret` and `secret_text` values are stored encrypted, never shown again."""

    name: str
    label: str
    kind: Literal["text", "secret", "secret_text", "choice"] = "text"
    hint: str = ""
    required: bool = True
    choices: tuple[tuple[str, str], ...] = ()
    default: str = ""
    pattern: str = ""
    only_if: tuple[str, str] | None = None  # (name of a choice field, the value that makes this field needed)

    @property
    def is_secret(self) -> bool:
        """Whether the value is stored encrypted."""
        return self.kind in ("secret", "secret_text")


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """A connector's description. `key` is its entry-point name."""

    key: str
    name: str
    fields: tuple[Field, ...]
    record_types: tuple[str, ...]
    concurrency: int = 4

    def asked(self, values: Mapping[str, str]) -> tuple[Field, ...]:
        """The fields that the form asks for once its choices are made as in `values`."""
        chosen = {
            field.name: values.get(field.name, "").strip() or field.default
            for field in self.fields
            if field.kind == "choice"
        }
        return tuple(
            field for field in self.fields if field.only_if is None or chosen.get(field.only_if[0]) == field.only_if[1]
        )

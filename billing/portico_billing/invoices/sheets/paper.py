"""What stands on the sheet of an invoice or credit memo, on the screen, the printer and in our own PDF."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import msgspec

from portico_core.money import Money
from portico_themes.formats import formats_of


class PaperLine(msgspec.Struct, frozen=True, kw_only=True):
    """A line as printed. Amounts are net, in major units of the paper's currency; `tax` is a text, mostly empty."""

    description: str
    sku: str
    unit: str
    quantity: Decimal
    unit_price: Decimal
    amount: Decimal
    tax: str = ""


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """What closed part of an invoice: a payment (ours has a `number` of ours) or a credit memo."""

    kind: str
    on: date
    number: str
    amount: Money


class Paper(msgspec.Struct, frozen=True, kw_only=True):
    """All that an invoice's or credit's sheet says, without the words around it. `country` is a code, such as GB."""

    kind: str
    number: str
    issued_on: date
    due_on: date | None
    purchase_order: str
    customer_number: str
    terms: str
    billed_to: tuple[str, ...]
    country: str
    currency: str
    memo: str
    lines: tuple[PaperLine, ...]
    net: Money
    tax: Money
    total: Money
    parts: tuple[Part, ...] = ()
    open: Money | None


def billed_to(name: str, address: Mapping[str, Any]) -> tuple[str, ...]:
    """Whom the paper is for, but for the country. ERPs often open the address with the name, which stands once."""
    lines = address_lines(address)
    return lines if lines[:1] == (name,) else (name, *lines)


def address_lines(address: Mapping[str, Any]) -> tuple[str, ...]:
    """A mirrored address (as `records.Address`) as printed, but for the country, without empty lines."""
    place = " ".join(address.get(key, "") for key in ("city", "region", "postal_code")).split()
    lines: Sequence[str] = address.get("lines") or ()
    return tuple(line for line in (*lines, " ".join(place)) if line)


def with_country(lines: Sequence[str], country: str, locale: str) -> list[str]:
    """An address with its country's name, in the language of `locale`, as the last line."""
    return [*lines, formats_of(locale).country(country)] if country else list(lines)

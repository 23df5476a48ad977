"""The lines of an invoice or credit, as its paper prints them."""

from collections.abc import Sequence
from decimal import Decimal

from portico_connectors.netsuite.client import Row
from portico_connectors.netsuite.fields import Unfit, number
from portico_connectors.records import Line


def printed_lines(rows: Sequence[Row], total: Decimal, *, sign: int) -> tuple[tuple[Line, ...], Decimal]:
    """The lines as printed and the tax: of the tax lines, or, where there are none, what the lines leave of the total.

    Members of a kit are printed with their kit.
    """
    printed: list[Line] = []
    tax: Decimal | None = None
    for row in rows:
        amount = sign * number(row, "foreignamount") if "foreignamount" in row else Decimal(0)
        if row.get("taxline") == "T":
            tax = (tax or Decimal(0)) + amount
        elif row.get("kitcomponent") != "T":
            printed.append(_line(len(printed) + 1, row, amount, sign))
    if tax is None:
        tax = total - sum((line.amount for line in printed), Decimal(0)) if printed else Decimal(0)
    return tuple(printed), tax


def _line(position: int, row: Row, amount: Decimal, sign: int) -> Line:
    quantity = sign * number(row, "quantity") if "quantity" in row else Decimal(0)
    return Line(
        position=position,
        sku=row.get("itemid", ""),
        description=row.get("memo") or row.get("displayname", ""),
        quantity=quantity,
        unit=row.get("unit", ""),
        unit_price=_unit_price(row, amount, quantity),
        amount=amount,
    )


def _unit_price(row: Row, amount: Decimal, quantity: Decimal) -> Decimal:
    """The rate; where there is none, or a percentage (discounts), what amount and quantity make of it."""
    try:
        return number(row, "rate")
    except Unfit:
        return round(amount / quantity, 6) if quantity else amount

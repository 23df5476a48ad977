"""Reads the Online Retail file a line at a time: texts as they stand there, numbers exact, what is wrong said."""

import csv
import gzip
from collections.abc import Iterator
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple, TextIO

COLUMNS = ("InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID", "Country")
PLACES = 6  # decimals that a company folder can hold in quantities and prices
NO_DAY = date(1, 1, 1)
NOTHING = Decimal(0)


class BadSource(Exception):
    """The file is not the Online Retail data set; the text says what is wrong with it."""


class Line(NamedTuple):
    """A line of the file. `place` is its number in the file, the heading being 1; with a `fault` the values mean
    nothing. Quantities are negative on credit notes.
    """

    place: int
    document: str
    code: str
    description: str
    quantity: Decimal
    issued_on: date
    price: Decimal
    customer: str
    country: str
    fault: str = ""


def lines(path: Path, encoding: str) -> Iterator[Line]:
    """All lines of the file, plain or gzipped. Raises BadSource."""
    with _opened(path, encoding) as handle:
        reader = csv.reader(handle)
        try:
            heading = [name.strip() for name in next(reader, [])]
            missing = [name for name in COLUMNS if name not in heading]
            if missing:
                raise BadSource(f"{path.name} has no column {', '.join(missing)}; its first line must name {COLUMNS}.")
            places = [heading.index(name) for name in COLUMNS]
            for values in reader:
                if len(values) == len(heading):
                    yield _line(reader.line_num, [values[place].strip() for place in places])
                elif values:
                    yield _unfit(reader.line_num, values[places[0]] if len(values) > places[0] else "", "is incomplete")
        except UnicodeDecodeError:
            raise BadSource(
                f"{path.name} is not {encoding}; name its encoding, for example --encoding cp1252."
            ) from None
        except (csv.Error, EOFError, gzip.BadGzipFile) as error:
            raise BadSource(f"{path.name} is no CSV: {error}") from None


def _opened(path: Path, encoding: str) -> TextIO:
    if path.suffix == ".gz":
        return gzip.open(path, "rt", encoding=encoding, newline="")
    return path.open(encoding=encoding, newline="")


def _line(place: int, values: list[str]) -> Line:
    document, code, description, quantity, issued, price, customer, country = values
    if not document:
        return _unfit(place, document, "names no document")
    try:
        return Line(
            place,
            document,
            code,
            description,
            _number(quantity),
            _day(issued.partition(" ")[0]),
            _number(price),
            customer.removesuffix(".0"),  # where a spreadsheet took the customers' numbers for measurements
            country,
        )
    except ValueError as unfit:
        return _unfit(place, document, f"has no readable number or date: {unfit}")


def _unfit(place: int, document: str, fault: str) -> Line:
    return Line(place, document, "", "", NOTHING, NO_DAY, NOTHING, "", "", fault)


def _number(text: str) -> Decimal:
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise ValueError(repr(text)) from None
    exponent = number.as_tuple().exponent
    if not isinstance(exponent, int) or exponent < -PLACES:
        raise ValueError(repr(text))
    return number


@lru_cache(maxsize=1000)
def _day(text: str) -> date:
    """As the archive's spreadsheet (2010-12-01) or its CSV (12/1/2010, the month first) writes it."""
    if "/" in text:
        month, day, year = text.split("/")
        return date(int(year), int(month), int(day))
    return date.fromisoformat(text)

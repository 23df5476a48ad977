"""Reading the CSV files of a company: columns by name, rows by line, every fault a sentence."""

import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TypeVar

from portico_connectors.simulators.netsuite.books.numbers import NotANumber, scaled

T = TypeVar("T")


@dataclass(frozen=True)
class File:
    """A file of the folder: its columns, those that no row may leave empty, and whether it may be absent."""

    name: str
    columns: tuple[str, ...]
    filled: tuple[str, ...]
    required: bool = False


class Problems:
    """The sentences so far."""

    def __init__(self) -> None:
        self.sentences: list[str] = []

    def add(self, file: File, line: int, sentence: str) -> None:
        """Note a fault of one line."""
        self.sentences.append(f"{file.name} line {line}: {sentence}")

    def add_file(self, file: File, sentence: str) -> None:
        """Note a fault of a whole file."""
        self.sentences.append(f"{file.name}: {sentence}")


class Row:
    """A row; its readers note what is wrong and set `bad`."""

    __slots__ = ("_places", "_problems", "_values", "bad", "file", "line")

    def __init__(self, file: File, line: int, values: list[str], places: dict[str, int], problems: Problems) -> None:
        self.file = file
        self.line = line
        self.bad = False
        self._values = values
        self._places = places
        self._problems = problems

    def text(self, column: str) -> str:
        """The value without surrounding blanks; empty where the file has no such column."""
        place = self._places.get(column)
        return "" if place is None else self._values[place].strip()

    def fault(self, sentence: str) -> None:
        """Note a fault of this row."""
        self.bad = True
        self._problems.add(self.file, self.line, sentence)

    def number(self, column: str, places: int) -> int | None:
        """A decimal number as an integer of 10**-places; None when empty."""
        return self._parsed(column, lambda text: scaled(text, places))

    def day(self, column: str) -> str | None:
        """A date as the store keeps it; None when empty."""

        def parse(text: str) -> str:
            if len(text) != 10:
                raise ValueError("is no date of the form YYYY-MM-DD")
            try:
                date.fromisoformat(text)
            except ValueError:
                raise ValueError("is no date of the form YYYY-MM-DD") from None
            return f"{text} 00:00:00"

        return self._parsed(column, parse)

    def whole(self, column: str) -> int | None:
        """A whole number of 0 or more; None when empty."""

        def parse(text: str) -> int:
            if not text.isdigit() or len(text) > 6:
                raise ValueError("is no whole number")
            return int(text)

        return self._parsed(column, parse)

    def flag(self, column: str) -> str:
        """yes or no as the store's letters; empty is no."""

        def parse(text: str) -> str:
            if text.lower() not in ("yes", "no"):
                raise ValueError('is neither "yes" nor "no"')
            return "T" if text.lower() == "yes" else "F"

        return self._parsed(column, parse) or "F"

    def _parsed(self, column: str, parse: Callable[[str], T]) -> T | None:
        text = self.text(column)
        if not text:
            return None
        try:
            return parse(text)
        except (NotANumber, ValueError) as error:
            self.fault(f"{column} {text!r} {error}")
            return None


def rows(folder: Path, file: File, problems: Problems) -> Iterator[Row]:
    """The rows of a file that have all their columns; nothing where an optional file is absent."""
    path = folder / file.name
    if not path.exists():
        if file.required:
            problems.add_file(file, "this file is missing")
        return
    try:
        with path.open(encoding="utf-8-sig", newline="") as handle:
            reader = csv.reader(handle)
            places = _places(next(reader, None), file, problems)
            for values in reader if places else ():
                if any(values):
                    row = _row(values, reader.line_num, places, file, problems)
                    if row is not None:
                        yield row
    except UnicodeDecodeError:
        problems.add_file(file, "this file is not UTF-8")
    except csv.Error as error:
        problems.add_file(file, f"this file is no CSV: {error}")


def _places(header: list[str] | None, file: File, problems: Problems) -> dict[str, int]:
    """Where each column stands; empty where the first line is not what it should be."""
    if header is None:
        problems.add_file(file, "this file is empty; its first line must name the columns")
        return {}
    names = [name.strip().lower() for name in header]
    sentences = [
        f"unknown column {name!r}; the columns are {', '.join(file.columns)}"
        for name in names
        if name not in file.columns
    ]
    sentences += [f"the column {name!r} is missing" for name in file.filled if name not in names]
    if len(set(names)) != len(names):
        sentences.append("a column is named twice")
    for sentence in sentences:
        problems.add(file, 1, sentence)
    return {} if sentences else {name: place for place, name in enumerate(names)}


def _row(values: list[str], line: int, places: dict[str, int], file: File, problems: Problems) -> Row | None:
    if len(values) != len(places):
        problems.add(file, line, f"{len(values)} values where the first line names {len(places)} columns")
        return None
    row = Row(file, line, values, places, problems)
    empty = [column for column in file.filled if not row.text(column)]
    if empty:
        row.fault(f"{empty[0]} is empty")
        return None
    return row

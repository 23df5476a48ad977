"""How commands show what they do: a bar and tables on a terminal, plain lines elsewhere, JSON where asked for."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import click
import msgspec
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table


def as_json(value: Any) -> None:
    """To standard output, indented, for scripts."""
    click.echo(msgspec.json.format(msgspec.json.encode(value), indent=2).decode())


def table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """A table on a terminal; without one, a line for each row, columns set apart by tabs."""
    if not sys.stdout.isatty():
        for row in rows:
            click.echo("\t".join(row))
        return
    shown = Table(*headings, box=None, header_style="bold", pad_edge=False)
    for row in rows:
        shown.add_row(*(escape(cell) for cell in row))
    Console().print(shown)


class Steps:
    """Progress over a number of things that is learnt, and may grow, while they are worked through."""

    def __init__(self, title: str, *, quiet: bool) -> None:
        self.total = 0
        self.count = 0
        self._plain = not quiet and not sys.stderr.isatty()
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=Console(stderr=True),
            disable=quiet or self._plain,
        )
        self._task = self._bar.add_task(escape(title), total=None)

    def expect(self, count: int) -> None:
        """So many more."""
        self.total += count
        self._bar.update(self._task, total=self.total)

    def step(self, line: str, *, bad: bool = False) -> None:
        """One is done. Without a terminal the line is printed; with one only where something is wrong."""
        self.count += 1
        self._bar.advance(self._task)
        if self._plain:
            click.echo(f"[{self.count}/{self.total}] {line}", err=True)
        elif bad:
            self._bar.console.print(escape(line), style="red")

    @contextmanager
    def shown(self) -> Iterator["Steps"]:
        """Show the bar meanwhile."""
        with self._bar:
            yield self

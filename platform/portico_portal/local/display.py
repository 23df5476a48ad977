"""The demo's progress on a terminal, and the same as plain lines where there is none."""

import contextlib
import sys
import time
from collections.abc import Iterator

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

WIDE = 160  # where there is no terminal to measure


class Display:
    def __init__(self, console: Console | None = None) -> None:
        self.console = console or Console(highlight=False, width=None if sys.stdout.isatty() else WIDE)

    def say(self, text: str, style: str | None = None) -> None:
        self.console.print(text, style=style, markup=False, soft_wrap=True)

    @contextlib.contextmanager
    def step(self, name: str) -> Iterator[list[str]]:
        """One step with its time; what is put into the list is shown beside it."""
        notes: list[str] = []
        started = time.monotonic()
        waiting = self.console.status(f"  {name} …") if self.console.is_terminal else contextlib.nullcontext()
        with waiting:
            yield notes
        self.console.print(
            f"  [green]✓[/green] {name:<22}",
            f"[dim]{time.monotonic() - started:5.1f} s  {', '.join(notes)}[/dim]",
            soft_wrap=True,
        )

    @contextlib.contextmanager
    def progress(self) -> Iterator["Bars"]:
        """Bars that grow; without a terminal a line at each quarter."""
        if not self.console.is_terminal:
            yield Bars(self, None)
            return
        columns = (
            TextColumn("  {task.description:<22}"),
            BarColumn(bar_width=32),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
        )
        with Progress(*columns, console=self.console) as progress:
            yield Bars(self, progress)


class Bars:
    """Named bars; totals may become known, and grow, on the way."""

    def __init__(self, display: Display, progress: Progress | None) -> None:
        self._display = display
        self._progress = progress
        self._shown: dict[str, int] = {}

    def show(self, name: str, done: int, total: int | None) -> None:
        if self._progress is not None:
            if name not in self._shown:
                self._shown[name] = int(self._progress.add_task(name, total=total))
            self._progress.update(self._progress.task_ids[self._shown[name]], completed=done, total=total)
            return
        quarter = 4 * done // total if total else 0
        if quarter > self._shown.get(name, 0):
            self._shown[name] = quarter
            self._display.say(f"    {name}: {done} of {total}")

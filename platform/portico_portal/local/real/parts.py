"""A run's parts one after the other: measured, attended, noted; one that is finished already is skipped."""

import time
from collections.abc import Awaitable, Callable
from typing import Any

from portico_portal.local.conductor import Conductor
from portico_portal.local.real.journal import Journal, Part, Spent
from portico_portal.local.real.processes import Meter

SHOWN_DIFFERENCES = 20

Outcome = tuple[dict[str, Any], list[str]]  # what a part tells, as JSON, and its differences


class Parts:
    """`meter` must be watching while parts are done whose memory matters."""

    def __init__(self, conductor: Conductor, journal: Journal) -> None:
        self.conductor = conductor
        self.journal = journal
        self.meter = Meter(conductor.supervisor)

    async def do(self, name: str, work: Callable[[], Awaitable[Outcome]]) -> None:
        """Do the part. With differences it counts as unfinished, so that the next run looks again."""
        display = self.conductor.display
        if self.journal.done(name):
            display.say(f"  ✓ {name:<22} done before", "dim")
            return
        began, before = time.monotonic(), self.meter.processor()
        self.meter.peaks.clear()
        part = Part(Spent())
        try:
            part.found, part.differences = await self.conductor.attended(work())
            part.is_done = not part.differences
        finally:
            self.meter.look()
            part.spent = self._spent(began, before)
            self.journal.note(name, part)
        for sentence in part.differences[:SHOWN_DIFFERENCES]:
            display.say(f"    {sentence}", "red")
        sign, notes = ("✗", f"{len(part.differences):,} differences") if part.differences else ("✓", "")
        display.say(f"  {sign} {name:<22} {part.spent.seconds:5.1f} s  {notes}")

    def _spent(self, began: float, before: dict[str, float]) -> Spent:
        processor = {name: seconds - before.get(name, 0.0) for name, seconds in self.meter.processor().items()}
        return Spent(time.monotonic() - began, processor, dict(self.meter.peaks))

"""Which parts of a run are finished, and what they found: so that a run that was stopped goes on where it was."""

from pathlib import Path
from typing import Any

import msgspec

from portico_portal.local.state import read_json, write_private


class Spent(msgspec.Struct):
    """What a part took. Processor seconds and the largest memory (bytes, shared pages by halves) by process."""

    seconds: float = 0.0
    processor: dict[str, float] = {}
    memory: dict[str, int] = {}

    def add(self, other: "Spent") -> None:
        """What an earlier, stopped try at the same part took."""
        self.seconds += other.seconds
        for name, seconds in other.processor.items():
            self.processor[name] = self.processor.get(name, 0.0) + seconds
        for name, size in other.memory.items():
            self.memory[name] = max(self.memory.get(name, 0), size)


class Part(msgspec.Struct):
    """A part of the run. `found` is what it tells, as JSON; `differences` are sentences."""

    spent: Spent
    is_done: bool = False
    found: dict[str, Any] = {}
    differences: list[str] = []


class Journal:
    """Kept in a file after each part. `subject` is what the run is about; of another subject nothing is known."""

    def __init__(self, file: Path, subject: dict[str, Any]) -> None:
        self.file = file
        self.parts: dict[str, Part] = {}
        self.subject = subject
        kept = read_json(file) or {}
        if kept and {**kept["subject"], "day": subject["day"]} == subject:
            # The day to which the dates were moved is that of the first start: the folder was made for it.
            self.subject = kept["subject"]
            self.parts = msgspec.convert(kept["parts"], dict[str, Part])

    def done(self, name: str) -> Part | None:
        part = self.parts.get(name)
        return part if part is not None and part.is_done else None

    def note(self, name: str, part: Part) -> None:
        """Finished or broken off: what earlier tries took counts as well."""
        if before := self.parts.get(name):
            part.spent.add(before.spent)
        self.parts[name] = part
        self.file.parent.mkdir(parents=True, exist_ok=True)
        write_private(self.file, {"subject": self.subject, "parts": msgspec.to_builtins(self.parts)})

    def forget(self) -> None:
        self.file.unlink(missing_ok=True)
        self.parts.clear()

    @property
    def differences(self) -> list[str]:
        return [sentence for part in self.parts.values() for sentence in part.differences]

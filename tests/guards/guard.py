"""What a guard is: where it stands, what it prevents, how it is taken out, which tests must then turn red."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Edit:
    """`old` stands once in `file`; `new` is what stands there without the guard."""

    file: str
    old: str
    new: str = ""

    def apply(self, root: Path) -> None:
        """Take it out under `root`. Raises LookupError where the list is older than the code."""
        path = root / self.file
        text = path.read_text()
        if text.count(self.old) != 1:
            raise LookupError(f"{self.file} has {text.count(self.old)} times {self.old!r}")
        path.write_text(text.replace(self.old, self.new))


@dataclass(frozen=True)
class Guard:
    """`tests` are pytest's names; every one of them must fail without the guard."""

    name: str
    prevents: str
    edits: tuple[Edit, ...]
    tests: tuple[str, ...]

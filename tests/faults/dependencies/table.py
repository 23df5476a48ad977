"""The table of table.toml as values: which word stands for a kind of page under a failure."""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

SOURCE = Path(__file__).with_name("table.toml")


@dataclass(frozen=True)
class Failure:
    """`name` is service and failure; `pages` has a word of the vocabulary for each kind of page."""

    name: str
    title: str
    pages: dict[str, str]


@dataclass(frozen=True)
class Service:
    """One service and how it can fail."""

    key: str
    name: str
    failures: tuple[Failure, ...]


@dataclass(frozen=True)
class Table:
    """`words` and `kinds` say in a sentence what their keys mean."""

    words: dict[str, str]
    kinds: dict[str, str]
    services: tuple[Service, ...]

    @property
    def failures(self) -> tuple[Failure, ...]:
        """All of them, service by service."""
        return tuple(failure for service in self.services for failure in service.failures)


@cache
def table() -> Table:
    """As it is written down. A row with a cell too few leaves that cell out; the tests ask for it."""
    read = tomllib.loads(SOURCE.read_text())
    return Table(
        read["words"],
        read["kinds"],
        tuple(
            Service(
                key,
                about["name"],
                tuple(
                    Failure(
                        f"{key}_{name}",
                        title,
                        {kind: words[at] for kind, words in about["pages"].items() if at < len(words)},
                    )
                    for at, (name, title) in enumerate(about["failures"].items())
                ),
            )
            for key, about in read["services"].items()
        ),
    )

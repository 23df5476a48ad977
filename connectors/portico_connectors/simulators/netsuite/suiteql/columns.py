"""What a table of SuiteQL is made of: columns of a kind, each an expression over the store."""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a value is, as far as SuiteQL treats it differently."""

    TEXT = "text"
    NUMBER = "number"
    BOOLEAN = "boolean"
    DATE = "date"
    DATETIME = "datetime"
    STATUS = "status"
    TYPE = "type"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Column:
    """A column. `refers` names the table whose display text BUILTIN.DF gives; `filled` = never null."""

    name: str
    kind: Kind
    sql: str
    refers: str | None = None
    filled: bool = False


@dataclass(frozen=True)
class Table:
    """A table: its columns and what they are selected from."""

    name: str
    source: str
    columns: dict[str, Column]
    feature: str | None = None


def table(name: str, source: str, spec: str, feature: str | None = None) -> Table:
    """Build a table from lines `name kind [=expression]`.

    Kinds: `text`, `number`, `id` (number, never null), `bool`, `date`, `datetime`, `stamp` (datetime, never null),
    `>table` (reference), `status`, `type`.
    """
    columns = {}
    for line in spec.strip().splitlines():
        head, _, expression = line.strip().partition("=")
        column, kind = head.split()
        refers = kind[1:] if kind.startswith(">") else None
        actual = Kind.NUMBER if refers else _KINDS.get(kind) or Kind(kind)
        columns[column] = Column(column, actual, expression.strip() or column, refers, kind in ("id", "stamp"))
    return Table(name, source, columns, feature)


_KINDS = {"id": Kind.NUMBER, "bool": Kind.BOOLEAN, "stamp": Kind.DATETIME}

"""SQL text is constant and values are bound: a tenant's role does not hold against injected SQL (test_walls.py).

Outside `tenants/`, which has to name roles and schemas, no SQL is put together from parts.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = ("platform", "connectors", "billing", "themes")
TAKES_SQL = frozenset(
    {
        *("text", "literal_column", "exec_driver_sql", "DDL"),
        *("execute", "executemany", "fetch", "fetchrow", "fetchval", "fetchmany", "prepare", "cursor"),
        *("copy_from_query", "copy_to_table", "copy_records_to_table"),
    }
)
BUILDS = frozenset({"format", "join", "replace", "substitute"})
EXEMPT = (
    "platform/portico_portal/local/logins.py",  # makes logins on one's own machine; names cannot be bound
    "connectors/portico_connectors/simulators/",  # on SQLite, with no tenant's data
    "billing/portico_billing/paysim/",
)


def put_together(source: str) -> Iterator[tuple[int, str]]:
    """Lines where SQL is given as an f-string with values in it, with + or %, or through str.format and the like."""
    tree = ast.parse(source)
    built = {
        target.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign) and node.value and _is_built(node.value, set())
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        if isinstance(target, ast.Name)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _name(node.func) in TAKES_SQL:
            for argument in [*node.args[:1], *(keyword.value for keyword in node.keywords if keyword.arg == "query")]:
                if _is_built(argument, built):
                    yield node.lineno, ast.unparse(argument)


def _is_built(node: ast.expr, built: set[str]) -> bool:
    match node:
        case ast.JoinedStr():
            return any(isinstance(part, ast.FormattedValue) for part in node.values)
        case ast.BinOp(left=left, op=ast.Add() | ast.Mod(), right=right):
            return any(_is_text(side, built) for side in (left, right))
        case ast.Call(func=ast.Attribute(value=value, attr=attribute)):
            return attribute in BUILDS and _is_text(value, built)
        case ast.IfExp(body=body, orelse=orelse):
            return _is_built(body, built) or _is_built(orelse, built)
        case ast.Name(id=name):
            return name in built
    return False


def _is_text(node: ast.expr, built: set[str]) -> bool:
    return (isinstance(node, ast.Constant) and isinstance(node.value, str)) or _is_built(node, built)


def _name(function: ast.expr) -> str:
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def test_no_room_but_tenants_puts_sql_together() -> None:
    files = [file for room in ROOMS for file in sorted((ROOT / room).rglob("*.py"))]
    found = [
        f"{file.relative_to(ROOT)}:{line}: bind the values of {sql}"
        for file in files
        if not file.relative_to(ROOT).as_posix().startswith(EXEMPT)
        for line, sql in put_together(file.read_text())
    ]
    assert len(files) > 50
    assert not found, "\n".join(found)


EVERY_COLUMN = re.compile(r"\b(SELECT|RETURNING)\s+(DISTINCT\s+)?(\w+\.)?\*", re.IGNORECASE)


def test_columns_are_listed() -> None:
    """What reads every column reads others as soon as a revision adds one: its prepared statement is stale then."""
    found = [
        f"{file.relative_to(ROOT)}: {match[0]}"
        for room in (*ROOMS, "tenants")
        for file in sorted((ROOT / room).rglob("*.py"))
        if not file.relative_to(ROOT).as_posix().startswith(EXEMPT)
        for match in EVERY_COLUMN.finditer(file.read_text())
    ]
    assert not found, "\n".join(found)
    assert EVERY_COLUMN.search('raw.fetch("SELECT i.* FROM invoice i")')


@pytest.mark.parametrize(
    "line",
    [
        'session.execute(text(f"SELECT {column} FROM invoice"))',
        "session.execute(text(\"SELECT * FROM invoice WHERE number = '%s'\" % number))",
        'text("SELECT * FROM invoice ORDER BY " + column)',
        'raw.fetch("SELECT * FROM {}".format(table))',
        'sql = f"SELECT {column}"\nraw.fetchval(sql)',
        'raw.execute("SELECT 1" if safe else f"SELECT {column}")',
        'raw.fetch(query=f"SELECT {column}")',
    ],
)
def test_it_sees_what_is_put_together(line: str) -> None:
    assert list(put_together(line))


@pytest.mark.parametrize(
    "line",
    [
        'session.execute(text("SELECT id FROM invoice WHERE number = :number"), {"number": number})',
        'raw.fetch("SELECT id FROM invoice" " WHERE number = $1", number)',
        "session.execute(select(InvoiceRow).where(InvoiceRow.number == f'INV-{number}'))",
        'page.text("Hello %(name)s", name=name)',
    ],
)
def test_it_leaves_bound_values_alone(line: str) -> None:
    assert not list(put_together(line))

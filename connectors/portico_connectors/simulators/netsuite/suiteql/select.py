"""SELECT statements: sources and joins, both outer-join notations, ROWNUM, grouping, order; to one SQLite text."""

from dataclasses import dataclass

from sqlglot import exp

from portico_connectors.simulators.netsuite.config import Options
from portico_connectors.simulators.netsuite.suiteql import calls
from portico_connectors.simulators.netsuite.suiteql.columns import Column, Kind, Table
from portico_connectors.simulators.netsuite.suiteql.dialect import parse_query, unsupported
from portico_connectors.simulators.netsuite.suiteql.expressions import Expressions
from portico_connectors.simulators.netsuite.suiteql.scope import Names, Scope, Sql
from portico_connectors.simulators.netsuite.suiteql.sources import Sources, conjuncts, row_limit

_CLAUSES = frozenset({"expressions", "from_", "joins", "where", "group", "having", "order", "distinct", "kind"})


@dataclass(frozen=True)
class Translated:
    """A query for SQLite, one that counts its rows, and the kinds of its columns by name in order."""

    sql: str
    count_sql: str
    columns: tuple[tuple[str, Kind], ...]


@dataclass(frozen=True)
class _Output:
    name: str
    value: Sql
    node: exp.Expression | None = None


def translate(text: str, tables: dict[str, Table], options: Options) -> Translated:
    """A SuiteQL text as SQLite's, for one account. Raises Refused with the service's words."""
    return _Translator(Names(tables, options)).translate(parse_query(text))


class _Translator:
    def __init__(self, names: Names) -> None:
        self.names = names
        self.expressions = Expressions(names, lambda node, scope: self.query(node, scope)[0])
        self.sources = Sources(names, self.expressions, self.query)

    def translate(self, node: exp.Expression) -> Translated:
        if isinstance(node, exp.Select):
            sql, counted, columns = self._select(node, None)
        else:
            sql, columns = self.query(node, None)
            counted = sql
        return Translated(
            sql,
            f"SELECT COUNT(*) FROM ({counted})",
            tuple((name, column.kind) for name, column in columns.items()),
        )

    def query(self, node: exp.Expression, parent: Scope | None) -> tuple[str, dict[str, Column]]:
        """A SELECT or a set operation, anywhere."""
        if isinstance(node, exp.Subquery) and not node.args.get("joins"):
            return self.query(node.this, parent)
        if isinstance(node, exp.Select):
            sql, _, columns = self._select(node, parent)
            return sql, columns
        if isinstance(node, exp.SetOperation):
            return self._set_operation(node, parent)
        raise unsupported()

    def _set_operation(self, node: exp.SetOperation, parent: Scope | None) -> tuple[str, dict[str, Column]]:
        if any(node.args.get(part) for part in ("with_", "limit", "offset")):
            raise unsupported()
        left, columns = self.query(node.this, parent)
        right, others = self.query(node.expression, parent)
        if len(columns) != len(others):
            raise unsupported()
        word = {exp.Union: "UNION", exp.Intersect: "INTERSECT", exp.Except: "EXCEPT"}.get(type(node))
        if word is None:
            raise unsupported()
        sql = f"SELECT * FROM ({left}) {word}{'' if node.args.get('distinct') else ' ALL'} SELECT * FROM ({right})"
        order = node.args.get("order")
        if order is not None:
            scope = Scope(parent, {"": columns})
            terms = [self.expressions.ordered(term, scope, self._named(term, columns)) for term in order.expressions]
            sql += " ORDER BY " + ", ".join(terms)
        return sql, columns

    def _select(self, node: exp.Select, parent: Scope | None) -> tuple[str, str, dict[str, Column]]:
        if any(value and name not in _CLAUSES for name, value in node.args.items()):
            raise unsupported()
        distinct = node.args.get("distinct")
        if distinct is not None and distinct.args.get("on"):
            raise unsupported()
        scope = Scope(parent)
        parts = conjuncts(node.args["where"].this) if node.args.get("where") else []
        limit, parts = row_limit(parts)
        source_sql, parts = self.sources.joined(node, scope, parts)
        outputs = self._outputs(node, scope)
        columns = {
            out.name: Column(out.name, out.value.kind, out.name, out.value.refers, out.value.filled) for out in outputs
        }
        tail = source_sql
        if parts:
            tail += " WHERE " + " AND ".join(self.expressions.sql(part, scope).text for part in parts)
        grouped = self._group(node, scope, outputs)
        tail += grouped
        selected = ", ".join(f'{out.value.text} AS "{out.name}"' for out in outputs)
        head = "SELECT DISTINCT" if distinct else "SELECT"
        terms = self._order(node, scope, columns)
        if limit is not None:
            return self._limited(head, selected, tail, terms, limit, columns)
        ordered = " ORDER BY " + ", ".join(terms) if terms else ""
        plain_rows = not distinct and not grouped and not any(self._aggregates(out.node) for out in outputs)
        # Without projections the count does not compute what it throws away.
        counted = f"SELECT 1 {tail}" if plain_rows else f"{head} {selected} {tail}"
        return f"{head} {selected} {tail}{ordered}", counted, columns

    def _limited(
        self, head: str, selected: str, tail: str, terms: list[str], limit: str, columns: dict[str, Column]
    ) -> tuple[str, str, dict[str, Column]]:
        """ROWNUM counts before the order is made, so the order is made outside."""
        hidden = [f'{_without_direction(term)} AS "#{number}"' for number, term in enumerate(terms)]
        inner = f"{head} {', '.join([selected, *hidden])} {tail} LIMIT {limit}"
        names = ", ".join(f'"{name}"' for name in columns)
        order = ", ".join(f'"#{number}"{_direction(term)}' for number, term in enumerate(terms))
        sql = f"SELECT {names} FROM ({inner})" + (f" ORDER BY {order}" if order else "")
        return sql, sql, columns

    def _outputs(self, node: exp.Select, scope: Scope) -> list[_Output]:
        outputs: list[_Output] = []
        unnamed = 0
        for item in node.expressions:
            if isinstance(item, exp.Star):
                outputs += self._star(scope, None)
            elif isinstance(item, exp.Column) and isinstance(item.this, exp.Star):
                outputs += self._star(scope, item.table)
            elif isinstance(item, exp.Alias):
                outputs.append(_Output(item.alias.lower(), self.expressions.sql(item.this, scope), item.this))
            elif isinstance(item, exp.Column):
                outputs.append(_Output(item.name.lower(), self.expressions.sql(item, scope), item))
            else:
                unnamed += 1
                outputs.append(_Output(f"expr{unnamed}", self.expressions.sql(item, scope), item))
        seen: dict[str, int] = {}
        named = []
        for out in outputs:
            again = seen.get(out.name)
            seen[out.name] = 0 if again is None else again + 1
            name = out.name if again is None else f"{out.name}_{again}"
            named.append(_Output(name, out.value, out.node))
        return named

    def _star(self, scope: Scope, alias: str | None) -> list[_Output]:
        found = [
            _Output(name, Sql(f'"{source}"."{name}"', column.kind, column.refers, column.filled))
            for source, columns in scope.sources.items()
            if alias is None or source == alias.lower()
            for name, column in columns.items()
        ]
        if not found:
            raise unsupported()
        return found

    def _group(self, node: exp.Select, scope: Scope, outputs: list[_Output]) -> str:
        group = node.args.get("group")
        having = node.args.get("having")
        aggregated = any(self._aggregates(out.node) for out in outputs)
        if group is None and not aggregated:
            if having is not None:
                raise unsupported()
            return ""
        keys = [self.expressions.sql(key, scope).text for key in group.expressions] if group else []
        if group and any(value and name != "expressions" for name, value in group.args.items()):
            raise unsupported()
        for out in outputs:
            if not self._covered(out.node, scope, keys):
                raise unsupported()
        text = f" GROUP BY {', '.join(keys)}" if keys else ""
        if having is not None:
            text += f" HAVING {self.expressions.sql(having.this, scope).text}"
        return text

    def _covered(self, node: exp.Expression | None, scope: Scope, keys: list[str]) -> bool:
        """Whether a grouped query may select this: a key, or aggregates and literals of keys."""
        if node is None:
            return False
        if isinstance(node, (exp.Literal, exp.Null, exp.Placeholder, exp.Var, exp.DataType)) or _is_aggregate(node):
            return True
        if isinstance(node, (exp.Subquery, exp.Exists, exp.CurrentTimestamp)):
            return True
        if self.expressions.knows(node) and self.expressions.sql(node, scope).text in keys:
            return True
        children = [child for child in node.iter_expressions() if not isinstance(child, exp.Identifier)]
        return bool(children) and all(self._covered(child, scope, keys) for child in children)

    def _aggregates(self, node: exp.Expression | None) -> bool:
        if node is None or isinstance(node, (exp.Subquery, exp.Window)):
            return False
        return _is_aggregate(node) or any(self._aggregates(child) for child in node.iter_expressions())

    def _order(self, node: exp.Select, scope: Scope, columns: dict[str, Column]) -> list[str]:
        order = node.args.get("order")
        if order is None:
            return []
        return [self.expressions.ordered(term, scope, self._named(term, columns)) for term in order.expressions]

    def _named(self, term: exp.Expression, columns: dict[str, Column]) -> Sql | None:
        """The output column that an order term names, by alias or by position."""
        node = term.this
        if isinstance(node, exp.Literal) and not node.args.get("is_string"):
            place = int(node.this)
            if not 1 <= place <= len(columns):
                raise unsupported()
            column = list(columns.values())[place - 1]
        elif isinstance(node, exp.Column) and not node.table and node.name.lower() in columns:
            column = columns[node.name.lower()]
        else:
            return None
        return Sql(f'"{column.name}"', column.kind, column.refers, column.filled)


def _is_aggregate(node: exp.Expression) -> bool:
    return isinstance(node, exp.Anonymous) and str(node.this).upper() in calls.AGGREGATES


def _direction(term: str) -> str:
    cut = len(_without_direction(term))
    return term[cut:]


def _without_direction(term: str) -> str:
    for suffix in (" NULLS LAST", " NULLS FIRST", " DESC"):
        term = term.removesuffix(suffix)
    return term

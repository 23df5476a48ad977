"""The FROM of a query: tables and sub-selects, ANSI joins or Oracle's `(+)`, never both; and ROWNUM as a limit."""

from collections.abc import Callable

from sqlglot import exp

from portico_connectors.simulators.netsuite.suiteql.columns import Column
from portico_connectors.simulators.netsuite.suiteql.dialect import PARAMETER, unsupported
from portico_connectors.simulators.netsuite.suiteql.expressions import Expressions
from portico_connectors.simulators.netsuite.suiteql.scope import Names, Scope

Query = Callable[[exp.Expression, Scope | None], tuple[str, dict[str, Column]]]


class Sources:
    """Translates the sources of a SELECT and names them in its scope."""

    def __init__(self, names: Names, expressions: Expressions, query: Query) -> None:
        self.names = names
        self.expressions = expressions
        self.query = query

    def joined(self, node: exp.Select, scope: Scope, parts: list[exp.Expression]) -> tuple[str, list[exp.Expression]]:
        """The FROM clause, and the conditions that stay in WHERE."""
        start = node.args.get("from_")
        if start is None:
            raise unsupported()
        joins = list(node.args.get("joins") or [])
        ansi = any(join.args.get(part) for join in joins for part in ("on", "side", "using", "method", "kind"))
        marked = [part for part in parts if _marks(part)]
        if marked and ansi:
            # SQL-92 and Oracle syntax must not be mixed.
            raise unsupported()
        sources = [self._source(start.this, scope)]
        for join in joins:
            if join.args.get("using") or join.args.get("method"):
                raise unsupported()
            sources.append(self._source(join.this, scope))
        if marked:
            return self._oracle(sources, marked, scope), [part for part in parts if not _marks(part)]
        text = f"FROM {sources[0][1]}"
        for join, (_, source) in zip(joins, sources[1:], strict=True):
            text += self._ansi(join, source, scope)
        return text, parts

    def _ansi(self, join: exp.Join, source: str, scope: Scope) -> str:
        side = str(join.args.get("side") or "").upper()
        kind = str(join.args.get("kind") or "").upper()
        if side not in ("", "LEFT", "RIGHT", "FULL") or kind not in ("", "INNER", "OUTER", "CROSS"):
            raise unsupported()
        on = join.args.get("on")
        if on is None:
            if side:
                raise unsupported()
            return f" JOIN {source}"
        return f" {side} JOIN {source} ON {self.expressions.sql(on, scope).text}"

    def _source(self, node: exp.Expression, scope: Scope) -> tuple[str, str]:
        """One source: its alias and its text; its columns go into the scope."""
        if isinstance(node, exp.Table):
            if node.args.get("db") or node.args.get("joins") or not isinstance(node.this, exp.Identifier):
                raise unsupported()
            table = self.names.table(node.name)
            alias = (node.alias or node.name).lower()
            scope.add(alias, table.columns, table.name)
            return alias, f'ns_{table.name} AS "{alias}"'
        if isinstance(node, exp.Subquery):
            if node.args.get("joins"):
                raise unsupported()
            sql, columns = self.query(node.this, scope.parent or Scope())
            alias = (node.alias or f"sub{len(scope.sources)}").lower()
            scope.add(alias, columns, alias)
            return alias, f'({sql}) AS "{alias}"'
        raise unsupported()

    def _oracle(self, sources: list[tuple[str, str]], marked: list[exp.Expression], scope: Scope) -> str:
        optional: dict[str, list[exp.Expression]] = {}
        for part in marked:
            aliases = {self._alias(column, scope) for column in _marks(part)}
            if len(aliases) != 1:
                raise unsupported()
            optional.setdefault(aliases.pop(), []).append(part)
        joined = [alias for alias, _ in sources if alias not in optional]
        if not joined:
            raise unsupported()
        texts = dict(sources)
        sql = "FROM " + " JOIN ".join(texts[alias] for alias in joined)
        waiting = [alias for alias, _ in sources if alias in optional]
        while waiting:
            ready = [a for a in waiting if self._needs(optional[a], scope) - {a} <= set(joined)]
            if not ready:
                raise unsupported()
            for alias in ready:
                condition = " AND ".join(self.expressions.sql(part, scope).text for part in optional[alias])
                sql += f" LEFT JOIN {texts[alias]} ON {condition}"
                joined.append(alias)
                waiting.remove(alias)
        return sql

    def _needs(self, parts: list[exp.Expression], scope: Scope) -> set[str]:
        return {self._alias(column, scope) for part in parts for column in part.find_all(exp.Column)}

    def _alias(self, column: exp.Column, scope: Scope) -> str:
        return self.names.column(scope, column.table or None, column.name).text.split('"')[1]


def conjuncts(node: exp.Expression) -> list[exp.Expression]:
    """The conditions that AND joins at the top."""
    if isinstance(node, exp.And):
        return [*conjuncts(node.this), *conjuncts(node.expression)]
    if isinstance(node, exp.Paren) and isinstance(node.this, exp.And):
        return conjuncts(node.this)
    return [node]


def row_limit(parts: list[exp.Expression]) -> tuple[str | None, list[exp.Expression]]:
    """ROWNUM conditions as a limit; any other use of ROWNUM in WHERE is refused, as it would find nothing."""
    limit, rest = None, []
    for part in parts:
        if not any(_is_rownum(column) for column in part.find_all(exp.Column)):
            rest.append(part)
            continue
        bound = _bound(part)
        if bound is None or limit is not None:
            raise unsupported()
        limit = bound
    return limit, rest


def _bound(part: exp.Expression) -> str | None:
    if isinstance(part, exp.Between) and _is_rownum(part.this) and part.args["low"].name == "1":
        return _number(part.args["high"])
    if not _is_rownum(part.this):
        return None
    number = _number(part.args.get("expression"))
    if number is None:
        return None
    if isinstance(part, exp.LTE):
        return number
    if isinstance(part, exp.LT):
        return f"({number} - 1)"
    if isinstance(part, exp.EQ) and number == "1":
        return "1"
    return None


def _number(node: exp.Expression | None) -> str | None:
    if isinstance(node, exp.Literal) and str(node.this).isdigit():
        return str(node.this)
    if isinstance(node, exp.Placeholder) and str(node.this).startswith(PARAMETER):
        return f"CAST(?{str(node.this).removeprefix(PARAMETER)} AS INTEGER)"
    return None


def _is_rownum(node: exp.Expression) -> bool:
    return isinstance(node, exp.Column) and not node.table and node.name.upper() == "ROWNUM"


def _marks(part: exp.Expression) -> list[exp.Column]:
    return [column for column in part.find_all(exp.Column) if column.args.get("join_mark")]

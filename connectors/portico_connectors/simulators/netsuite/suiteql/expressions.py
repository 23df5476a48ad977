"""Expressions: one syntax node to SQLite's SQL, with the value's kind carried along."""

from collections.abc import Callable

from sqlglot import exp

from portico_connectors.simulators.netsuite.suiteql import calls
from portico_connectors.simulators.netsuite.suiteql.calls import DATED, plain
from portico_connectors.simulators.netsuite.suiteql.columns import Kind
from portico_connectors.simulators.netsuite.suiteql.dialect import PARAMETER, unsupported
from portico_connectors.simulators.netsuite.suiteql.scope import Names, Scope, Sql

MOST_IN_A_LIST = 1000

_COMPARE: dict[type[exp.Expression], str] = {
    exp.EQ: "=",
    exp.NEQ: "<>",
    exp.GT: ">",
    exp.GTE: ">=",
    exp.LT: "<",
    exp.LTE: "<=",
}
_ARITHMETIC: dict[type[exp.Expression], str] = {exp.Mul: "*", exp.Div: "/"}
_PART = {"YEAR": "%Y", "MONTH": "%m", "DAY": "%d", "HOUR": "%H", "MINUTE": "%M", "SECOND": "%S"}

Subquery = Callable[[exp.Expression, Scope], str]


class Expressions:
    """Translates expressions of one query. `subquery` translates a SELECT inside them."""

    def __init__(self, names: Names, subquery: Subquery) -> None:
        self.names = names
        self.subquery = subquery

    def sql(self, node: exp.Expression | None, scope: Scope) -> Sql:
        """A node of any sort that the service knows; Refused for all others."""
        if node is None:
            raise unsupported()
        compare = _COMPARE.get(type(node))
        if compare is not None:
            return self._compare(self.sql(node.this, scope), compare, self.sql(node.expression, scope))
        handler = self._handlers.get(type(node))
        if handler is None:
            raise unsupported()
        return handler(self, node, scope)

    def knows(self, node: exp.Expression) -> bool:
        """Whether a node of this sort can be translated by itself."""
        return type(node) in self._handlers or type(node) in _COMPARE

    def _column(self, node: exp.Expression, scope: Scope) -> Sql:
        if not isinstance(node, exp.Column) or isinstance(node.this, exp.Star):
            raise unsupported()
        if node.this.args.get("quoted") and scope.parent is not None:
            raise unsupported()
        name = node.name.upper()
        if not node.table and name in ("CURRENT_DATE", "SYSTIMESTAMP", "CURRENT_TIMESTAMP"):
            return Sql("now_wall()", Kind.DATETIME)
        if not node.table and name == "ROWNUM":
            return Sql("ROW_NUMBER() OVER ()", Kind.NUMBER)
        return self.names.column(scope, node.table or None, node.name)

    def _literal(self, node: exp.Expression, _scope: Scope) -> Sql:
        if node.args.get("is_string"):
            return Sql("'" + node.this.replace("'", "''") + "'", Kind.TEXT, literal=node.this)
        return Sql(node.this, Kind.NUMBER, literal=node.this)

    def _null(self, _node: exp.Expression, _scope: Scope) -> Sql:
        return Sql("NULL")

    def _placeholder(self, node: exp.Expression, _scope: Scope) -> Sql:
        name = str(node.this or "")
        if not name.startswith(PARAMETER):
            raise unsupported()
        return Sql(f"?{name.removeprefix(PARAMETER)}", parameter=True)

    def _sysdate(self, node: exp.Expression, _scope: Scope) -> Sql:
        return Sql("now_wall()", Kind.DATETIME)

    def _logic(self, node: exp.Expression, scope: Scope) -> Sql:
        word = "AND" if isinstance(node, exp.And) else "OR"
        return Sql(f"({self.sql(node.this, scope).text} {word} {self.sql(node.expression, scope).text})")

    def _not(self, node: exp.Expression, scope: Scope) -> Sql:
        return Sql(f"(NOT {self.sql(node.this, scope).text})")

    def _paren(self, node: exp.Expression, scope: Scope) -> Sql:
        inner = self.sql(node.this, scope)
        return Sql(f"({inner.text})", inner.kind, inner.refers, inner.filled, inner.literal, inner.parameter)

    def _neg(self, node: exp.Expression, scope: Scope) -> Sql:
        value = self.sql(node.this, scope)
        return Sql(f"(-{value.text})", Kind.NUMBER, literal=None if value.literal is None else f"-{value.literal}")

    def _compare(self, left: Sql, operator: str, right: Sql) -> Sql:
        left, right = self.comparable(left, right), self.comparable(right, left)
        return Sql(f"({left.text} {operator} {right.text})")

    def comparable(self, value: Sql, other: Sql) -> Sql:
        """A value as it must be to be compared with `other`: Oracle's conversions, and its refusals."""
        if value.literal == "" and value.kind == Kind.TEXT:
            return Sql("NULL")
        if value.kind == Kind.STATUS:
            if self.names.options.bare_status and other.literal is not None and ":" not in other.literal:
                return plain(value)
            return value
        if other.kind in DATED and value.kind not in DATED:
            # A date can only be compared with a date; text must go through TO_DATE.
            if value.parameter:
                return Sql(f"account_date({value.text})", Kind.DATETIME)
            if value.literal is not None:
                raise unsupported()
        if other.kind == Kind.NUMBER and (value.parameter or (value.kind == Kind.TEXT and value.literal is not None)):
            return Sql(f"CAST({value.text} AS NUMERIC)", Kind.NUMBER)
        if other.kind == Kind.TEXT and value.kind == Kind.NUMBER:
            return Sql(f"CAST({value.text} AS TEXT)", Kind.TEXT)
        return value

    def _in(self, node: exp.Expression, scope: Scope) -> Sql:
        subject = self.sql(node.this, scope)
        query = node.args.get("query")
        if query is not None:
            inner = query.this if isinstance(query, exp.Subquery) else query
            return Sql(f"({plain(subject).text} IN ({self.subquery(inner, scope)}))")
        values = [self.sql(value, scope) for value in node.expressions]
        if not values or len(values) > MOST_IN_A_LIST:
            raise unsupported()
        first = self.comparable(subject, values[0])
        listed = ", ".join(self.comparable(value, subject).text for value in values)
        return Sql(f"({first.text} IN ({listed}))")

    def _between(self, node: exp.Expression, scope: Scope) -> Sql:
        subject = self.sql(node.this, scope)
        low = self.comparable(self.sql(node.args["low"], scope), subject)
        high = self.comparable(self.sql(node.args["high"], scope), subject)
        return Sql(f"({subject.text} BETWEEN {low.text} AND {high.text})")

    def _like(self, node: exp.Expression, scope: Scope) -> Sql:
        return Sql(f"({self.sql(node.this, scope).text} LIKE {self.sql(node.expression, scope).text})")

    def _escape(self, node: exp.Expression, scope: Scope) -> Sql:
        like = self.sql(node.this, scope).text
        return Sql(f"({like[1:-1]} ESCAPE {self.sql(node.expression, scope).text})")

    def _is(self, node: exp.Expression, scope: Scope) -> Sql:
        if not isinstance(node.expression, exp.Null):
            raise unsupported()
        value = self.sql(node.this, scope)
        # An empty text is null in Oracle; columns hold no empty texts, results of functions may.
        text = value.text if value.kind not in (Kind.TEXT, Kind.UNKNOWN) else f"NULLIF({value.text}, '')"
        return Sql(f"({text} IS NULL)")

    def _plus_minus(self, node: exp.Expression, scope: Scope) -> Sql:
        left, right = self.sql(node.this, scope), self.sql(node.expression, scope)
        sign = "-" if isinstance(node, exp.Sub) else "+"
        if left.kind in DATED and right.kind in DATED and sign == "-":
            return Sql(f"date_minus({left.text}, {right.text})", Kind.NUMBER)
        if left.kind in DATED:
            return Sql(f"date_plus({left.text}, {sign}({right.text}))", left.kind)
        if Kind.TEXT in (left.kind, right.kind):
            raise unsupported()
        return Sql(f"({left.text} {sign} {right.text})", Kind.NUMBER)

    def _times_divided(self, node: exp.Expression, scope: Scope) -> Sql:
        left, right = self.sql(node.this, scope), self.sql(node.expression, scope)
        return Sql(f"(({left.text}) * 1.0 {_ARITHMETIC[type(node)]} ({right.text}))", Kind.NUMBER)

    def _concat(self, node: exp.Expression, scope: Scope) -> Sql:
        return calls.concat(self.sql(node.this, scope), self.sql(node.expression, scope))

    def _case(self, node: exp.Expression, scope: Scope) -> Sql:
        subject = self.sql(node.this, scope) if node.this else None
        text, kind = "CASE", Kind.UNKNOWN
        for branch in node.args["ifs"]:
            test = self.sql(branch.this, scope)
            if subject is not None:
                test = self._compare(subject, "=", test)
            result = plain(self.sql(branch.args["true"], scope))
            kind = result.kind if kind == Kind.UNKNOWN else kind
            text += f" WHEN {test.text} THEN {result.text}"
        default = node.args.get("default")
        if default is not None:
            result = plain(self.sql(default, scope))
            kind = result.kind if kind == Kind.UNKNOWN else kind
            text += f" ELSE {result.text}"
        return Sql(f"{text} END", kind)

    def _cast(self, node: exp.Expression, scope: Scope) -> Sql:
        value = plain(self.sql(node.this, scope))
        target = node.args["to"].this
        if target in exp.DataType.TEXT_TYPES:
            return calls.call("TO_CHAR", [value])
        if target in (exp.DataType.Type.DATE, exp.DataType.Type.DATETIME, exp.DataType.Type.TIMESTAMP):
            return value if value.kind in DATED else calls.call("TO_DATE", [value])
        if target in exp.DataType.NUMERIC_TYPES:
            return Sql(f"CAST({value.text} AS NUMERIC)", Kind.NUMBER)
        raise unsupported()

    def _extract(self, node: exp.Expression, scope: Scope) -> Sql:
        part = _PART.get(node.this.name.upper())
        if part is None:
            raise unsupported()
        return Sql(f"CAST(strftime('{part}', {self.sql(node.expression, scope).text}) AS INTEGER)", Kind.NUMBER)

    def _trim(self, node: exp.Expression, scope: Scope) -> Sql:
        function = {"LEADING": "LTRIM", "TRAILING": "RTRIM"}.get(str(node.args.get("position") or "BOTH"), "TRIM")
        values = [plain(self.sql(node.this, scope)).text]
        if node.args.get("expression") is not None:
            values.append(self.sql(node.expression, scope).text)
        return Sql(f"{function}({', '.join(values)})", Kind.TEXT)

    def _exists(self, node: exp.Expression, scope: Scope) -> Sql:
        inner = node.this.this if isinstance(node.this, exp.Subquery) else node.this
        return Sql(f"EXISTS ({self.subquery(inner, scope)})")

    def _scalar(self, node: exp.Expression, scope: Scope) -> Sql:
        return Sql(f"({self.subquery(node.this, scope)})")

    def _builtin(self, node: exp.Expression, scope: Scope) -> Sql:
        function = node.expression
        if node.name.upper() and str(node.this.name).upper() != "BUILTIN":
            raise unsupported()
        if not isinstance(function, exp.Anonymous) or function.name.upper() != "DF" or len(function.expressions) != 1:
            raise unsupported()
        return calls.display(self.sql(function.expressions[0], scope))

    def _call(self, node: exp.Expression, scope: Scope) -> Sql:
        name = str(node.this).upper()
        calls.require(name)
        if name == "REGEXP_LIKE":
            return Sql(f"({calls.call(name, [self.sql(v, scope) for v in node.expressions]).text} = 1)")
        if name == "COUNT" and len(node.expressions) == 1 and isinstance(node.expressions[0], exp.Star):
            return Sql("COUNT(*)", Kind.NUMBER)
        if name in calls.AGGREGATES and len(node.expressions) == 1 and isinstance(node.expressions[0], exp.Distinct):
            values = node.expressions[0].expressions
            if len(values) != 1:
                raise unsupported()
            inner = plain(self.sql(values[0], scope))
            return Sql(f"{name}(DISTINCT {inner.text})", Kind.NUMBER if name == "COUNT" else inner.kind)
        return calls.call(name, [self.sql(value, scope) for value in node.expressions])

    def _window(self, node: exp.Expression, scope: Scope) -> Sql:
        function = node.this
        if not isinstance(function, exp.Anonymous) or str(function.this).upper() not in calls.WINDOWED:
            raise unsupported()
        if node.args.get("spec") or node.args.get("alias"):
            raise unsupported()
        value = self.sql(function, scope)
        parts = []
        if node.args.get("partition_by"):
            parts.append("PARTITION BY " + ", ".join(self.sql(e, scope).text for e in node.args["partition_by"]))
        order = node.args.get("order")
        if order is not None:
            parts.append("ORDER BY " + ", ".join(self.ordered(e, scope) for e in order.expressions))
        return Sql(f"{value.text} OVER ({' '.join(parts)})", value.kind)

    def ordered(self, node: exp.Expression, scope: Scope, value: Sql | None = None) -> str:
        """One term of an ORDER BY; nulls stand last, or first when descending, unless the text says otherwise."""
        if not isinstance(node, exp.Ordered):
            raise unsupported()
        value = value or self.sql(node.this, scope)
        text = value.text + (" DESC" if node.args.get("desc") else "")
        return text if value.filled else f"{text} NULLS {'FIRST' if node.args.get('nulls_first') else 'LAST'}"

    _handlers: dict[type[exp.Expression], Callable[["Expressions", exp.Expression, Scope], Sql]] = {  # noqa: RUF012 - a constant table of this class's methods
        exp.Column: _column,
        exp.Literal: _literal,
        exp.Null: _null,
        exp.Placeholder: _placeholder,
        exp.CurrentTimestamp: _sysdate,
        exp.And: _logic,
        exp.Or: _logic,
        exp.Not: _not,
        exp.Paren: _paren,
        exp.Neg: _neg,
        exp.In: _in,
        exp.Between: _between,
        exp.Like: _like,
        exp.Escape: _escape,
        exp.Is: _is,
        exp.Add: _plus_minus,
        exp.Sub: _plus_minus,
        exp.Mul: _times_divided,
        exp.Div: _times_divided,
        exp.DPipe: _concat,
        exp.Case: _case,
        exp.Cast: _cast,
        exp.Extract: _extract,
        exp.Trim: _trim,
        exp.Exists: _exists,
        exp.Subquery: _scalar,
        exp.Dot: _builtin,
        exp.Anonymous: _call,
        exp.Window: _window,
    }

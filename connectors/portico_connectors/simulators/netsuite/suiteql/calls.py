"""The functions of SuiteQL: each name with its arity and what it becomes on SQLite."""

from collections.abc import Callable

from portico_connectors.simulators.netsuite.suiteql.columns import Kind
from portico_connectors.simulators.netsuite.suiteql.dialect import unsupported
from portico_connectors.simulators.netsuite.suiteql.scope import Sql

DATED = (Kind.DATE, Kind.DATETIME)

AGGREGATES = frozenset({"COUNT", "SUM", "AVG", "MIN", "MAX", "MEDIAN", "APPROX_COUNT_DISTINCT"})
WINDOWED = AGGREGATES | {"ROW_NUMBER", "RANK", "DENSE_RANK", "LAG", "LEAD", "FIRST_VALUE", "LAST_VALUE", "NTILE"}

# What BUILTIN.DF shows for a reference.
DISPLAY = {
    "customer": "CASE WHEN COALESCE(altname, '') IN ('', entityid) THEN entityid ELSE entityid || ' ' || altname END",
    "contact": "entityid",
    "currency": "name",
    "term": "name",
    "item": "itemid",
    "subsidiary": "name",
}


def display(value: Sql) -> Sql:
    """BUILTIN.DF: the text a person sees instead of an id or a letter."""
    if value.kind == Kind.STATUS:
        return Sql(f"status_text({value.text})", Kind.TEXT)
    if value.kind == Kind.TYPE:
        return Sql(f"type_text({value.text})", Kind.TEXT)
    if value.kind in DATED:
        return Sql(f"shown_date({value.text}, {int(value.kind == Kind.DATETIME)})", Kind.TEXT)
    if value.kind == Kind.BOOLEAN:
        return Sql(f"CASE {value.text} WHEN 'T' THEN 'Yes' WHEN 'F' THEN 'No' END", Kind.TEXT)
    if value.refers in DISPLAY:
        text = f"(SELECT {DISPLAY[value.refers]} FROM ns_{value.refers} WHERE id = {value.text})"
        return Sql(text, Kind.TEXT)
    return value


def call(name: str, values: list[Sql]) -> Sql:
    """A function call on translated arguments. Raises Refused for what the service does not have."""
    entry = _FUNCTIONS.get(name.upper())
    if entry is None:
        raise unsupported()
    fewest, most, build = entry
    if not fewest <= len(values) <= most:
        raise unsupported()
    return build(values)


def require(name: str) -> None:
    """Refuse a function that the service does not have, before anything is said of its arguments."""
    if name.upper() not in _FUNCTIONS:
        raise unsupported()


def plain(value: Sql) -> Sql:
    """A value for use in an expression: a status as its bare letter, as the service selects it."""
    if value.kind == Kind.STATUS:
        return Sql(f"substr({value.text}, instr({value.text}, ':') + 1)", Kind.TEXT)
    return value


def _simple(function: str, kind: Kind) -> Callable[[list[Sql]], Sql]:
    def build(values: list[Sql]) -> Sql:
        return Sql(f"{function}({', '.join(plain(value).text for value in values)})", kind)

    return build


def _same(function: str) -> Callable[[list[Sql]], Sql]:
    def build(values: list[Sql]) -> Sql:
        values = [plain(value) for value in values]
        kinds = [value.kind for value in values if value.kind != Kind.UNKNOWN]
        kind = Kind.DATETIME if Kind.DATETIME in kinds else next(iter(kinds), Kind.UNKNOWN)
        return Sql(f"{function}({', '.join(value.text for value in values)})", kind)

    return build


def _aggregate(function: str) -> Callable[[list[Sql]], Sql]:
    def build(values: list[Sql]) -> Sql:
        value = plain(values[0])
        return Sql(f"{function}({value.text})", value.kind)

    return build


def _to_char(values: list[Sql]) -> Sql:
    value = plain(values[0])
    if value.kind in DATED:
        pattern = values[1].text if len(values) > 1 else None
        if pattern is None:
            return Sql(f"shown_date({value.text}, {int(value.kind == Kind.DATETIME)})", Kind.TEXT)
        if pattern == "'YYYY-MM-DD HH24:MI:SS'":
            # That is how the store keeps it: nothing to compute, and an index can be followed.
            return Sql(value.text, Kind.TEXT, filled=value.filled)
        return Sql(f"to_char_date({value.text}, {pattern})", Kind.TEXT)
    if len(values) > 1:
        return Sql(f"to_char_number_as({value.text}, {values[1].text})", Kind.TEXT)
    if value.kind == Kind.NUMBER:
        return Sql(f"to_char_number({value.text})", Kind.TEXT)
    return Sql(f"CAST({value.text} AS TEXT)", Kind.TEXT)


def _to_date(kind: Kind) -> Callable[[list[Sql]], Sql]:
    def build(values: list[Sql]) -> Sql:
        if values[0].kind in DATED:
            return values[0]
        if len(values) == 1:
            return Sql(f"account_date({values[0].text})", kind)
        return Sql(f"to_date_as({values[0].text}, {values[1].text})", kind)

    return build


def _trunc(values: list[Sql]) -> Sql:
    value = values[0]
    if value.kind in DATED:
        unit = values[1].text if len(values) > 1 else "'DD'"
        return Sql(f"date_trunc({value.text}, {unit})", Kind.DATE)
    digits = values[1].text if len(values) > 1 else "0"
    scale = f"pow(10, {digits})"
    return Sql(f"(trunc(({value.text}) * {scale}) / {scale})", Kind.NUMBER)


def _round(values: list[Sql]) -> Sql:
    digits = values[1].text if len(values) > 1 else "0"
    return Sql(f"round_half_up({values[0].text}, {digits})", Kind.NUMBER)


def _concat(values: list[Sql]) -> Sql:
    return concat(values[0], values[1])


def concat(left: Sql, right: Sql) -> Sql:
    """`||`: a null counts as nothing, numbers as text, dates in the account's format."""
    parts = []
    for value in (plain(left), plain(right)):
        shown = _to_char([value]) if value.kind in (*DATED, Kind.NUMBER) else value
        parts.append(f"COALESCE({shown.text}, '')")
    return Sql(f"({parts[0]} || {parts[1]})", Kind.TEXT)


def _nvl2(values: list[Sql]) -> Sql:
    test, then, otherwise = (plain(value) for value in values)
    return Sql(f"CASE WHEN NULLIF({test.text}, '') IS NOT NULL THEN {then.text} ELSE {otherwise.text} END", then.kind)


def _decode(values: list[Sql]) -> Sql:
    subject, *rest = (plain(value) for value in values)
    text, kind = "CASE", Kind.UNKNOWN
    while len(rest) > 1:
        match, result, *rest = rest
        text += f" WHEN {subject.text} IS {match.text} THEN {result.text}"
        kind = result.kind
    return Sql(f"{text} ELSE {rest[0].text if rest else 'NULL'} END", kind)


def _pad(function: str) -> Callable[[list[Sql]], Sql]:
    def build(values: list[Sql]) -> Sql:
        fill = values[2].text if len(values) > 2 else "' '"
        return Sql(f"{function}({plain(values[0]).text}, {values[1].text}, {fill})", Kind.TEXT)

    return build


def _to_number(values: list[Sql]) -> Sql:
    return Sql(f"to_number_text({plain(values[0]).text})", Kind.NUMBER)


_FUNCTIONS: dict[str, tuple[int, int, Callable[[list[Sql]], Sql]]] = {
    "TO_CHAR": (1, 2, _to_char),
    "TO_DATE": (1, 2, _to_date(Kind.DATETIME)),
    "TO_TIMESTAMP": (1, 2, _to_date(Kind.DATETIME)),
    "TO_TIMESTAMP_TZ": (1, 2, _to_date(Kind.DATETIME)),
    "TO_NUMBER": (1, 1, _to_number),
    "NVL": (2, 2, _same("COALESCE")),
    "NVL2": (3, 3, _nvl2),
    "COALESCE": (2, 50, _same("COALESCE")),
    "NULLIF": (2, 2, _same("NULLIF")),
    "DECODE": (3, 250, _decode),
    "GREATEST": (2, 50, _same("MAX")),
    "LEAST": (2, 50, _same("MIN")),
    "CONCAT": (2, 2, _concat),
    "LENGTH": (1, 1, _simple("LENGTH", Kind.NUMBER)),
    "LOWER": (1, 1, _simple("LOWER", Kind.TEXT)),
    "UPPER": (1, 1, _simple("UPPER", Kind.TEXT)),
    "INITCAP": (1, 1, _simple("INITCAP", Kind.TEXT)),
    "LTRIM": (1, 2, _simple("LTRIM", Kind.TEXT)),
    "RTRIM": (1, 2, _simple("RTRIM", Kind.TEXT)),
    "SUBSTR": (2, 3, _simple("SUBSTR", Kind.TEXT)),
    "INSTR": (2, 2, _simple("INSTR", Kind.NUMBER)),
    "REPLACE": (3, 3, _simple("REPLACE", Kind.TEXT)),
    "TRANSLATE": (3, 3, _simple("translate_text", Kind.TEXT)),
    "LPAD": (2, 3, _pad("lpad")),
    "RPAD": (2, 3, _pad("rpad")),
    "REGEXP_LIKE": (2, 2, _simple("regexp_like", Kind.NUMBER)),
    "REGEXP_REPLACE": (3, 3, _simple("regexp_replace", Kind.TEXT)),
    "REGEXP_SUBSTR": (2, 2, _simple("regexp_substr", Kind.TEXT)),
    "REGEXP_COUNT": (2, 2, _simple("regexp_count", Kind.NUMBER)),
    "REGEXP_INSTR": (2, 2, _simple("regexp_instr", Kind.NUMBER)),
    "ABS": (1, 1, _simple("ABS", Kind.NUMBER)),
    "CEIL": (1, 1, _simple("CEIL", Kind.NUMBER)),
    "FLOOR": (1, 1, _simple("FLOOR", Kind.NUMBER)),
    "MOD": (2, 2, _simple("MOD", Kind.NUMBER)),
    "POWER": (2, 2, _simple("POWER", Kind.NUMBER)),
    "SIGN": (1, 1, _simple("SIGN", Kind.NUMBER)),
    "SQRT": (1, 1, _simple("SQRT", Kind.NUMBER)),
    "ROUND": (1, 2, _round),
    "TRUNC": (1, 2, _trunc),
    "ADD_MONTHS": (2, 2, _simple("add_months", Kind.DATETIME)),
    "LAST_DAY": (1, 1, _simple("last_day", Kind.DATETIME)),
    "MONTHS_BETWEEN": (2, 2, _simple("months_between", Kind.NUMBER)),
    "SYS_EXTRACT_UTC": (1, 1, _simple("sys_extract_utc", Kind.DATETIME)),
    "COUNT": (1, 1, _simple("COUNT", Kind.NUMBER)),
    "APPROX_COUNT_DISTINCT": (1, 1, lambda values: Sql(f"COUNT(DISTINCT {values[0].text})", Kind.NUMBER)),
    "SUM": (1, 1, _aggregate("SUM")),
    "AVG": (1, 1, _aggregate("AVG")),
    "MEDIAN": (1, 1, _aggregate("MEDIAN")),
    "MIN": (1, 1, _aggregate("MIN")),
    "MAX": (1, 1, _aggregate("MAX")),
    "ROW_NUMBER": (0, 0, _simple("ROW_NUMBER", Kind.NUMBER)),
    "RANK": (0, 0, _simple("RANK", Kind.NUMBER)),
    "DENSE_RANK": (0, 0, _simple("DENSE_RANK", Kind.NUMBER)),
    "NTILE": (1, 1, _simple("NTILE", Kind.NUMBER)),
    "LAG": (1, 3, _same("LAG")),
    "LEAD": (1, 3, _same("LEAD")),
    "FIRST_VALUE": (1, 1, _same("FIRST_VALUE")),
    "LAST_VALUE": (1, 1, _same("LAST_VALUE")),
}

"""The `q` filter of collections: `field OPERATOR value`, AND before OR, parentheses; to a SQLite condition."""

import re
from collections.abc import Callable

from portico_connectors.simulators.netsuite.account import Account
from portico_connectors.simulators.netsuite.answers import Refused, bad_query
from portico_connectors.simulators.netsuite.records.fields import Field, Kind, RecordType
from portico_connectors.simulators.netsuite.suiteql.dates import BadDate, from_preference

_TOKEN = re.compile(r'\s*(\(|\)|\[[^\]]*\]|"(?:[^"\\]|\\.)*"|[^\s()\[\]"]+)')

_JAVA_FORMAT = {"YYYY": "yyyy", "MM": "MM", "DD": "dd", "M": "M", "D": "d"}

_TEXT = {
    "IS": "{} = ?",
    "IS_NOT": "({0} IS NULL OR {0} <> ?)",
    "CONTAIN": "lower({}) LIKE '%' || lower(?) || '%'",
    "CONTAIN_NOT": "COALESCE(lower({}), '') NOT LIKE '%' || lower(?) || '%'",
    "START_WITH": "lower({}) LIKE lower(?) || '%'",
    "START_WITH_NOT": "COALESCE(lower({}), '') NOT LIKE lower(?) || '%'",
    "ENDWITH": "lower({}) LIKE '%' || lower(?)",
    "END_WITH": "lower({}) LIKE '%' || lower(?)",
    "END_WITH_NOT": "COALESCE(lower({}), '') NOT LIKE '%' || lower(?)",
}
_NUMBER = {
    "EQUAL": "{} = ?",
    "EQUAL_NOT": "{} <> ?",
    "GREATER": "{} > ?",
    "GREATER_NOT": "{} <= ?",
    "GREATER_OR_EQUAL": "{} >= ?",
    "GREATER_OR_EQUAL_NOT": "{} < ?",
    "LESS": "{} < ?",
    "LESS_NOT": "{} >= ?",
    "LESS_OR_EQUAL": "{} <= ?",
    "LESS_OR_EQUAL_NOT": "{} > ?",
}
# Dates have the granularity of a day.
_DATE = {
    "ON": "substr({}, 1, 10) = ?",
    "ON_NOT": "substr({}, 1, 10) <> ?",
    "AFTER": "substr({}, 1, 10) > ?",
    "AFTER_NOT": "substr({}, 1, 10) <= ?",
    "BEFORE": "substr({}, 1, 10) < ?",
    "BEFORE_NOT": "substr({}, 1, 10) >= ?",
    "ON_OR_AFTER": "substr({}, 1, 10) >= ?",
    "ON_OR_AFTER_NOT": "substr({}, 1, 10) < ?",
    "ON_OR_BEFORE": "substr({}, 1, 10) <= ?",
    "ON_OR_BEFORE_NOT": "substr({}, 1, 10) > ?",
}
_NUMBERS = (Kind.INTEGER, Kind.NUMBER, Kind.MONEY, Kind.REFERENCE)


def condition(account: Account, record: RecordType, text: str) -> tuple[str, list[object]]:
    """A filter as SQL and its values. Raises Refused."""
    parser = _Parser(account, record, _tokens(text))
    sql = parser.either()
    if parser.tokens:
        raise _unreadable()
    return sql, parser.values


class _Parser:
    def __init__(self, account: Account, record: RecordType, tokens: list[str]) -> None:
        self.account = account
        self.fields = record.fields_for(account.options)
        self.record = record
        self.tokens = tokens
        self.values: list[object] = []

    def either(self) -> str:
        return self._joined(self.both, "OR")

    def both(self) -> str:
        return self._joined(self.single, "AND")

    def single(self) -> str:
        if self._peek() == "(":
            self._take()
            inner = self.either()
            if self._take() != ")":
                raise _unreadable()
            return f"({inner})"
        name, operator = self._take(), self._take().upper()
        if name.lower() == "id":
            field = Field("id", Kind.REFERENCE, "r.id")
        elif name.lower() in self.fields:
            field = self.fields[name.lower()]
        else:
            raise Refused(
                400,
                "NONEXISTENT_FIELD",
                f"Field '{name}' does not exist on record '{self.record.name}'.",
                query_param="q",
            )
        return self._test(field, operator)

    def _test(self, field: Field, operator: str) -> str:
        if operator in ("EMPTY", "EMPTY_NOT"):
            return f"COALESCE({field.sql}, '') {'<>' if operator.endswith('NOT') else '='} ''"
        value = self._take()
        if field.kind in (Kind.DATE, Kind.DATETIME) and operator in _DATE:
            self.values.append(self._date(_unquoted(value)))
            return _DATE[operator].format(field.sql)
        if field.kind is Kind.BOOLEAN and operator in ("IS", "IS_NOT") and value.lower() in ("true", "false"):
            self.values.append("T" if (value.lower() == "true") == (operator == "IS") else "F")
            return f"{field.sql} = ?"
        if field.kind in (Kind.TEXT, Kind.STATUS) and operator in _TEXT:
            self.values.append(_unquoted(value))
            return _TEXT[operator].format(field.sql)
        if field.kind in _NUMBERS:
            return self._numeric(field, operator, value)
        raise bad_query(f"Search error occurred: Operator {operator} is not valid for field {field.name}.")

    def _numeric(self, field: Field, operator: str, value: str) -> str:
        scale = 100 if field.kind is Kind.MONEY else 1
        if operator in _NUMBER:
            self.values.append(_number(value) * scale)
            return _NUMBER[operator].format(field.sql)
        listed = [_number(one.strip()) * scale for one in value.strip("[]").split(",") if one.strip()]
        negated = "NOT " if operator.endswith("_NOT") else ""
        base = operator.removesuffix("_NOT")
        if base == "ANY_OF" and listed:
            self.values.extend(listed)
            return f"{field.sql} {negated}IN ({', '.join('?' * len(listed))})"
        if base in ("BETWEEN", "WITHIN") and len(listed) == 2:
            self.values.extend(listed)
            return f"{field.sql} {negated}BETWEEN ? AND ?"
        raise bad_query(f"Search error occurred: Operator {operator} is not valid for field {field.name}.")

    def _date(self, text: str) -> str:
        preference = self.account.options.date_format
        try:
            return from_preference(text, preference)[:10]
        except BadDate:
            shown = re.sub(r"[A-Z]+", lambda match: _JAVA_FORMAT[match.group()], preference)
            raise bad_query(
                f'Search error occurred: Parse of date/time "{text}" failed with date format "{shown}" '
                f"in time zone {self.account.options.time_zone}"
            ) from None

    def _joined(self, part: Callable[[], str], word: str) -> str:
        found = part()
        while (self._peek() or "").upper() == word:
            self._take()
            found = f"({found} {word} {part()})"
        return found

    def _peek(self) -> str | None:
        return self.tokens[0] if self.tokens else None

    def _take(self) -> str:
        if not self.tokens:
            raise _unreadable()
        return self.tokens.pop(0)


def _tokens(text: str) -> list[str]:
    found, position = [], 0
    text = text.rstrip()
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            raise _unreadable()
        found.append(match.group(1))
        position = match.end()
    return found


def _unquoted(value: str) -> str:
    if value.startswith('"'):
        return re.sub(r"\\(.)", r"\1", value[1:-1])
    return value


def _number(value: str) -> float:
    try:
        return float(_unquoted(value))
    except ValueError:
        raise _unreadable() from None


def _unreadable() -> Refused:
    return bad_query("Search error occurred: Invalid or unsupported search.")

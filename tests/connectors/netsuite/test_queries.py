"""The texts of the queries: what the dialect takes, and nothing that came from outside unchecked."""

import pytest
import sqlglot

from portico_connectors.netsuite import queries, suiteql
from portico_connectors.netsuite.cursor import Cursor
from portico_connectors.netsuite.suiteql import Source

SOURCES = [*queries.BY_TYPE.values(), queries.LINES, queries.APPLICATIONS, queries.TARGETS, queries.ADDRESSES]


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.name)
def test_every_query_is_oracle_sql_without_what_suiteql_lacks(source: Source) -> None:
    run = Cursor(since="2026-01-01 00:00:00", upto="2026-02-01 00:00:00", at="2026-01-02 00:00:00", id="7")
    conditions = source.remaining(run) if source.changed else [suiteql.among(source.id, ["1", "2"])]
    text = source.select((), conditions, order=source.order(timed=bool(source.changed)))
    sqlglot.parse_one(text, dialect="oracle")
    assert "(+)" not in text
    assert " LIMIT " not in text


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.name)
def test_dates_are_always_shown_as_text(source: Source) -> None:
    for column in source.columns:
        assert "date" not in column.sql or column.sql.startswith("TO_CHAR(")


def test_what_an_account_lacks_is_left_out_with_its_join() -> None:
    text = queries.LINES.select({"itemid", "displayname"}, ())
    assert "JOIN" not in text
    assert "itemid" not in text


@pytest.mark.parametrize("value", ["", "1 OR 1=1", "1'", "x", "1.0", "1" * 19, "١"])
def test_only_ids_pass_as_ids(value: str) -> None:
    with pytest.raises(ValueError, match="internal id"):
        suiteql.ident(value)


@pytest.mark.parametrize("value", ["", "a'b", "a|b", "a b", "a" * 101, "ключ"])
def test_only_keys_pass_as_keys(value: str) -> None:
    with pytest.raises(ValueError, match="letters"):
        suiteql.key(value)


def test_only_times_pass_as_times() -> None:
    with pytest.raises(ValueError, match="time"):
        suiteql.time("2026-01-01 00:00:00') OR ('1'='1")

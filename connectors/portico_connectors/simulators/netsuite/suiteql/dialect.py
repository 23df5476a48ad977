"""Parsing: SuiteQL text to a syntax tree, with functions left as plain calls and parameters numbered."""

from typing import Any, ClassVar

from sqlglot import exp, parse
from sqlglot.dialects.oracle import Oracle
from sqlglot.errors import SqlglotError
from sqlglot.parsers.oracle import OracleParser

from portico_connectors.simulators.netsuite.answers import Refused, bad_query

PARAMETER = "nth_parameter_"
UNSUPPORTED = "Search error occurred: Invalid or unsupported search."


class SuiteQL(Oracle):
    """Oracle's grammar, knowing no function by name: what a function means is decided in `calls`."""

    class Parser(OracleParser):
        FUNCTIONS: ClassVar[dict[str, Any]] = {}
        NO_PAREN_FUNCTIONS: ClassVar[dict[Any, Any]] = {}
        FUNCTION_PARSERS: ClassVar[dict[str, Any]] = {
            name: parser
            for name, parser in OracleParser.FUNCTION_PARSERS.items()
            if name in ("CAST", "EXTRACT", "TRIM")
        }


def unsupported() -> Refused:
    """The service's answer to a construct that it does not run."""
    return bad_query(UNSUPPORTED)


def parse_query(text: str) -> exp.Expression:
    """One SELECT as a tree; its `?` become placeholders named by position from 1. Raises Refused."""
    dialect = SuiteQL()
    try:
        statements = parse(_numbered(dialect, text), dialect=SuiteQL)
    except SqlglotError as error:
        raise unsupported() from error
    found = [statement for statement in statements if statement is not None]
    if len(found) != 1 or not isinstance(found[0], (exp.Select, exp.SetOperation)):
        raise unsupported()
    return found[0]


def _numbered(dialect: SuiteQL, text: str) -> str:
    """The text with each anonymous `?` named, because translation does not go in the order of the text."""
    places = [token.start for token in dialect.tokenize(text) if token.token_type.name == "PLACEHOLDER"]
    for number, start in reversed(list(enumerate(places, 1))):
        text = f"{text[:start]}:{PARAMETER}{number}{text[start + 1 :]}"
    return text

"""The table is whole: each route is of a kind, each cell has a word that can be checked, the document says the same."""

import pytest

from tests.faults.dependencies.document import DOCUMENT, rendered
from tests.faults.dependencies.kinds import KINDS, kind_of
from tests.faults.dependencies.outages import OUTAGES
from tests.faults.dependencies.table import Failure, table
from tests.faults.dependencies.words import WORDS
from tests.isolation.routes import doors


def test_every_route_is_of_one_kind() -> None:
    routes = {f"{door.method} {door.path}" for door in doors()}
    assert routes == set(kind_of()), "put new routes into kinds.py, and take out those that are gone"
    assert sum(len(each) for each in KINDS.values()) == len(routes), "a route stands twice"
    assert set(KINDS) == set(table().kinds)


@pytest.mark.parametrize("failure", table().failures, ids=lambda failure: str(failure.name))
def test_no_cell_is_empty(failure: Failure) -> None:
    assert failure.name in OUTAGES
    empty = [kind for kind in table().kinds if failure.pages.get(kind) not in WORDS]
    assert not empty, f"say in table.toml what people see of {empty} under {failure.name}"
    assert set(failure.pages) == set(table().kinds)


def test_every_word_and_every_outage_is_used_and_explained() -> None:
    assert set(WORDS) == set(table().words)
    assert {word for failure in table().failures for word in failure.pages.values()} == set(WORDS)
    assert {failure.name for failure in table().failures} == set(OUTAGES)


def test_the_document_says_the_same() -> None:
    assert DOCUMENT.read_text() == rendered(), "write it: python -m tests.faults.dependencies.document"

"""The list of guards is as old as the code: each can still be taken out, and the tests that miss it are there."""

import re
from pathlib import Path

import pytest

from tests.guards.__main__ import GUARDS, PAGE, ROOT
from tests.guards.guard import Guard


@pytest.mark.parametrize("guard", GUARDS, ids=lambda guard: guard.name)
def test_a_guard_can_be_taken_out_and_is_missed_by_tests_that_exist(guard: Guard) -> None:
    for edit in guard.edits:
        assert Path(ROOT, edit.file).read_text().count(edit.old) == 1, edit.file
    for test in guard.tests:
        file, _, name = test.partition("::")
        assert re.search(rf"^(async )?def {re.escape(name.partition('[')[0])}\(", Path(ROOT, file).read_text(), re.M), (
            test
        )
    assert guard.name in PAGE.read_text(), "docs/guards.md does not name it"

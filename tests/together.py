"""Which tests one process runs after each other: those of a file, whose fixtures are then made once, and all of some
folders. (xdist's own groups do nothing: it writes them into an attribute that pytest 9.2 no longer reads.)"""

from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped] # has no py.typed

# Where the session's fixtures take so long to make that a second process is not to make them again.
FOLDERS = ("tests/journeys/", "tests/hardening/injection/", "tests/faults/dependencies/")
# The first needs no demo; the second takes as long as all the stories together, so it has a demo of its own.
ALONE = ("tests/journeys/test_every_page.py", "tests/journeys/test_axe.py")


class ByFile(LoadScopeScheduling):  # type: ignore[misc] # for the same reason
    """One process at a time has a file, or a folder."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        if file in ALONE:
            return file
        return next((folder for folder in FOLDERS if file.startswith(folder)), file)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByFile | None:
    """For `--dist loadscope`."""
    return ByFile(config, log) if config.getvalue("dist") == "loadscope" else None

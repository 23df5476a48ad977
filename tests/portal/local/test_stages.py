"""The runner of all checks: a missing test is no success, every stage is reported with its time and budget."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests import stages
from tests.stages import Outcome, Stage


def test_a_stage_without_tests_fails_and_says_so(tmp_path: Path) -> None:
    why = stages.run((*stages.PYTEST, "--rootdir", str(tmp_path), str(tmp_path)))
    assert "found no test, which is no success" in why


def test_all_commands_of_a_stage_run_even_when_the_first_fails(tmp_path: Path) -> None:
    marker = tmp_path / "ran"
    fails = (sys.executable, "-c", "raise SystemExit(3)")
    marks = (sys.executable, "-c", f"open({str(marker)!r}, 'w')")

    outcome = stages.run_stage(Stage("sample", 10, (fails, marks)))

    assert marker.exists()
    assert len(outcome.failed) == 1
    assert "exit code 3" in outcome.failed[0]


def test_the_report_shows_time_budget_and_what_failed(capsys: pytest.CaptureFixture[str]) -> None:
    stages.report(
        [
            Outcome(Stage("unit", 240, ()), 65.0, ()),
            Outcome(Stage("journeys", 60, ()), 75.0, ("pytest: exit code 1",)),
        ]
    )
    shown = capsys.readouterr().out
    assert "ok  1:05 of 4:00  unit" in shown
    assert "FAILED  1:15 of 1:00  journeys  over its budget" in shown
    assert "pytest: exit code 1" in shown
    assert "total  2:20 of 5:00" in shown


def test_every_test_folder_belongs_to_a_stage() -> None:
    named = {part for stage in stages.stages() for command in stage.commands for part in command}
    for folder in stages.OF_THEIR_OWN:
        assert f"tests/{folder}" in named
        assert f"--ignore=tests/{folder}" in named


def test_a_skipped_test_makes_the_run_a_failure(tmp_path: Path) -> None:
    (tmp_path / "test_sample.py").write_text("import pytest\ndef test_it(): pytest.skip('no browser')\n")
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-p",
            "tests.strict",
            "-c",
            "/dev/null",
            "--rootdir",
            str(tmp_path),
            ".",
        ],
        cwd=tmp_path,
        env={"PYTHONPATH": str(stages.ROOT), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stdout
    assert "1 skipped, which counts as a failure" in done.stdout

"""What `make check` and `make test` run, stage by stage, with the time each took beside its budget.

`python -m tests.stages` runs all; `… tests` the test stages; `… isolation` the stage whose name
begins so; `… --only PATH…` those paths in one go. A stage that fails does not stop the next ones: one run tells
everything. Budgets are for two cores and are reported, not enforced.
"""

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
BIN = Path(sys.executable).parent
PYTEST = (str(BIN / "python"), "-m", "pytest", "-q")
NO_TESTS = 5
OF_THEIR_OWN = ("isolation", "hardening", "journeys", "faults", "fleet", "helm", "foreign")


@dataclass(frozen=True)
class Stage:
    name: str
    budget_seconds: int
    commands: tuple[tuple[str, ...], ...]
    is_tests: bool = True


@dataclass(frozen=True)
class Outcome:
    stage: Stage
    seconds: float
    failed: tuple[str, ...]


def in_parallel() -> tuple[str, ...]:
    """Whole files, and some whole folders, go to one process (tests/together.py), begun by name instead of by number of
    tests: where one takes as long as seventy others. One process more than there are cores, because some wait.
    """
    return ("-n", str(len(os.sched_getaffinity(0)) + 1), "--dist", "loadscope", "--no-loadscope-reorder")


def stages() -> tuple[Stage, ...]:
    python = str(BIN / "python")
    chromium = (python, "-m", "tests.chromium")
    pgbouncer = (python, "-m", "tests.isolation.pgbouncer")
    others = tuple(f"--ignore=tests/{folder}" for folder in OF_THEIR_OWN)
    return (
        Stage(
            "format, types, contracts",
            60,
            (
                (python, "-m", "ruff", "format", "--check", "."),
                (python, "-m", "ruff", "check", "."),
                (python, "-m", "mypy"),
                (str(BIN / "lint-imports"),),
            ),
            is_tests=False,
        ),
        Stage("database and unit", 225, ((*PYTEST, *in_parallel(), *others, "tests"),)),
        Stage(
            "isolation and hardening",
            200,
            (pgbouncer, chromium, (*PYTEST, *in_parallel(), "tests/isolation", "tests/hardening")),
        ),
        Stage("journeys", 180, (chromium, (*PYTEST, *in_parallel(), "tests/journeys"))),
        Stage(
            "faults, fleet, chart and foreign client",
            205,
            ((*PYTEST, *in_parallel(), "tests/faults", "tests/fleet", "tests/foreign", "tests/helm"),),
        ),
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("which", nargs="?", default="all", help="all, tests, or how a stage's name begins")
    parser.add_argument("--only", nargs="+", metavar="PATH")
    options = parser.parse_args()
    if options.only:
        paths = tuple(part for each in options.only for part in each.split())
        chosen: Sequence[Stage] = (Stage(" ".join(paths), 0, ((*PYTEST, *paths),)),)
    else:
        chosen = [stage for stage in stages() if is_meant(stage, options.which)]
    if not chosen:
        parser.error(f"no stage begins with {options.which!r}: {', '.join(stage.name for stage in stages())}")
    outcomes = [run_stage(stage) for stage in chosen]
    report(outcomes)
    sys.exit(any(outcome.failed for outcome in outcomes))


def is_meant(stage: Stage, which: str) -> bool:
    if which in ("all", "tests"):
        return which == "all" or stage.is_tests
    return stage.name.startswith(which)


def run_stage(stage: Stage) -> Outcome:
    say(f"\n── {stage.name} ──")
    started = time.monotonic()
    failed = [why for command in stage.commands if (why := run(command))]
    return Outcome(stage, time.monotonic() - started, tuple(failed))


def run(command: tuple[str, ...]) -> str:
    """Empty, or what went wrong."""
    words = [Path(command[0]).name, *command[1:]]
    shown = " ".join(words[2:] if words[:2] == ["python", "-m"] else words)
    say(f"$ {shown}")
    code = subprocess.run(command, cwd=ROOT, check=False).returncode
    if code == NO_TESTS and command[: len(PYTEST)] == PYTEST:
        return f"{shown}: found no test, which is no success"
    return f"{shown}: exit code {code}" if code else ""


def report(outcomes: Sequence[Outcome]) -> None:
    say("")
    for outcome in outcomes:
        budget = outcome.stage.budget_seconds
        late = "  over its budget" if budget and outcome.seconds > budget else ""
        beside = f" of {clock(budget)}" if budget else ""
        state = "FAILED" if outcome.failed else "ok"
        say(f"{state:>7}  {clock(outcome.seconds)}{beside}  {outcome.stage.name}{late}")
        for why in outcome.failed:
            say(f"         {why}")
    budget = sum(outcome.stage.budget_seconds for outcome in outcomes)
    beside = f" of {clock(budget)}" if budget else ""
    say(f"  total  {clock(sum(outcome.seconds for outcome in outcomes))}{beside}")


def clock(seconds: float) -> str:
    return f"{int(seconds) // 60}:{int(seconds) % 60:02}"


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()

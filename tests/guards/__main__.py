"""Takes guards out, one at a time, in a private copy of the project, and says which tests turned red.

`python -m tests.guards` tries all, `… NAME…` those whose name has these words, `--write` puts what was seen into
docs/guards.md. First all tests run with every guard in place: a test that is red already shows nothing. By hand, and
not part of `make check`: it takes about as long as all those tests, one by one.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.guards.guard import Guard
from tests.guards.incoming import INCOMING
from tests.guards.isolation import ISOLATION
from tests.guards.migrations import MIGRATIONS
from tests.guards.money import MONEY
from tests.guards.shares import PEACE
from tests.guards.sync import MIRROR
from tests.guards.tenancy import TENANCY

ROOT = Path(__file__).parent.parent.parent
FOLDERS = ("platform", "tenants", "connectors", "billing", "themes")
COPIED = (*FOLDERS, "tests", "pyproject.toml", "README.md")
LINKED = (".venv", "node_modules")
PAGE = ROOT / "docs" / "guards.md"
GUARDS = (*MONEY, *MIRROR, *TENANCY, *ISOLATION, *MIGRATIONS, *PEACE, *INCOMING)
# A test that could not even be set up misses no guard: an ERROR does not count.
RED = re.compile(r"^FAILED (?P<test>\S+?(?:\[.*?\])?)(?: - (?P<why>.*))?$", re.MULTILINE)
NO_REASON = re.compile("ConnectionRefused|ConnectError|QueuePool limit")  # a busy machine's, not a guard's
LONGEST_WHY = 110


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="words of guards' names; without any: all")
    parser.add_argument("--write", action="store_true", help="put what is seen into docs/guards.md, row by row")
    parser.add_argument("--only-red", action="store_true", help="leave out the first run, where all must be green")
    options = parser.parse_args()
    chosen = [each for each in GUARDS if not options.names or any(word in each.name for word in options.names)]
    if not chosen:
        parser.error("no guard has that in its name")
    seen = tried(chosen, first_green=not options.only_red, into_page=options.write)
    still_green = [(each, test) for each, found in seen.items() for test in each.tests if test not in found]
    for guard, test in still_green:
        say(f"STILL GREEN without {guard.name}: {test}")
    tests = sum(len(each.tests) for each in chosen)
    say(f"{len(chosen)} guards taken out, {tests} tests, {len(still_green)} still green")
    sys.exit(bool(still_green))


def tried(chosen: Sequence[Guard], *, first_green: bool, into_page: bool) -> dict[Guard, dict[str, str]]:
    """What was red without each of them."""
    if first_green:
        with private_copy() as root:
            already = red(root, {test for each in chosen for test in each.tests})
        for test, why in already.items():
            say(f"red with every guard in place: {test}: {why}")
        if already:
            sys.exit(1)
    seen = {}
    for guard in chosen:
        seen[guard] = take_out(guard)
        if into_page:
            write({guard: seen[guard]})
    return seen


def take_out(guard: Guard) -> dict[str, str]:
    """The tests that are red without it, with the line that each says."""
    with private_copy() as root:
        for edit in guard.edits:
            edit.apply(root)
        found = red(root, guard.tests)
    for test in guard.tests:
        say(f"{'red  ' if test in found else 'GREEN'}  {guard.name}: {test}\n       {found.get(test, '')}")
    return found


@contextmanager
def private_copy() -> Iterator[Path]:
    """The project as it stands here, to be spoilt."""
    with tempfile.TemporaryDirectory(prefix="portico-guards-") as folder:
        root = Path(folder)
        for name in COPIED:
            source, target = ROOT / name, root / name
            if source.is_dir():
                shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(source, target)
        for name in LINKED:
            if (ROOT / name).exists():
                (root / name).symlink_to(ROOT / name)
        (root / ".portico").mkdir()
        if (ROOT / ".portico" / "pgbouncer").exists():
            (root / ".portico" / "pgbouncer").symlink_to(ROOT / ".portico" / "pgbouncer")
        yield root


def red(root: Path, tests: Iterable[str]) -> dict[str, str]:
    """Which of the tests fail under `root`, and why; a server that was not there is no reason."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PORTICO_")}
    environment |= {"PYTHONPATH": os.pathsep.join(str(root / each) for each in FOLDERS), "COLUMNS": "400"}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *sorted(tests)]
    done = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=False)
    found = {each["test"]: plain(each["why"] or "") for each in RED.finditer(done.stdout)}
    lost = [why for why in found.values() if NO_REASON.search(why)]
    if done.returncode not in (0, 1) or (done.returncode == 1 and not found) or lost:
        raise RuntimeError(f"the tests did not run: {done.stdout[-2000:]}{done.stderr[-2000:]}")
    return found


def plain(why: str) -> str:
    """One short line without addresses in memory, ids and ports, so that the list stays the same from run to run."""
    line = re.sub(r"0x[0-9a-f]+|[0-9a-f]{8}-[0-9a-f-]{27}|127\.0\.0\.1:\d+", "…", " ".join(why.split()))
    return line if len(line) <= LONGEST_WHY else line[: LONGEST_WHY - 1] + "…"


def write(seen: dict[Guard, dict[str, str]]) -> None:
    """The table of docs/guards.md anew; rows of guards that were not tried stay as they are."""
    text = PAGE.read_text()
    start = text.index("| guard |")
    head, rows, rest = text[:start], *split_table(text[start:])
    kept = {row.split(" | ")[0].removeprefix("| ").partition(" (`")[0]: row for row in rows[2:]}
    kept |= {guard.name: row_of(guard, found) for guard, found in seen.items()}
    names = [guard.name for guard in GUARDS if guard.name in kept]
    PAGE.write_text(head + "\n".join([*rows[:2], *(kept[name] for name in names)]) + "\n" + rest)


def split_table(text: str) -> tuple[list[str], str]:
    """The lines of the table, and what stands below it."""
    lines = text.splitlines()
    end = next((number for number, line in enumerate(lines) if not line.startswith("|")), len(lines))
    rest = "\n".join(lines[end:])
    return lines[:end], f"{rest}\n" if rest else ""


def row_of(guard: Guard, found: dict[str, str]) -> str:
    """A row of the table."""
    files = ", ".join(dict.fromkeys(f"`{edit.file}`" for edit in guard.edits))
    tests = "<br>".join(f"`{test}`" for test in guard.tests)
    lines = "<br>".join(cell(found.get(test, "**still green**")) for test in guard.tests)
    return f"| {guard.name} ({files}) | {guard.prevents} | {tests} | {lines} |"


def cell(text: str) -> str:
    """A text that stands in a table as it is."""
    return f"`{text.replace('|', '¦').replace('`', chr(39))}`" if text else ""


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()

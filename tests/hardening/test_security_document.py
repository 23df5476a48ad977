"""docs/security.md names every requirement of levels 1 and 2 once, and nothing that is not there."""

import re
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
PAGES = (ROOT / "docs/security.md", *sorted((ROOT / "docs/security").glob("*.md")))
ROW = re.compile(r"^\| (\d+\.\d+\.\d+) \| ([^|]+) \| (met|not applicable|open) \| ([^|]+) \|$")
NAMED = re.compile(r"`([\w.-]+/[\w./-]+)`")

# ASVS 5.0.0, levels 1 and 2: by section, the numbers of its requirements.
LEVELS_1_AND_2 = """
1.1: 1 2
1.2: 1 2 3 4 5 6 7 8 9
1.3: 1 2 3 4 5 6 7 8 9 10 11
1.4: 1 2 3
1.5: 1 2
2.1: 1 2 3
2.2: 1 2 3
2.3: 1 2 3 4
2.4: 1
3.2: 1 2
3.3: 1 2 3 4
3.4: 1 2 3 4 5 6
3.5: 1 2 3 4 5
3.7: 1 2
4.1: 1 2 3
4.2: 1
4.3: 1 2
4.4: 1 2 3 4
5.1: 1
5.2: 1 2 3
5.3: 1 2
5.4: 1 2 3
6.1: 1 2 3
6.2: 1 2 3 4 5 6 7 8 9 10 11 12
6.3: 1 2 3 4
6.4: 1 2 3 4
6.5: 1 2 3 4 5
6.6: 1 2 3
6.8: 1 2 3 4
7.1: 1 2 3
7.2: 1 2 3 4
7.3: 1 2
7.4: 1 2 3 4 5
7.5: 1 2
7.6: 1 2
8.1: 1 2
8.2: 1 2 3
8.3: 1
8.4: 1
9.1: 1 2 3
9.2: 1 2 3 4
10.1: 1 2
10.2: 1 2
10.3: 1 2 3 4
10.4: 1 2 3 4 5 6 7 8 9 10 11
10.5: 1 2 3 4 5
10.6: 1 2
10.7: 1 2 3
11.1: 1 2
11.2: 1 2 3
11.3: 1 2 3
11.4: 1 2 3 4
11.5: 1
11.6: 1
12.1: 1 2 3
12.2: 1 2
12.3: 1 2 3 4
13.1: 1
13.2: 1 2 3 4 5
13.3: 1 2
13.4: 1 2 3 4 5
14.1: 1 2
14.2: 1 2 3 4
14.3: 1 2 3
15.1: 1 2 3
15.2: 1 2 3
15.3: 1 2 3 4 5 6 7
16.1: 1
16.2: 1 2 3 4 5
16.3: 1 2 3 4
16.4: 1 2 3
16.5: 1 2 3
17.1: 1
17.2: 1 2 3 4
17.3: 1 2
"""


def wanted() -> set[str]:
    found = set()
    for line in LEVELS_1_AND_2.split("\n"):
        section, _, numbers = line.partition(": ")
        found |= {f"{section}.{number}" for number in numbers.split()}
    return found


def rows() -> list[re.Match[str]]:
    lines = [line for page in PAGES for line in page.read_text().splitlines() if re.match(r"^\| \d", line)]
    found = [ROW.match(line) for line in lines]
    assert None not in found, [line for line, row in zip(lines, found, strict=True) if row is None]
    return [row for row in found if row]


def test_every_requirement_stands_once() -> None:
    assert len(wanted()) == 253
    counts = Counter(row[1] for row in rows())
    assert [number for number, count in counts.items() if count > 1] == []
    assert set(counts) == wanted()


def test_what_is_met_says_by_what_and_the_rest_says_why() -> None:
    for row in rows():
        assert row[3] != "met" or NAMED.search(row[4]) or "make check" in row[4], row[0]
        assert len(row[4]) > 3, row[0]


def test_every_file_that_is_named_is_there() -> None:
    named = {path for page in PAGES for path in NAMED.findall(page.read_text())}
    assert len(named) > 40
    assert [path for path in sorted(named) if not (ROOT / path).exists()] == []


def test_the_counts_at_its_head_are_right() -> None:
    states = Counter(row[3] for row in rows())
    head = (ROOT / "docs/security.md").read_text()
    said = f"{states['met']} met, {states['not applicable']} not applicable, {states['open']} open"
    assert said in head, said

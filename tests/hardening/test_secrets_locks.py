"""Supply chain: nothing is installed that is not pinned by its hash; what runs and what is tested are the same."""

import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
LOCKS = sorted(path.name for path in ROOT.glob("requirements*.lock"))
PINNED = re.compile(r"^([a-z0-9][a-z0-9._-]*)(?:\[[a-z0-9,_-]+\])?==([^\s;\\]+)", re.IGNORECASE)
HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}\b")


def entries(name: str) -> dict[str, tuple[str, int]]:
    """By name of the distribution: its version, and how many hashes it may have."""
    text = (ROOT / name).read_text().replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line and not line.lstrip().startswith("#")]
    found = {}
    for line in lines:
        match = PINNED.match(line)
        assert match, f"{name}: {line[:80]} is not pinned"
        found[match[1].lower()] = (match[2], len(HASH.findall(line)))
    return found


def test_all_locks_are_looked_at() -> None:
    assert LOCKS == [
        "requirements-build.lock",
        "requirements-dev.lock",
        "requirements-tools.lock",
        "requirements.lock",
    ]


@pytest.mark.parametrize("name", LOCKS)
def test_each_entry_is_pinned_and_hashed(name: str) -> None:
    found = entries(name)
    assert found
    assert [each for each, (_, hashes) in found.items() if not hashes] == []
    assert not re.search(r"https?://", (ROOT / name).read_text()), "no lock names where things come from"


def test_what_is_tested_is_what_runs() -> None:
    tested, runs = entries("requirements-dev.lock"), entries("requirements.lock")
    assert {name: version for name, (version, _) in runs.items()} == {
        name: tested[name][0] for name in runs if name in tested
    }


def test_browser_assets_are_pinned_by_integrity() -> None:
    lock = json.loads((ROOT / "package-lock.json").read_text())
    packages = {name: each for name, each in lock["packages"].items() if name}
    assert packages
    assert [name for name, each in packages.items() if not str(each.get("integrity", "")).startswith("sha512-")] == []
    assert [name for name, each in packages.items() if each.get("hasInstallScript")] == []


def test_the_installs_insist_on_it() -> None:
    """Bootstrap, image: by hash, without scripts of the packages, without what the lock does not name."""
    bootstrap = (ROOT / "platform/portico_portal/local/bootstrap.py").read_text()
    image = (ROOT / "helm/Containerfile").read_text()
    assert bootstrap.count('"--require-hashes"') >= 1
    installs = [line for line in image.splitlines() if "pip install" in line and "/src/dist/" not in line]
    assert installs
    assert all("--require-hashes" in line and "--no-deps" in line for line in installs)
    assert "npm ci --ignore-scripts" in image
    assert "--ignore-scripts" in bootstrap

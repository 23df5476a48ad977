"""Which PgBouncer the isolation tests use: PORTICO_PGBOUNCER, one on the PATH, Debian's. Prints its choice.

Debian's is unpacked into .portico without root and without installing anything, so no service of it ever starts.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

UNPACKED = Path(__file__).parents[2] / ".portico" / "pgbouncer"
PROGRAM = Path("usr/sbin/pgbouncer")
APT_SECONDS = 120
WHAT_TO_DO = (
    "No PgBouncer for the isolation tests: install one (Debian: apt install pgbouncer), or set PORTICO_PGBOUNCER to "
    "its path, for instance PORTICO_PGBOUNCER=/usr/sbin/pgbouncer"
)


class NoPgbouncer(Exception):
    """None is here and none could be had; the text says what to do."""


def find_pgbouncer(environment: Mapping[str, str]) -> tuple[Path, str] | None:
    """The executable and where it comes from, without fetching anything."""
    if named := environment.get("PORTICO_PGBOUNCER"):
        if not os.access(named, os.X_OK):
            raise NoPgbouncer(f"PORTICO_PGBOUNCER={named} is no program that can be run.")
        return Path(named), "PORTICO_PGBOUNCER"
    # Debian keeps it where only root's PATH leads
    if found := shutil.which("pgbouncer", path=f"{environment.get('PATH', '')}:/usr/sbin"):
        return Path(found), "found on the PATH"
    if (UNPACKED / PROGRAM).exists() and version_of(UNPACKED / PROGRAM) is not None:
        return UNPACKED / PROGRAM, "Debian's, unpacked"
    return None


def ensure_pgbouncer(environment: Mapping[str, str]) -> tuple[Path, str]:
    """Find one, else unpack one. Raises NoPgbouncer."""
    if found := find_pgbouncer(environment):
        return found
    if shutil.which("apt-get") and shutil.which("dpkg") and _unpack() and (found := find_pgbouncer(environment)):
        return found
    raise NoPgbouncer(WHAT_TO_DO)


def surroundings(program: Path) -> dict[str, str]:
    """The environment to run it in: an unpacked one brings libraries that the machine may lack."""
    if not program.is_relative_to(UNPACKED):
        return dict(os.environ)
    libraries = ":".join(str(folder) for folder in sorted((UNPACKED / "usr/lib").glob("*-linux-gnu*")))
    return {**os.environ, "LD_LIBRARY_PATH": libraries}


def version_of(program: Path) -> tuple[int, ...] | None:
    """Such as (1, 18, 0); None where it cannot be run."""
    told = subprocess.run(
        [program, "--version"], env=surroundings(program), capture_output=True, text=True, check=False
    )
    words = told.stdout.split()
    return tuple(int(part) for part in words[1].split(".")) if told.returncode == 0 and len(words) > 1 else None


def _unpack() -> bool:
    """PgBouncer and those of its libraries that are not installed. In a folder beside, then moved: whole or not."""
    making = UNPACKED.with_name(f"pgbouncer-{os.getpid()}")
    making.mkdir(parents=True)
    try:
        # a fresh machine knows no packages yet; refreshing the lists is all that wants root
        known = _download(making) or (_run(*_as_root("apt-get", "update"), folder=making) and _download(making))
        if not known:
            return False
        for package in sorted(making.glob("*.deb")):
            if not _run("dpkg", "-x", str(package), ".", folder=making):
                return False
            package.unlink()
        shutil.rmtree(UNPACKED, ignore_errors=True)
        making.rename(UNPACKED)
    finally:
        shutil.rmtree(making, ignore_errors=True)
    return True


def _download(folder: Path) -> bool:
    lines = (line.strip().split(": ") for line in _told("apt-cache", "depends", "pgbouncer").splitlines())
    libraries = [line[1] for line in lines if line[0] == "Depends" and line[1].startswith("lib")]
    missing = [each for each in libraries if not _is_installed(each)]
    return _run("apt-get", "download", "pgbouncer", *missing, folder=folder)


def _is_installed(package: str) -> bool:
    return _told("dpkg-query", "-W", "-f=${Status}", package) == "install ok installed"


def _told(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout


def _as_root(*command: str) -> tuple[str, ...]:
    return command if os.geteuid() == 0 else ("sudo", "--non-interactive", *command)


def _run(*command: str, folder: Path) -> bool:
    sys.stdout.write(f"$ {' '.join(command)}\n")
    sys.stdout.flush()
    try:
        done = subprocess.run(command, cwd=folder, stdout=subprocess.DEVNULL, check=False, timeout=APT_SECONDS)
    except (OSError, subprocess.TimeoutExpired) as trouble:
        sys.stdout.write(f"{trouble}\n")
        return False
    return done.returncode == 0


if __name__ == "__main__":
    try:
        executable, source = ensure_pgbouncer(os.environ)
    except NoPgbouncer as missing:
        sys.exit(str(missing))
    sys.stdout.write(f"PgBouncer: {executable} ({source})\n")

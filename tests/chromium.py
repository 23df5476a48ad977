"""Which Chromium the journeys use: PORTICO_CHROMIUM, one on the PATH, Debian's, Playwright's. Prints its choice.

Debian's is installed by apt-get where CI=true or where the person at the terminal says yes.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

# The first has no window to draw: the journeys take two thirds of the time with it.
NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
DEBIANS = ("chromium-headless-shell", "chromium")  # the first where a release has it
APT_GET = ("apt-get", "install", "--yes", "--no-install-recommends", "fonts-liberation")
WHAT_TO_DO = (
    "No Chromium for the journeys. Install one (Debian: apt install chromium), or set PORTICO_CHROMIUM to its "
    "path, for instance PORTICO_CHROMIUM=/usr/bin/chromium"
)


class NoChromium(Exception):
    """None is here and none could be installed; the text says what to do."""


def find_chromium(environment: Mapping[str, str]) -> tuple[Path, str] | None:
    """The executable and where it comes from, without installing anything."""
    if named := environment.get("PORTICO_CHROMIUM"):
        if not os.access(named, os.X_OK):
            raise NoChromium(f"PORTICO_CHROMIUM={named} is no program that can be run.")
        return Path(named), "PORTICO_CHROMIUM"
    for name in NAMES:
        if found := shutil.which(name, path=environment.get("PATH")):
            return Path(found), "found on the PATH"
    if (bundled := _playwrights()) is not None:
        return bundled, "Playwright's"
    return None


def ensure_chromium(environment: Mapping[str, str]) -> tuple[Path, str]:
    """Find one, else install one."""
    if found := find_chromium(environment):
        return found
    if _may_install(environment) and _install_debians() and (found := find_chromium(environment)):
        return found[0], "Debian's, just installed"
    if _run(sys.executable, "-m", "playwright", "install", "chromium") and (bundled := _playwrights()):
        return bundled, "Playwright's, just downloaded"
    raise NoChromium(WHAT_TO_DO)


@pytest.fixture(scope="session")
def chromium() -> Path:
    """The executable. It is looked for outside the event loop, where Playwright lets itself be asked."""
    found = find_chromium(os.environ)
    if found is None:
        raise NoChromium(WHAT_TO_DO)
    return found[0]


def _playwrights() -> Path | None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = Path(playwright.chromium.executable_path)
    return path if path.exists() else None


def _may_install(environment: Mapping[str, str]) -> bool:
    if not shutil.which("apt-get"):
        return False
    if environment.get("CI") == "true":
        return True
    if not sys.stdin.isatty():
        return False
    return input("No Chromium here. Install Debian's with apt-get? [y/N] ").strip().lower() in ("y", "yes")


def _install_debians() -> bool:
    updated = _run(*_as_root("apt-get", "update"), quiet=True)
    return updated and any(_run(*_as_root(*APT_GET, package)) for package in DEBIANS)


def _as_root(*command: str) -> tuple[str, ...]:
    asks_nothing = () if sys.stdin.isatty() else ("--non-interactive",)
    return command if os.geteuid() == 0 else ("sudo", *asks_nothing, *command)


def _run(*command: str, quiet: bool = False) -> bool:
    sys.stdout.write(f"$ {' '.join(command)}\n")
    sys.stdout.flush()
    try:
        done = subprocess.run(
            command,
            env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
            stdout=subprocess.DEVNULL if quiet else None,
            check=False,
        )
    except OSError as trouble:
        sys.stdout.write(f"{trouble}\n")
        return False
    return done.returncode == 0


if __name__ == "__main__":
    try:
        executable, source = ensure_chromium(os.environ)
    except NoChromium as missing:
        sys.exit(str(missing))
    sys.stdout.write(f"Chromium: {executable} ({source})\n")

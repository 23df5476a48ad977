"""What the demo keeps between two starts, below `.portico`: its secrets, its ports, the data of each process."""

import base64
import fcntl
import json
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from portico_portal.local.services import remove_services

# Short, unlike one another, easy to type.
WORDS = """
amber anchor autumn barley beacon birch bramble bridge candle canyon cedar cobalt copper coral crescent ember falcon
fern flint garnet granite harbour hazel heron hollow indigo island juniper kestrel lantern linen maple marble meadow
merlin mosaic nettle oak olive orchard otter pebble pepper pewter plover quarry raven russet saffron sable sierra
silver slate sorrel spruce thistle timber umber velvet walnut willow winter wren
"""


class DemoRuns(Exception):
    """Another demo runs in this clone."""


class AnotherCompany(Exception):
    """The demo's data was made from other figures than those asked for."""


class State:
    """The demo's folder. Everything secret is readable by its owner alone."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.folder = home / "demo"
        self.addresses = home / "demo.json"
        self._secrets = self.folder / "secrets.json"

    @contextmanager
    def held(self) -> Iterator[None]:
        """One demo at a time in one clone. Raises DemoRuns."""
        self.home.mkdir(parents=True, exist_ok=True)
        with (self.home / "demo.lock").open("a+") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                lock.seek(0)
                raise DemoRuns(f"The demo is running already (process {lock.read().strip()}).") from None
            lock.seek(0)
            lock.truncate()
            lock.write(str(os.getpid()))
            lock.flush()
            yield

    def reset(self) -> None:
        """Forget everything that an earlier demo made."""
        remove_services(self.folder / "services")
        shutil.rmtree(self.folder, ignore_errors=True)
        self.addresses.unlink(missing_ok=True)

    def open(self) -> None:
        self.folder.mkdir(exist_ok=True)
        self.folder.chmod(0o700)
        # Of an earlier run: a script must not take its addresses for ours before we are ready.
        self.addresses.unlink(missing_ok=True)
        shutil.rmtree(self.folder / "logs", ignore_errors=True)

    def subfolder(self, name: str) -> Path:
        made = self.folder / name
        made.mkdir(exist_ok=True)
        return made

    def log(self, name: str) -> Path:
        return self.subfolder("logs") / f"{name}.log"

    def secret(self, name: str, prefix: str = "") -> str:
        """A random secret by name, the same at every start."""
        return self._kept(name, prefix + secrets.token_urlsafe(24))

    def password(self, name: str) -> str:
        """A password that a person can type."""
        words = WORDS.split()
        return self._kept(
            name, "-".join(secrets.choice(words) for _ in range(2)) + f"-{secrets.randbelow(9000) + 1000}"
        )

    def encryption_key(self) -> str:
        return self._kept("encryption key", "demo:" + base64.b64encode(secrets.token_bytes(32)).decode())

    def _kept(self, name: str, new: str) -> str:
        known: dict[str, str] = read_json(self._secrets) or {}
        if name not in known:
            known[name] = new
            write_private(self._secrets, known)
        return known[name]


def same_company(state: State, asked: Path | None) -> Path | None:
    """The folder of figures that this demo's data came from. Raises AnotherCompany where another one is asked for."""
    file = state.folder / "company.json"
    known: dict[str, str | None] | None = read_json(file)
    if known is None:
        write_private(file, {"folder": str(asked) if asked else None})
        return asked
    kept = Path(known["folder"]) if known["folder"] else None
    if asked not in (None, kept):
        raise AnotherCompany(
            f"The demo holds {f'the figures of {kept}' if kept else 'its own figures'}. "
            f"`make demo-reset DATA={asked}` starts over with those of {asked}."
        )
    return kept


def read_json(file: Path) -> Any:
    """What the file holds, None where there is none."""
    return json.loads(file.read_text()) if file.exists() else None


def write_private(file: Path, content: object) -> None:
    """As JSON, at once or not at all, readable by its owner alone."""
    new = file.with_name(f"{file.name}.new")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as writing:
        writing.write(json.dumps(content, indent=2, ensure_ascii=False) + "\n")
    new.rename(file)

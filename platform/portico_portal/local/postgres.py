"""An embedded PostgreSQL: initdb once, then `postgres` as a foreground child on a TCP port of its own.

PostgreSQL refuses to run as root, and initdb as a user without a name (a container's arbitrary uid). There it runs as
an ordinary user of a user namespace; where such namespaces are blocked, root runs it as uid 65534 on copies in a folder
that everybody can reach.
"""

import hashlib
import os
import pwd
import shutil
import stat
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from signal import SIGINT

from portico_portal.local.binaries import PostgresBinaries, postgres_candidates
from portico_portal.local.children import Child, Program
from portico_portal.local.ports import LOOPBACK
from portico_portal.local.supervisor import ChildFailed, Supervisor, wait_until

SUPERUSER = "postgres"
NOBODY = 65534
START_SECONDS = 30.0
SETTINGS = {
    "listen_addresses": LOOPBACK,
    "unix_socket_directories": "",
    "max_connections": "200",
    "max_locks_per_transaction": "1024",  # dumps of a fleet lock every table of every tenant
    "jit": "off",
}
THROWAWAY_SETTINGS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class NoPostgres(Exception):
    """No PostgreSQL of this machine could be started. The text says which were tried and what to do."""


@dataclass(frozen=True)
class EmbeddedPostgres:
    child: Child
    binaries: PostgresBinaries
    port: int
    password: str

    @property
    def superuser_url(self) -> str:
        return f"postgresql://{SUPERUSER}:{self.password}@{LOOPBACK}:{self.port}/postgres"


@dataclass(frozen=True)
class _Place:
    """One way to run: as whom, from where, on which data."""

    binaries: PostgresBinaries
    data: Path
    prefix: tuple[str, ...] = ()
    user: int | None = None


def start_postgres(
    supervisor: Supervisor,
    *,
    folder: Path,
    port: int,
    password: str,
    throwaway: bool = False,
    candidates: Sequence[PostgresBinaries] | None = None,
    may_unshare: bool = True,
    say: Callable[[str], None] = lambda text: None,
) -> EmbeddedPostgres:
    """Start the first candidate that works. Raises NoPostgres."""
    found = postgres_candidates() if candidates is None else candidates
    places = [place for binaries in found for place in _places(binaries, folder, may_unshare=may_unshare)]
    troubles: list[str] = []
    # Data made by an earlier start binds to its version and place: never a fresh cluster beside it, in silence.
    for place in [place for place in places if _version_of(place.data)] or places:
        if (made_by := _version_of(place.data)) not in (None, place.binaries.major):
            troubles.append(f"{place.binaries}: the data in {place.data} was made by PostgreSQL {made_by}")
            continue
        try:
            child = _run(supervisor, place, folder, port, password, throwaway=throwaway)
        except (OSError, subprocess.CalledProcessError, ChildFailed) as trouble:
            if made_by is None:
                shutil.rmtree(place.data, ignore_errors=True)
            detail = getattr(trouble, "stderr", None) or trouble
            troubles.append(f"{place.binaries}: {str(detail).strip()}")
            continue
        say(str(place.binaries))
        return EmbeddedPostgres(child, place.binaries, port, password)
    tried = "".join(f"\n  tried {trouble}" for trouble in troubles)
    raise NoPostgres(
        f"no PostgreSQL 15 to 18 could be started here.{tried}\nInstall one (Debian: apt install postgresql), "
        "or set PORTICO_DATABASE_URL to a server, for instance postgresql://me:secret@127.0.0.1:5432/portico"
    )


def _places(binaries: PostgresBinaries, folder: Path, *, may_unshare: bool) -> list[_Place]:
    data = folder / "data"
    root = os.geteuid() == 0
    if not root and _has_name(os.geteuid()):
        return [_Place(binaries, data)]
    places = []
    if may_unshare and shutil.which("unshare"):
        inside = next(user.pw_uid for user in pwd.getpwall() if user.pw_uid)
        prefix = ("unshare", "--user", f"--map-user={inside}", f"--map-group={inside}")
        places.append(_Place(binaries, data, prefix=prefix))
    if root:
        open_folder = Path(f"/var/tmp/portico-{hashlib.sha256(str(folder).encode()).hexdigest()[:12]}")  # noqa: S108
        places.append(_Place(binaries, open_folder / "data", user=NOBODY))
    return places or [_Place(binaries, data)]


def _has_name(uid: int) -> bool:
    try:
        pwd.getpwuid(uid)
    except KeyError:
        return False
    return True


def _run(supervisor: Supervisor, place: _Place, folder: Path, port: int, password: str, *, throwaway: bool) -> Child:
    folder.mkdir(parents=True, exist_ok=True)
    if place.user is not None:
        place = _opened(place)
    environment = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}
    if not (place.data / "PG_VERSION").exists():
        _initialise(place, password, environment, throwaway=throwaway)
    settings = SETTINGS | {"port": str(port)} | (THROWAWAY_SETTINGS if throwaway else {})
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    _forget_dead_server(place.data)
    program = Program(
        name="postgres",
        argv=(*place.prefix, str(place.binaries.postgres), "-D", str(place.data), *options),
        log=folder / "postgres.log",
        environment=environment,
        folder=place.data.parent,
        stop_signal=SIGINT,
        stop_seconds=30.0,
        stops_last=True,
        user=place.user,
    )
    child = supervisor.start(program)
    try:
        wait_until(
            lambda: _ready(place.data, child.pid), child, seconds=START_SECONDS, what="its status file says ready"
        )
    except ChildFailed:
        supervisor.stop_one(child)
        raise
    return child


def _initialise(place: _Place, password: str, environment: dict[str, str], *, throwaway: bool) -> None:
    """initdb into a folder beside, then rename, so that a half-made cluster is never taken for a whole one."""
    data = place.data.with_name("data.new")
    secret = place.data.with_name("password")
    shutil.rmtree(data, ignore_errors=True)
    secret.write_text(password + "\n")
    secret.chmod(0o600)
    if place.user is not None:
        os.chown(secret, place.user, place.user)
    command = [*place.prefix, str(place.binaries.initdb), "-D", str(data), "-U", SUPERUSER, "-E", "UTF8"]
    command += ["--auth=scram-sha-256", f"--pwfile={secret}", *(["--no-sync"] if throwaway else [])]
    # Sorting by code point is the same on every machine; lower() must know letters beyond ASCII all the same.
    locales = [["--locale=C.UTF-8"], ["--no-locale"]]
    if place.binaries.major >= 17:
        locales.insert(0, ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"])
    try:
        for number, locale in enumerate(locales, start=1):
            done = subprocess.run(  # noqa: S603 - initdb of the chosen PostgreSQL
                [*command, *locale],
                env=environment,
                cwd=place.data.parent,
                user=place.user,
                group=place.user,
                extra_groups=None if place.user is None else [],
                capture_output=True,
                text=True,
                check=number == len(locales),
            )
            if done.returncode == 0:
                break
            shutil.rmtree(data, ignore_errors=True)
    finally:
        secret.unlink()
    data.rename(place.data)


def _opened(place: _Place) -> _Place:
    """The same place where `nobody` can reach it; binaries below a closed home are copied with their libraries."""
    root = place.data.parent
    root.mkdir(mode=0o755, exist_ok=True)
    status = root.lstat()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid not in (0, NOBODY):
        raise PermissionError(f"{root} belongs to somebody else")
    os.chown(root, NOBODY, NOBODY)
    if all(parent.stat().st_mode & 0o001 for parent in place.binaries.folder.parents):
        return place
    install = place.binaries.folder.parent
    copy = root / f"{install.parent.name}-{place.binaries.version}"
    if not copy.exists():
        making = copy.with_suffix(".new")
        shutil.rmtree(making, ignore_errors=True)
        # The wheel's programs look for their libraries in a folder beside the package.
        shutil.copytree(install, making / "package" / install.name, symlinks=True)
        libraries = install.parent.with_name(f"{install.parent.name}.libs")
        if libraries.is_dir():
            shutil.copytree(libraries, making / libraries.name, symlinks=True)
        for path in (making, *making.rglob("*")):
            if path.is_dir():
                path.chmod(0o755)
        making.rename(copy)
    folder = copy / "package" / install.name / place.binaries.folder.name
    return replace(place, binaries=replace(place.binaries, folder=folder))


def data_folders(folder: Path) -> list[Path]:
    """Everything that a start in this folder may have made, for a reset."""
    return [place.data.parent for place in _places(PostgresBinaries(folder, 0, "", ""), folder, may_unshare=True)]


def _version_of(data: Path) -> int | None:
    file = data / "PG_VERSION"
    return int(file.read_text()) if file.exists() else None


def _forget_dead_server(data: Path) -> None:
    """Remove a pid file whose number went to another program meanwhile; PostgreSQL would refuse to start."""
    file = data / "postmaster.pid"
    try:
        pid = int(file.read_text().splitlines()[0])
        alive = "postgres" in Path(f"/proc/{pid}/cmdline").read_text(errors="replace")
    except (OSError, ValueError, IndexError):
        alive = False
    if not alive:
        file.unlink(missing_ok=True)


def _ready(data: Path, pid: int) -> bool:
    """What pg_ctl looks at too: the first line of postmaster.pid is the process, the last its state."""
    try:
        lines = (data / "postmaster.pid").read_text().splitlines()
        return int(lines[0]) == pid and lines[7].strip() == "ready"
    except (OSError, ValueError, IndexError):
        return False

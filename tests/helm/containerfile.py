"""Runs a Containerfile's steps without a container engine: each stage is a folder, COPY copies, RUN runs.

Absolute paths of a stage (/src, /opt/…) are moved under the stage's folder, in commands too. What it cannot move are
the base images: the machine's own Python and Node stand in for them.
"""

import os
import re
import shlex
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

MOVED = re.compile(r"(?<![\w./-])/(?=(?:src|opt)(?:/|\b))")
STEP_SECONDS = 600


@dataclass
class Stage:
    """One FROM: its folder stands for the image's root."""

    name: str
    root: Path
    workdir: str = "/"
    environment: dict[str, str] = field(default_factory=dict)
    user: str = ""
    entrypoint: str = ""

    def path(self, inside: str) -> Path:
        """A path of the image on this machine."""
        return self.root / (inside if inside.startswith("/") else f"{self.workdir}/{inside}").lstrip("/")


def instructions(text: str) -> list[tuple[str, str]]:
    """Instruction and argument, continued lines joined, comments dropped."""
    joined = re.sub(r"\\\n", " ", text)
    lines = [line.strip() for line in joined.splitlines() if line.strip() and not line.startswith("#")]
    return [(word.upper(), rest.strip()) for word, _, rest in (line.partition(" ") for line in lines)]


def build(containerfile: Path, context: Path, folder: Path, *, base_path: str) -> Stage:
    """Run every step; the last stage. `base_path` is the PATH that stands in for the base images."""
    stages: list[Stage] = []
    for word, rest in instructions(containerfile.read_text()):
        if word == "FROM":
            name = rest.partition(" AS ")[2] or "final"
            stages.append(Stage(name, folder / name))
            stages[-1].root.mkdir(parents=True)
        elif word != "ARG":
            _step(word, rest, stages, context, base_path)
    return stages[-1]


def _step(word: str, rest: str, stages: list[Stage], context: Path, base_path: str) -> None:
    stage = stages[-1]
    if word == "WORKDIR":
        stage.workdir = rest
        stage.path(rest).mkdir(parents=True, exist_ok=True)
    elif word == "COPY":
        _copy(rest, stages, context)
    elif word == "RUN":
        run(stage, rest, base_path)
    elif word == "ENV":
        stage.environment.update(dict(pair.split("=", 1) for pair in shlex.split(rest)))
    elif word == "USER":
        stage.user = rest
    elif word == "ENTRYPOINT":
        stage.entrypoint = rest
    elif word not in ("EXPOSE", "CMD"):
        raise ValueError(f"a step this test does not know: {word}")


def _copy(rest: str, stages: list[Stage], context: Path) -> None:
    words = rest.split()
    source_root = context
    if words[0].startswith("--from="):
        wanted = words.pop(0).removeprefix("--from=")
        origin = next(each for each in stages if each.name == wanted)
        source_root = origin.root
    *sources, target = words
    for source in sources:
        found = source_root / source.lstrip("/")
        goal = stages[-1].path(target)
        if found.is_dir():
            shutil.copytree(
                found, goal, symlinks=True, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__")
            )
        else:
            goal = goal / found.name if target.endswith("/") else goal
            goal.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(found, goal)


def run(stage: Stage, command: str, base_path: str, *, check: bool = True) -> subprocess.CompletedProcess[str]:
    """A command in a stage's folder; its output is in the error when it fails."""
    moved = MOVED.sub(f"{stage.root}/", command)
    home = stage.root / "home"
    home.mkdir(exist_ok=True)
    passed = {
        name: value for name, value in os.environ.items() if name.lower().startswith(("pip_", "npm_", "ssl_", "uv_"))
    }
    done = subprocess.run(
        ["/bin/sh", "-euc", moved],
        cwd=stage.path(stage.workdir),
        env={**passed, "PATH": base_path, "HOME": str(home)},
        capture_output=True,
        text=True,
        timeout=STEP_SECONDS,
        check=False,
    )
    if check and done.returncode:
        raise AssertionError(f"{command}\nended with {done.returncode}\n{done.stdout[-3000:]}{done.stderr[-3000:]}")
    return done

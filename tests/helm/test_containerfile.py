"""The image's steps run in a fresh folder, and what they make answers as the `portico` command.

No image is built here (the machines that run this have no container engine); the steps are the Containerfile's own.
"""

import shutil
import subprocess
import sys
from pathlib import Path

from tests.helm.containerfile import build, run

ROOT = Path(__file__).resolve().parents[2]


def test_the_steps_make_an_installation_that_runs_by_itself(tmp_path: Path) -> None:
    node = shutil.which("node") or str(ROOT / ".portico" / "node" / "bin" / "node")
    bin_folder = tmp_path / "bin"
    bin_folder.mkdir()
    (bin_folder / "python").symlink_to(getattr(sys, "_base_executable", sys.executable))
    base_path = f"{bin_folder}:{Path(node).parent}:/usr/bin:/bin"
    context = tmp_path / "context"
    tracked = files_of_a_checkout()
    for name in tracked:
        goal = context / name
        goal.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, goal)

    built = build(ROOT / "helm" / "Containerfile", context, tmp_path / "stages", base_path=base_path)

    assert built.user == "65532:65532"
    assert built.environment["PATH"].startswith("/opt/portal/bin:")
    build_stage = tmp_path / "stages" / "build" / "opt" / "portal"
    helped = run(built, f"{build_stage}/bin/python -m portico_portal.cli --help", base_path).stdout
    assert "tenants" in helped
    site = next(built.root.glob("opt/portal/lib/python3*/site-packages"))
    assert (site / "portico_themes" / "static" / "vendor" / "htmx.js").is_file()
    assert (site / "portico_tenants" / "migrations" / "tenant.sql").is_file()
    assert not list(site.glob("pytest*"))


def files_of_a_checkout() -> list[str]:
    """What a checkout holds."""
    git = shutil.which("git") or "/usr/bin/git"
    listed = subprocess.run([git, "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True, timeout=30).stdout
    return [name for name in listed.splitlines() if (ROOT / name).is_file()]

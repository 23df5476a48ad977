"""What a logo's upload takes of the process that serves every tenant: memory, measured in one of its own."""

import subprocess
import sys
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

MOST_MEGABYTES = 90  # one picture of four megapixels takes 60
AT_ONCE = 6
MEASURED = """
import sys
from io import BytesIO
from pathlib import Path

import anyio
from litestar.datastructures import UploadFile
from PIL import Image

from portico_portal.brand import logos


def highest():
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) // 1024


async def send(body):
    _, refused = await logos.taken({"mark": UploadFile("image/webp", "a.webp", body)})
    for sentence in refused.values():
        print(sentence)


async def main():
    small = BytesIO()
    Image.new("RGB", (256, 128)).save(small, "WEBP")
    await send(small.getvalue())  # what the first picture loads is not of the pictures
    before = highest()
    body = Path(sys.argv[1]).read_bytes()
    async with anyio.create_task_group() as group:
        for _ in range(int(sys.argv[2])):
            group.start_soon(send, body)
    print(highest() - before)


anyio.run(main)
"""


def _measured(folder: Path, side: int) -> tuple[int, list[str]]:
    """Megabytes at the highest while as many send such a picture at once, and what each was told."""
    upload = BytesIO()
    Image.new("RGB", (side, side), "#0b3a75").save(upload, "WEBP", lossless=True)
    sent = folder / "sent.webp"
    sent.write_bytes(upload.getvalue())
    command = [sys.executable, "-c", MEASURED, str(sent), str(AT_ONCE)]
    *told, megabytes = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    return int(megabytes), told


@pytest.mark.parametrize("side", [2000, 6000])
def test_uploads_at_once_take_the_memory_of_one_small_picture(tmp_path: Path, side: int) -> None:
    megabytes, told = _measured(tmp_path, side)

    assert megabytes < MOST_MEGABYTES
    assert len(told) == (0 if side == 2000 else AT_ONCE)
    assert all("more than 4 megapixels" in sentence for sentence in told)

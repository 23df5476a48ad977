"""Uploaded marks: decoded, bounded, written anew; everything else is refused with a sentence."""

from io import BytesIO

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from portico_themes.images import LARGEST_UPLOAD, ImageRefused, fitted, prepare


def picture(kind: str, size: tuple[int, int] = (400, 200), **save: object) -> bytes:
    out = BytesIO()
    Image.new("RGB", size, "#0b3a75").save(out, kind, **save)
    return out.getvalue()


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_the_three_formats_become_png_under_the_name_of_their_content(kind: str) -> None:
    kept = prepare(picture(kind), "mark")

    assert Image.open(BytesIO(kept.body)).format == "PNG"
    assert kept.name.startswith("mark-400x200.")
    assert kept.name == prepare(picture(kind), "mark").name


def test_large_pictures_are_reduced_and_keep_their_shape() -> None:
    kept = prepare(picture("PNG", (2800, 1400)), "mark")

    assert (kept.width, kept.height) == (480, 240)


def test_nothing_of_the_uploads_own_bytes_is_served() -> None:
    note = PngInfo()
    note.add_text("Comment", "<script>alert(1)</script>")
    upload = picture("PNG", pnginfo=note) + b"<script>alert(2)</script>"

    kept = prepare(upload, "mark").body

    assert b"script" not in kept
    assert Image.open(BytesIO(kept)).info == {}


@pytest.mark.parametrize(
    ("upload", "says"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", "not a PNG, JPEG or WebP"),
        (b"", "not a PNG, JPEG or WebP"),
        (picture("GIF"), "not a PNG, JPEG or WebP"),
        (picture("PNG", (300, 40)), "too small"),
        (picture("PNG", (2001, 2000)), "more than 4 megapixels"),
        (picture("PNG")[:200], "cannot be read to its end"),
        (b"\x89PNG" + b"0" * LARGEST_UPLOAD, "larger than 2 MB"),
    ],
)
def test_what_is_no_mark_is_refused(upload: bytes, says: str) -> None:
    with pytest.raises(ImageRefused, match=says):
        prepare(upload, "mark")


def test_a_picture_that_would_fill_the_memory_is_not_decoded() -> None:
    bomb = picture("PNG", (200, 200)).replace((200).to_bytes(4) * 2, (60_000).to_bytes(4) * 2, 1)

    with pytest.raises(ImageRefused):
        prepare(bomb, "mark")


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("mark-600x200.0123456789ab.png", (108, 36)),
        ("mark-on-dark-200x240.0123456789ab.png", (30, 36)),
        ("mark-960x96.0123456789ab.png", (160, 16)),
        ("mark-0x0.0123456789ab.png", (None, 36)),
        ("mark.0123456789ab.png", (None, 36)),
    ],
)
def test_a_picture_is_shown_in_its_proportions(name: str, shown: tuple[int | None, int]) -> None:
    assert fitted(name, 36, 160) == shown

"""Uploaded marks and favicons: whatever comes in is decoded, bounded and written anew as PNG. SVG can carry script,
so it is not taken.

Nothing of the upload's own bytes is ever served: metadata, trailing data and other frames are gone.
"""

import re
import warnings
from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO
from typing import Literal

from PIL import Image, UnidentifiedImageError

from portico_core.errors import Invalid
from portico_themes.texts import N_

Kind = Literal["mark", "mark-on-dark", "favicon"]

LARGEST_UPLOAD = 2_000_000  # bytes
MOST_PIXELS = 4_000_000  # decoded they take some 60 MB, and a file of 38 bytes may claim any number
SMALLEST_HEIGHT = 128
KEPT_BOX: dict[Kind, tuple[int, int]] = {"mark": (960, 240), "mark-on-dark": (960, 240), "favicon": (180, 180)}
FORMATS = ("PNG", "JPEG", "WEBP")
SIZE = re.compile(r"-([1-9]\d*)x([1-9]\d*)\.")  # in a kept picture's name

NOT_AN_IMAGE = N_("This file is not a PNG, JPEG or WebP image.")
TOO_MANY_BYTES = N_("The file is larger than 2 MB.")
TOO_MANY_PIXELS = N_(
    "The image has more than 4 megapixels. Make it smaller, at most 2000 by 2000 pixels, and upload it again."
)
TOO_SMALL = N_("The logo is too small: it needs a height of 128 pixels or more.")
DAMAGED = N_("The image cannot be read to its end. Export it anew.")


class ImageRefused(Invalid):
    """The upload cannot become a mark; the sentence is a message key and says why."""


@dataclass(frozen=True, slots=True)
class StoredImage:
    """A picture as it is kept and served. `name` carries its size and hash, as `Brand` wants it."""

    name: str
    body: bytes
    width: int
    height: int
    media_type: str = "image/png"


def prepare(upload: bytes, kind: Kind) -> StoredImage:
    """The upload as a PNG of our own making. Raises ImageRefused. Call it off the loop, one at a time."""
    if len(upload) > LARGEST_UPLOAD:
        raise ImageRefused(TOO_MANY_BYTES)
    picture = _decoded(upload)
    picture.thumbnail(KEPT_BOX[kind], Image.Resampling.LANCZOS)
    return stored(picture, kind)


def stored(picture: Image.Image, kind: Kind) -> StoredImage:
    """A drawn or decoded picture under the name of its content."""
    clean = Image.new("RGBA", picture.size)
    clean.paste(picture.convert("RGBA"))  # a new picture: no profile, comment or other metadata comes along
    out = BytesIO()
    clean.save(out, "PNG", optimize=True)
    body = out.getvalue()
    width, height = clean.size
    return StoredImage(f"{kind}-{width}x{height}.{sha256(body).hexdigest()[:12]}.png", body, width, height)


def fitted(name: str, height: int, widest: int) -> tuple[int | None, int]:
    """Width and height to show a kept picture at: so high, unless that makes it wider than `widest`.

    The width is None where the picture's name does not tell its size.
    """
    size = SIZE.search(name)
    if size is None:
        return None, height
    across, tall = int(size[1]), int(size[2])
    scale = min(height / tall, widest / across)
    return max(1, round(across * scale)), max(1, round(tall * scale))


def favicon_of(mark: StoredImage) -> StoredImage:
    """The mark in a square, for the browser's tab."""
    with Image.open(BytesIO(mark.body)) as opened:
        picture = opened.convert("RGBA")
    picture = picture.crop(picture.getbbox() or (0, 0, *picture.size))
    side = max(picture.size)
    square = Image.new("RGBA", (side, side))
    square.paste(picture, ((side - picture.width) // 2, (side - picture.height) // 2))
    square.thumbnail(KEPT_BOX["favicon"], Image.Resampling.LANCZOS)
    return stored(square, "favicon")


def _decoded(upload: bytes) -> Image.Image:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            opened = Image.open(BytesIO(upload), formats=FORMATS)
            if opened.width * opened.height > MOST_PIXELS:
                raise ImageRefused(TOO_MANY_PIXELS)
            if opened.height < SMALLEST_HEIGHT:
                raise ImageRefused(TOO_SMALL)
            opened.load()
    except UnidentifiedImageError as problem:
        raise ImageRefused(NOT_AN_IMAGE) from problem
    except (Image.DecompressionBombWarning, Image.DecompressionBombError) as problem:
        raise ImageRefused(TOO_MANY_PIXELS) from problem
    except (OSError, SyntaxError, ValueError) as problem:
        raise ImageRefused(DAMAGED) from problem
    return opened

"""`python -m tests.pictures DIR [WORDS]` takes a picture of every page of the preview, to be looked at.

In both brands and languages, at 1280 and 390 pixels, light and dark, whole: DIR/brand-language-page-width-mode.png, and
a sheet of all pages for each of the sixteen combinations. WORDS takes the pages whose names have one of these words.
"""

import argparse
import asyncio
import functools
import http.server
import os
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import product
from pathlib import Path
from typing import Any, Literal

from PIL import Image
from playwright.async_api import Browser, async_playwright

from portico_themes.brands import seeded_brands
from portico_themes.preview.__main__ import LOCALES, write
from tests.chromium import ensure_chromium

WIDTHS = (1280, 390)
MODES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
THUMB, COLUMNS, TALLEST = 320, 6, 640  # of a sheet, in pixels and pictures
BACKGROUND = (128, 128, 128)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("words", nargs="*", help="words of pages' names; without any: all")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    chromium, _ = ensure_chromium(os.environ)
    with tempfile.TemporaryDirectory(prefix="portico-preview-") as preview:
        write(Path(preview))
        with served(Path(preview)) as site:
            asyncio.run(take(chromium, site, Path(preview), options.folder, options.words))


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The folder at an address of this machine."""
    handler = functools.partial(_Silent, directory=str(folder))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


async def take(chromium: Path, site: str, preview: Path, folder: Path, words: Sequence[str]) -> None:
    """All pictures, then their sheets."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for brand, language in product(seeded_brands(), LOCALES):
            pages = sorted((preview / brand / language).glob("*.html"))
            chosen = [page for page in pages if not words or any(word in page.stem for word in words)]
            for width, mode in product(WIDTHS, MODES):
                name = f"{brand}-{language}-{{}}-{width}-{mode}.png"
                pictures = [folder / name.format(page.stem) for page in chosen]
                addresses = [f"{site}/{page.relative_to(preview)}" for page in chosen]
                await _shoot(browser, dict(zip(addresses, pictures, strict=True)), width, mode)
                if pictures:
                    sheet(pictures, folder / f"sheet-{name.format('all')}")
                sys.stdout.write(f"{brand} {language} {width} {mode}: {len(pictures)} pages\n")
        await browser.close()


async def _shoot(browser: Browser, pictures: dict[str, Path], width: int, mode: Any) -> None:
    context = await browser.new_context(viewport={"width": width, "height": 844}, color_scheme=mode)
    page = await context.new_page()
    for address, picture in pictures.items():
        await page.goto(address)
        await page.screenshot(path=picture, full_page=True)
    await context.close()


def sheet(pictures: Sequence[Path], target: Path) -> None:
    """The tops of all of them, small, on one picture."""
    rows = -(-len(pictures) // COLUMNS)
    whole = Image.new("RGB", (COLUMNS * (THUMB + 8), rows * (TALLEST + 8)), BACKGROUND)
    for number, path in enumerate(pictures):
        with Image.open(path) as picture:
            small = picture.convert("RGB").resize((THUMB, max(1, picture.height * THUMB // picture.width)))
        row, column = divmod(number, COLUMNS)
        whole.paste(small.crop((0, 0, THUMB, min(small.height, TALLEST))), (column * (THUMB + 8), row * (TALLEST + 8)))
    whole.save(target)


class _Silent(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # the standard library's name
        pass


if __name__ == "__main__":
    main()

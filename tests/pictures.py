"""`python -m tests.pictures DIR [WORDS]` takes a picture of every page of the preview, to be looked at.

In both brands and languages, at 1280 and 390 pixels, light and dark, whole: DIR/brand-language-page-width-mode.png, and
for each page a sheet of these sixteen. WORDS takes the pages whose names have one of these words.
`python -m tests.pictures --beside DIR` takes those that the design has drawn too, under its names, as WebP, and
`--readme DIR` those of the README.
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
from playwright.async_api import Browser, Page, async_playwright

from portico_themes.brands import seeded_brands
from portico_themes.preview.__main__ import LOCALES, write
from tests.chromium import ensure_chromium

WIDTHS = (1280, 390)
Mode = Literal["light", "dark"]
MODES: tuple[Mode, ...] = ("light", "dark")
# Letters stand where they belong, not on whole pixels, as on most screens that people have.
ARGUMENTS = ["--no-sandbox", "--font-render-hinting=none"]
THUMBS, TALLEST = {1280: 420, 390: 210}, 1200  # of a page's sheet, in pixels: as wide as its width is shown, and tall
BACKGROUND, GAP = (128, 128, 128), 8
# The design's pictures of what is built, and which of our pages shows it. 26, of states, is a sheet of STATES.
BESIDE = {
    "01-signin-stanmoor-1280": "sign-in",
    "02-signin-quince-390": "sign-in",
    "03-home-stanmoor-1280": "home",
    "04-home-quince-1280": "home",
    "05-home-stanmoor-1280-dark": "home",
    "06-home-quince-390": "home",
    "07-invoices-stanmoor-1280": "invoices-selected",
    "08-invoices-quince-1280-dark": "invoices-selected",
    "09-invoices-stanmoor-390": "invoices-selected",
    "10-invoices-stanmoor-1280-german": "invoices-selected",
    "11-invoices-stanmoor-390-german": "invoices-selected",
    "12-invoice-quince-1280": "invoice",
    "13-invoice-stanmoor-390": "invoice",
    "14-invoice-stanmoor-print-a4": "invoice",
    "15-payment-processing-quince-1280": "payment-processing",
    "16-payment-settled-stanmoor-390": "payment-succeeded-posted",
    "17-staff-sync-stanmoor-1280": "staff-sync",
    "18-staff-sync-stanmoor-390-dark": "staff-sync",
    "19-staff-brand-larkspur-1280": "staff-brand-draft",
    "20-staff-brand-larkspur-390": "staff-brand-draft",
    "24-mail-receipt-quince-1280": "mail-receipt",
    "25-mail-receipt-stanmoor-390": "mail-receipt",
    "27-components-stanmoor-1280": "design",
}
STATES = (
    *("home-nothing", "home-first-sync", "invoices-nothing-found", "home-stale", "payment-failed"),
    *("payment-succeeded-posted", "select-wrong", "error-404", "error-500"),
)
DRAWN = 2200  # of a tall page, about as much as the design drew
README: dict[str, list[tuple[str, int, int, Mode]]] = {
    "home": [("stanmoor/en/home", 1280, 1180, "light")],
    "invoices": [("stanmoor/en/invoices-selected", 1280, 860, "light")],
    "staff-sync": [("stanmoor/en/staff-sync", 1280, 1150, "dark")],
    "phone": [
        ("stanmoor/en/home", 390, 800, "light"),
        ("quince/de/invoices-selected", 390, 800, "light"),
        ("stanmoor/en/invoice", 390, 800, "dark"),
    ],
}
STATE = 900  # as narrow as a page with its menu above can be
SCREENS = {"sign-in": (800, 844), "invoices-selected": (960, 844)}  # shown as the screen shows them, wide and narrow
A4, MARGINS, DESK = (794, 1123), (57, 60), 40  # pixels of paper, of what its margins take, of what lies around it


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--beside", action="store_true", help="only what the design has drawn too")
    parser.add_argument("--readme", action="store_true", help="only what the README shows")
    parser.add_argument("words", nargs="*", help="words of pages' names; without any: all")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    chromium, _ = ensure_chromium(os.environ)
    with tempfile.TemporaryDirectory(prefix="portico-preview-") as preview:
        write(Path(preview))
        with served(Path(preview)) as site:
            if options.beside:
                asyncio.run(take_beside(chromium, site, options.folder))
            elif options.readme:
                asyncio.run(take_readme(chromium, site, options.folder))
            else:
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
        browser = await playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        for brand, language in product(seeded_brands(), LOCALES):
            pages = sorted((preview / brand / language).glob("*.html"))
            chosen = [page for page in pages if not words or any(word in page.stem for word in words)]
            for width, mode in product(WIDTHS, MODES):
                name = f"{brand}-{language}-{{}}-{width}-{mode}.png"
                pictures = [folder / name.format(page.stem) for page in chosen]
                addresses = [f"{site}/{page.relative_to(preview)}" for page in chosen]
                await _shoot(browser, dict(zip(addresses, pictures, strict=True)), width, mode)
                sys.stdout.write(f"{brand} {language} {width} {mode}: {len(pictures)} pages\n")
        await browser.close()
    for page in chosen:
        combinations = list(product(seeded_brands(), LOCALES, MODES))
        rows = [
            [folder / f"{brand}-{language}-{page.stem}-{width}-{mode}.png" for brand, language, mode in each]
            for width, each in ((1280, combinations[:4]), (1280, combinations[4:]), (390, combinations))
        ]
        sheet(rows, folder / f"sheet-{page.stem}.png", [THUMBS[1280], THUMBS[1280], THUMBS[390]], TALLEST)


async def _shoot(browser: Browser, pictures: dict[str, Path], width: int, mode: Mode) -> None:
    context = await browser.new_context(viewport={"width": width, "height": 844}, color_scheme=mode)
    page = await context.new_page()
    for address, picture in pictures.items():
        await page.goto(address)
        await _whole(page)
        await page.screenshot(path=picture)
        await page.set_viewport_size({"width": width, "height": 844})
    await context.close()


async def _whole(page: Page, at_most: int = 20_000) -> None:
    """Makes the window as tall as the page: bars that stick to its edge stand where the page ends."""
    size = page.viewport_size or {"width": 0, "height": 0}
    tall = await page.evaluate("document.documentElement.scrollHeight")
    await page.set_viewport_size({"width": size["width"], "height": min(max(size["height"], tall), at_most)})


async def take_beside(chromium: Path, site: str, folder: Path) -> None:
    """One picture for each that the design has, phones twice as fine."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        for name, shown in BESIDE.items():
            picture = folder / f"{name}.png"
            await _as_drawn(browser, site, name, shown, picture)
            if "a4" in name:
                _on_paper(picture)
            _kept(picture)
        states = {state: folder / f"{state}.png" for state in STATES}
        addresses = {f"{site}/quince/en/{state}.html": path for state, path in states.items()}
        await _shoot(browser, addresses, STATE, "light")
        taken = list(states.values())
        pairs = [taken[number : number + 2] for number in range(0, len(taken), 2)]
        sheet(pairs, folder / "26-states-quince-1280.png", [STATE] * len(pairs), 620)
        _kept(folder / "26-states-quince-1280.png")
        for path in states.values():
            path.unlink()
        await browser.close()


async def take_readme(chromium: Path, site: str, folder: Path) -> None:
    """Windows as they open; several side by side where a picture shows several."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        for name, windows in README.items():
            parts = []
            for number, (shown, width, height, mode) in enumerate(windows):
                page = await browser.new_page(viewport={"width": width, "height": height}, color_scheme=mode)
                await page.goto(f"{site}/{shown}.html")
                parts.append(folder / f"{name}-{number}.png")
                await page.screenshot(path=parts[-1])
                await page.close()
            sheet([parts], folder / f"{name}.png", [windows[0][1]], windows[0][2], "white")
            for part in parts:
                part.unlink()
        await browser.close()


async def _as_drawn(browser: Browser, site: str, name: str, shown: str, picture: Path) -> None:
    words = name.split("-")
    brand = "quince" if "quince" in words else "stanmoor"
    language = "de" if "german" in words else "en"
    mode: Mode = "dark" if "dark" in words else "light"
    narrow = "390" in words
    width = 390 if narrow else A4[0] - 2 * MARGINS[0] if "a4" in words else 1280
    height = SCREENS[shown][narrow] if shown in SCREENS else 844
    page = await browser.new_page(
        viewport={"width": width, "height": height}, color_scheme=mode, device_scale_factor=2 if narrow else 1
    )
    await page.emulate_media(media="print" if "a4" in words else "screen", color_scheme=mode)
    await page.goto(f"{site}/{brand}/{language}/{shown}.html")
    if shown not in SCREENS:
        await _whole(page, DRAWN)
    await page.screenshot(path=picture)
    await page.close()


def _on_paper(path: Path) -> None:
    """What the printer puts on a sheet, on the sheet."""
    paper = Image.new("RGB", A4, "white")
    with Image.open(path) as printed:
        paper.paste(printed.convert("RGB"), MARGINS)
    desk = Image.new("RGB", (A4[0] + 2 * DESK, A4[1] + 2 * DESK), BACKGROUND)
    desk.paste(paper, (DESK, DESK))
    desk.save(path)


def _kept(path: Path) -> None:
    """As WebP without loss: a third of the PNG."""
    with Image.open(path) as picture:
        picture.convert("RGB").save(path.with_suffix(".webp"), lossless=True, quality=100, method=6)
    path.unlink()


def sheet(
    rows: Sequence[Sequence[Path]], target: Path, thumbs: Sequence[int], tallest: int, ground: Any = BACKGROUND
) -> None:
    """Rows of pictures, each row's as wide as its thumb and no taller than `tallest`, on one picture."""
    strips = [[_small(path, thumb, tallest) for path in row] for row, thumb in zip(rows, thumbs, strict=True)]
    heights = [max(each.height for each in strip) + GAP for strip in strips]
    width = max(len(strip) * (thumb + GAP) for strip, thumb in zip(strips, thumbs, strict=True))
    whole = Image.new("RGB", (width - GAP, sum(heights) - GAP), ground)
    for number, (strip, thumb) in enumerate(zip(strips, thumbs, strict=True)):
        for column, small in enumerate(strip):
            whole.paste(small, (column * (thumb + GAP), sum(heights[:number])))
    whole.save(target)


def _small(path: Path, width: int, tallest: int) -> Image.Image:
    with Image.open(path) as picture:
        small = picture.convert("RGB").resize((width, max(1, picture.height * width // picture.width)))
    return small.crop((0, 0, width, min(small.height, tallest)))


class _Silent(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # the standard library's name
        pass


if __name__ == "__main__":
    main()

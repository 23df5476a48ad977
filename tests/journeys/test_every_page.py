"""Every page of the preview in Chromium under the portal's own policy: axe finds nothing, nothing is refused, nothing
sticks out sideways, at 400 % zoom and with letters of twice the size neither; each wrong field names its sentence; with
the system's own colours what is chosen and how far something is can be told; the house's name is whole. Brand,
language, width and mode take turns from page to page."""

import functools
import http.server
import threading
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import ConsoleMessage, Error, Page, async_playwright

from portico_portal.web.context import CONTENT_SECURITY_POLICY
from portico_portal.web.frames import MAIL_FRAMED
from portico_themes.preview.__main__ import write
from portico_themes.preview.pages import pages
from portico_themes.preview.texts import FRAMED

AXE = Path("node_modules/axe-core/axe.min.js").absolute()
TURNS = (
    ("stanmoor", "en", 1280, "light"),
    ("quince", "de", 390, "dark"),
    ("stanmoor", "de", 390, "light"),
    ("quince", "en", 1280, "dark"),
)
NAMES = [page.name for page in pages("stanmoor", "en") if page.name != "error-unknown-host"]
CASES = [(name, *TURNS[at % 4]) for at, name in enumerate(NAMES)]
RUN_AXE = """async () => (await axe.run({resultTypes: ['violations'], rules: {'target-size': {enabled: true}}}))
    .violations.map(each => `${each.id}: ${each.nodes.map(node => node.html.slice(0, 120)).join(' | ')}`)"""
STICKS_OUT = "document.documentElement.scrollWidth > window.innerWidth"
# A list folds into rows that fit.
SCROLLS = "[...document.querySelectorAll('.docs')].some(each => each.scrollWidth > each.clientWidth + 1)"
WIDE, ZOOMED = 1280, 320  # the latter is what is left of the former at 400 %
LARGE_LETTERS = "--blink-settings=defaultFontSize=32"  # of twice the usual size, as a reader sets them in the browser
CUT_OFF = """() => [...document.querySelectorAll('main *, .door *')].filter(each => {
    const style = getComputedStyle(each);
    return !each.matches('.vh, .stage, input, select') && ['hidden', 'clip'].includes(style.overflowX)
        && style.textOverflow !== 'ellipsis' && each.clientWidth > 1 && each.scrollWidth > each.clientWidth + 1;
}).map(each => each.outerHTML.slice(0, 120))"""
UNTOLD = """() => [...document.querySelectorAll('[aria-invalid=true]')].filter(field =>
    !(field.getAttribute('aria-describedby') || '').split(' ').some(id => document.getElementById(id)?.innerText.trim())
).map(each => each.outerHTML.slice(0, 120))"""
NAME_CUT = """() => [...document.querySelectorAll('.bar .logo > span')]
    .filter(each => each.scrollWidth > each.clientWidth).map(each => each.outerHTML.slice(0, 120))"""
# Where the system sets the colours: the current item differs in its line, a bar in what is filled.
LOOKS_ALIKE = """() => {
    const line = each => { const style = getComputedStyle(each);
        return [style.borderBlockEndColor, style.borderBlockStartColor, style.outlineStyle].join(); };
    const bars = [...document.querySelectorAll('progress')].filter(each =>
        getComputedStyle(each).forcedColorAdjust !== 'none');
    const menus = [...document.querySelectorAll('nav')].filter(nav => nav.offsetParent).flatMap(nav => {
        const items = [...nav.querySelectorAll('a')].filter(each => each.offsetParent);
        const [current] = items.filter(each => each.getAttribute('aria-current') === 'page');
        const other = items.find(each => !each.hasAttribute('aria-current') && !each.closest('.rail-end'));
        return current && other && line(current) === line(other) ? [nav] : [];
    });
    return [...bars, ...menus].map(each => each.outerHTML.slice(0, 120));
}"""


# The brand editor shows pages in frames; the portal allows that to those alone.
POLICY = CONTENT_SECURITY_POLICY.replace("frame-ancestors 'none'", "frame-ancestors 'self'") + "; frame-src 'self'"


class _Handler(http.server.SimpleHTTPRequestHandler):
    def end_headers(self) -> None:
        self.send_header("Content-Security-Policy", MAIL_FRAMED if f"/{FRAMED}/" in self.path else POLICY)
        super().end_headers()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # the standard library's name
        pass


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("preview")
    write(folder)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Handler, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


@pytest.fixture(scope="module")
def axe() -> str:
    return AXE.read_text()


@pytest.fixture(scope="module")
async def tabs(chromium: Path) -> AsyncIterator[tuple[Page, Page]]:
    """One tab for all pages, since a new one costs more than most pages; and one of a reader with large letters."""
    arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    async with async_playwright() as playwright:
        launch = functools.partial(playwright.chromium.launch, executable_path=chromium)
        usual, large = await launch(args=arguments), await launch(args=[*arguments, LARGE_LETTERS])
        reader = await large.new_page()
        await reader.set_viewport_size({"width": WIDE, "height": 844})
        yield await usual.new_page(), reader
        await usual.close()
        await large.close()


@pytest.mark.parametrize(("name", "brand", "language", "width", "mode"), CASES)
async def test_a_page_can_be_used_by_everybody(
    site: str, axe: str, tabs: tuple[Page, Page], name: str, brand: str, language: str, width: int, mode: Any
) -> None:
    tab, reader = tabs
    complaints: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        if message.type == "error":
            complaints.append(message.text)

    def catch(error: Error) -> None:
        complaints.append(str(error))

    await tab.set_viewport_size({"width": width, "height": 844})
    await tab.emulate_media(color_scheme=mode, forced_colors="none")
    tab.on("console", hear)
    tab.on("pageerror", catch)
    try:
        await tab.goto(f"{site}/{brand}/{language}/{name}.html")
        await tab.evaluate(axe)

        assert await tab.evaluate(RUN_AXE) == []
        assert not await tab.evaluate(STICKS_OUT)
        assert await tab.evaluate(UNTOLD) == []
        await tab.emulate_media(color_scheme=mode, forced_colors="active")
        assert await tab.evaluate(LOOKS_ALIKE) == []
        await tab.set_viewport_size({"width": ZOOMED, "height": 256})
        assert not await tab.evaluate(STICKS_OUT), "400 %"
        assert await tab.evaluate(NAME_CUT) == [], "400 %"
        assert not await tab.evaluate(SCROLLS)
        if width == WIDE:  # letters of twice the size on a phone are asked of nobody
            await reader.goto(f"{site}/{brand}/de/{name}.html")  # German words are longer
            assert not await reader.evaluate(STICKS_OUT), "letters of twice the size"
            assert await reader.evaluate(CUT_OFF) == [], "letters of twice the size"
        assert [each for each in complaints if "404" not in each] == []  # the preview has no event stream
    finally:
        tab.remove_listener("console", hear)
        tab.remove_listener("pageerror", catch)

"""Every page of the preview in Chromium under the portal's own policy: axe finds nothing, nothing is refused,
nothing sticks out sideways. Brand, language, width and mode take turns from page to page."""

import functools
import http.server
import threading
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import ConsoleMessage, Error, Page, async_playwright

from portico_portal.web.context import CONTENT_SECURITY_POLICY
from portico_themes.preview.__main__ import write
from portico_themes.preview.pages import pages

AXE = Path("node_modules/axe-core/axe.min.js").absolute()
TURNS = (
    ("stanmoor", "en", 1280, "light"),
    ("quince", "de", 390, "dark"),
    ("stanmoor", "de", 390, "light"),
    ("quince", "en", 1280, "dark"),
)
NAMES = [page.name for page in pages("stanmoor", "en") if page.name != "error-unknown-host"]
CASES = [(name, *TURNS[at % 4]) for at, name in enumerate(NAMES)]
RUN_AXE = """async () => (await axe.run()).violations.map(
    each => `${each.id}: ${each.nodes.map(node => node.html.slice(0, 120)).join(' | ')}`)"""
STICKS_OUT = "document.documentElement.scrollWidth > window.innerWidth"


class _Handler(http.server.SimpleHTTPRequestHandler):
    def end_headers(self) -> None:
        self.send_header("Content-Security-Policy", CONTENT_SECURITY_POLICY)
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
async def tab(chromium: Path) -> AsyncIterator[Page]:
    """One tab for all pages: a new one costs more than most pages."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        )
        yield await browser.new_page()
        await browser.close()


@pytest.mark.parametrize(("name", "brand", "language", "width", "mode"), CASES)
async def test_a_page_can_be_used_by_everybody(
    site: str, axe: str, tab: Page, name: str, brand: str, language: str, width: int, mode: Any
) -> None:
    complaints: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        if message.type == "error":
            complaints.append(message.text)

    def catch(error: Error) -> None:
        complaints.append(str(error))

    await tab.set_viewport_size({"width": width, "height": 844})
    await tab.emulate_media(color_scheme=mode)
    tab.on("console", hear)
    tab.on("pageerror", catch)
    try:
        await tab.goto(f"{site}/{brand}/{language}/{name}.html")
        await tab.evaluate(axe)

        assert await tab.evaluate(RUN_AXE) == []
        assert not await tab.evaluate(STICKS_OUT)
        assert [each for each in complaints if "404" not in each] == []  # the preview has no event stream
    finally:
        tab.remove_listener("console", hear)
        tab.remove_listener("pageerror", catch)

"""A Chromium tab on the application in the test's process: what the page asks for is put to it without a network."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
from playwright.async_api import ConsoleMessage, Page, Route, async_playwright


@asynccontextmanager
async def tab_on(client: httpx.AsyncClient, chromium: Path) -> AsyncIterator[Page]:
    """A tab with the client's cookies; an error in its console fails the test."""
    complaints: list[str] = []

    async def answer(route: Route) -> None:
        asked = route.request
        headers = {name: value for name, value in asked.headers.items() if name not in ("cookie", "host")}
        given = await client.request(asked.method, asked.url, content=asked.post_data_buffer, headers=headers)
        sent = {name: value for name, value in given.headers.items() if name not in ("content-length", "set-cookie")}
        await route.fulfill(status=given.status_code, headers=sent, body=given.content)

    def hear(message: ConsoleMessage) -> None:
        if message.type == "error":
            complaints.append(message.text)

    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        tab = await browser.new_page()
        tab.on("console", hear)
        await tab.route("**/*", answer)
        yield tab
        await browser.close()
    assert complaints == []

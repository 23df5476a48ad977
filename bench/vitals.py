"""What a person on a middling phone waits for: LCP, INP and CLS of the main pages, in Chromium against the demo.

The processor is four times slower than this machine's, the line has 1.6 Mbit/s and 150 ms there and back, nothing is
cached, the window is 390 pixels wide. The ceiling is half of what the public thresholds (web.dev/vitals) call good:
1.25 s until the largest part is drawn, 100 ms from a press to the next picture, 0.05 of layout shift.
"""

import asyncio
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from playwright.async_api import Browser, Page, async_playwright
from tests.chromium import ensure_chromium
from tests.journeys.conftest import ARGUMENTS
from tests.journeys.people import sign_in
from tests.journeys.stack import Portal, Stack, running_stack

from bench.results import Result, compared, progress

ROUNDS = 3
SLOWER = 4
LINE = {"offline": False, "latency": 150, "downloadThroughput": 1_638_400 / 8, "uploadThroughput": 675_000 / 8}
LARGEST_MS, PRESS_MS, SHIFT = 1250.0, 100.0, 0.05
LEAST_SHIFT = 0.0005  # so that none at all is a number too
SETTLED_MS = 1500
PAGES = ("/sign-in", "/", "/invoices", "/payments", "/profile")
OBSERVE = """() => {
    window.seen = {largest: 0, shift: 0, press: 0};
    const watch = (type, keep, options = {}) => new PerformanceObserver(list => list.getEntries().forEach(keep))
        .observe({type, buffered: true, ...options});
    watch('largest-contentful-paint', entry => { seen.largest = entry.startTime; });
    watch('layout-shift', entry => { if (!entry.hadRecentInput) seen.shift += entry.value; });
    watch('event', entry => { if (entry.interactionId) seen.press = Math.max(seen.press, entry.duration); },
        {durationThreshold: 16});
}"""


class Seen(NamedTuple):
    """Of one page: milliseconds, share of the window, milliseconds."""

    largest: float
    shift: float
    press: float


def measure() -> list[Result]:
    """Each page as often as there are rounds."""
    return asyncio.run(_measure())


async def _measure() -> list[Result]:
    chromium, _ = ensure_chromium({})
    with tempfile.TemporaryDirectory(prefix="portico-vitals-") as folder:
        async with running_stack(Path(folder)) as stack, async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
            seen = await _rounds(browser, stack)
            await browser.close()
    return [result for path, rounds in seen.items() for result in _results(path, rounds)]


async def _rounds(browser: Browser, stack: Stack) -> dict[str, list[Seen]]:
    portal = stack.portal("quince")  # two fonts and a pattern: the heavier of the brands
    seen: dict[str, list[Seen]] = {path: [] for path in PAGES}
    for number in range(ROUNDS):
        progress(f"vitals, round {number + 1} of {ROUNDS}")
        for path in PAGES:
            seen[path].append(await _look(browser, portal, path))
    return seen


async def _look(browser: Browser, portal: Portal, path: str) -> Seen:
    """A fresh browser, so that nothing is cached."""
    context = await browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, locale="en-GB")
    page = await context.new_page()
    if path != "/sign-in":
        await sign_in(page, portal, "payer", "/profile")
    engine = await context.new_cdp_session(page)
    await engine.send("Network.setCacheDisabled", {"cacheDisabled": True})
    await engine.send("Network.emulateNetworkConditions", LINE)
    await engine.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    await page.add_init_script(f"({OBSERVE})()")
    await page.goto(portal.url + path)
    await page.wait_for_timeout(SETTLED_MS)
    drawn = await page.evaluate("({...window.seen})")
    await _press(page, path)
    after = await page.evaluate("({...window.seen})")
    await context.close()
    return Seen(drawn["largest"], after["shift"], after["press"])


async def _press(page: Page, path: str) -> None:
    """What people do there: choose invoices, open the table behind a plot, type."""
    if path == "/invoices":
        for box in (await page.locator("[name=tick]:not(:disabled)").all())[:3]:
            await box.click()
            await page.wait_for_timeout(SETTLED_MS)
    elif path == "/":
        await page.locator("details.more summary").first.click()
    elif path == "/sign-in":
        await page.get_by_label("Work email").press_sequentially("pat@ashdown.example")
    else:
        await page.locator("h1").click()
    await page.wait_for_timeout(SETTLED_MS)


def _results(path: str, rounds: Sequence[Seen]) -> list[Result]:
    def against(name: str, values: Sequence[float], ceiling: float, unit: str) -> Result:
        return compared(f"{name} of {path}", values, [ceiling] * len(values), goal=1.0, unit=unit)

    return [
        against("LCP", [each.largest for each in rounds], LARGEST_MS, "ms"),
        against("INP", [max(each.press, 1) for each in rounds], PRESS_MS, "ms"),
        against("CLS", [max(each.shift, LEAST_SHIFT) for each in rounds], SHIFT, ""),
    ]

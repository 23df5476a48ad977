"""In a real browser, from the real web process: nothing that the ERP says runs, loads or breaks the page on a phone."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from urllib.parse import urlsplit

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page, Request

from portico_core.settings import Settings
from portico_portal.web.context import CONTENT_SECURITY_POLICY
from portico_portal.web.frames import FRAMED, WITH_FRAMES
from tests.faults.processes import environment, web
from tests.hardening.injection.addresses import customers_pages, staff_pages
from tests.hardening.injection.company import CARRIERS, Carrier
from tests.hardening.injection.conftest import Attacked

PHONE = {"width": 390, "height": 844}
PATIENCE = 120_000  # milliseconds
POLICIES = {  # the editors show pages of this portal in frames, and nobody else does
    "/staff/brand": WITH_FRAMES,
    "/staff/texts": WITH_FRAMES,
    "/staff/brand/preview": FRAMED,
    "/staff/texts/preview": FRAMED,
}
STICKS_OUT = """() => {
  if (document.documentElement.scrollWidth <= window.innerWidth) return null;
  const clipped = each => { for (let up = each.parentElement; up; up = up.parentElement)
    if (getComputedStyle(up).overflowX !== 'visible') return true; return false; };
  const out = [...document.querySelectorAll('body *')].filter(each => !clipped(each) &&
    each.getBoundingClientRect().right > window.innerWidth + 1);
  return out.filter(each => !out.some(other => each !== other && each.contains(other))).slice(0, 4).map(each =>
    `${each.parentElement.localName} ${each.localName}.${each.getAttribute('class')}: ${each.textContent.slice(0, 25)}`
    ).join(' | ') || 'something';
}"""
MOUSE_OVER = """() => { for (const each of document.querySelectorAll('*'))
  for (const kind of ['mouseover', 'focus', 'click'])
    if (kind !== 'click' || /pwned/.test(each.outerHTML.split('>')[0])) each.dispatchEvent(new Event(kind)); }"""


@pytest_asyncio.fixture(scope="module")
async def address(settings: Settings, redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    """A web process on the same database."""
    log = tmp_path_factory.mktemp("web") / "web.log"
    process, address = await asyncio.to_thread(web, environment(settings.database, redis_url), log)
    yield address
    process.kill()


class Watched:
    """A person's browser: whatever it complains of, and every request that leaves the portal."""

    def __init__(self, context: BrowserContext, origin: str) -> None:
        self.context = context
        self.origin = origin
        self.complaints: list[str] = []
        context.on("console", lambda said: self.complaints.append(said.text) if said.type == "error" else None)
        context.on("weberror", lambda error: self.complaints.append(str(error.error)))
        context.on("dialog", lambda dialog: self.complaints.append(f"dialog: {dialog.message}"))
        context.on("request", self._look)

    def _look(self, request: Request) -> None:
        if not request.url.startswith(self.origin):
            self.complaints.append(f"leads away: {request.url[:100]}")

    async def visit(self, page: Page, path: str) -> None:
        answer = await page.goto(self.origin + path, wait_until="load")
        assert answer is not None
        where = f"{path}: "
        policy = await answer.header_value("content-security-policy")
        if policy != POLICIES.get(urlsplit(path).path, CONTENT_SECURITY_POLICY):
            self.complaints.append(where + f"policy {policy}")
        if answer.status != 200:
            self.complaints.append(where + str(answer.status))
        await page.evaluate(MOUSE_OVER)
        if await page.evaluate("window.pwned") is not None:
            self.complaints.append(where + "something ran")
        if stuck := await page.evaluate(STICKS_OUT):
            self.complaints.append(where + f"sticks out: {stuck}")


def test_the_policy_runs_nothing_that_stands_in_a_page() -> None:
    rules = dict(rule.strip().split(" ", 1) for rule in CONTENT_SECURITY_POLICY.split(";"))
    assert "unsafe" not in CONTENT_SECURITY_POLICY
    assert rules["default-src"] == "'none'"
    assert rules["script-src"] == rules["style-src"] == rules["form-action"] == "'self'"
    assert rules["base-uri"] == rules["frame-ancestors"] == "'none'"


async def test_nothing_runs_and_nothing_sticks_out_for_a_customer(
    attacked: Attacked, browser: Browser, address: str
) -> None:
    for_all = [CARRIERS[0], CARRIERS[-1]]
    for each in CARRIERS:
        token = attacked.members[each.index]
        paths = customers_pages(attacked, each) if each in for_all else shortly(attacked, each)
        found = await complaints(browser, attacked, address, token, paths)
        assert not found, "\n".join(found)


async def test_nothing_runs_and_nothing_sticks_out_for_the_staff(
    attacked: Attacked, browser: Browser, address: str
) -> None:
    paths = dict.fromkeys(path for each in (CARRIERS[0], CARRIERS[-1]) for path in staff_pages(attacked, each))
    found = await complaints(browser, attacked, address, attacked.owner, list(paths))
    assert not found, "\n".join(found)


async def test_the_canary_sings_where_something_does_run(browser: Browser) -> None:
    """The same eyes on a page that has no policy and escapes nothing."""
    page = await browser.new_page()
    await page.set_content("".join(each.payload for each in CARRIERS))
    await page.evaluate(MOUSE_OVER)
    assert await page.evaluate("window.pwned") == 1
    await page.set_viewport_size({"width": 390, "height": 844})
    await page.set_content(f"<p>{CARRIERS[-1].payload}</p>")
    assert await page.evaluate(STICKS_OUT)
    await page.close()


async def complaints(browser: Browser, attacked: Attacked, address: str, token: str, paths: Sequence[str]) -> list[str]:
    """Of all these pages, looked at by one person on a phone, in three tabs."""
    origin = f"http://{attacked.tenant.host}:{urlsplit(address).port}"
    context = await browser.new_context(viewport=PHONE, reduced_motion="reduce")  # type: ignore[arg-type]
    context.set_default_timeout(PATIENCE)
    await context.add_cookies([{"name": "session", "value": token, "url": origin}])
    watched = Watched(context, origin)
    waiting = [path for path in paths if not path.endswith((".pdf", ".csv", "/return"))]

    async def walk() -> None:
        page = await context.new_page()
        while waiting:
            await watched.visit(page, waiting.pop())
        await page.close()

    await asyncio.gather(walk(), walk(), walk())
    await context.close()
    return watched.complaints


def shortly(attacked: Attacked, carrier: Carrier) -> list[str]:
    """Where most of a carrier's fields stand."""
    invoice = attacked.invoices[carrier.index]
    return ["/", f"/invoices/{invoice}"]

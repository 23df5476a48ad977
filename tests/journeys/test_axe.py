"""Every page of the running portals: axe finds nothing, in one brand at 1280 pixels in the light, in the other at 390
in the dark; nothing sticks out sideways, down to 320 pixels; no console has an error (people.py).

The brands take turns from page to page. test_every_page.py looks at the same templates with sample data in other
combinations, and the colours of any brand hold against each other by tests of the palette."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import pytest
from playwright.async_api import BrowserContext, Page, Route

from tests.journeys.pages import Seen, addresses, unseen
from tests.journeys.people import People
from tests.journeys.stack import Portal, Stack

AXE = Path("node_modules/axe-core/axe.min.js").absolute()
HEIGHT = 900
WIDTHS = (1280, 390, 320)
RUN_AXE = """async () => (await axe.run({resultTypes: ['violations']})).violations.map(
    each => `${each.id}: ${each.nodes.map(node => node.html.slice(0, 120)).join(' | ')}`)"""
LOOKS: dict[str, tuple[int, Literal["light", "dark"]]] = {"stanmoor": (1280, "light"), "quince": (390, "dark")}
STICKS_OUT = "document.documentElement.scrollWidth > window.innerWidth"


@pytest.fixture(scope="module")
def axe() -> str:
    return AXE.read_text()


async def test_every_page_of_both_brands_can_be_used_by_everybody(
    people: People, stanmoor: Portal, quince: Portal, axe: str
) -> None:
    brands = await asyncio.gather(*(found_in(people, portal, axe, at) for at, portal in enumerate((stanmoor, quince))))
    assert [trouble for troubles in brands for trouble in troubles] == []


async def test_the_operators_pages_too(people: People, stack: Stack, axe: str) -> None:
    operator = stack.told["operator"]
    page = await people.stranger()
    await page.goto(operator["url"])
    troubles = await troubles_of(page, axe, LOOKS["stanmoor"])
    await page.get_by_label("Token").fill(operator["token"])
    await page.get_by_role("button", name="Sign in").click()
    await page.wait_for_url(operator["url"])
    assert troubles + await troubles_of(page, axe, LOOKS["quince"]) == []


async def found_in(people: People, portal: Portal, axe: str, turn: int) -> list[str]:
    """Everything wrong with every second page of a portal, the first or (`turn` 1) the second of each two."""
    every = await addresses(people, portal)
    assert unseen(each.path for each in every) == []
    seen = every[turn::2]
    troubles: list[str] = []
    for who in dict.fromkeys(each.who for each in seen):
        page = await (people.signed_in(portal, who, to="/profile") if who else people.stranger())
        await page.context.route("**/c/pay/**", stay)
        troubles += await walk(page.context, portal, axe, [each for each in seen if each.who == who])
    return troubles


async def walk(browser: BrowserContext, portal: Portal, axe: str, seen: Sequence[Seen]) -> list[str]:
    troubles: list[str] = []
    page = await browser.new_page()
    for each in seen:
        answer = await page.goto(portal.url + each.path)
        if answer is None or answer.status != each.status:
            troubles.append(f"{portal.tenant} {each.path} answers {answer and answer.status}")
        troubles += [
            f"{portal.tenant} {each.path} {trouble}" for trouble in await troubles_of(page, axe, LOOKS[portal.tenant])
        ]
        if each.leads_on:  # it must not get between the next page and its address
            await page.close()
            page = await browser.new_page()
    return troubles


async def troubles_of(page: Page, axe: str, look: tuple[int, Literal["light", "dark"]]) -> list[str]:
    """Of one page, loaded once and looked at in every width; by axe in one look."""
    await page.evaluate(axe)
    has_icon = await page.locator("link[rel=icon]").count()
    troubles = [] if has_icon else ["has no icon, so the browser asks for one that is not there"]
    for width in WIDTHS:
        await page.set_viewport_size({"width": width, "height": HEIGHT})
        if await page.evaluate(STICKS_OUT):
            troubles.append(f"{width}: sticks out")
    await page.set_viewport_size({"width": look[0], "height": HEIGHT})
    await page.emulate_media(color_scheme=look[1], reduced_motion="reduce")
    return troubles + [f"{look}: {found}" for found in await page.evaluate(RUN_AXE)]


async def stay(route: Route) -> None:
    """The page that leads on to the hosted one is to be looked at, too."""
    await route.abort("aborted")

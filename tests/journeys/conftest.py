"""One demo and one Chromium for all stories; every story brings its own people, each with a browser of their own."""

from collections.abc import AsyncIterator, Generator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright

from tests.journeys.people import People
from tests.journeys.stack import Portal, Stack, running_stack

FAILED = pytest.StashKey[bool]()
ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking")


@pytest_asyncio.fixture(scope="session")
async def stack(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    async with running_stack(tmp_path_factory.mktemp("demo")) as stack:
        yield stack


@pytest_asyncio.fixture(scope="session")
async def browser(chromium: Path) -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        yield browser
        await browser.close()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Tells fixtures whether the story itself failed."""
    report = yield
    if report.when == "call":
        item.stash[FAILED] = report.failed
    return report


@pytest_asyncio.fixture
async def people(
    browser: Browser, stack: Stack, tmp_path: Path, request: pytest.FixtureRequest
) -> AsyncIterator[People]:
    """Whoever comes through here must leave a clean console: an error in it fails the story."""
    people = People(browser, pictures=tmp_path)
    yield people
    await people.leave(with_pictures=request.node.stash.get(FAILED, True))
    assert not people.complaints


@pytest.fixture
def stanmoor(stack: Stack) -> Portal:
    return stack.portal("stanmoor")


@pytest.fixture
def quince(stack: Stack) -> Portal:
    return stack.portal("quince")

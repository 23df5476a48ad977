"""The application for the tests of its pages."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest_asyncio

from portico_core.settings import Settings, WebSettings
from portico_tenants.session import Database
from tests.portal.portal import Portal, hashed, running


@pytest_asyncio.fixture
async def portal(settings: Settings, database: Database) -> AsyncIterator[Portal]:
    """On http, as the demo's; `secure_portal` is as in production."""
    web = WebSettings(platform_host="platform.test", scheme="http", operator_token="operators-token")
    async with running(replace(settings, web=web), database) as made:
        yield made


@pytest_asyncio.fixture(scope="session")
async def password_hash() -> str:
    """Of `portal.PASSWORD`, made once."""
    return await hashed()

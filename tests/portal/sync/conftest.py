"""An ERP per module, and a tenant connected to it."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio

from portico_core.settings import Settings
from portico_portal.sync import connections
from portico_portal.sync.fetch import Fetcher
from portico_tenants.secrets import Safe
from portico_tenants.session import Database
from portico_tenants.tenant import Tenant
from portico_themes.render import Renderer
from tests.portal.portal import Browser, Portal
from tests.portal.staff import signed_in
from tests.portal.sync.erp import Erp, running_erp


@pytest.fixture(scope="module")
def erp(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Erp]:
    folder: Path = tmp_path_factory.mktemp("erp")
    with running_erp(folder) as made:
        yield made


@pytest.fixture(autouse=True)
def without_faults(erp: Erp) -> None:
    erp.control("DELETE", "/faults")
    erp.control("POST", "/unlock")


@pytest.fixture
def safe(settings: Settings) -> Safe:
    return Safe(settings.secret_keys)


@pytest_asyncio.fixture
async def fetcher(database: Database, tenant: Tenant, settings: Settings, safe: Safe, erp: Erp) -> Fetcher:
    """The tenant, connected to the ERP."""
    async with database.tenant_session(tenant) as session:
        await connections.store(
            session, safe, connector="netsuite", values=erp.values, time_zone="Europe/London", actor="system:test"
        )
    allowed = replace(settings, allow_private_erp_hosts=True)
    return Fetcher(tenant, database, allowed, safe, Renderer())


@pytest_asyncio.fixture
async def staff(portal: Portal, database: Database, tenant: Tenant) -> Browser:
    """One of the tenant's staff, signed in at the module's own portal."""
    return await signed_in(portal, database, tenant)

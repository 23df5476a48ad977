"""Pages of payments: the portal knows the account that is sold by, and a payer has signed in."""

import httpx
import pytest

from portico_tenants.access import CustomerRole
from portico_tenants.tenant import Tenant
from tests.billing.payments.conftest import open_account
from tests.billing.payments.pages.desk import Desk, desk_of
from tests.billing.payments.shop import Shop
from tests.portal.portal import Portal


@pytest.fixture
async def seller(tenant: Tenant, control: httpx.AsyncClient) -> Tenant:
    """With the account by which the portal knows it."""
    await open_account(control, tenant)
    return tenant


@pytest.fixture
async def desk(shop: Shop, portal: Portal) -> Desk:
    return await desk_of(shop, portal, CustomerRole.PAYER, name="Priya Nair")

"""What keeps the machine's reads."""

import pytest

from portico_core.settings import Settings
from portico_portal.sync.fetch import Fetcher
from portico_tenants.secrets import Safe
from portico_tenants.session import Database
from portico_themes.render import Renderer
from tests.billing.payments.shop import Shop


@pytest.fixture
def fetcher(shop: Shop, database: Database, settings: Settings) -> Fetcher:
    """Keeps what was read, as the sync does; it opens no connection here."""
    return Fetcher(shop.tenant, database, settings, Safe(settings.secret_keys), Renderer())

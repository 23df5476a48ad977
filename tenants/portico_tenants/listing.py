"""All tenants as an operator sees them: one query on the control schema."""

from datetime import datetime
from uuid import UUID

import msgspec

from portico_core.settings import DatabaseSettings
from portico_tenants.migrations import script
from portico_tenants.owner import owner_connection


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    """A tenant; `held_back` is why its last migration failed, if it did.

    `behind` says that its schema lacks what this release needs: its portal shows one page and its jobs rest.
    """

    id: UUID
    slug: str
    name: str
    role: str
    state: str
    hosts: list[str]
    time_zone: str
    base_currency: str
    language: str
    stripe_account: str | None
    schema_revision: str | None
    held_back: str | None
    behind: bool
    created_at: datetime

    @property
    def cells(self) -> tuple[str, ...]:
        """As a row of a table."""
        where = (self.time_zone, self.base_currency, self.language)
        host = self.hosts[0] if self.hosts else "-"
        revision = f"{self.schema_revision or '-'}{' (behind)' if self.behind else ''}"
        return (self.slug, self.state, host, *where, revision, self.held_back or "")


async def list_tenants(settings: DatabaseSettings) -> list[Listed]:
    """By slug; the primary host comes first."""
    async with owner_connection(settings) as owner:
        rows = await owner.fetch(
            "SELECT t.id, t.slug, t.name, t.role, t.state, t.time_zone, t.base_currency, t.language, t.stripe_account,"
            " t.schema_revision, t.held_back, t.created_at,"
            " coalesce(array_agg(d.host ORDER BY d.is_primary DESC, d.host) FILTER (WHERE d.host IS NOT NULL),"
            "  ARRAY[]::text[]) AS hosts"
            " FROM portico.tenant t LEFT JOIN portico.domain d ON d.tenant_id = t.id GROUP BY t.id ORDER BY t.slug"
        )
    needed = script.needed()
    return [Listed(**dict(row), behind=script.is_behind(row["schema_revision"], needed)) for row in rows]

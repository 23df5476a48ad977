"""Every tenant with state, version and how it fares: one query on the control schema."""

from datetime import datetime
from uuid import UUID

import msgspec
from sqlalchemy import func, select

from portico_tenants.migrations import script
from portico_tenants.models import DomainRow, TenantHealthRow, TenantRow
from portico_tenants.session import ControlSession
from portico_tenants.tenant import TenantState

PAGE = 200


class TenantView(msgspec.Struct, frozen=True, kw_only=True):
    """One tenant on the console. `version` is its schema's revision; `fresh_at` the age of its oldest record type.

    Where `behind`, this release needs a later schema: the portal shows one page and jobs rest until `portico tenants
    migrate` passes; `held_back` is why it did not.
    """

    id: UUID
    slug: str
    name: str
    state: str
    host: str
    version: str | None
    behind: bool
    held_back: str | None
    connection: str | None
    fresh_at: datetime | None
    set_aside: int | None
    postings_waiting: int | None
    reported_at: datetime | None


class TenantCounts(msgspec.Struct, frozen=True):
    """How many there are. Those behind show one page instead of their portal; of each the console says why."""

    active: int
    suspended: int
    behind: int
    held_back: int

    @property
    def nobody_served(self) -> bool:
        """Every schema lacks what this release needs: its migration has not run."""
        return 0 < self.behind == self.active + self.suspended


async def tenant_counts(session: ControlSession) -> TenantCounts:
    """In one statement, a row for each state and revision."""
    is_held_back = TenantRow.held_back.is_not(None)
    rows = (
        await session.execute(
            select(TenantRow.state, TenantRow.schema_revision, is_held_back, func.count())
            .where(TenantRow.state.in_([TenantState.ACTIVE, TenantState.SUSPENDED]))
            .group_by(TenantRow.state, TenantRow.schema_revision, is_held_back)
        )
    ).all()
    needed = script.needed()
    return TenantCounts(
        active=sum(count for state, _, _, count in rows if state == TenantState.ACTIVE),
        suspended=sum(count for state, _, _, count in rows if state == TenantState.SUSPENDED),
        behind=sum(count for _, revision, _, count in rows if script.is_behind(revision, needed)),
        held_back=sum(count for _, _, held_back, count in rows if held_back),
    )


async def tenants(session: ControlSession, *, after: str = "") -> list[TenantView]:
    """By slug, a page at a time, from after `after`."""
    rows = await session.execute(
        select(
            TenantRow.id,
            TenantRow.slug,
            TenantRow.name,
            TenantRow.state,
            DomainRow.host,
            TenantRow.schema_revision.label("version"),
            TenantRow.held_back,
            TenantHealthRow.connection,
            TenantHealthRow.fresh_at,
            TenantHealthRow.set_aside,
            TenantHealthRow.postings_waiting,
            TenantHealthRow.reported_at,
        )
        .join(DomainRow, (DomainRow.tenant_id == TenantRow.id) & DomainRow.is_primary)
        .outerjoin(TenantHealthRow, TenantHealthRow.tenant_id == TenantRow.id)
        .where(TenantRow.slug > after)
        .order_by(TenantRow.slug)
        .limit(PAGE)
    )
    needed = script.needed()
    return [TenantView(**row._mapping, behind=script.is_behind(row.version, needed)) for row in rows]

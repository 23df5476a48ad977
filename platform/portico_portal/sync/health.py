"""How a tenant fares, reported after each sync to the control schema for the operator's console."""

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert

from portico_billing.payments.models import PostingRow
from portico_core.clock import now
from portico_portal.sync.models import ConnectionRow, CursorRow, SetAsideRow
from portico_tenants.models import TenantHealthRow
from portico_tenants.session import Database
from portico_tenants.tenant import Tenant


async def report(database: Database, tenant: Tenant) -> None:
    """Read how the tenant fares and tell the control schema."""
    async with database.tenant_session(tenant) as session:
        row = (
            await session.execute(
                select(
                    select(ConnectionRow.state).scalar_subquery(),
                    select(func.min(CursorRow.fresh_at)).scalar_subquery(),
                    select(func.count()).select_from(SetAsideRow).scalar_subquery(),
                    select(func.count()).where(PostingRow.state != "posted").scalar_subquery(),
                )
            )
        ).one()
    values = dict(
        zip(("connection", "fresh_at", "set_aside", "postings_waiting"), (row[0] or "none", *row[1:]), strict=True)
    ) | {"reported_at": now()}
    async with database.control_session() as control:
        statement = insert(TenantHealthRow).values(tenant_id=tenant.id, **values)
        await control.execute(statement.on_conflict_do_update(index_elements=["tenant_id"], set_=values))

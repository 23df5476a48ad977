"""The numbers in the staff's menu: one statement for every page of theirs."""

from collections.abc import Mapping

from sqlalchemy import func, select

from portico_billing.payments.showing.lately import attention_count
from portico_portal.sync.models import SetAsideRow
from portico_tenants.access import Permission
from portico_tenants.people.visit import Visit
from portico_tenants.session import TenantSession

COUNTS = select(
    attention_count().label("payments"),
    select(func.count()).select_from(SetAsideRow).scalar_subquery().label("sync"),
)


async def menu_counts(session: TenantSession, visit: Visit) -> Mapping[str, int]:
    """By the menu's keys: payments that need a person, records set aside. Nothing for whom the menu shows neither."""
    if not (visit.may(Permission.STAFF_MONEY) or visit.may(Permission.STAFF_SYNC)):
        return {}
    return (await session.execute(COUNTS)).one()._asdict()

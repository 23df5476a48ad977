"""The distributor's staff at their browsers, and what a form of theirs has seen of the others' work."""

import re

import httpx

from portico_tenants.access import StaffRole
from portico_tenants.people import sessions
from portico_tenants.session import Database
from portico_tenants.tenant import Tenant
from tests.factories.people import make_staff
from tests.portal.portal import Browser, Portal

SEEN = re.compile(r'name="seen" value="(\d+)"')


async def signed_in(
    portal: Portal, database: Database, tenant: Tenant, role: StaffRole = StaffRole.OWNER, **values: object
) -> Browser:
    """A new person with that role."""
    async with database.tenant_session(tenant) as session:
        token = await sessions.open_session(session, (await make_staff(session, role, **values)).id)
    return portal.at(tenant, cookies=httpx.Cookies({"session": token}))


def seen_in(answer: httpx.Response) -> str:
    """What the page's last form, or the part of it that htmx got, sends along."""
    return str(SEEN.findall(answer.text)[-1])

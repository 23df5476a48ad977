"""The audit trail's page says in words what happened."""

import re

import httpx

from portico_billing.payments.settle import RANKS
from portico_tenants import audit
from portico_tenants.people import sessions
from portico_tenants.session import Database
from portico_tenants.tenant import Tenant
from tests.factories.people import make_staff
from tests.portal.portal import Portal

RECORDED = [f"payment.{state}" for state in RANKS if state != "creating"]


async def test_each_state_of_a_payment_has_words(portal: Portal, database: Database, tenant: Tenant) -> None:
    async with database.tenant_session(tenant) as session:
        for action in RECORDED:
            await audit.record(session, actor="job:return", action=action, object_type="test", object_id=1)
        token = await sessions.open_session(session, (await make_staff(session)).id)
    browser = portal.at(tenant, cookies=httpx.Cookies({"session": token}))
    shown = (await browser.get("/staff/audit")).text
    assert [action for action in RECORDED if action not in shown] == []
    assert re.findall(r"<b>(payment\.\w+)</b>", shown) == []

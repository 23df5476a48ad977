"""Links as they come by mail: asked for at the page, made by the job, taken out of the mail that would be sent."""

import re

from sqlalchemy import select

from portico_portal.accounts.reset import send_reset
from portico_portal.mail.send import message
from portico_tenants.mails import MailRow, token_of
from portico_tenants.people.models import ResetRequestRow
from portico_tenants.tenant import Tenant
from tests.portal.portal import Portal

LINK = re.compile(r"https?://[^/\s]+/(?:reset|invitation)/([\w-]+)")


async def mailed_reset(portal: Portal, tenant: Tenant, email: str) -> str:
    """Ask for a new password; the token that arrives."""
    stranger = portal.at(tenant)
    await stranger.get("/forgot")
    await stranger.post("/forgot", {"email": email})
    await make_resets(portal, tenant)
    return (await links_to(portal, tenant, email))[-1]


async def make_resets(portal: Portal, tenant: Tenant) -> None:
    """What the worker does with each request."""
    resources = portal.resources
    async with resources.database.tenant_session(tenant) as session:
        waiting = (await session.scalars(select(ResetRequestRow.id))).all()
    for request_id in waiting:
        await send_reset(
            tenant.id,
            str(request_id),
            database=resources.database,
            directory=resources.directory,
            settings=resources.settings,
            renderer=resources.renderer,
            safe=resources.safe,
        )


async def links_to(portal: Portal, tenant: Tenant, email: str) -> list[str]:
    """Tokens of the links in the mails owed to an address, oldest first."""
    resources = portal.resources
    async with resources.database.tenant_session(tenant) as session:
        owed = await session.scalars(select(MailRow).where(MailRow.recipient == email).order_by(MailRow.id))
        written = [message(mail, await token_of(session, resources.safe, mail.id)) for mail in owed.all()]
    texts = [part.get_content() for mail in written if (part := mail.get_body(("plain",))) is not None]
    return [found[1] for text in texts if (found := LINK.search(text))]

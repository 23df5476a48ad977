"""Mail to the staff who can mend a connection."""

from datetime import datetime

from sqlalchemy import select

from portico_core.clock import now
from portico_core.settings import Settings
from portico_portal.web.addresses import public_url
from portico_tenants import mails
from portico_tenants.access import StaffRole
from portico_tenants.people.models import PersonRow, StaffRow
from portico_tenants.session import TenantSession
from portico_tenants.tenant import Tenant
from portico_themes.branding import brand_of
from portico_themes.mails import compose
from portico_themes.render import Renderer
from portico_themes.texts import locale_for
from portico_themes.wording import wording_of

MOST = 50


async def tell_staff(
    session: TenantSession, tenant: Tenant, settings: Settings, renderer: Renderer, why: str, at: datetime | None = None
) -> None:
    """Owe a mail to every owner and finance person: the sync needs them."""
    since = at or now()
    people = await session.execute(
        select(PersonRow.email, PersonRow.name, PersonRow.language)
        .join(StaffRow, StaffRow.person_id == PersonRow.id)
        .where(StaffRow.role.in_([StaffRole.OWNER.value, StaffRole.FINANCE.value]), PersonRow.disabled_at.is_(None))
        .order_by(PersonRow.email)
        .limit(MOST)
    )
    for email, name, language in people.all():
        mail = compose(
            renderer,
            "sync_needs_you",
            recipient=email,
            brand=brand_of(tenant),
            wording=wording_of(tenant),
            locale=locale_for([language], tenant.language),
            zone=tenant.time_zone,
            name=name,
            why=why,
            since=since,
            url=public_url(settings, tenant, "/staff/connection"),
        )
        await mails.owe(session, mail, cause=f"connection_paused:{since.isoformat()}")

"""Composes the mail of a payment's present state, in the brand and in the payer's language."""

from uuid import UUID

from sqlalchemy import select

from portico_billing.payments.letters import KINDS
from portico_billing.payments.models import PaymentRow
from portico_billing.payments.showing.sentences import Words
from portico_billing.payments.showing.views import allocations_of, payment_view
from portico_core.clock import today
from portico_core.settings import Settings
from portico_tenants import mails
from portico_tenants.people.models import PersonRow
from portico_tenants.session import TenantSession
from portico_themes.branding import brand_of
from portico_themes.mails import compose
from portico_themes.render import Renderer
from portico_themes.texts import locale_for
from portico_themes.wording import wording_of


async def write_letter(session: TenantSession, renderer: Renderer, settings: Settings, payment_id: UUID) -> None:
    """Compose the mail of the payment's present state and owe it to whoever paid; nothing where nobody is left."""
    row = (
        await session.execute(
            select(PaymentRow, PersonRow)
            .join(PersonRow, PersonRow.id == PaymentRow.created_by)
            .where(PaymentRow.id == payment_id)
        )
    ).one_or_none()
    if row is None or row.PaymentRow.state not in KINDS or row.PaymentRow.submitted_at is None:
        return
    tenant, payment, person = session.tenant, row.PaymentRow, row.PersonRow
    kind = KINDS[payment.state]
    locale = locale_for([person.language], tenant.language)
    mail = compose(
        renderer,
        kind,
        recipient=person.email,
        brand=brand_of(tenant),
        wording=wording_of(tenant),
        locale=locale,
        zone=tenant.time_zone,
        name=person.name,
        payment=payment_view(payment, Words(locale, tenant.time_zone)),
        allocations=await allocations_of(session, payment.id, today(tenant.time_zone)),
        url=f"{settings.web.scheme}://{tenant.host}{settings.public_port}/payments/{payment.id}",
    )
    await mails.owe(session, mail, cause=f"{kind}:{payment.id}")

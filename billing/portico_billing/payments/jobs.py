"""Jobs of payments. Each may run twice, be killed anywhere and run again; rows are claimed by moving their time ahead
or under SKIP LOCKED, and no call to Stripe is made inside a transaction.
"""

from datetime import timedelta
from uuid import UUID

from portico_billing.payments import events, letters, opening, settle, sweeping
from portico_billing.payments.showing import mailing
from portico_billing.stripe import inbox
from portico_billing.stripe.gateway import Gateway
from portico_core.jobs import job
from portico_core.logs import log
from portico_core.settings import Settings
from portico_tenants.resolve import Directory
from portico_tenants.session import Database
from portico_themes.render import Renderer

logger = log(__name__)
BUDGET = timedelta(seconds=240)  # of a sweep; what is left then is remembered for the next


@job(queue="default")
async def work_event(
    tenant_id: UUID, event_row_id: str, *, database: Database, directory: Directory, stripe: Gateway
) -> None:
    """Work one event of the inbox."""
    tenant = await directory.by_id(tenant_id)
    await events.work_event(database, stripe, tenant, UUID(event_row_id))


@job(queue="default")
async def create_checkout(
    tenant_id: UUID, payment_id: str, *, database: Database, directory: Directory, stripe: Gateway
) -> None:
    """Create the page of a payment whose maker was killed or got no answer."""
    tenant = await directory.by_id(tenant_id)
    await opening.open_checkout(database, stripe, tenant, UUID(payment_id), source="create_checkout")


@job(queue="default", sweeps=inbox.SWEEP, time_limit_seconds=300)
async def sweep_events(tenant_id: UUID, *, database: Database, directory: Directory, stripe: Gateway) -> None:
    """Work what lies in the inbox and was not worked at once."""
    tenant = await directory.by_id(tenant_id)
    await sweeping.sweep_events(database, stripe, tenant, BUDGET)


@job(queue="default", sweeps=settle.SWEEP, time_limit_seconds=300)
async def sweep_payments(tenant_id: UUID, *, database: Database, directory: Directory, stripe: Gateway) -> None:
    """Look at payments under way that are due to be looked at, and once an hour at the events that Stripe has."""
    tenant = await directory.by_id(tenant_id)
    await sweeping.sweep_payments(database, stripe, tenant, BUDGET)
    await sweeping.compare_events(database, stripe, tenant)


@job(queue="mail")
async def mail_payment(
    tenant_id: UUID,
    payment_id: str,
    *,
    database: Database,
    directory: Directory,
    renderer: Renderer,
    settings: Settings,
) -> None:
    """Compose the mail of a payment's present state."""
    tenant = await directory.by_id(tenant_id)
    async with database.tenant_session(tenant) as session:
        await mailing.write_letter(session, renderer, settings, UUID(payment_id))


@job(queue="mail", sweeps=letters.SWEEP)
async def sweep_letters(
    tenant_id: UUID, *, database: Database, directory: Directory, renderer: Renderer, settings: Settings
) -> None:
    """Compose the mails that are missing."""
    tenant = await directory.by_id(tenant_id)
    async with sweeping.alone(database, tenant, letters.SWEEP) as is_alone:
        if not is_alone:
            return
        async with database.tenant_session(tenant) as session:
            missing = await letters.missing_letters(session)
        for payment_id in missing:
            async with database.tenant_session(tenant) as session:
                await mailing.write_letter(session, renderer, settings, payment_id)

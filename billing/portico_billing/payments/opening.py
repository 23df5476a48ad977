"""Opens a payment's page at Stripe, and closes it again. One payment, one key, at most one session that anybody sees.

The call was written down with the payment, so whoever repeats it (the press of the button, the sweep) sends the same
words under the same key and gets the same session. Once the time left is less than what Stripe accepts, nothing is
sent any more: the account's sessions are searched for ours, and a payment that has none is given up. A session whose
answer came too late is expired at once; its address was never shown.
"""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import func, select, update

from portico_billing.payments.checkout import CHECKOUT_CALL
from portico_billing.payments.models import PaymentRow, StripeCallRow
from portico_billing.payments.settle import Seen, end_unpaid, refresh, settle
from portico_billing.stripe.errors import AccountRevoked, Refused, StripeTrouble
from portico_billing.stripe.gateway import Gateway
from portico_billing.stripe.objects import Checkout
from portico_core.clock import now
from portico_core.logs import log
from portico_tenants.session import Database
from portico_tenants.tenant import Tenant

logger = log(__name__)
SHORTEST_CHECKOUT = timedelta(minutes=31)  # Stripe takes no session that ends in less than 30
CLOCKS_APART = timedelta(minutes=10)


async def open_checkout(database: Database, gateway: Gateway, tenant: Tenant, payment_id: UUID, *, source: str) -> None:
    """See to it that a payment in `creating` has its page, or has ended. Does nothing for one in another state.

    Raises StripeTrouble where Stripe does not say: the payment stays as it is, a repeat is safe.
    """
    async with database.tenant_session(tenant) as session:
        payment = await session.get(PaymentRow, payment_id)
        call = await session.scalar(
            select(StripeCallRow).where(StripeCallRow.object_id == payment_id, StripeCallRow.purpose == CHECKOUT_CALL)
        )
    if payment is None or call is None or payment.state != "creating":
        return
    if now() > payment.expires_at - SHORTEST_CHECKOUT:
        await _find_or_give_up(database, gateway, tenant, payment, source)
        return
    try:
        checkout = await gateway.create_checkout(payment.stripe_account, call.request, key=call.idempotency_key)
    except (Refused, AccountRevoked) as error:
        await _refused(database, tenant, call.idempotency_key, payment_id, error)
        return
    await _store(database, gateway, tenant, payment, checkout, source)


async def cancel_payment(database: Database, gateway: Gateway, tenant: Tenant, payment_id: UUID, *, source: str) -> str:
    """End a payment that nobody has paid yet; its state afterwards, which is another where somebody just did.

    Holds end only when Stripe has confirmed that the session is over. Raises StripeTrouble where it does not say.
    """
    await open_checkout(database, gateway, tenant, payment_id, source=source)
    async with database.tenant_session(tenant) as session:
        payment = await session.get_one(PaymentRow, payment_id)
    if payment.state != "open" or payment.checkout_session_id is None:
        return payment.state
    try:
        await gateway.expire_checkout(payment.stripe_account, payment.checkout_session_id)
    except Refused as error:  # it is not open any more; as what it ended, the next line asks
        logger.info("session could not be expired", payment_id=str(payment_id), code=error.code)
    return await refresh(database, gateway, tenant, payment_id, source=source)


async def _store(
    database: Database, gateway: Gateway, tenant: Tenant, payment: PaymentRow, checkout: Checkout, source: str
) -> None:
    async with database.tenant_session(tenant) as session:
        await session.execute(
            update(StripeCallRow)
            .where(StripeCallRow.object_id == payment.id, StripeCallRow.purpose == CHECKOUT_CALL)
            .values(answered_at=func.now(), response_id=checkout.id, error=None)
        )
        state = await settle(session, payment.id, Seen(checkout=checkout, intent=checkout.intent), source=source)
    if state in ("failed", "expired") and checkout.status == "open":
        await gateway.expire_checkout(payment.stripe_account, checkout.id)


async def _find_or_give_up(
    database: Database, gateway: Gateway, tenant: Tenant, payment: PaymentRow, source: str
) -> None:
    """The call's answer was lost for too long to repeat it: look whether it had come through."""
    window = {"since": payment.created_at - CLOCKS_APART, "until": payment.expires_at + CLOCKS_APART}
    async for checkout in gateway.list_checkouts(payment.stripe_account, **window):
        if checkout.payment_id == str(payment.id):
            # again by itself: the list shows neither the intent's charge nor what happened since
            await _store(
                database,
                gateway,
                tenant,
                payment,
                await gateway.retrieve_checkout(payment.stripe_account, checkout.id),
                source,
            )
            return
    async with database.tenant_session(tenant) as session:
        locked = await session.get_one(PaymentRow, payment.id, with_for_update=True)
        if locked.state == "creating":
            await end_unpaid(session, locked, "expired", "never_opened")


async def _refused(database: Database, tenant: Tenant, key: str, payment_id: UUID, error: StripeTrouble) -> None:
    """Stripe said no before making anything: nothing was taken, the invoices are free again."""
    logger.warning("Stripe refused a checkout", payment_id=str(payment_id), code=error.code)
    async with database.tenant_session(tenant) as session:
        await session.execute(
            update(StripeCallRow)
            .where(StripeCallRow.idempotency_key == key)
            .values(answered_at=func.now(), error=error.code)
        )
        payment = await session.get_one(PaymentRow, payment_id, with_for_update=True)
        if payment.state == "creating":
            await end_unpaid(session, payment, "failed", error.code)

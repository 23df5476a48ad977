"""What Stripe sends us: checked on the raw bytes, stored once with the tenant that the account belongs to, answered
at once. It decides nothing: an event is a hint to fetch the object again (`payments.jobs`).
"""

import json
import time
from typing import Any

from litestar import Request, Response, post
from litestar.exceptions import ClientException
from prometheus_client import Counter
from sqlalchemy.dialects.postgresql import insert as upsert
from stripe import SignatureVerificationError, WebhookSignature

from portico_billing.stripe.gateway import Gateway
from portico_billing.stripe.inbox import store_event
from portico_billing.stripe.objects import Event, event_of
from portico_core.logs import log
from portico_core.settings import Settings
from portico_tenants.access import Access
from portico_tenants.models import QuarantinedEvent
from portico_tenants.resolve import Directory, NoSuchTenant
from portico_tenants.session import Database

logger = log(__name__)
TOLERANCE_SECONDS = 300
LARGEST_BYTES = 512 * 1024
RECEIVED = Counter("portico_stripe_events_total", "Stripe events received", ("outcome",))


class NotFromStripe(ClientException):
    """No valid signature. Answered with 400; nothing is stored."""


@post(
    "/webhooks/stripe",
    access=Access.sender(),
    status_code=200,
    request_max_body_size=LARGEST_BYTES,
    include_in_schema=False,
)
async def receive_event(
    request: Request[Any, Any, Any], database: Database, directory: Directory, settings: Settings, stripe: Gateway
) -> Response[str]:
    """200 once the event is stored (or need not be), 400 where the signature does not hold, 5xx where it could not be
    stored: Stripe then sends it again."""
    body = await request.body()
    event = verified(body, request.headers.get("stripe-signature"), settings.stripe.webhook_secrets)
    if event.livemode != stripe.livemode:  # a live Connect endpoint also gets its accounts' test events
        outcome = "other_mode"
    else:
        outcome = await _keep(database, directory, event)
    RECEIVED.labels(outcome).inc()
    return Response("")


def verified(body: bytes, signature: str | None, secrets: tuple[str, ...]) -> Event:
    """The event, if one of our secrets signed exactly these bytes within the last five minutes; else NotFromStripe."""
    try:
        text = body.decode()
    except UnicodeDecodeError:
        raise _refused("unreadable") from None
    if signature is None or not signature.isascii():
        raise _refused("unsigned")
    if not any(_signed_with(secret, text, signature) for secret in secrets):
        raise _refused("bad_signature")
    if _timestamp(signature) > time.time() + TOLERANCE_SECONDS:  # the library lets the future pass
        raise _refused("from_the_future")
    try:
        return event_of(json.loads(text), body=text)
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError):
        raise _refused("no_event") from None


def _signed_with(secret: str, text: str, signature: str) -> bool:
    try:
        WebhookSignature.verify_header(text, signature, secret, TOLERANCE_SECONDS)
    except SignatureVerificationError:
        return False
    return True


def _timestamp(signature: str) -> int:
    parts = (part.partition("=") for part in signature.split(","))
    return next(int(value) for name, _, value in parts if name == "t")


def _refused(why: str) -> NotFromStripe:
    RECEIVED.labels(why).inc()
    logger.info("webhook refused", why=why)
    return NotFromStripe(status_code=400)


async def _keep(database: Database, directory: Directory, event: Event) -> str:
    try:
        tenant = await directory.by_stripe_account(event.account)
    except NoSuchTenant:
        await _quarantine(database, event)
        return "quarantined"
    async with database.tenant_session(tenant) as session:
        is_new = await store_event(session, event)
    return "stored" if is_new else "duplicate"


async def _quarantine(database: Database, event: Event) -> None:
    logger.warning("event of an account that no tenant has", event_id=event.id, type=event.type)
    async with database.control_session() as session:
        await session.execute(
            upsert(QuarantinedEvent)
            .values(source_account=event.account, event_id=event.id, type=event.type, body=event.body)
            .on_conflict_do_nothing(index_elements=["source_account", "event_id"])
        )


ROUTES = [receive_event]

"""The only place that calls Stripe. One client per process; each call names the tenant's account, each POST its key.

Answers are values of `stripe.objects`, troubles those of `stripe.errors`. No call is made inside a transaction.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from datetime import datetime
from functools import partial
from typing import Any, Generic, NamedTuple, TypeVar, cast

import stripe
from stripe.params.checkout import SessionCreateParams

from portico_billing.stripe.errors import KeyRefused, OutcomeUnknown, translated
from portico_billing.stripe.objects import (
    Account,
    Checkout,
    Event,
    Intent,
    account_of,
    checkout_of,
    event_of,
    intent_of,
)
from portico_core.logs import log
from portico_core.settings import StripeSettings

logger = log(__name__)
TIMEOUT_SECONDS = 25
RETRIES = 2  # a StripeClient that is not told makes none
CHARGE = ("latest_charge.balance_transaction", "latest_charge.refunds")

T = TypeVar("T")


class Gateway:
    """Stripe, as we use it. Builds its client at the first call, so that a process without a key still starts."""

    page_rows = 100  # of a list, at one question

    def __init__(self, settings: StripeSettings, http: stripe.HTTPXClient | None = None) -> None:
        self.settings = settings
        self._http = http
        self._client: stripe.StripeClient | None = None

    @property
    def livemode(self) -> bool:
        """Whether real money moves."""
        return (self.settings.secret_key or "").startswith(("sk_live_", "rk_live_"))

    async def create_checkout(self, account: str, request: Mapping[str, Any], *, key: str) -> Checkout:
        """Create a Checkout Session from the stored `request`; the same key and request give the same session."""
        sessions = self._v1().checkout.sessions
        params = cast("SessionCreateParams", dict(request))
        return await _told(
            sessions.create_async(params, {"stripe_account": account, "idempotency_key": key}), checkout_of
        )

    async def retrieve_checkout(self, account: str, checkout_id: str) -> Checkout:
        """A Checkout Session with its intent and charge, as of now."""
        sessions = self._v1().checkout.sessions
        expand = [f"payment_intent.{each}" for each in CHARGE]
        return await _told(
            sessions.retrieve_async(checkout_id, {"expand": expand}, {"stripe_account": account}), checkout_of
        )

    async def retrieve_intent(self, account: str, intent_id: str) -> Intent:
        """A PaymentIntent with its charge, as of now."""
        intents = self._v1().payment_intents
        return await _told(
            intents.retrieve_async(intent_id, {"expand": list(CHARGE)}, {"stripe_account": account}), intent_of
        )

    async def expire_checkout(self, account: str, checkout_id: str) -> Checkout:
        """End an open session, so that nobody can pay in it. Refused where it is no longer open."""
        sessions = self._v1().checkout.sessions
        return await _told(sessions.expire_async(checkout_id, {}, {"stripe_account": account}), checkout_of)

    async def list_checkouts(self, account: str, *, since: datetime, until: datetime) -> AsyncIterator[Checkout]:
        """All sessions created in the window, newest first: for a call whose answer was lost too long ago."""
        sessions = self._v1().checkout.sessions
        created = {"gte": int(since.timestamp()), "lte": int(until.timestamp())}
        after: dict[str, str] = {}
        while True:
            page = await _told(
                sessions.list_async(
                    cast("Any", {"limit": self.page_rows, "created": created, **after}), {"stripe_account": account}
                ),
                partial(_page, checkout_of),
            )
            for session in page.rows:
                yield session
            if page.last_id is None:
                return
            after = {"starting_after": page.last_id}

    async def list_intents(self, account: str, *, since: datetime) -> AsyncIterator[Intent]:
        """All PaymentIntents created since then, newest first, without their charges."""
        intents = self._v1().payment_intents
        after: dict[str, str] = {}
        while True:
            page = await _told(
                intents.list_async(
                    cast("Any", {"limit": self.page_rows, "created": {"gte": int(since.timestamp())}, **after}),
                    {"stripe_account": account},
                ),
                partial(_page, intent_of),
            )
            for intent in page.rows:
                yield intent
            if page.last_id is None:
                return
            after = {"starting_after": page.last_id}

    async def list_events(self, account: str, *, types: tuple[str, ...], since: datetime) -> AsyncIterator[Event]:
        """All events of these types (20 at most) created since then, newest first."""
        events = self._v1().events
        created = {"gte": int(since.timestamp())}
        after: dict[str, str] = {}
        while True:
            page = await _told(
                events.list_async(
                    cast("Any", {"limit": self.page_rows, "types": list(types), "created": created, **after}),
                    {"stripe_account": account},
                ),
                partial(_page, partial(event_of, account=account)),
            )
            for event in page.rows:
                yield event
            if page.last_id is None:
                return
            after = {"starting_after": page.last_id}

    async def retrieve_account(self, account: str) -> Account:
        """The tenant's connected account."""
        return await _told(self._v1().accounts.retrieve_async(account), account_of)

    async def close(self) -> None:
        """Close the connections."""
        if self._http is not None:
            await self._http.close_async()  # type: ignore[no-untyped-call]  # untyped in the library

    def _v1(self) -> "stripe._v1_services.V1Services":
        if self._client is None:
            self._http = self._http or stripe.HTTPXClient(timeout=TIMEOUT_SECONDS, allow_sync_methods=False)
            self._client = _client(self.settings, self._http)
        return self._client.v1


def _client(settings: StripeSettings, http: stripe.HTTPXClient) -> stripe.StripeClient:
    if not settings.secret_key:
        raise KeyRefused("no_key")
    if settings.api_base is None:
        return stripe.StripeClient(settings.secret_key, max_network_retries=RETRIES, http_client=http)
    # All four: one that is left out would still go to Stripe's real host.
    base = dict.fromkeys(("api", "connect", "files", "meter_events"), settings.api_base.rstrip("/"))
    return stripe.StripeClient(
        settings.secret_key, max_network_retries=RETRIES, http_client=http, base_addresses=cast("Any", base)
    )


class _Page(NamedTuple, Generic[T]):
    """Rows of a list; `last_id` where there are more after it."""

    rows: list[T]
    last_id: str | None


def _page(read: Callable[[Mapping[str, Any]], T], page: Mapping[str, Any]) -> _Page[T]:
    rows = page["data"]
    return _Page([read(each) for each in rows], rows[-1]["id"] if page["has_more"] else None)


async def _told(call: Awaitable[stripe.StripeObject], read: Callable[[Mapping[str, Any]], T]) -> T:
    """The answer as `read` reads it, or what its error means to us. An answer that cannot be read says nothing."""
    try:
        return read((await call).to_dict(for_json=True))
    except stripe.StripeError as error:
        raise translated(error) from error
    except (AttributeError, LookupError, TypeError, ValueError) as error:
        logger.warning("Stripe's answer cannot be read", error=f"{type(error).__name__}: {error}"[:200])
        raise OutcomeUnknown("unreadable_answer") from error

"""One posting's calls to the ERP: read what is open, post, read again. Holds no transaction; decides nothing twice.

What is applied to an invoice is what the payer chose, but no more than the ERP has open on it at this moment: the
rest, where the invoice was paid or reduced in the ERP meanwhile, stays unapplied on the customer.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Protocol

import msgspec

from portico_billing.invoices.upsert import gone, upsert_invoices
from portico_billing.payments import holds
from portico_billing.payments.postings import (
    Claim,
    numbers,
    store_doubt,
    store_later,
    store_posted,
    store_refused,
)
from portico_connectors.connector import Page
from portico_connectors.errors import ConnectorError, OutcomeUnknown, PostingRefused, Reconnect, RetryLater
from portico_connectors.records import Application, DocumentState, Invoice, PaymentToPost, PostedPayment, Record
from portico_core.clock import now
from portico_core.money import to_decimal, to_minor
from portico_tenants.mirror import SetAside
from portico_tenants.session import TenantSession


class Books(Protocol):
    """What of a connector (`portico_connectors.connector.Connector`, which says what each does) a posting needs."""

    async def invoices(self, erp_ids: tuple[str, ...]) -> Page[Record]: ...

    async def post_payment(self, payment: PaymentToPost) -> PostedPayment: ...


class Posted(msgspec.Struct, frozen=True, kw_only=True):
    """The ERP has it. `payment` is None where it had it before; `reread` where the invoices could not be read again:
    the holds then stay, and the sweep comes back for them."""

    payment: PostedPayment | None
    answered_at: datetime
    reread: Page[Record] | None


class NotPosted(msgspec.Struct, frozen=True, kw_only=True):
    """The ERP's trouble. `error` is one of the connector's."""

    error: ConnectorError


Outcome = Posted | NotPosted


async def post(books: Books, claim: Claim) -> Outcome:
    """Bring one claimed posting to the ERP, or find it there. Connectors' errors come back as an outcome."""
    try:
        payment = None
        if not claim.is_posted:
            # After a lost answer the invoices may be closed by this very payment: the connector looks our key up first.
            to_post = payment_to_post(claim, await _open_amounts(books, claim))
            payment = await books.post_payment(to_post)
    except ConnectorError as error:
        return NotPosted(error=error)
    answered_at = now()
    try:
        reread = await books.invoices(claim.invoice_erp_ids)
    except ConnectorError:
        reread = None
    return Posted(payment=payment, answered_at=answered_at, reread=reread)


async def _open_amounts(books: Books, claim: Claim) -> dict[str, Decimal]:
    page = await books.invoices(claim.invoice_erp_ids)
    return {
        record.erp_id: record.open_amount
        for record in page.records
        if isinstance(record, Invoice)
        and record.state is DocumentState.POSTED
        and record.currency == claim.currency
        and record.customer_erp_id == claim.customer_erp_id
    }


def payment_to_post(claim: Claim, open_amounts: Mapping[str, Decimal]) -> PaymentToPost:
    """The payment as the ERP shall have it. Invoices that are not in `open_amounts`, by ERP id, get nothing."""
    applications = []
    for part in claim.parts:
        still_open = to_minor(open_amounts.get(part.invoice_erp_id, Decimal(0)), claim.currency)
        amount = min(part.amount_minor, still_open)
        if amount > 0:
            applications.append(
                Application(invoice_erp_id=part.invoice_erp_id, amount=to_decimal(amount, claim.currency))
            )
    return PaymentToPost(
        our_key=claim.our_key,
        customer_erp_id=claim.customer_erp_id,
        paid_on=claim.paid_on,
        currency=claim.currency,
        amount=to_decimal(claim.amount_minor, claim.currency),
        applications=tuple(applications),
        reference=claim.reference,
        memo=f"{claim.reference}: {numbers(claim.parts)}"[:250],
    )


async def store_outcome(session: TenantSession, claim: Claim, outcome: Outcome) -> None:
    """Write what came of it: posted with what was applied, the invoices as read since, the holds ended; or in doubt,
    refused, or to be tried later."""
    if isinstance(outcome, NotPosted):
        await _store_trouble(session, claim, outcome.error)
        return
    if outcome.payment is not None:
        await store_posted(
            session,
            claim,
            erp_id=outcome.payment.erp_id,
            erp_number=outcome.payment.number,
            applied_minor=_applied(outcome.payment.applications, claim.currency),
            answered_at=outcome.answered_at,
        )
    if outcome.reread is not None:
        # An invoice that this payment holds no more was read by somebody else after our answer, and only what is held
        # is watched (`upsert_invoices`): our own read of it may be older than it looks.
        held = await holds.held_by(session, claim.payment_id)
        wanted = [part.invoice_erp_id for part in claim.parts if part.invoice_id in held]
        await store_reread(session, wanted, outcome.reread)


async def store_reread(session: TenantSession, erp_ids: Sequence[str], page: Page[Record]) -> tuple[SetAside, ...]:
    """Write these invoices as they were read by id, those that are gone included, and end the holds that this allows.

    They may be fewer than were asked for. All of them note when they were read, the unchanged ones too. Returns those
    of them that cannot be kept.
    """
    wanted = set(erp_ids)
    records = [record for record in page.records if isinstance(record, Invoice) and record.erp_id in wanted]
    merged = await upsert_invoices(session, records, page.started_at, watched=wanted)
    rejected = (SetAside(each.record_type, each.erp_id, each.why) for each in page.rejected if each.erp_id in wanted)
    aside = (*merged.set_aside, *rejected)
    unread = {each.erp_id for each in aside}
    there = {record.erp_id for record in records} | unread
    await gone(session, [erp_id for erp_id in erp_ids if erp_id not in there], page.started_at)
    await holds.end_holds_for(session, [erp_id for erp_id in erp_ids if erp_id not in unread], page.started_at)
    return aside


async def _store_trouble(session: TenantSession, claim: Claim, error: ConnectorError) -> None:
    if isinstance(error, OutcomeUnknown):
        await store_doubt(session, claim, str(error))
    elif isinstance(error, PostingRefused):
        await store_refused(session, claim, str(error))
    else:
        after = (
            error.after_seconds if isinstance(error, RetryLater) else 600.0 if isinstance(error, Reconnect) else None
        )
        await store_later(session, claim, str(error), after)


def _applied(applications: Sequence[Application], currency: str) -> dict[str, int]:
    sums: dict[str, int] = {}
    for part in applications:
        sums[part.invoice_erp_id] = sums.get(part.invoice_erp_id, 0) + to_minor(part.amount, currency)
    return sums

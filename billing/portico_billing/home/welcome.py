"""What the home page says besides the balance: four facts, and at most four things to do next."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from portico_billing.home.overview import REFUSAL_STAYS, CreditToUse, OnItsWay, RecentPayment
from portico_billing.invoices.queries import InvoiceLine
from portico_billing.invoices.standing import Standing
from portico_core.money import Money

MOST_TO_DO = 4
FALLS_DUE_SOON = timedelta(days=7)


def part_of_day(at: datetime) -> str:
    """For the greeting, by the tenant's clock."""
    if at.hour < 12:
        return "morning"
    return "afternoon" if at.hour < 18 else "evening"


def facts(
    standing: Standing,
    *,
    limit: int | None,
    next_due: InvoiceLine | None,
    moving: OnItsWay | None,
    credit: CreditToUse | None,
) -> dict[str, Any]:
    """Credit left, due next, on its way, credit to use; each None where there is nothing to say."""
    return {
        "credit": _credit_left(standing, limit) if limit else None,
        "due_next": next_due and {**_named(next_due), "open": next_due.outstanding},
        "under_way": moving
        and {
            "amount": moving.amount,
            "count": moving.invoices,
            "number": moving.number,
            "payment_id": moving.payment_id,
            "until": moving.until,
        },
        "to_use": credit
        and {
            "amount": credit.amount,
            "number": credit.number,
            "id": credit.id,
            "issued_on": credit.issued_on,
            "count": credit.count,
        },
    }


def todo(
    today: date,
    at: datetime,
    *,
    next_due: InvoiceLine | None,
    payments: Sequence[RecentPayment],
    credit: CreditToUse | None,
) -> list[dict[str, Any]]:
    """What waits for the reader, most urgent first. The overdue ones are the button's business."""
    things: list[dict[str, Any]] = []
    for payment in payments:
        named = {"payment_id": payment.id, "number": payment.number, "amount": payment.amount}
        if payment.state == "open" and payment.expires_at > at:
            things.append({"kind": "unfinished", **named})
        elif payment.state == "failed" and payment.ended_at and payment.ended_at > at - REFUSAL_STAYS:
            things.append({"kind": "refused", **named})
    if next_due is not None and next_due.due_on <= today + FALLS_DUE_SOON:
        things.append({"kind": "due", **_named(next_due), "open": next_due.outstanding})
    if credit is not None:
        named = {"id": credit.id, "number": credit.number, "count": credit.count}
        things.append({"kind": "credit", "amount": credit.amount, **named})
    return things[:MOST_TO_DO]


def _named(line: InvoiceLine) -> dict[str, Any]:
    return {
        "id": line.id,
        "number": line.number,
        "due_on": line.due_on,
        "purchase_order": line.purchase_order,
    }


def _credit_left(standing: Standing, limit: int) -> dict[str, Any]:
    used = standing.owed
    return {
        "left": Money(max(limit - used.minor, 0), used.currency),
        "limit": Money(limit, used.currency),
        "used": used,
        "used_percent": min(100, 100 * used.minor // limit),
    }

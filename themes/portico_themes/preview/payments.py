"""Payments of the preview, in every state."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

from portico_core.money import Money
from portico_themes.links import link
from portico_themes.preview.samples import NOW, Sample, day, invoice_rows, money, on_its_way, pager, total
from portico_themes.texts import translate

Entry = tuple[str, str, dict[str, Any]]
HISTORY = ("open", "processing", "succeeded", "failed", "expired", "quarantined", "refunded", "refunded_in_part")
DEBITED = ("processing", "failed")


def card(language: str) -> str:
    """How it was paid, in the reader's language."""
    return translate(language, "%(method)s ending %(last4)s", method=translate(language, "Card"), last4="4021")


def debit(sample: Sample, language: str) -> str:
    """The same of a payment that takes days, or is refused for want of funds."""
    method = translate(language, "SEPA debit" if sample.currency == "EUR" else "Bacs debit")
    return translate(language, "%(method)s ending %(last4)s", method=method, last4="4410")


def payment_context(sample: Sample, state: str, posting: str = "", *, language: str = "en") -> dict[str, Any]:
    """The status page's context in one state of the payment."""
    by_number = {row.number: row for row in invoice_rows(sample)}
    dead = state in ("failed", "expired")
    allocations = []
    chosen = [(by_number[number], money(sample, text)) for number, text in sample.chosen]
    for row, amount in [(row, row.open) for row in on_its_way(sample)] if state == "processing" else chosen:
        left = row.open - amount
        shown = {"succeeded": "part" if left else "paid", "processing": "processing"}.get(state, row.state)
        allocations.append(
            SimpleNamespace(
                invoice_id=row.number,
                number=row.number,
                was_open=row.open,
                amount=amount,
                left=left,
                state=shown,
            )
        )
    started = datetime(2026, 11, 19, 10, 38, tzinfo=UTC)
    payment = SimpleNamespace(
        id="p",
        number="P-1043",
        state=state,
        amount=total(sample, [each.amount for each in allocations]),
        received=total(sample, [each.amount for each in allocations]),
        method="" if state == "open" else debit(sample, language) if state in DEBITED else card(language),
        failure=translate(language, "Reason: not enough funds.") if state == "failed" else "",
        created_at=started,
        submitted_at=None if state == "open" else started + timedelta(minutes=3),
        settled_at=started + timedelta(minutes=3) if state == "succeeded" else None,
        ended_at=started + timedelta(minutes=6) if dead else None,
        settles_by=day(11, 26) if state == "processing" else None,
        can_continue=state == "open",
        can_cancel=state == "open",
    )
    return {
        "payment": payment,
        "went_back": None,
        "posting": SimpleNamespace(state=posting, erp_number="91822", posted_at=NOW) if posting else None,
        "allocations": allocations,
        "again_url": link("payment_select", line=[each.invoice_id for each in allocations]),
        "mail": sample.mail,
        "has_receipt": state == "succeeded",
        "poll_seconds": 0,
        "as_of": NOW,
        "again": False,
        "mark": "m",
        "billed_to": [sample.customer, *sample.address],
        "customer_number": sample.number,
    }


def payment_pages(sample: Sample, language: str) -> list[Entry]:
    states = (
        ("open", ""),
        ("processing", ""),
        ("succeeded", "owed"),
        ("succeeded", "in_doubt"),
        ("succeeded", "posted"),
        ("failed", ""),
        ("expired", ""),
        ("quarantined", ""),
    )
    shown = [
        (
            f"payment-{state}{'-' + posting if posting else ''}",
            "payments/show.html",
            payment_context(sample, state, posting, language=language),
        )
        for state, posting in states
    ]
    for name, part in (("refunded", 1), ("refunded-in-part", 4)):
        context = payment_context(sample, "succeeded", "posted", language=language)
        whole = context["payment"].amount
        back = Money(whole.minor // part, whole.currency)
        went_back = SimpleNamespace(refunded=back, is_whole=part == 1, on=day(11, 17), disputed=part != 1)
        shown.append((f"payment-{name}", "payments/show.html", {**context, "went_back": went_back}))
    rows = [
        SimpleNamespace(
            id="p",
            ours=state != "expired",
            on=None,
            number=f"P-10{40 - n}",
            created_at=NOW - timedelta(days=5 * n),
            method=debit(sample, language) if state in DEBITED else card(language),
            state=state,
            amount=money(sample, f"{1200 + 37 * n}.5"),
            count=n + 1,
            has_receipt=state in ("succeeded", "refunded", "refunded_in_part"),
        )
        for n, state in enumerate(HISTORY)
    ]
    done = payment_context(sample, "succeeded", "posted", language=language)
    going = {
        "payment": done["payment"],
        "checkout_url": "https://pay.example/c/1",
        "checkout_host": "pay.example",
        "seconds": 3600,
    }
    return [
        *shown,
        ("payments", "payments/list.html", {"rows": rows, "pager": pager(len(rows)), "csv_url": "/payments.csv"}),
        ("payments-none", "payments/list.html", {"rows": [], "pager": pager(0), "csv_url": ""}),
        ("receipt", "payments/receipt.html", done),
        ("go", "payments/go.html", going),
        ("wait", "payments/wait.html", {"payment": done["payment"], "seconds": 72_001}),
    ]

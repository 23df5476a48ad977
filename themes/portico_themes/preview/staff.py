"""Pages of the tenant's staff in the preview."""

from datetime import timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

from portico_core.money import Money
from portico_themes.formats import formats_of
from portico_themes.plots import due_columns
from portico_themes.preview.audit import audit_page
from portico_themes.preview.behind import stripe_pages, sync_pages
from portico_themes.preview.connection import connection_pages
from portico_themes.preview.customer import late_and_coming, people, standing, sums_by_due
from portico_themes.preview.papers import paper_of
from portico_themes.preview.payments import card, payment_context
from portico_themes.preview.samples import (
    AS_OF,
    NOW,
    SAMPLES,
    Sample,
    day,
    invoice_rows,
    money,
    owed_by_week,
    pager,
    staff_shell,
    total,
)
from portico_themes.preview.texts import texts_pages
from portico_themes.texts import translate

Entry = tuple[str, str, dict[str, Any]]
FRESH = {"as_of": AS_OF, "interval_seconds": 300}


def staff_pages(slug: str, language: str) -> list[Entry]:
    sample = SAMPLES[slug]
    entries = [
        *_money_pages(sample, language),
        *sync_pages(),
        *connection_pages(language),
        *stripe_pages(language),
        ("staff-members", "staff/members.html", _staff(sample)),
        *texts_pages(slug, language),
        ("staff-audit", "staff/audit.html", audit_page(sample, language)),
    ]
    return [(name, template, {**staff_shell(slug), **context}) for name, template, context in entries]


def _debtors(sample: Sample) -> list[SimpleNamespace]:
    figures = standing(sample)
    names = (sample.customer, "Oberrheinische Stahlhochbau und Montagegesellschaft mbH", "Fell & Sons", "Quiet Corner")
    return [
        SimpleNamespace(
            id=str(n),
            number=f"1042{n}",
            name=name,
            active=n != 3,
            balance=figures.balance - money(sample, Decimal(1289 * n)),
            overdue=figures.overdue - money(sample, Decimal(389 * n)),
            invoices=12 - n,
        )
        for n, name in enumerate(names)
    ]


def _money_pages(sample: Sample, language: str) -> list[Entry]:
    debtors = _debtors(sample)
    rows = [SimpleNamespace(**vars(row), customer_id="1", customer=sample.customer) for row in invoice_rows(sample)]
    states = (("succeeded", "posted"), ("succeeded", "in_doubt"), ("succeeded", "refused"), ("processing", ""))
    payments = [
        SimpleNamespace(
            id="p",
            ours=True,
            number=f"P-10{43 - n}",
            created_at=NOW - timedelta(hours=7 * n),
            at=NOW - timedelta(hours=7 * n),
            customer_id="1",
            customer=sample.customer,
            method=card(language),
            state=state,
            amount=money(sample, Decimal(400 + 77 * n)),
            posting=_posting(posting) if posting else None,
        )
        for n, (state, posting) in enumerate(states)
    ]
    owed = SimpleNamespace(
        balance=total(sample, [each.balance for each in debtors]),
        overdue=total(sample, [each.overdue for each in debtors]),
        customers=len(debtors),
        invoices=46,
    )
    sync = SimpleNamespace(
        state="active", paused_because=None, oldest=AS_OF, interval_seconds=300, set_aside=37, running=1
    )
    home = {
        "totals": [owed],
        "top": debtors,
        "received": [money(sample, "18204.55")],
        "waiting": SimpleNamespace(owed=1, in_doubt=1, refused=1),
        "sync": sync,
        "payments": payments,
    }
    customer = SimpleNamespace(
        **vars(debtors[0]),
        email=sample.mail,
        phone="01632 960 001",
        currency=sample.currency,
        terms="30 days net",
        limit=money(sample, sample.limit),
        members=[SimpleNamespace(name=sample.person, email=sample.mail, role="admin")],
        contacts=[SimpleNamespace(name="T. Marsden", email="", phone="01632 960 002")],
    )
    status = _payment(sample, payment_context(sample, "succeeded", "in_doubt", language=language))
    unseen = _payment(sample, payment_context(sample, "processing", language=language))
    received = translate(
        language, "%(amount)s received", amount=formats_of(language).money_of(status["payment"].received)
    )
    shown = next(row for row in rows if row.number == sample.paper[0])
    views = [
        SimpleNamespace(key=key, url="?", count=count, current=key == "all")
        for key, count in (("all", None), ("attention", 1), ("waiting", 2), ("processing", 1))
    ]
    listing = {
        **FRESH,
        "view": "open",
        "views": [
            SimpleNamespace(key="open", url="?", count=46, current=True),
            SimpleNamespace(key="overdue", url="?", count=5, current=False),
        ],
        "query": "",
        "clear_url": "?",
        "sort": "due",
        "sort_down": False,
        "sort_urls": {"number": "?", "issued": "?", "due": "?", "total": "?", "open": "?"},
        "rows": rows,
        "pager": pager(len(rows), 214),
        "csv_url": "/staff/invoices.csv",
        "balances": [owed],
    }
    return [
        ("staff-home", "staff/home.html", home),
        (
            "staff-home-new",
            "staff/home.html",
            {
                **home,
                "totals": [],
                "top": [],
                "received": [],
                "payments": [],
                "waiting": SimpleNamespace(owed=0, in_doubt=0, refused=0),
                "sync": SimpleNamespace(
                    state="none", paused_because=None, oldest=None, interval_seconds=300, set_aside=0, running=0
                ),
            },
        ),
        (
            "staff-customers",
            "staff/customers.html",
            {"rows": debtors, "query": "", "order": "overdue", "pager": pager(4, 214)},
        ),
        (
            "staff-customers-none",
            "staff/customers.html",
            {"rows": [], "query": "zzz", "order": "name", "pager": pager(0)},
        ),
        (
            "staff-customer",
            "staff/customer.html",
            {
                **FRESH,
                "customer": customer,
                "address": sample.address,
                "standing": standing(sample),
                "columns": due_columns(sums_by_due(sample, *late_and_coming(sample)), sample.currency),
                "owed": owed_by_week(sample),
                "balances": [standing(sample)],
                "rows": rows,
                "pager": pager(len(rows)),
                "credit": SimpleNamespace(amount=money(sample, "186.40"), count=3, number="CN-20871"),
                "payments": payments,
            },
        ),
        ("staff-invoices", "staff/invoices.html", listing),
        (
            "staff-invoice",
            "staff/invoice.html",
            {
                **FRESH,
                "invoice": SimpleNamespace(**vars(shown), payable=shown.open),
                "paper": paper_of(sample),
                "log": [
                    SimpleNamespace(
                        on=day(11, 2), text=translate(language, "PDF opened by %(name)s", name=sample.person)
                    )
                ],
                "under_way": None,
            },
        ),
        (
            "staff-payments",
            "staff/payments.html",
            {
                "view": "all",
                "views": views,
                "rows": payments,
                "pager": pager(len(payments)),
                "differences": _differences(money(sample, "1200.00")),
            },
        ),
        (
            "staff-payment",
            "staff/payment.html",
            {
                **status,
                "posting": _posting("in_doubt"),
                "events": [SimpleNamespace(at=NOW, text=received)],
            },
        ),
        (
            "staff-payment-out-of-reach",
            "staff/payment.html",
            {
                **unseen,
                "can_attend": True,
                "may_end_from": NOW - timedelta(days=1),
                "events": [SimpleNamespace(at=NOW, text=translate(language, "The debit is with the bank"))],
            },
        ),
    ]


def _payment(sample: Sample, status: dict[str, Any]) -> dict[str, Any]:
    """As staff see it."""
    for each in status["allocations"]:
        each.applied = None
    people = {"customer_id": "1", "customer": sample.customer, "payer": sample.person}
    return {
        **status,
        "payment": SimpleNamespace(**vars(status["payment"]), **people),
        "needs_attention": True,
        "can_attend": False,
        "may_end_from": None,
        "stripe": SimpleNamespace(account="acct_1", session="cs_1", intent="pi_1"),
    }


def _differences(amount: Money) -> list[SimpleNamespace]:
    """One of each side."""
    told = {"payment_id": "1", "number": "P-1043", "ours": amount, "found_at": NOW}
    abroad = Money(amount.minor, "EUR" if amount.currency == "GBP" else "GBP")
    return [
        SimpleNamespace(kind="stripe_unknown", their_id="pi_3RkQ2mA1", theirs=amount, **told),
        SimpleNamespace(kind="erp_missing", their_id="PYMT91822", theirs=None, **told),
        SimpleNamespace(kind="erp_amount", their_id="PYMT91830", theirs=abroad, **told),
        SimpleNamespace(kind="erp_twice", their_id="PYMT91831, PYMT91832", theirs=None, **told),
    ]


def _posting(state: str) -> SimpleNamespace:
    reasons = {
        "in_doubt": "NetSuite's answer was unclear, and our key is not there (yet)",
        "refused": "NetSuite has no invoice 418207 any more",
    }
    return SimpleNamespace(
        id="1",
        state=state,
        our_key="P-1043.3f9a2b",
        erp_number="91822" if state == "posted" else None,
        attempts=2,
        last_error=reasons.get(state),
        due_at=NOW + timedelta(minutes=4),
        posted_at=NOW if state == "posted" else None,
        unapplied=None,
    )


def _staff(sample: Sample) -> dict[str, Any]:
    roles = {"admin": "owner", "payer": "finance", "viewer": "service"}
    found = people(sample)
    for each in (*found["members"], *found["invited"]):
        each.role = roles[each.role]
    return found

"""Pages of a customer's people in the preview."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

from portico_core.money import Money
from portico_themes.formats import formats_of
from portico_themes.plots import due_columns
from portico_themes.preview.papers import FRESH, paper_pages
from portico_themes.preview.payments import payment_pages
from portico_themes.preview.samples import (
    AS_OF,
    NOW,
    SAMPLES,
    TODAY,
    Sample,
    day,
    invoice_rows,
    money,
    on_its_way,
    owed_by_week,
    pager,
    total,
    visit,
)
from portico_themes.texts import translate

Entry = tuple[str, str, dict[str, Any]]
LANGUAGES = (("en", "English"), ("de", "Deutsch"))
BROWSERS = (("Firefox", "Windows"), ("Safari", "iPhone"))


def customer_pages(slug: str, language: str) -> list[Entry]:
    sample = SAMPLES[slug]
    return [
        *_home(sample),
        *_lists(sample, language),
        *paper_pages(sample, language),
        *payment_pages(sample, language),
        *_people(sample, language),
    ]


def _home(sample: Sample) -> list[Entry]:
    rows = invoice_rows(sample)
    late, coming = late_and_coming(sample)
    moving = on_its_way(sample)
    figures = standing(sample)
    limit, used = money(sample, sample.limit), total(sample, [row.open for row in rows])
    facts = SimpleNamespace(
        credit=SimpleNamespace(left=limit - used, limit=limit, used=used, used_percent=100 * used.minor // limit.minor),
        due_next=coming[0],
        under_way=SimpleNamespace(
            amount=total(sample, [row.open for row in moving]),
            count=len(moving),
            number=moving[0].number,
            payment_id="p",
            until=day(11, 26),
        ),
        to_use=SimpleNamespace(
            amount=money(sample, "186.40"), count=1, number="CN-20871", id="c", issued_on=day(11, 11)
        ),
    )
    todo = [
        SimpleNamespace(kind="due", **vars(coming[0])),
        SimpleNamespace(kind="unfinished", payment_id="p", number="P-1044", amount=money(sample, "420.00")),
        SimpleNamespace(kind="refused", payment_id="p", number="P-1041", amount=money(sample, "99.10")),
        SimpleNamespace(kind="credit", id="c", number="CN-20871", count=3, amount=money(sample, "186.40")),
    ]
    payments = [
        SimpleNamespace(
            id="p",
            ours=state != "booked",
            number=number,
            at=None if state == "booked" else NOW - timedelta(days=n * 6),
            on=day(11, 2),
            amount=amount,
            state="succeeded" if state == "booked" else state,
            count=len(moving) if state == "processing" else n + 1,
        )
        for n, (number, amount, state) in enumerate(
            (
                ("P-1044", money(sample, "420.00"), "open"),
                ("P-1043", total(sample, [row.open for row in moving]), "processing"),
                ("P-1041", money(sample, "99.10"), "failed"),
                ("4471", money(sample, "1318.24"), "booked"),
            )
        )
    ]
    base: dict[str, Any] = {
        **FRESH,
        "part_of_day": "morning",
        **vars(figures),
        "overdue_count": len(late),
        "also": [],
        "can_pay": True,
        "facts": facts,
        "columns": due_columns(sums_by_due(sample, late, coming), sample.currency),
        "currency": sample.currency,
        "owed": owed_by_week(sample),
        "todo": todo,
        "latest": list(reversed(rows))[:4],
        "payments": payments,
        "fetching": None,
    }
    nothing = Money(0, sample.currency)
    clear = SimpleNamespace(credit=None, due_next=None, under_way=None, to_use=None)
    empty = {"balance": nothing, "overdue": nothing, "coming": nothing, "facts": clear, "todo": [], "payments": []}
    early = {
        "overdue": nothing,
        "balance": figures.coming,
        "payable": figures.coming,
        "columns": due_columns(sums_by_due(sample, [], coming), sample.currency),
        "owed": owed_by_week(sample, total(sample, [row.open for row in coming + moving])),
        "todo": [],
    }
    settled = [SimpleNamespace(**{**vars(row), "open": nothing, "state": "paid"}) for row in base["latest"]]
    paid = {"owed": owed_by_week(sample, nothing), "latest": settled, "payments": payments[-1:]}
    return [
        ("home", "invoices/home.html", base),
        ("home-early", "invoices/home.html", {**base, **early}),
        ("home-nothing", "invoices/home.html", {**base, **empty, **paid}),
        (
            "home-first-sync",
            "invoices/home.html",
            {
                **base,
                **empty,
                "owed": None,
                "latest": [],
                "as_of": None,
                "fetching": SimpleNamespace(done=1204, total=2900),
            },
        ),
        (
            "home-stale",
            "invoices/home.html",
            {**base, "stale": True, "as_of": datetime(2026, 11, 19, 6, 15, tzinfo=UTC)},
        ),
    ]


def late_and_coming(sample: Sample) -> tuple[list[Any], list[Any]]:
    """The rows that can be paid."""
    rows = [row for row in invoice_rows(sample) if row.state != "processing"]
    return [row for row in rows if row.due_on < TODAY], [row for row in rows if row.due_on >= TODAY]


def standing(sample: Sample) -> SimpleNamespace:
    """What they come to."""
    overdue, coming = (total(sample, [row.open for row in rows]) for rows in late_and_coming(sample))
    both = overdue + coming
    return SimpleNamespace(balance=both, overdue=overdue, coming=coming, payable=both, payable_overdue=overdue)


def sums_by_due(sample: Sample, late: list[Any], coming: list[Any]) -> dict[str, tuple[Money, int]]:
    sums: dict[str, tuple[Money, int]] = {}
    for row in late + coming:
        days = (TODAY - row.due_on).days
        if days > 0:
            key = "late_91" if days > 90 else "late_61" if days > 60 else "late_31" if days > 30 else "late_1"
        else:
            key = "next_7" if days >= -7 else "next_14" if days >= -14 else "later"
        amount, count = sums.get(key, (Money(0, sample.currency), 0))
        sums[key] = (amount + row.open, count + 1)
    return sums


def selection(sample: Sample, language: str, *, wrong: bool = False) -> SimpleNamespace:
    """The chosen invoices with an amount each."""
    by_number = {row.number: row for row in invoice_rows(sample)}
    lines = []
    for number, text in sample.chosen:
        row, amount = by_number[number], Decimal(text)
        left = row.open - Money.of(amount, sample.currency)
        lines.append(
            SimpleNamespace(
                id=number,
                number=number,
                due_on=row.due_on,
                open=row.open,
                typed=formats_of(language).amount(amount, sample.currency),
                left=left if left else None,
                error=None,
            )
        )
    if wrong:
        row, formats = by_number[lines[-1].number], formats_of(language)
        lines[-1].typed, lines[-1].left = formats.amount(row.total.amount, sample.currency), None
        message = "the amount is more than the %(amount)s still open"
        lines[-1].error = translate(language, message, amount=formats.money_of(row.open))
    paid = Money.of(sum((Decimal(text) for _, text in sample.chosen), Decimal(0)), sample.currency)
    return SimpleNamespace(
        lines=lines,
        credits=[],
        total=None if wrong else paid,
        currency=sample.currency,
        form_key="k",
        problem=None,
    )


def _lists(sample: Sample, language: str) -> list[Entry]:
    rows = invoice_rows(sample)
    late = [row for row in rows if row.due_on < TODAY]
    counts = {"open": len(rows), "overdue": len(late), "soon": 3, "processing": 1, "paid": None, "all": None}
    base: dict[str, Any] = {
        **FRESH,
        "balance": standing(sample).balance,
        "overdue": standing(sample).overdue,
        "open_count": len(rows) - len(on_its_way(sample)),
        "view": "open",
        "views": [
            SimpleNamespace(key=key, url=f"?view={key}", count=count, current=key == "open")
            for key, count in counts.items()
        ],
        "query": "",
        "search_all_url": "?view=all",
        "filters": SimpleNamespace(issued_from="", issued_until="", amount_from="", amount_until=""),
        "filtered": False,
        "clear_url": "?",
        "due": "",
        "sort": "due",
        "sort_down": False,
        "sort_urls": {key: f"?sort={key}" for key in ("number", "order", "issued", "due", "total", "open")},
        "rows": rows,
        "pager": pager(len(rows)),
        "can_pay": True,
        "csv_url": "/invoices.csv",
        "also": [],
        "reasons": {"processing": translate(language, "A payment for this invoice is under way.")},
        "selection": None,
    }
    chosen = selection(sample, language)
    wrong = selection(sample, language, wrong=True)
    other = SimpleNamespace(id="p", number="P-1044", by="Tom Marsden", at="10:12")
    paying = {**FRESH, "later": [], "most": None, "cancelled": None, "in_the_way": [other]}
    errors = {f"amount-{line.id}": f"{line.number}: {line.error}" for line in wrong.lines if line.error}
    return [
        ("invoices", "invoices/list.html", base),
        ("invoices-selected", "invoices/list.html", {**base, "selection": chosen}),
        ("invoices-selected-wrong", "invoices/list.html", {**base, "selection": wrong}),
        ("invoices-viewer", "invoices/list.html", {**base, "can_pay": False, "pager": pager(len(rows), 214)}),
        ("invoices-nothing-found", "invoices/list.html", {**base, "rows": [], "query": "cellar 29"}),
        ("invoices-filtered", "invoices/list.html", {**base, "rows": rows[:3], "pager": pager(3), "filtered": True}),
        ("invoices-none", "invoices/list.html", {**base, "rows": []}),
        ("select", "payments/select.html", {**paying, "selection": chosen}),
        ("select-wrong", "payments/select.html", {**paying, "selection": wrong, "errors": errors}),
        ("select-most", "payments/select.html", {**paying, "in_the_way": [], "most": 200, "selection": chosen}),
        (
            "select-cancelled",
            "payments/select.html",
            {**paying, "in_the_way": [], "cancelled": "P-1044", "selection": chosen},
        ),
        ("select-none", "payments/select.html", {**paying, "selection": None}),
    ]


def people(sample: Sample) -> dict[str, Any]:
    """Members and open invitations."""
    members = [
        SimpleNamespace(id="1", name=sample.person, email=sample.mail, role="admin", last_seen=NOW, you=True),
        SimpleNamespace(id="2", name="Tom Marsden", email="tom@example.org", role="payer", last_seen=None, you=False),
    ]
    invited = [
        SimpleNamespace(
            id="3", name="", email="new@example.org", role="viewer", sent_at=NOW, expires_at=NOW + timedelta(days=3)
        )
    ]
    return {"members": members, "invited": invited}


def _people(sample: Sample, language: str) -> list[Entry]:
    person = SimpleNamespace(name=sample.person, email=sample.mail, language=None)
    sessions = [
        SimpleNamespace(
            id=str(n),
            device=translate(language, "%(browser)s on %(system)s", browser=browser, system=system),
            seen_at=NOW - timedelta(days=2 * n),
            started_at=AS_OF,
            current=n == 0,
        )
        for n, (browser, system) in enumerate(BROWSERS)
    ]
    profile = {
        "layout": "layouts/customer.html",
        "person": person,
        "languages": LANGUAGES,
        "sessions": sessions,
        "min_length": 10,
        "form": "",
    }
    choices = [
        SimpleNamespace(
            id="1",
            name=sample.customer,
            number=sample.number,
            role="admin",
            open=standing(sample).balance,
            current=True,
        ),
        SimpleNamespace(
            id="2",
            name="Oberrheinische Stahlhochbau und Montagegesellschaft mbH",
            number="311872",
            role="payer",
            open=None,
            current=False,
        ),
    ]
    problem = {
        "errors": {"email": "Enter an email address, like name@company.example."},
        "values": {"email": "tom@example", "role": "payer"},
    }
    return [
        ("members", "accounts/members.html", people(sample)),
        ("members-wrong", "accounts/members.html", {**people(sample), **problem}),
        ("profile", "accounts/profile.html", profile),
        (
            "switch",
            "accounts/switch.html",
            {"visit": visit(sample, customers=2), "choices": choices, "staff": True, "query": ""},
        ),
        ("switch-none", "accounts/switch.html", {"choices": [], "staff": False, "query": ""}),
    ]

"""Pages of what runs behind the portal in the preview: sync, Stripe, the operator's console."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

from portico_themes.plots import MINUTES, columns_over_time, over_time
from portico_themes.preview.samples import NOW
from portico_themes.texts import translate

AGES = (4, 5, 4, 6, 5, 4, 5, 31, 44, 6, 5, 4, 5, 5, 4, 6, 5, 60, 120, 180, 240, 300, 310, 5)
HOURS = tuple(NOW - timedelta(hours=ago) for ago in reversed(range(len(AGES))))
DAY = {
    "age": over_time(list(zip(HOURS, AGES, strict=True)), ends=MINUTES),
    "copied": columns_over_time([(hour, 140 + 700 * n % 1990) for n, hour in enumerate(HOURS)]),
}

Entry = tuple[str, str, dict[str, Any]]


def _run(record_type: str, state: str, **given: Any) -> SimpleNamespace:
    values = {
        "kind": "incremental",
        "total": None,
        "read": 12,
        "new": 0,
        "changed": 12,
        "set_aside": 0,
        "error": None,
        "per_second": None,
        "seconds_left": None,
        "percent": None,
        "started_at": NOW - timedelta(minutes=16),
        "finished_at": None,
    }
    return SimpleNamespace(record_type=record_type, state=state, **{**values, **given})


def sync_pages() -> list[Entry]:
    running = _run(
        "invoice",
        "running",
        kind="backfill",
        total=25900,
        read=18392,
        new=18392,
        changed=0,
        set_aside=31,
        per_second=19,
        seconds_left=395,
        percent=71,
    )
    stopped = _run("payment", "failed", error="NetSuite answered 502")
    types = [
        SimpleNamespace(
            record_type=name, held=held, fresh_at=NOW - timedelta(minutes=minutes), set_aside=aside, last=last
        )
        for name, held, minutes, aside, last in (
            ("term", 14, 3, 0, _run("term", "done", changed=0)),
            ("customer", 4372, 3, 0, _run("customer", "done")),
            ("contact", 6918, 3, 0, _run("contact", "done", changed=0)),
            ("invoice", 25861, 0, 31, running),
            ("credit", None, 18, 0, None),
            ("payment", 17204, 310, 6, stopped),
        )
    ]
    causes = [
        SimpleNamespace(
            why=why, record_type=kind, count=count, examples=("10882", "11730"), last_at=NOW - timedelta(minutes=age)
        )
        for why, kind, count, age in (
            ("Its customer (10882) is not here", "invoice", 22, 4),
            ("The currency is missing or not among the account's currencies", "invoice", 9, 6),
            ("Its reference is longer than 200 characters", "payment", 6, 18),
        )
    ]
    connection = SimpleNamespace(
        connector="netsuite",
        state="active",
        paused_because=None,
        interval_seconds=300,
        settings={},
        time_zone="Europe/London",
        kept=frozenset(),
    )
    full = SimpleNamespace(
        connection=connection,
        running=(running,),
        types=types,
        causes=causes,
        cause_count=len(causes),
        history=(stopped,),
        postings={"owed": 1, "in_doubt": 1},
        oldest=NOW - timedelta(minutes=310),
        asked=None,
    )
    asked = SimpleNamespace(
        **{
            **vars(full),
            "running": (),
            "asked": SimpleNamespace(ended_at=NOW - timedelta(minutes=1), failed=False, changed=3),
        }
    )
    paused = SimpleNamespace(
        **{
            **vars(full),
            "running": (),
            "causes": (),
            "cause_count": 0,
            "types": [SimpleNamespace(**{**vars(each), "set_aside": 0}) for each in types],
            "postings": {},
            "connection": SimpleNamespace(
                **{
                    **vars(connection),
                    "state": "paused",
                    "paused_because": "NetSuite refused the sign-in; see its Login Audit Trail",
                }
            ),
        }
    )
    none = SimpleNamespace(
        connection=None,
        running=(),
        types=(),
        causes=(),
        cause_count=0,
        history=(),
        postings={},
        oldest=None,
        asked=None,
    )
    return [
        (name, "staff/sync.html", {"sync": sync, "asked": "", **(DAY if sync.connection else dict.fromkeys(DAY))})
        for name, sync in (
            ("staff-sync", full),
            ("staff-sync-asked", asked),
            ("staff-sync-paused", paused),
            ("staff-sync-none", none),
        )
    ]


def stripe_pages(language: str) -> list[Entry]:
    def account(takes: bool, pays_out: bool) -> SimpleNamespace:
        return SimpleNamespace(
            id="acct_1", charges_enabled=takes, payouts_enabled=pays_out, details_submitted=takes or pays_out
        )

    def told(*messages: str) -> list[str]:
        return [translate(language, message) for message in messages]

    person = translate(language, "Representative")
    asked = [
        *told("The company's tax number", "The bank account it pays out to", "Your consent to Stripe's terms"),
        *(f"{person}: {what}" for what in told("date of birth", "copy of an identity document")),
        "interv_1.a_form_that_is_new",
    ]
    states: tuple[tuple[str, dict[str, Any]], ...] = (
        ("staff-stripe", {"account": account(True, False), "asked": told("The bank account it pays out to")}),
        ("staff-stripe-ready", {"account": account(True, True)}),
        (
            "staff-stripe-held-up",
            {
                "account": account(False, False),
                "asked": asked,
                "why": translate(language, "Stripe waits for details that are overdue."),
            },
        ),
        ("staff-stripe-none", {"stripe_account": None, "account": None}),
        ("staff-stripe-silent", {"account": None, "trouble": True}),
    )
    usual: dict[str, Any] = {"stripe_account": "acct_1", "asked": [], "why": "", "trouble": False}
    return [(name, "staff/stripe.html", {**usual, **state}) for name, state in states]


def operator_context() -> dict[str, Any]:
    """The operator's console."""
    tenants = [
        SimpleNamespace(
            name="Stanmoor Fasteners",
            slug="stanmoor",
            host="stanmoor.example",
            state="active",
            version="0002",
            behind=False,
            held_back=None,
            connection="active",
            fresh_at=NOW - timedelta(minutes=3),
            set_aside=37,
            postings_waiting=1,
        ),
        SimpleNamespace(
            name="Quince & Barrel",
            slug="quince",
            host="quince.example",
            state="suspended",
            version="0001",
            behind=True,
            held_back='DuplicateTableError: relation "ix_invoice_due_on" already exists',
            connection=None,
            fresh_at=None,
            set_aside=None,
            postings_waiting=None,
        ),
    ]
    return {"tenants": tenants, "more": "quince", "now": NOW, "today": NOW.date()}

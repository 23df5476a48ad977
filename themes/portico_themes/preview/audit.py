"""The audit trail in the preview: entries of every kind, with names, changes in words, and what is gone."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

from portico_themes.formats import formats_of
from portico_themes.preview.samples import ID, NOW, Sample, money
from portico_themes.texts import translate

STAFF = "Ruth Oyelaran <ruth@example.com>"


def audit_page(sample: Sample, language: str) -> dict[str, Any]:
    """Newest first."""

    def words(message: str) -> str:
        return translate(language, message)

    def changed(label: str, after: str, before: str | None = None) -> SimpleNamespace:
        return SimpleNamespace(label=words(label), before=before and words(before), after=words(after))

    amount = formats_of(language).money_of(money(sample, "2746.50"))
    payer = f"{sample.person} <{sample.mail}>"
    person = _thing("person", sample.person, sample.mail)
    customer = _thing("customer", sample.customer, sample.number, "/staff/customers/1")
    payment = _thing("payment", "P-1043", "", "/staff/payments/1")
    invoice = _thing("invoice", sample.paper[0], "", "/staff/invoices/1")
    entries: tuple[tuple[str, str, str, Any, Any, list[SimpleNamespace]], ...] = (
        (STAFF, "membership.role_changed", "person", person, customer, [changed("Role", "May pay", "May look")]),
        ("job:postings", "posting.posted", "posting", payment, None, [changed("Its ID in the ERP", "91822")]),
        (
            payer,
            "payment.started",
            "payment",
            payment,
            customer,
            [changed("Amount", amount), changed("Invoices", "3")],
        ),
        (STAFF, "invoice.opened", "invoice", invoice, customer, []),
        (
            payer,
            "access.refused",
            "person",
            None,
            customer,
            [changed("Page asked for", "/invoices/SF-400001"), changed("Answer", "Not there, or not theirs")],
        ),
        (
            STAFF,
            "brand.published",
            "brand",
            None,
            None,
            [
                changed("Primary colour", "#1f7a7a", "#3f5166"),
                changed("Corners", "Round", "Square"),
                changed("Telephone", "not set", "01632 960 001"),
            ],
        ),
        (STAFF, "invitation.sent", "invitation", _thing("invitation", "t.marsden@example.com"), customer, []),
        (f"person:{ID}", "sign_out", "person", None, None, []),
        (STAFF, "staff.removed", "person", _thing("person"), None, [changed("Role", "Service")]),
        ("nobody", "sign_in.refused", "address", _thing("address", "somebody@example.com"), None, []),
        (
            "job:sync",
            "connection.paused",
            "connection",
            _thing("connection", "Oracle NetSuite"),
            None,
            [changed("Reason", "NetSuite refused the sign-in; see its Login Audit Trail")],
        ),
        (STAFF, "test.without_words", "test", _thing("test", "1"), None, []),
    )
    rows = [
        SimpleNamespace(
            at=NOW - timedelta(hours=3 * n),
            actor=actor,
            action=action,
            what=what,
            customer=where,
            changes=changes,
            stored=[
                (words("What"), action),
                (words("To what"), f"{kind} {ID}"),
                (words("Who"), f"person:{ID}" if "@" in actor else actor),
                (words("Request"), "01JD3Q6"),
            ],
        )
        for n, (actor, action, kind, what, where, changes) in enumerate(entries)
    ]
    return {
        "rows": rows,
        "action": "",
        "actor": "",
        "actions": ["payment.started", "payment.posted"],
        "older_url": "?before=1",
    }


def _thing(kind: str, name: str = "", more: str = "", url: str = "") -> SimpleNamespace:
    return SimpleNamespace(kind=kind, name=name, more=more, url=url)

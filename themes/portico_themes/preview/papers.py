"""Invoices and credit notes in the preview."""

from decimal import Decimal
from types import SimpleNamespace
from typing import Any

from portico_core.money import Money
from portico_themes.preview.samples import (
    AS_OF,
    Sample,
    day,
    money,
    pager,
    row_of,
)
from portico_themes.texts import translate

Entry = tuple[str, str, dict[str, Any]]
FRESH = {"as_of": AS_OF, "interval_seconds": 300, "stale": False}


def paper_of(sample: Sample) -> SimpleNamespace:
    """An invoice as a paper."""
    number, tax_of_it = sample.paper
    row = row_of(sample, number)
    lines = [
        SimpleNamespace(
            sku=sku,
            description=description,
            unit=unit,
            quantity=Decimal(quantity),
            unit_price=Decimal(price),
            tax=tax,
            amount=quantity * Decimal(price),
        )
        for sku, description, unit, quantity, price, tax in sample.lines
    ]
    net = money(sample, sum((line.amount for line in lines), Decimal(0)))
    tax = money(sample, tax_of_it)
    paid = net + tax - row.open
    return SimpleNamespace(
        kind="invoice",
        number=row.number,
        issued_on=row.issued_on,
        due_on=row.due_on,
        purchase_order=row.purchase_order,
        customer_number=sample.number,
        terms="30 days net",
        billed_to=[sample.customer, *sample.address],
        currency=sample.currency,
        memo="",
        lines=lines,
        net=net,
        tax=tax,
        total=net + tax,
        payments=[SimpleNamespace(on=day(11, 2), text="Bacs", amount=paid)] if paid else [],
        open=row.open,
    )


def paper_pages(sample: Sample, language: str) -> list[Entry]:
    """One invoice in its states, credit notes."""
    row = row_of(sample, sample.paper[0])
    paper = paper_of(sample)
    invoice = SimpleNamespace(**vars(row), payable=row.open)
    log = [
        SimpleNamespace(on=row.issued_on, text=translate(language, "Issued")),
        SimpleNamespace(on=day(11, 2), text=translate(language, "PDF opened by %(name)s", name=sample.person)),
    ]
    context: dict[str, Any] = {
        **FRESH,
        "invoice": invoice,
        "paper": paper,
        "log": log,
        "under_way": None,
        "can_pay": True,
        "form_key": "k",
    }
    held = SimpleNamespace(payment_id="p", number="P-1043", amount=row.open, state="processing")
    nothing = Money(0, sample.currency)
    on_its_way = SimpleNamespace(**{**vars(invoice), "state": "processing", "payable": nothing})
    paid = SimpleNamespace(**{**vars(invoice), "state": "paid", "payable": nothing})
    last = SimpleNamespace(on=day(11, 18), text="", amount=row.open)
    settled = SimpleNamespace(**{**vars(paper), "payments": [*paper.payments, last], "open": nothing})
    credit = SimpleNamespace(**{**vars(paper), "kind": "credit", "number": "CN-20871", "due_on": None, "payments": []})
    credit_rows = [
        SimpleNamespace(
            id=str(n), number=f"CN-2087{n}", issued_on=day(11, 11), total=row.total, open=row.open, state=state
        )
        for n, state in enumerate(("open", "used", "voided"))
    ]
    return [
        ("credits", "invoices/credits.html", {**FRESH, "rows": credit_rows, "pager": pager(3)}),
        ("invoice", "invoices/show.html", context),
        ("invoice-held", "invoices/show.html", {**context, "invoice": on_its_way, "under_way": held}),
        ("invoice-paid", "invoices/show.html", {**context, "invoice": paid, "paper": settled, "log": []}),
        (
            "credit",
            "invoices/credit.html",
            {**FRESH, "credit": SimpleNamespace(id="c", number="CN-20871", open=row.open), "paper": credit},
        ),
    ]

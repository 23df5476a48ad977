"""A document in words: its sheet with what was paid on it, and what happened to it so far."""

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from portico_billing.invoices.sheets.documents import Invoice, Reader
from portico_billing.invoices.sheets.paper import Paper, Part, with_country
from portico_billing.payments.holds import LiveHold
from portico_core.money import Money
from portico_tenants.tenant import Tenant
from portico_themes.branding import brand_of
from portico_themes.formats import formats_of
from portico_themes.page import Page
from portico_themes.texts import N_
from portico_themes.wording import wording_of

RECEIVED = "succeeded"
CREDITED = N_("credit note %(number)s")
ISSUED = N_("Issued")
PAID = N_("%(amount)s paid, %(number)s")
PAID_NOT_RECORDED = N_("%(amount)s paid, %(number)s; our bookkeeping is recording it")
CREDIT_USED = N_("%(amount)s settled by credit note %(number)s")
OPENED = N_("PDF opened by %(name)s")


class PaidLine(msgspec.Struct, frozen=True, kw_only=True):
    """A line between total and what is still open."""

    on: date
    text: str
    amount: Money


class LogLine(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happened to the document."""

    on: date
    text: str


def sheet(paper: Paper, holds: Sequence[LiveHold], page: Page, tenant: Tenant) -> dict[str, Any]:
    """The paper as `invoices/_sheet.html` and our own PDF take it. What was received counts as paid at once."""
    zone = ZoneInfo(tenant.time_zone)
    paid = [PaidLine(on=part.on, text=_paid_by(part, page), amount=part.amount) for part in paper.parts]
    paid += [
        PaidLine(
            on=hold.at.astimezone(zone).date(),
            text=f"P-{hold.payment_number}",
            amount=Money(hold.amount_minor, paper.currency),
        )
        for hold in holds
        if hold.payment_state == RECEIVED
    ]
    told = {name: getattr(paper, name) for name in Paper.__struct_fields__ if name not in ("parts", "country")}
    to = with_country(paper.billed_to, paper.country, page.locale)
    return {**told, "billed_to": to, "payments": paid}


def history(
    found: Invoice, holds: Sequence[LiveHold], readers: Sequence[Reader], page: Page, tenant: Tenant
) -> list[LogLine]:
    """Did it arrive, who opened it, what was paid: oldest first."""
    zone = ZoneInfo(tenant.time_zone)
    formats = formats_of(page.locale)
    lines = [LogLine(on=found.line.issued_on, text=page.text(ISSUED))]
    for part in found.paper.parts:
        sentence = CREDIT_USED if part.kind == "credit" else PAID
        text = page.text(sentence, amount=formats.money_of(part.amount), number=part.number)
        lines.append(LogLine(on=part.on, text=text))
    for hold in holds:
        if hold.payment_state == RECEIVED:
            amount = formats.money_of(Money(hold.amount_minor, found.line.total.currency))
            text = page.text(PAID_NOT_RECORDED, amount=amount, number=f"P-{hold.payment_number}")
            lines.append(LogLine(on=hold.at.astimezone(zone).date(), text=text))
    lines += [
        LogLine(on=reader.at.astimezone(zone).date(), text=page.text(OPENED, name=reader.name)) for reader in readers
    ]
    return sorted(lines, key=lambda line: line.on)


def own_pdf(
    found: Invoice, holds: Sequence[LiveHold], page: Page, tenant: Tenant, mark: bytes | None
) -> Callable[[], bytes]:
    """Makes our own paper when called; that takes processor time, so call it off the event loop."""
    told = sheet(found.paper, holds, page, tenant)

    def make() -> bytes:
        from portico_themes.pdf import invoice_pdf  # typst is loaded only where a paper is made

        return invoice_pdf(brand_of(tenant), page.locale, told, mark, wording_of(tenant))

    return make


def _paid_by(part: Part, page: Page) -> str:
    return page.text(CREDITED, number=part.number) if part.kind == "credit" else part.number

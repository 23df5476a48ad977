"""A selection on its way to becoming a payment: read from the form, kept as typed, said what is wrong with it."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any
from uuid import UUID

import msgspec

from portico_billing.payments.checkout import MOST_INVOICES, Chosen
from portico_billing.payments.refusals import TAKEN_OFF, CannotPay, LineProblem, Trouble, WholeProblem
from portico_billing.payments.showing.queries import Payable, chosen_invoices
from portico_billing.payments.showing.sentences import Words
from portico_billing.payments.showing.views import AllocationView
from portico_core.errors import Invalid
from portico_core.ids import new_id
from portico_core.money import Money, to_decimal, to_minor
from portico_tenants.session import TenantSession
from portico_themes.amounts import parse_amount
from portico_themes.formats import formats_of
from portico_themes.links import link

LONGEST_AMOUNT = 60


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What a form says: which invoices, in its order, and what was typed for each."""

    ids: tuple[UUID, ...]
    typed: dict[UUID, str]
    seen: dict[UUID, int]
    form_key: UUID | None


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """An invoice of the selection. `open` is what can be paid of it; `left` stays open then (None: nothing does);
    `amount_minor` is None where what was typed cannot be read."""

    id: UUID
    number: str
    due_on: date
    open: Money
    typed: str
    amount_minor: int | None
    seen_minor: int | None = None
    unreadable: str | None = None
    error: str | None = None

    @property
    def left(self) -> Money | None:
        rest = self.open.minor - (self.amount_minor or 0)
        return Money(rest, self.open.currency) if self.amount_minor and rest > 0 else None


class Selection(msgspec.Struct, frozen=True, kw_only=True):
    """What `payments/_paybar.html` and `payments/select.html` show. All lines are in one currency."""

    lines: tuple[Line, ...]
    currency: str
    form_key: UUID
    problem: str | None = None
    credits: tuple[()] = ()

    @property
    def total(self) -> Money | None:
        """None while an amount is wrong: what cannot be paid is not offered."""
        if not self.lines or any(line.error for line in self.lines):
            return None
        return Money(sum(line.amount_minor or 0 for line in self.lines), self.currency)


class Later(msgspec.Struct, frozen=True, kw_only=True):
    """The part of a selection in another currency, which is paid by itself afterwards."""

    lines: tuple[Line, ...]
    currency: str

    @property
    def total(self) -> Money:
        return Money(sum(line.amount_minor or 0 for line in self.lines), self.currency)


def asked_by(fields: Iterable[tuple[str, Any]]) -> Asked:
    """Which invoices a form or an address asks for: the lines of the bar and the ticks of the list, less the one taken
    off. With `shown`, the ids of the list's page, a line on that page counts only while it is ticked."""
    said: dict[str, list[str]] = {}
    for name, value in fields:
        if isinstance(value, str):
            said.setdefault(name, []).append(value.strip())
    shown = {each for text in said.get("shown", []) for each in text.split(",")}
    lines = [each for each in said.get("line", []) if each not in shown]
    removed = said.get("remove", [])
    wanted = dict.fromkeys(
        parsed
        for each in (*lines, *said.get("invoice", []), *said.get("tick", []))
        if each not in removed and (parsed := uuid_of(each)) is not None
    )
    ids = tuple(wanted)[: MOST_INVOICES + 1]
    last = {name: values[-1] for name, values in said.items()}
    return Asked(
        ids=ids,
        typed={each: last[f"amount-{each}"][:LONGEST_AMOUNT] for each in ids if f"amount-{each}" in last},
        seen={each: minor for each in ids if (minor := _minor(last.get(f"seen-{each}", ""))) is not None},
        form_key=uuid_of(last.get("form_key", "")),
    )


def again_link(allocations: Sequence[AllocationView], locale: str, *, cancelled: UUID | None = None) -> str:
    """The selection of an earlier payment, with the amounts of those that it did not pay in full; `cancelled` is its
    id, where that is to be said."""
    parts = {
        f"amount-{each.invoice_id}": formats_of(locale).amount(
            to_decimal(each.amount.minor, each.amount.currency), each.amount.currency
        )
        for each in allocations
        if each.left.minor
    }
    return link("payment_select", line=[each.invoice_id for each in allocations], **parts, cancelled=cancelled)


async def lines_of(session: TenantSession, customer_id: UUID, asked: Asked, words: Words) -> list[Line]:
    """The customer's invoices that were asked for, as they are now, with what was typed."""
    found = await chosen_invoices(session, customer_id, asked.ids)
    return [_line(found[each], asked, words) for each in asked.ids if each in found]


def _line(invoice: Payable, asked: Asked, words: Words) -> Line:
    typed = asked.typed.get(invoice.id)
    amount: int | None = invoice.payable_minor
    unreadable = None
    if typed is None:
        typed = formats_of(words.locale).amount(to_decimal(invoice.payable_minor, invoice.currency), invoice.currency)
    else:
        amount, unreadable = _read(typed, invoice.currency, words)
    return Line(
        id=invoice.id,
        number=invoice.number,
        due_on=invoice.due_on,
        open=Money(invoice.payable_minor, invoice.currency),
        typed=typed,
        amount_minor=amount,
        seen_minor=asked.seen.get(invoice.id),
        unreadable=unreadable,
    )


def _read(typed: str, currency: str, words: Words) -> tuple[int | None, str | None]:
    if not typed:
        return 0, None
    try:
        return to_minor(parse_amount(typed, words.locale, currency), currency), None
    except Invalid as error:
        return None, str(error)


def chosen_of(lines: Iterable[Line]) -> tuple[Chosen, ...]:
    """The lines as an order."""
    return tuple(
        Chosen(
            invoice_id=line.id, amount_minor=line.amount_minor, unreadable=line.unreadable, seen_minor=line.seen_minor
        )
        for line in lines
    )


def selection_of(
    lines: Sequence[Line], currency: str, form_key: UUID | None, words: Words
) -> tuple[Selection | None, list[Later]]:
    """The lines of one currency, the customer's own if it is among them, and those to be paid afterwards."""
    if not lines:
        return None, []
    by_currency: dict[str, list[Line]] = {}
    for line in lines:
        by_currency.setdefault(line.open.currency, []).append(line)
    first = currency if currency in by_currency else lines[0].open.currency
    now = by_currency.pop(first)
    later = [Later(lines=tuple(rest), currency=other) for other, rest in by_currency.items()]
    selection = Selection(
        lines=tuple(_checked(line, words) for line in now), currency=first, form_key=form_key or new_id()
    )
    if later:
        counts = {first: len(now), **{each.currency: len(each.lines) for each in later}}
        problem = words.whole(WholeProblem(kind=Trouble.TWO_CURRENCIES, currencies=tuple(counts)), counts)
        selection = msgspec.structs.replace(selection, problem=problem)
    return selection, later


def _checked(line: Line, words: Words) -> Line:
    """With the sentence at an amount that cannot be, while it is being typed."""
    kind = None
    if line.unreadable is not None:
        kind = Trouble.UNREADABLE
    elif (line.amount_minor or 0) > line.open.minor:
        kind = Trouble.TOO_MUCH
    elif not line.amount_minor:
        kind = Trouble.NO_AMOUNT
    if kind is None:
        return line
    problem = LineProblem(
        kind=kind,
        invoice_id=line.id,
        number=line.number,
        currency=line.open.currency,
        payable_minor=line.open.minor,
        unreadable=line.unreadable,
    )
    return msgspec.structs.replace(line, error=words.amount(problem))


class Refused(msgspec.Struct, frozen=True, kw_only=True):
    """A selection that came back: the lines still on it, with their sentences; what is said above; payments that can
    be continued or cancelled instead."""

    lines: tuple[Line, ...]
    errors: dict[str, str]
    problem: str | None
    in_the_way: tuple[LineProblem, ...]


def refused_lines(lines: Sequence[Line], refusal: CannotPay, words: Words) -> Refused:
    """What is wrong, put beside what was typed. Lines that cannot be paid any more are taken off, and it is said."""
    at_lines = {each.invoice_id: each for each in refusal.problems if isinstance(each, LineProblem)}
    whole = [each for each in refusal.problems if isinstance(each, WholeProblem)]
    gone = [each for each in at_lines.values() if each.kind in TAKEN_OFF]
    kept = [line for line in lines if line.id not in {each.invoice_id for each in gone}]
    wrong = {each.invoice_id: each for each in at_lines.values() if each.kind not in TAKEN_OFF}
    said = [words.line(each) for each in gone]
    if gone and kept:
        rest = sum(line.amount_minor or 0 for line in kept)
        said.append(words.rest(len(kept), rest, kept[0].open.currency))
    said += [words.whole(each) for each in whole if each.kind is not Trouble.TWO_CURRENCIES]
    return Refused(
        lines=tuple(
            msgspec.structs.replace(line, error=words.amount(wrong[line.id])) if line.id in wrong else line
            for line in kept
        ),
        errors={f"amount-{line.id}": words.line(wrong[line.id]) for line in kept if line.id in wrong},
        problem=" ".join(said) or None,
        in_the_way=tuple(each for each in at_lines.values() if each.payment_state in ("creating", "open")),
    )


def _minor(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) < 16 else None


def uuid_of(text: str) -> UUID | None:
    """The id that a form or an address gives; None where it is none."""
    try:
        return UUID(text)
    except ValueError:
        return None

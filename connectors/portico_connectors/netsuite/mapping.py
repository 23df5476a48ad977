"""From rows of SuiteQL to canonical records: pure functions. A row that does not fit raises RecordRejected, which
names the field and never its content.
"""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from portico_connectors.errors import RecordRejected
from portico_connectors.netsuite.client import Row
from portico_connectors.netsuite.fields import Company, Unfit, changed_at, currency_of, day, number, text
from portico_connectors.netsuite.lines import printed_lines
from portico_connectors.records import (
    Address,
    Application,
    Contact,
    Credit,
    Customer,
    DocumentState,
    Invoice,
    Payment,
    PostedPayment,
    Record,
    RecordType,
    Term,
)

_PAID_IN_FULL = "B"
# Status letters of documents that are not in the books: pending approval, rejected, voided.
_INVOICE_OUT = frozenset("DEV")
_CREDIT_OUT = frozenset("V")
_PAYMENT_OUT = frozenset("R")


class Around(NamedTuple):
    """Rows that belong to a page's rows: lines and applications by document id, addresses by their key."""

    lines: Mapping[str, Sequence[Row]] = {}
    applications: Mapping[str, Sequence[Row]] = {}
    addresses: Mapping[str, Row] = {}


def applications(links: Sequence[Row]) -> tuple[Application, ...]:
    """What a document closes, from its links. An application that was taken back may remain as a link of nothing."""
    parts = ((text(link, "previousdoc"), abs(number(link, "foreignamount"))) for link in links)
    return tuple(Application(invoice_erp_id=invoice, amount=amount) for invoice, amount in parts if amount)


def posted(row: Row, links: Sequence[Row], *, was_there: bool) -> PostedPayment:
    """What NetSuite holds of a payment of ours. Raises RecordRejected."""
    try:
        parts = applications(links)
        total = abs(number(row, "foreigntotal"))
        return PostedPayment(
            erp_id=text(row, "id"),
            number=_document_number(row),
            applications=parts,
            unapplied=total - sum((part.amount for part in parts), Decimal(0)),
            was_there=was_there,
        )
    except Unfit as unfit:
        raise RecordRejected(RecordType.PAYMENT, row.get("id", ""), str(unfit)) from None


def record(record_type: RecordType, row: Row, around: Around, company: Company) -> Record:
    """The canonical record of one row. Raises RecordRejected."""
    try:
        return _MAKERS[record_type](row, around, company)
    except Unfit as unfit:
        raise RecordRejected(record_type, row.get("id", ""), str(unfit)) from None


def _term(row: Row, around: Around, company: Company) -> Term:
    days = row.get("daysuntilnetdue")
    return Term(
        erp_id=text(row, "id"),
        name=text(row, "name"),
        days_until_due=None if days is None else int(number(row, "daysuntilnetdue")),
        modified_at=changed_at(row, company),
    )


def _customer(row: Row, around: Around, company: Company) -> Customer:
    address = around.addresses.get(row.get("defaultbillingaddress", ""))
    return Customer(
        erp_id=text(row, "id"),
        number=text(row, "entityid"),
        name=_customer_name(row),
        email=row.get("email", ""),
        phone=row.get("phone", ""),
        currency=currency_of(row, company),
        term_erp_id=row.get("terms"),
        credit_limit=number(row, "creditlimit") if "creditlimit" in row else None,
        parent_erp_id=row.get("parent"),
        billing_address=_address(address) if address else Address(),
        active=row.get("isinactive") != "T",
        modified_at=changed_at(row, company),
    )


def _customer_name(row: Row) -> str:
    person = " ".join(part for part in (row.get("firstname"), row.get("lastname")) if part)
    named = (person, row.get("companyname")) if row.get("isperson") == "T" else (row.get("companyname"), person)
    return next((name for name in (*named, row.get("altname")) if name), text(row, "entityid"))


def _address(row: Row) -> Address:
    lines = (row.get(name, "") for name in ("addressee", "attention", "addr1", "addr2", "addr3"))
    return Address(
        lines=tuple(line for line in lines if line),
        city=row.get("city", ""),
        region=row.get("state", ""),
        postal_code=row.get("zip", ""),
        country=row.get("country", ""),
    )


def _contact(row: Row, around: Around, company: Company) -> Contact:
    person = " ".join(part for part in (row.get("firstname"), row.get("lastname")) if part)
    return Contact(
        erp_id=text(row, "id"),
        customer_erp_id=text(row, "company"),
        name=person or text(row, "entityid"),
        email=row.get("email", ""),
        phone=row.get("phone", ""),
        title=row.get("title", ""),
        active=row.get("isinactive") != "T",
        modified_at=changed_at(row, company),
    )


def _invoice(row: Row, around: Around, company: Company) -> Invoice:
    issued_on = day(row, "trandate")
    total = number(row, "foreigntotal")
    state = _state(row, _INVOICE_OUT)
    # Sales lines stand on the credit side: negative in the books, positive on the paper.
    lines, tax = printed_lines(around.lines.get(row.get("id", ""), ()), total, sign=-1)
    return Invoice(
        erp_id=text(row, "id"),
        customer_erp_id=text(row, "entity"),
        number=_document_number(row),
        purchase_order=row.get("otherrefnum", ""),
        issued_on=issued_on,
        due_on=day(row, "duedate") if "duedate" in row else issued_on,
        currency=currency_of(row, company),
        total=total,
        tax_total=tax,
        open_amount=_open_on_invoice(row, state),
        state=state,
        memo=row.get("memo", ""),
        lines=lines,
        modified_at=changed_at(row, company),
    )


def _open_on_invoice(row: Row, state: DocumentState) -> Decimal:
    if state is DocumentState.VOIDED:
        return Decimal(0)
    if "foreignamountunpaid" not in row and _status(row) == _PAID_IN_FULL:
        return Decimal(0)
    return number(row, "foreignamountunpaid")


def _credit(row: Row, around: Around, company: Company) -> Credit:
    total = abs(number(row, "foreigntotal"))
    rows = around.lines.get(row.get("id", ""), ())
    applied = applications(around.applications.get(row.get("id", ""), ()))
    state = _state(row, _CREDIT_OUT)
    # A credit's lines are on the debit side; whichever way an account shows them, the paper adds up to the total.
    booked = sum((number(line, "foreignamount") for line in rows if "foreignamount" in line), Decimal(0))
    lines, tax = printed_lines(rows, total, sign=-1 if booked < 0 else 1)
    return Credit(
        erp_id=text(row, "id"),
        customer_erp_id=text(row, "entity"),
        number=_document_number(row),
        issued_on=day(row, "trandate"),
        currency=currency_of(row, company),
        total=total,
        tax_total=tax,
        open_amount=_open_on_credit(row, state, total, applied),
        state=state,
        memo=row.get("memo", ""),
        lines=lines,
        applications=applied,
        modified_at=changed_at(row, company),
    )


def _open_on_credit(row: Row, state: DocumentState, total: Decimal, applied: Sequence[Application]) -> Decimal:
    if state is DocumentState.VOIDED or _status(row) == _PAID_IN_FULL:
        return Decimal(0)
    for name in ("foreignpaymentamountunused", "foreignamountunpaid"):
        if name in row:
            return abs(number(row, name))
    return total - sum((part.amount for part in applied), Decimal(0))


def _payment(row: Row, around: Around, company: Company) -> Payment:
    return Payment(
        erp_id=text(row, "id"),
        customer_erp_id=text(row, "entity"),
        number=_document_number(row),
        paid_on=day(row, "trandate"),
        currency=currency_of(row, company),
        amount=abs(number(row, "foreigntotal")),
        applications=applications(around.applications.get(row.get("id", ""), ())),
        our_key=row.get("externalid"),
        state=_state(row, _PAYMENT_OUT),
        modified_at=changed_at(row, company),
    )


def _state(row: Row, out: frozenset[str]) -> DocumentState:
    voided = row.get("voided") == "T" or _status(row) in out
    return DocumentState.VOIDED if voided else DocumentState.POSTED


def _status(row: Row) -> str:
    """The letter, also where an account shows it with its type before it."""
    return row.get("status", "").rpartition(":")[2]


def _document_number(row: Row) -> str:
    return row.get("tranid") or text(row, "id")


_MAKERS: dict[RecordType, Callable[[Row, Around, Company], Record]] = {
    RecordType.TERM: _term,
    RecordType.CUSTOMER: _customer,
    RecordType.CONTACT: _contact,
    RecordType.INVOICE: _invoice,
    RecordType.CREDIT: _credit,
    RecordType.PAYMENT: _payment,
}

"""Rows of SuiteQL, all text and with empty columns absent, become canonical records or are set aside."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TypeVar
from zoneinfo import ZoneInfo

import pytest

from portico_connectors.errors import RecordRejected
from portico_connectors.netsuite.client import Row
from portico_connectors.netsuite.fields import UNKNOWN_TIME, Company
from portico_connectors.netsuite.mapping import Around, posted, record
from portico_connectors.records import (
    Address,
    Application,
    Contact,
    Credit,
    Customer,
    DocumentState,
    Invoice,
    Payment,
    Record,
    RecordType,
    Term,
)

R = TypeVar("R", bound=Record)

COMPANY = Company({"1": "USD", "2": "EUR"}, "", ZoneInfo("America/New_York"))
NOTHING = Around()
CHANGED = {"changed": "2026-01-31 19:30:00"}
HEADER = {
    "id": "104",
    "tranid": "INV1001",
    "entity": "4",
    "trandate": "2026-01-15",
    "currency": "1",
    "foreigntotal": "110.5",
    "status": "A",
    **CHANGED,
}
INVOICE = {**HEADER, "duedate": "2026-02-14", "foreignamountunpaid": "60.5"}
GOODS = {
    "transaction_id": "104",
    "id": "1",
    "taxline": "F",
    "quantity": "-2",
    "rate": "50",
    "foreignamount": "-100",
    "itemid": "WIDGET-1",
    "displayname": "Widget",
    "unit": "Each",
}
TAX = {"transaction_id": "104", "id": "2", "taxline": "T", "foreignamount": "-10.5"}


def without(row: Row, name: str) -> Row:
    return {key: value for key, value in row.items() if key != name}


def made(kind: type[R], record_type: RecordType, row: Row, around: Around = NOTHING) -> R:
    result = record(record_type, row, around, COMPANY)
    assert isinstance(result, kind)
    return result


def invoice(row: Row, *lines: Row) -> Invoice:
    return made(Invoice, RecordType.INVOICE, row, Around(lines={"104": lines}))


def test_an_invoice_with_its_lines() -> None:
    read = invoice({**INVOICE, "otherrefnum": "PO-7", "memo": "Thanks"}, GOODS, TAX)
    assert read.erp_id == "104"
    assert (read.number, read.customer_erp_id, read.purchase_order, read.memo) == ("INV1001", "4", "PO-7", "Thanks")
    assert (read.issued_on, read.due_on) == (date(2026, 1, 15), date(2026, 2, 14))
    assert (read.currency, read.total, read.tax_total, read.open_amount) == (
        "USD",
        Decimal("110.5"),
        Decimal("10.5"),
        Decimal("60.5"),
    )
    assert read.modified_at == datetime(2026, 2, 1, 0, 30, tzinfo=UTC)
    (line,) = read.lines
    assert (line.position, line.sku, line.description, line.unit) == (1, "WIDGET-1", "Widget", "Each")
    assert (line.quantity, line.unit_price, line.amount) == (Decimal(2), Decimal(50), Decimal(100))


def test_a_discount_line_stays_negative_on_the_paper() -> None:
    discount = {"transaction_id": "104", "id": "3", "taxline": "F", "rate": "-10.0%", "foreignamount": "9.5"}
    read = invoice({**INVOICE, "foreigntotal": "101"}, GOODS, discount, TAX)
    assert [line.amount for line in read.lines] == [Decimal(100), Decimal("-9.5")]
    assert read.lines[1].unit_price == Decimal("-9.5")
    assert sum(line.amount for line in read.lines) + read.tax_total == read.total


def test_members_of_a_kit_are_not_printed() -> None:
    member = {**GOODS, "id": "4", "kitcomponent": "T", "foreignamount": "0"}
    assert len(invoice(INVOICE, GOODS, member, TAX).lines) == 1


def test_without_tax_lines_the_rest_of_the_total_is_tax() -> None:
    assert invoice(INVOICE, GOODS).tax_total == Decimal("10.5")


def test_a_line_of_text_only() -> None:
    text = {"transaction_id": "104", "id": "5", "taxline": "F", "memo": "Delivered on Friday"}
    line = invoice(INVOICE, GOODS, text, TAX).lines[1]
    assert (line.description, line.quantity, line.amount, line.unit_price) == (
        "Delivered on Friday",
        *(Decimal(0),) * 3,
    )


def test_a_line_without_rate_gets_one() -> None:
    line = invoice(INVOICE, {**without(GOODS, "rate"), "quantity": "-3"}).lines[0]
    assert line.unit_price == Decimal("33.333333")


def test_an_invoice_without_due_date_is_due_at_once() -> None:
    assert invoice(without(INVOICE, "duedate")).due_on == date(2026, 1, 15)


def test_a_paid_invoice_may_leave_the_open_amount_out() -> None:
    assert invoice({**without(INVOICE, "foreignamountunpaid"), "status": "B"}).open_amount == 0


@pytest.mark.parametrize("change", [{"voided": "T"}, {"status": "V"}, {"status": "D"}, {"status": "CustInvc:E"}])
def test_what_is_not_in_the_books_is_not_open(change: Row) -> None:
    read = invoice({**INVOICE, **change})
    assert (read.state, read.open_amount) == (DocumentState.VOIDED, Decimal(0))


@pytest.mark.parametrize("sign", ["", "-"])
def test_a_credit_is_positive_however_the_books_show_it(sign: str) -> None:
    row = {**HEADER, "foreigntotal": f"{sign}110.5", "foreignpaymentamountunused": f"{sign}40"}
    lines = [{**GOODS, "quantity": f"{sign}2", "foreignamount": f"{sign}100"}, {**TAX, "foreignamount": f"{sign}10.5"}]
    links = [{"nextdoc": "104", "previousdoc": "99", "foreignamount": f"{sign}70.5"}]
    read = made(Credit, RecordType.CREDIT, row, Around(lines={"104": lines}, applications={"104": links}))
    assert (read.total, read.open_amount, read.tax_total) == (Decimal("110.5"), Decimal(40), Decimal("10.5"))
    assert (read.lines[0].quantity, read.lines[0].amount) == (Decimal(2), Decimal(100))
    assert read.applications == (Application(invoice_erp_id="99", amount=Decimal("70.5")),)


def test_what_is_left_of_a_credit_follows_from_its_applications_where_nothing_tells() -> None:
    links = [{"nextdoc": "104", "previousdoc": "99", "foreignamount": "70.5"}]
    assert made(Credit, RecordType.CREDIT, HEADER, Around(applications={"104": links})).open_amount == Decimal(40)
    assert made(Credit, RecordType.CREDIT, {**HEADER, "status": "B"}).open_amount == 0


def test_a_payment_with_its_applications() -> None:
    links = [
        {"nextdoc": "104", "previousdoc": "99", "foreignamount": "100"},
        {"nextdoc": "104", "previousdoc": "98", "foreignamount": "10.5"},
        {"nextdoc": "104", "previousdoc": "97", "foreignamount": "0"},
    ]
    row = {**HEADER, "externalid": "our-key", "status": "C"}
    read = made(Payment, RecordType.PAYMENT, row, Around(applications={"104": links}))
    assert (read.amount, read.our_key, read.state) == (Decimal("110.5"), "our-key", DocumentState.POSTED)
    assert read.applications == (
        Application(invoice_erp_id="99", amount=Decimal(100)),
        Application(invoice_erp_id="98", amount=Decimal("10.5")),
    )


def test_what_netsuite_holds_of_a_posting() -> None:
    held = posted(HEADER, [{"nextdoc": "104", "previousdoc": "99", "foreignamount": "100"}], was_there=False)
    assert (held.erp_id, held.number, held.unapplied, held.was_there) == ("104", "INV1001", Decimal("10.5"), False)


def test_a_company_and_a_person_as_customers() -> None:
    row = {"id": "4", "entityid": "CUST4", "currency": "2", "companyname": "Acme", "firstname": "Jo", "lastname": "Do"}
    address = {"nkey": "9", "addr1": "1 High Street", "addr3": "Yard", "city": "Leeds", "zip": "LS1", "country": "GB"}
    company = made(
        Customer,
        RecordType.CUSTOMER,
        {**row, **CHANGED, "isperson": "F", "defaultbillingaddress": "9", "creditlimit": "1E+3", "terms": "2"},
        Around(addresses={"9": address}),
    )
    assert (company.name, company.number, company.currency, company.term_erp_id) == ("Acme", "CUST4", "EUR", "2")
    assert str(company.credit_limit) == "1000"
    assert company.billing_address == Address(
        lines=("1 High Street", "Yard"), city="Leeds", postal_code="LS1", country="GB"
    )
    person = made(Customer, RecordType.CUSTOMER, {**row, **CHANGED, "isperson": "T", "isinactive": "T"})
    assert (person.name, person.active, person.billing_address) == ("Jo Do", False, Address())
    assert made(Customer, RecordType.CUSTOMER, {"id": "4", "entityid": "CUST4", "currency": "1"}).name == "CUST4"


def test_a_contact_and_a_term() -> None:
    contact = made(Contact, RecordType.CONTACT, {"id": "7", "company": "4", "entityid": "Jo Do", **CHANGED})
    assert (contact.name, contact.customer_erp_id, contact.email, contact.active) == ("Jo Do", "4", "", True)
    term = made(Term, RecordType.TERM, {"id": "2", "name": "Net 30", "daysuntilnetdue": "30"})
    assert (term.days_until_due, term.modified_at) == (30, UNKNOWN_TIME)
    assert made(Term, RecordType.TERM, {"id": "2", "name": "On receipt"}).days_until_due is None


@pytest.mark.parametrize(
    ("text", "plain"),
    [("1E+2", "100"), ("1E2", "100"), ("1.25E+1", "12.5"), ("5E-2", "0.05"), (".5", "0.5"), ("-0", "-0")],
)
def test_numbers_in_any_notation(text: str, plain: str) -> None:
    assert str(invoice({**INVOICE, "foreigntotal": text}).total) == plain


def test_a_single_currency_account_has_the_currency_that_was_entered() -> None:
    alone = Company({}, "GBP", ZoneInfo("Europe/London"))
    read = record(RecordType.PAYMENT, without(HEADER, "currency"), NOTHING, alone)
    assert isinstance(read, Payment)
    assert read.currency == "GBP"


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"foreigntotal": "12,50"}, "foreigntotal is not a number"),
        ({"foreigntotal": "NaN"}, "foreigntotal is not a number"),
        ({"foreigntotal": ""}, "foreigntotal is missing"),
        ({"trandate": "1/15/2026"}, "trandate is not a date"),
        ({"currency": "9"}, "The currency is missing or not among the account's currencies"),
        ({"changed": "1/31/2026 7:30 pm"}, "The time of change is not a time"),
        ({"entity": ""}, "entity is missing"),
    ],
)
def test_a_row_that_does_not_fit_is_set_aside_by_field_not_content(change: Row, why: str) -> None:
    with pytest.raises(RecordRejected) as caught:
        invoice({**INVOICE, **change})
    assert (caught.value.record_type, caught.value.erp_id, caught.value.why) == ("invoice", "104", why)

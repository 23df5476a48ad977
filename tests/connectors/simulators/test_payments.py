"""Customer payments: what moves when one is applied, and every way in which one is refused."""

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import pytest

from tests.connectors.simulators.running import RECORDS, Simulator

GERMAN = "C10002"


def _applied(invoice: dict[str, Any], amount: float, **more: object) -> dict[str, object]:
    return {"doc": {"id": invoice["id"]}, "apply": True, "amount": amount, **more}


def _payment(invoice: dict[str, Any], *lines: dict[str, object], **more: object) -> dict[str, object]:
    body: dict[str, object] = {"customer": {"id": invoice["customer_id"]}, "apply": {"items": list(lines)}}
    return {**body, **more}


def _refused(simulator: Simulator, body: dict[str, object]) -> tuple[str, str, str | None]:
    before = simulator.control.get("/payments", params={"account": "1234567"}).json()
    answer = simulator.pay(body)
    assert answer.status_code == 400, answer.text
    detail = answer.json()["o:errorDetails"][0]
    assert simulator.control.get("/payments", params={"account": "1234567"}).json() == before
    return detail["o:errorCode"], detail["detail"], detail.get("o:errorPath")


def test_a_payment_moves_amounts_statuses_links_and_dates_of_all_its_documents(simulator: Simulator) -> None:
    paid, part = simulator.invoice(amount="120.00"), simulator.invoice(amount="80.10")
    answer = simulator.pay(
        _payment(paid, _applied(paid, 120), _applied(part, 30.05), payment=160, externalId="key-1", memo="portal")
    )
    number = answer.headers["location"].rsplit("/", 1)[1]
    record = simulator.client().get(f"{RECORDS}/customerPayment/{number}").json()

    assert (answer.status_code, answer.content) == (204, b"")
    assert (simulator.state(paid["number"])["open"], simulator.state(paid["number"])["status"]) == (
        "0.00",
        "Paid In Full",
    )
    assert (simulator.state(part["number"])["open"], simulator.state(part["number"])["status"]) == ("50.05", "Open")
    assert (record["payment"], record["applied"], record["unapplied"]) == (160.0, 150.05, 9.95)
    links = simulator.rows(
        "SELECT l.previousdoc, l.foreignamount, l.linktype, t.foreignamountunpaid FROM nexttransactionlinelink l "
        "JOIN transaction t ON t.id = l.previousdoc WHERE l.nextdoc = ? ORDER BY l.previousdoc",
        number,
    )
    assert [(row["previousdoc"], row["foreignamount"], row["foreignamountunpaid"]) for row in links] == [
        (paid["id"], "120", "0"),
        (part["id"], "30.05", "50.05"),
    ]
    assert links[0]["linktype"] == "Payment"
    held = simulator.rows("SELECT id FROM transaction WHERE type = 'CustPymt' AND externalid = 'key-1'")
    assert [row["id"] for row in held] == [number]


def test_the_date_of_linked_invoices_can_stay(simulator: Simulator) -> None:
    invoice = simulator.invoice(amount="10.00")
    simulator.control.post(f"/documents/{invoice['number']}/touch", params={"account": "1234567"})
    before = simulator.state(invoice["number"])["last_modified"]
    with simulator.options(bump_linked=False, clock_skew_seconds=120):
        simulator.pay(_payment(invoice, _applied(invoice, 4)))

    after = simulator.state(invoice["number"])
    assert (after["open"], after["last_modified"]) == ("6.00", before)


def test_the_same_key_twice_is_refused_and_looked_up(simulator: Simulator) -> None:
    invoice = simulator.invoice(amount="10.00")
    body = _payment(invoice, _applied(invoice, 1), externalId="key-2")
    assert simulator.pay(body).status_code == 204

    code, detail, _ = _refused(simulator, body)

    assert code == "USER_ERROR"
    assert detail.endswith("This entity already exists.")
    assert simulator.client().get(f"{RECORDS}/customerPayment/eid:key-2").json()["payment"] == 1.0


def test_more_than_is_due_is_refused(simulator: Simulator) -> None:
    invoice = simulator.invoice(amount="10.00")

    assert _refused(simulator, _payment(invoice, _applied(invoice, 10.01)))[0] == "USER_ERROR"


def test_more_than_is_paid_is_refused(simulator: Simulator) -> None:
    invoice = simulator.invoice(amount="10.00")

    assert _refused(simulator, _payment(invoice, _applied(invoice, 10), payment=9.99))[0] == "USER_ERROR"


def test_a_paid_or_voided_invoice_takes_no_more(simulator: Simulator) -> None:
    invoice, voided = simulator.invoice(amount="10.00"), simulator.invoice(amount="10.00")
    simulator.pay(_payment(invoice, _applied(invoice, 10)))
    simulator.control.post(f"/documents/{voided['number']}/void", params={"account": "1234567"})

    for one in (invoice, voided):
        code, detail, _ = _refused(simulator, _payment(one, _applied(one, 1)))
        assert (code, "Unable to find a matching line" in detail) == ("USER_ERROR", True)


def test_an_unknown_invoice_is_named_with_its_place(simulator: Simulator) -> None:
    invoice = simulator.invoice(amount="10.00")
    lines = (_applied(invoice, 1), {"doc": {"id": "99999999"}, "amount": 1})

    code, detail, path = _refused(simulator, _payment(invoice, *lines))

    assert (code, path) == ("INVALID_CONTENT", "apply.items[1].doc")
    assert "Invalid Field Value 99999999 for the following field: doc" in detail


def test_invoices_of_other_customers_and_currencies_are_not_in_the_list(simulator: Simulator) -> None:
    ours, theirs = simulator.invoice(amount="10.00"), simulator.invoice(GERMAN, amount="10.00")
    euros = simulator.invoice(amount="10.00", currency="EUR")

    for other in (theirs, euros):
        assert _refused(simulator, _payment(ours, _applied(other, 1)))[0] == "USER_ERROR"


@pytest.mark.parametrize("amount", [-1, 1.001, "much"])
def test_amounts_must_be_amounts(simulator: Simulator, amount: object) -> None:
    invoice = simulator.invoice(amount="10.00")
    line = {"doc": {"id": invoice["id"]}, "apply": True, "amount": amount}

    assert _refused(simulator, _payment(invoice, line))[0] == "INVALID_CONTENT"


def test_customer_and_amount_are_asked_for(simulator: Simulator) -> None:
    assert "Customer" in _refused(simulator, {"payment": 5})[1]
    assert "Payment Amount" in _refused(simulator, {"customer": {"id": 1}})[1]
    assert _refused(simulator, {"customer": {"id": 99999}, "payment": 5})[2] == "customer"


def test_closed_periods_take_nothing(simulator: Simulator) -> None:
    invoice = simulator.invoice(amount="10.00")
    with simulator.options(closed_until="2026-01-31"):
        body = _payment(invoice, _applied(invoice, 1), tranDate="2026-01-31")
        assert "period" in _refused(simulator, body)[1]
        assert simulator.pay({**body, "tranDate": "2026-02-01"}).status_code == 204


def test_one_of_two_wrong_lines_leaves_the_other_alone(simulator: Simulator) -> None:
    good, bad = simulator.invoice(amount="10.00"), simulator.invoice(amount="10.00")

    _refused(simulator, _payment(good, _applied(good, 5), _applied(bad, 11)))

    assert simulator.state(good["number"])["open"] == "10.00"


def test_a_payment_on_account_stays_unapplied_unless_told_to_spread(simulator: Simulator) -> None:
    customer = simulator.client().post(f"{RECORDS}/customer", json={"companyName": "Spread & Co", "entityId": "SPREAD"})
    number = customer.headers["location"].rsplit("/", 1)[1]
    old, new = simulator.invoice("SPREAD", "10.00", date="2026-01-01"), simulator.invoice("SPREAD", "10.00")

    simulator.pay({"customer": {"id": number}, "payment": 3})
    assert simulator.state(old["number"])["open"] == "10.00"
    simulator.pay({"customer": {"id": number}, "payment": 12.5, "autoApply": True})

    assert (simulator.state(old["number"])["open"], simulator.state(new["number"])["open"]) == ("0.00", "7.50")


def test_a_line_can_be_taken_back_and_a_payment_deleted(simulator: Simulator) -> None:
    first, second = simulator.invoice(amount="10.00"), simulator.invoice(amount="10.00")
    made = simulator.pay(_payment(first, _applied(first, 10), _applied(second, 10), externalId="key-3"))
    path = made.headers["location"].removeprefix(simulator.url)

    taken_back = {"apply": {"items": [{"doc": {"id": first["id"]}, "apply": False}]}}
    assert simulator.client().patch(path, json=taken_back).status_code == 204
    assert (simulator.state(first["number"])["open"], simulator.state(second["number"])["open"]) == ("10.00", "0.00")

    assert simulator.client().delete(path).status_code == 204
    assert simulator.state(second["number"])["status"] == "Open"
    trace = simulator.rows("SELECT scriptid FROM deletedrecord WHERE recordid = ?", path.rsplit("/", 1)[1])
    assert trace[0]["scriptid"] == "CUSTOMERPAYMENT"


def test_a_paid_invoice_cannot_be_deleted(simulator: Simulator) -> None:
    invoice = simulator.invoice(amount="10.00")
    simulator.pay(_payment(invoice, _applied(invoice, 1)))

    answer = simulator.client().delete(f"{RECORDS}/invoice/{invoice['id']}")

    assert answer.json()["o:errorDetails"][0]["o:errorCode"] == "USER_ERROR"


def test_an_invoice_becomes_a_payment_by_transformation(simulator: Simulator) -> None:
    invoice = simulator.invoice(amount="10.00")
    answer = simulator.client().post(f"{RECORDS}/invoice/{invoice['id']}/!transform/customerPayment", json={})

    assert "/customerPayment/" in answer.headers["location"]
    assert simulator.state(invoice["number"])["open"] == "0.00"
    other = simulator.client().post(f"{RECORDS}/invoice/{invoice['id']}/!transform/salesOrder", json={})
    assert other.status_code == 400


def test_payments_at_once_never_pay_an_invoice_twice(simulator: Simulator) -> None:
    invoice = simulator.invoice(amount="10.00")
    with simulator.options(concurrency_limit=0), ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: simulator.pay(_payment(invoice, _applied(invoice, 4))).status_code, range(8)))

    assert sorted(answers) == [204, 204, 400, 400, 400, 400, 400, 400]
    assert Decimal(simulator.state(invoice["number"])["open"]) == Decimal("2.00")


def test_a_bank_account_makes_it_deposited(simulator: Simulator) -> None:
    invoice = simulator.invoice(amount="10.00")
    made = simulator.pay(_payment(invoice, _applied(invoice, 1), account={"id": "1"}))
    record = simulator.client().get(made.headers["location"].removeprefix(simulator.url)).json()

    assert (record["status"]["refName"], record["undepFunds"]) == ("Deposited", False)


def test_credits_within_a_payment_are_refused_not_dropped(simulator: Simulator) -> None:
    invoice = simulator.invoice(amount="10.00")
    body = _payment(invoice, _applied(invoice, 1), credit={"items": [{"doc": {"id": 1}, "amount": 1}]})

    assert _refused(simulator, body)[0] == "USER_ERROR"


def test_a_receivables_account_must_be_one(simulator: Simulator) -> None:
    invoice = simulator.invoice(amount="10.00")

    assert _refused(simulator, _payment(invoice, _applied(invoice, 1), arAcct={"id": "1"}))[2] == "arAcct"
    assert simulator.pay(_payment(invoice, _applied(invoice, 1), arAcct={"id": "3"})).status_code == 204

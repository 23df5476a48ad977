"""Payments looked at afterwards: their history, what went back, what staff see and do."""

import re

from portico_billing.invoices.models import ErpPaymentRow
from portico_core.clock import now
from portico_tenants.access import CustomerRole, StaffRole
from tests.billing.payments.pages.desk import Desk, text_of
from tests.factories.customers import make_customer
from tests.factories.invoices import make_invoice
from tests.factories.people import join, make_member, make_staff
from tests.portal.portal import hashed


async def test_history_has_the_erps_own_payments_too(desk: Desk) -> None:
    async with desk.shop.database.tenant_session(desk.shop.tenant) as session:
        for number, key in (("CHQ-77", None), ("=cmd", None), ("OURS-1", "pay-x")):
            session.add(
                ErpPaymentRow(
                    erp_id=number,
                    customer_id=desk.shop.customer.id,
                    number=number,
                    paid_on=now().date(),
                    currency="GBP",
                    amount_minor=4_200,
                    our_key=key,
                    modified_at=now(),
                    read_at=now(),
                    fingerprint=b"x",
                )
            )
    shown = await desk.browser.get("/payments")
    assert "CHQ-77" in shown.text
    assert "£42.00" in shown.text
    file = await desk.browser.get("/payments.csv")
    assert "'=cmd" in file.text
    assert file.headers["content-type"].startswith("text/csv")


async def test_what_was_refunded_is_told_to_the_customer_and_waits_for_staff(desk: Desk) -> None:
    await desk.pay({await desk.shop.invoice(): "120"})
    (payment,) = await desk.payments()
    intent = await desk.shop.pay(payment)
    await desk.shop.sweep()
    page = f"/payments/{payment.id}"
    refunds, refund = f"accounts/{desk.shop.account}/refunds", {"charge": intent["latest_charge"]}
    made = ""
    for path, order, headline, badge in (
        (refunds, refund | {"amount": 2_500}, "£25.00 of it was refunded", "Refunded in part"),
        (refunds, refund | {"amount": 9_500}, "£120.00 was refunded.", "Refunded"),
        ("refunds/{}/fail", {}, "£25.00 of it was refunded", "Refunded in part"),
    ):
        answer = await desk.shop.control.post(path.format(made), json=order)
        assert answer.is_success, answer.text
        made = answer.json()["id"]
        for event in await desk.shop.sent():
            if event.type in ("charge.refunded", "refund.failed"):
                await desk.shop.work(await desk.shop.deliver(event))
        assert headline in text_of(await desk.browser.get(page))
        history = await desk.browser.get("/payments")
        assert re.search(f'badge-info">{badge}<', history.text)
        assert f"{page}/receipt.pdf" in history.text
        assert f",{badge}," in (await desk.browser.get("/payments.csv")).text
    async with desk.shop.database.tenant_session(desk.shop.tenant) as session:
        finance = await make_staff(session, StaffRole.FINANCE, password_hash=await hashed())
    browser = desk.portal.at(desk.shop.tenant)
    await browser.sign_in(finance.email)
    assert f"P-{payment.number}" in (await browser.get("/staff/payments?view=attention")).text
    shown = text_of(await browser.get(f"/staff/payments/{payment.id}"))
    assert "£25.00 was refunded at Stripe" in shown
    assert "The refund of £95.00 failed" in shown


async def test_staff_see_what_waits_for_them_and_deal_with_it(desk: Desk) -> None:
    await desk.shop.fault("partial_settlement", amount=9_000)
    invoice = await desk.shop.invoice()
    await desk.pay({invoice: "120"})
    (payment,) = await desk.payments()
    await desk.shop.pay(payment)
    await desk.shop.sweep()
    async with desk.shop.database.tenant_session(desk.shop.tenant) as session:
        finance = await make_staff(session, StaffRole.FINANCE, password_hash=await hashed())
        service = await make_staff(session, StaffRole.SERVICE, password_hash=await hashed())
    browser = desk.portal.at(desk.shop.tenant)
    await browser.sign_in(finance.email)
    waiting = await browser.get("/staff/payments", params={"view": "attention"})
    assert f"P-{payment.number}" in waiting.text
    shown = await browser.get(f"/staff/payments/{payment.id}")
    assert "Not what was asked for: £90.00 arrived" in text_of(shown)
    assert (await browser.post(f"/staff/payments/{payment.id}/attended")).status_code == 303
    assert await desk.shop.live() == {}
    assert f"P-{payment.number}" not in (await browser.get("/staff/payments?view=attention")).text
    other = desk.portal.at(desk.shop.tenant)
    await other.sign_in(service.email)
    assert (await other.get("/staff/payments")).status_code == 403


async def test_a_part_that_was_paid_is_not_told_as_the_whole(desk: Desk) -> None:
    await desk.pay({await desk.shop.invoice(): "50"})
    (payment,) = await desk.payments()
    await desk.shop.pay(payment)
    await desk.shop.sweep()
    said = text_of(await desk.browser.get(f"/payments/{payment.id}"))
    assert "Part-paid" in said
    assert "It is on its way into our books. The invoices count it already." in said


async def test_staff_retry_a_posting(desk: Desk) -> None:
    await desk.pay({await desk.shop.invoice(): "120"})
    (payment,) = await desk.payments()
    await desk.shop.pay(payment)
    await desk.shop.sweep()
    async with desk.shop.database.tenant_session(desk.shop.tenant) as session:
        finance = await make_staff(session, StaffRole.FINANCE, password_hash=await hashed())
    browser = desk.portal.at(desk.shop.tenant)
    await browser.sign_in(finance.email)
    await browser.get(f"/staff/payments/{payment.id}")
    (posting,) = await desk.shop.postings()
    answer = await browser.post(f"/staff/postings/{posting.id}/retry")
    assert answer.headers["location"] == f"/staff/payments/{payment.id}"


async def test_a_person_of_two_customers_sees_the_chosen_ones_payments(desk: Desk) -> None:
    async with desk.shop.database.tenant_session(desk.shop.tenant) as session:
        person = await make_member(session, desk.shop.customer, password_hash=await hashed())
        second = await make_customer(session, currency="GBP")
        await join(session, person, second, CustomerRole.PAYER)
        theirs = await make_invoice(session, second)
    browser = desk.portal.at(desk.shop.tenant)
    await browser.sign_in(person.email)
    chosen = await browser.get("/payments/select", params={"line": str(theirs.id)})
    mine = await browser.get("/payments/select", params={"line": str((await desk.shop.invoice()).id)})
    assert {chosen.status_code, mine.status_code} <= {200, 303}
    assert not (f"amount-{theirs.id}" in chosen.text and "Pay £120.00" in text_of(mine))

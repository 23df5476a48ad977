"""What was owed week by week: told backwards, ends with what is owed today, and counts each change on its day."""

from datetime import date, timedelta
from typing import Any

from portico_billing.invoices.balance import WEEKS, owed_by_week
from portico_billing.invoices.models import CreditApplicationRow, ErpApplicationRow
from portico_billing.payments.models import AllocationRow, HoldRow, PaymentRow, PostingRow
from portico_core.clock import now
from portico_core.clock import today as today_in
from portico_core.ids import new_id
from portico_tenants.session import TenantSession
from tests.factories.customers import make_customer
from tests.factories.invoices import make_credit, make_erp_payment, make_invoice


async def test_each_change_counts_from_its_day(session: TenantSession) -> None:
    today = today_in(session.tenant.time_zone)
    customer = await make_customer(session, currency="GBP")
    ours = await make_invoice(
        session,
        customer,
        total_minor=10_000,
        open_minor=2_500,
        issued_on=today - timedelta(weeks=10),
        modified_at=now() - timedelta(weeks=2),
    )
    payment = await make_erp_payment(session, customer, paid_on=today - timedelta(weeks=5))
    credit = await make_credit(session, customer, issued_on=today - timedelta(weeks=3))
    session.add(ErpApplicationRow(erp_payment_id=payment.id, invoice_erp_id=ours.erp_id, amount_minor=6_000))
    session.add(CreditApplicationRow(credit_id=credit.id, invoice_erp_id=ours.erp_id, amount_minor=1_000))
    await make_invoice(session, await make_customer(session, currency="GBP"), total_minor=77)
    await make_invoice(session, customer, currency="EUR", total_minor=99, issued_on=today - timedelta(weeks=4))
    await make_invoice(session, customer, state="voided", open_minor=0, issued_on=today - timedelta(weeks=4))
    await session.flush()

    told = await owed_by_week(session, customer.id, "GBP", today, owed_now=2_000)

    owed = {(today - day).days // 7: minor for day, minor in told}
    assert (len(told), told[-1]) == (WEEKS + 1, (today, 2_000))
    assert [owed[week] for week in (11, 10, 6, 5, 4, 3, 2, 1)] == [0, 10_000, 10_000, 4_000, 4_000, 3_000, 2_500, 2_500]


async def test_every_day_of_a_week_counts(session: TenantSession) -> None:
    """Invoices of different days of one week are all gone from the evening before it."""
    today = today_in(session.tenant.time_zone)
    customer = await make_customer(session, currency="GBP")
    for minor, days in ((1_000, 0), (200, 2), (30, 6), (4, 9), (5_000, 12)):
        await make_invoice(
            session, customer, total_minor=minor, open_minor=minor, issued_on=today - timedelta(days=days)
        )
    told = await owed_by_week(session, customer.id, "GBP", today, owed_now=6_234)
    assert [minor for _, minor in told[-4:]] == [0, 0, 5_004, 6_234]


async def test_a_payment_made_here_changes_no_week_before_it(session: TenantSession) -> None:
    """The invoice is read again long before the ERP's record of the payment, and a payment does not touch it."""
    today = today_in(session.tenant.time_zone)
    customer = await make_customer(session, currency="GBP")
    long_ago: dict[str, Any] = {"issued_on": today - timedelta(weeks=9), "modified_at": now() - timedelta(weeks=9)}
    invoice = await make_invoice(session, customer, total_minor=10_000, open_minor=4_000, **long_ago)
    payment = PaymentRow(
        customer_id=customer.id,
        form_key=new_id(),
        currency="GBP",
        amount_minor=6_000,
        received_minor=6_000,
        state="succeeded",
        stripe_account="acct_x",
        expires_at=now(),
        settled_at=now(),
    )
    session.add(payment)
    await session.flush()
    parts = {"payment_id": payment.id, "invoice_id": invoice.id, "amount_minor": 6_000}
    hold = HoldRow(**parts)
    session.add(AllocationRow(**parts, position=1, was_open_minor=10_000, applied_minor=6_000))
    session.add_all([hold, PostingRow(payment_id=payment.id, our_key="pay-x", state="posted", posted_at=now())])
    await session.flush()

    async def weeks() -> set[int]:
        told = await owed_by_week(session, customer.id, "GBP", today, owed_now=4_000)
        return {minor for day, minor in told if today - timedelta(weeks=8) < day < today}

    hold.ended_at = now()  # the invoice has been read again
    await session.flush()
    assert await weeks() == {10_000}
    record = await make_erp_payment(session, customer, our_key="pay-x", amount_minor=6_000)
    session.add(ErpApplicationRow(erp_payment_id=record.id, invoice_erp_id=invoice.erp_id, amount_minor=6_000))
    await session.flush()
    assert await weeks() == {10_000}


async def test_nothing_is_a_year_of_nothing(session: TenantSession) -> None:
    customer = await make_customer(session)

    told = await owed_by_week(session, customer.id, customer.currency, date(2026, 11, 19), owed_now=0)

    assert {minor for _, minor in told} == {0}

"""What was owed week by week: told backwards, ends with what is owed today, and counts each change on its day."""

from datetime import date, timedelta

from portico_billing.invoices.balance import WEEKS, owed_by_week
from portico_billing.invoices.models import CreditApplicationRow, ErpApplicationRow
from portico_core.clock import now
from portico_core.clock import today as today_in
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


async def test_nothing_is_a_year_of_nothing(session: TenantSession) -> None:
    customer = await make_customer(session)

    told = await owed_by_week(session, customer.id, customer.currency, date(2026, 11, 19), owed_now=0)

    assert {minor for _, minor in told} == {0}

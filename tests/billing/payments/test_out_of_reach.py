"""Stripe does not let us see a payment any more: staff are told, may end it long after, and money still goes first."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from portico_billing.payments.attending import WELL_PAST, NothingToAttend, attend
from portico_billing.payments.models import PaymentRow
from portico_billing.payments.settle import refresh
from portico_billing.payments.showing.staff_queries import needing
from portico_core.clock import now
from portico_tenants.access import StaffRole
from portico_tenants.audit import AuditRow
from tests.billing.payments.shop import Shop
from tests.factories.people import make_staff
from tests.portal.portal import Portal, hashed

LONG_AGO = timedelta(days=90)


async def revoke(shop: Shop, revoked: bool = True) -> None:
    answer = await shop.control.post(f"accounts/{shop.account}", json={"revoked": revoked})
    assert answer.status_code == 200, answer.text


async def years_pass(shop: Shop, payment: PaymentRow, ended: timedelta = LONG_AGO) -> None:
    """Its page ended that long ago."""
    async with shop.database.tenant_session(shop.tenant) as session:
        await session.execute(update(PaymentRow).where(PaymentRow.id == payment.id).values(expires_at=now() - ended))


async def end(shop: Shop, payment: PaymentRow) -> PaymentRow:
    async with shop.database.tenant_session(shop.tenant) as session:
        await attend(session, shop.visit, payment.id)
    return await shop.payment(payment.id)


async def waits(shop: Shop, payment: PaymentRow) -> bool:
    """Whether staff are shown it."""
    async with shop.database.tenant_session(shop.tenant) as session:
        return payment.id in set(await session.scalars(needing()))


async def under_way(shop: Shop, state: str) -> tuple[PaymentRow, dict[str, Any]]:
    """A payment in that state, and its intent."""
    payment, intent = await shop.open({await shop.invoice(): 12_000}), {}
    if state == "processing":
        intent = await shop.pay(payment, "bacs_debit")
        await shop.sweep()
    assert (await shop.payment(payment.id)).state == state
    return payment, intent


@pytest.mark.parametrize("state", ["open", "processing"])
async def test_staff_end_what_a_revoked_account_would_hold_for_ever(shop: Shop, state: str) -> None:
    payment, _ = await under_way(shop, state)
    await revoke(shop)
    assert not await waits(shop, payment)
    await shop.sweep()
    assert await waits(shop, payment)
    await years_pass(shop, payment)
    assert len(await shop.live()) == 1
    ended = await end(shop, payment)
    assert (ended.state, ended.failure, ended.received_minor) == ("expired", "out_of_reach", 0)
    assert await shop.live() == {}
    assert not await waits(shop, payment)
    told = {each.action: each.actor for each in await shop.all(AuditRow) if each.object_id == str(payment.id)}
    assert told["payment.expired"] == told["payment.attended"] == shop.visit.actor


async def test_a_page_that_was_never_opened_ends_too(shop: Shop) -> None:
    payment, _ = await under_way(shop, "open")
    async with shop.database.tenant_session(shop.tenant) as session:
        await session.execute(update(PaymentRow).values(state="creating", checkout_session_id=None))
    await years_pass(shop, payment)
    await revoke(shop)
    await shop.sweep()
    assert (await end(shop, payment)).state == "expired"


async def test_what_is_gone_at_stripe_ends_too(shop: Shop) -> None:
    payment, _ = await under_way(shop, "open")
    async with shop.database.tenant_session(shop.tenant) as session:
        await session.execute(update(PaymentRow).values(checkout_session_id="cs_test_of_another_account"))
    await years_pass(shop, payment)
    await shop.sweep()
    assert (await end(shop, payment)).state == "expired"


async def test_it_does_not_end_while_money_may_be_on_its_way(shop: Shop) -> None:
    payment, _ = await under_way(shop, "processing")
    await revoke(shop)
    await shop.sweep()
    await years_pass(shop, payment, WELL_PAST - timedelta(minutes=1))
    with pytest.raises(NothingToAttend):
        await end(shop, payment)


async def test_it_does_not_end_while_stripe_is_merely_silent(shop: Shop) -> None:
    payment, _ = await under_way(shop, "processing")
    await years_pass(shop, payment)
    await shop.fault("error_500", times=20)
    await shop.sweep()
    with pytest.raises(NothingToAttend):
        await end(shop, payment)


async def test_what_stripe_shows_again_does_not_end(shop: Shop) -> None:
    payment, _ = await under_way(shop, "processing")
    await revoke(shop)
    await shop.sweep()
    await revoke(shop, False)
    await shop.sweep()
    await years_pass(shop, payment)
    assert not await waits(shop, payment)
    with pytest.raises(NothingToAttend):
        await end(shop, payment)


async def test_money_that_appears_later_counts_all_the_same(shop: Shop) -> None:
    payment, intent = await under_way(shop, "processing")
    await revoke(shop)
    await shop.sweep()
    await years_pass(shop, payment)
    held = await shop.live()
    await end(shop, payment)
    await revoke(shop, False)
    await shop.bank(intent)
    assert await refresh(shop.database, shop.gateway, shop.tenant, payment.id, source="test") == "succeeded"
    assert await shop.live() == held
    assert [each.state for each in await shop.postings()] == ["owed"]


async def test_money_that_appears_later_waits_for_staff_where_it_must(shop: Shop) -> None:
    await shop.fault("partial_settlement", amount=9_000)
    payment, intent = await under_way(shop, "processing")
    await revoke(shop)
    await shop.sweep()
    await years_pass(shop, payment)
    await end(shop, payment)
    await revoke(shop, False)
    await shop.bank(intent)
    assert await refresh(shop.database, shop.gateway, shop.tenant, payment.id, source="test") == "quarantined"
    assert await waits(shop, payment)


async def test_it_is_asked_for_once_an_hour(shop: Shop) -> None:
    payment, _ = await under_way(shop, "open")
    await revoke(shop)
    await shop.sweep()
    first = await shop.payment(payment.id)
    assert first.check_at > now() + timedelta(minutes=50)
    await shop.sweep()
    assert (await shop.payment(payment.id)).out_of_reach_since == first.out_of_reach_since


async def test_the_staffs_page_says_when_and_how_it_ends(shop: Shop, portal: Portal) -> None:
    payment, _ = await under_way(shop, "processing")
    async with shop.database.tenant_session(shop.tenant) as session:
        finance = await make_staff(session, StaffRole.FINANCE, password_hash=await hashed())
    browser = portal.at(shop.tenant)
    await browser.sign_in(finance.email)
    page, hidden, button = (
        f"/staff/payments/{payment.id}",
        "Stripe does not show this payment",
        "No money arrived: end it",
    )
    assert hidden not in (await browser.get(page)).text
    await revoke(shop)
    await shop.sweep()
    early = (await browser.get(page)).text
    assert hidden in early
    assert "you can end the payment here from" in early
    assert button not in early
    await years_pass(shop, payment)
    assert button in (await browser.get(page)).text
    assert (await browser.post(f"{page}/attended")).status_code == 303
    ended = (await browser.get(page)).text
    assert hidden not in ended
    assert button not in ended
    assert await shop.live() == {}

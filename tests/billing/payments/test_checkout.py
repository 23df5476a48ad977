"""Starting a payment: what is written, and what is refused with nothing written."""

import asyncio

import pytest
from msgspec.structs import replace

from portico_billing.payments.checkout import MOST_INVOICES, Chosen
from portico_billing.payments.models import AllocationRow, HoldRow, PaymentRow, StripeCallRow
from portico_billing.payments.refusals import CannotPay, FormUsed, Trouble
from portico_core.errors import NotFound
from portico_core.ids import new_id
from portico_tenants.audit import AuditRow
from tests.billing.payments.shop import Shop
from tests.factories.customers import make_customer
from tests.factories.invoices import make_invoice
from tests.factories.payments import order_of


async def refusal(shop: Shop, amounts: dict, **more: object) -> CannotPay:  # type: ignore[type-arg]
    with pytest.raises(CannotPay) as caught:
        await shop.start(order_of(amounts, **more))  # type: ignore[arg-type]
    assert await shop.all(PaymentRow) == []
    return caught.value


async def test_a_payment_is_written_with_its_holds_and_its_call(shop: Shop) -> None:
    whole, part = await shop.invoice(12_000), await shop.invoice(5_000)
    started = await shop.start(order_of({whole: 12_000, part: 1_250}))
    payment = await shop.payment(started.payment_id)
    assert (payment.state, payment.amount_minor, payment.currency) == ("creating", 13_250, "GBP")
    assert await shop.live() == {whole.id: 12_000, part.id: 1_250}
    allocations = {each.invoice_id: (each.amount_minor, each.was_open_minor) for each in await shop.all(AllocationRow)}
    assert allocations == {whole.id: (12_000, 12_000), part.id: (1_250, 5_000)}
    (call,) = await shop.all(StripeCallRow)
    assert [line["price_data"]["unit_amount"] for line in call.request["line_items"]] == [12_000, 1_250]
    assert [each.action for each in await shop.all(AuditRow)] == ["payment.started"]


async def test_the_same_form_pressed_twice_is_one_payment(shop: Shop) -> None:
    invoice = await shop.invoice()
    order = order_of({invoice: 12_000})
    first, second = await shop.start(order), await shop.start(order)
    assert (second.payment_id, second.again) == (first.payment_id, True)
    assert len(await shop.all(PaymentRow)) == 1


async def test_the_same_form_sent_ten_times_at_once_is_one_payment(shop: Shop) -> None:
    invoice = await shop.invoice()
    order = order_of({invoice: 12_000})
    started = await asyncio.gather(*(shop.start(order) for _ in range(10)))
    assert len({each.payment_id for each in started}) == 1
    assert sorted(each.again for each in started) == [False] + [True] * 9
    assert await shop.live() == {invoice.id: 12_000}


async def test_the_same_form_for_other_invoices_at_once_is_one_payment(shop: Shop) -> None:
    one, two = await shop.invoice(), await shop.invoice()
    key = new_id()
    results = await asyncio.gather(
        shop.start(order_of({one: 12_000}, form_key=key)),
        shop.start(order_of({two: 12_000}, form_key=key)),
        return_exceptions=True,
    )
    assert sorted(isinstance(each, FormUsed) for each in results) == [False, True]
    assert len(await shop.all(PaymentRow)) == 1


async def test_a_used_form_with_other_amounts_starts_nothing(shop: Shop) -> None:
    invoice = await shop.invoice()
    key = new_id()
    await shop.start(order_of({invoice: 5_000}, form_key=key))
    with pytest.raises(FormUsed):
        await shop.start(order_of({invoice: 6_000}, form_key=key))
    assert await shop.live() == {invoice.id: 5_000}


async def test_two_tabs_cannot_promise_the_same_money(shop: Shop) -> None:
    invoice = await shop.invoice(12_000)
    tabs = [shop.start(order_of({invoice: 7_000})) for _ in range(5)]
    results = await asyncio.gather(*tabs, return_exceptions=True)
    assert sorted(isinstance(each, CannotPay) for each in results) == [False] + [True] * 4
    assert await shop.live() == {invoice.id: 7_000}


async def test_two_selections_in_opposite_order_do_not_lock_each_other(shop: Shop) -> None:
    invoices = [await shop.invoice(100_000) for _ in range(4)]
    forward = dict.fromkeys(invoices, 100)
    backward = dict.fromkeys(reversed(invoices), 100)
    await asyncio.gather(*(shop.start(order_of(each)) for each in (forward, backward) * 4))
    assert set((await shop.live()).values()) == {800}


async def test_what_another_payment_holds_is_not_payable(shop: Shop) -> None:
    invoice = await shop.invoice(12_000)
    first = await shop.start(order_of({invoice: 7_000}))
    with pytest.raises(CannotPay) as caught:
        await shop.start(order_of({invoice: 12_000}))
    (problem,) = caught.value.problems
    assert (problem.kind, problem.payable_minor) == (Trouble.PARTLY_UNDER_WAY, 5_000)  # type: ignore[union-attr]
    assert problem.payment_id == first.payment_id  # type: ignore[union-attr]
    await shop.start(order_of({invoice: 5_000}))
    with pytest.raises(CannotPay) as caught:
        await shop.start(order_of({invoice: 1}))
    assert caught.value.problems[0].kind is Trouble.UNDER_WAY
    assert caught.value.status == 409


@pytest.mark.parametrize(
    ("amount", "trouble"),
    [(12_001, Trouble.TOO_MUCH), (0, Trouble.NO_AMOUNT), (-1, Trouble.NO_AMOUNT), (29, Trouble.SMALL)],
)
async def test_wrong_amounts_are_refused_as_typed_wrongly(shop: Shop, amount: int, trouble: Trouble) -> None:
    refused = await refusal(shop, {await shop.invoice(12_000): amount})
    assert [each.kind for each in refused.problems] == [trouble]
    assert refused.status == 422


async def test_every_line_that_is_wrong_is_named(shop: Shop) -> None:
    much, none, fine = await shop.invoice(100), await shop.invoice(100), await shop.invoice(100)
    refused = await refusal(shop, {much: 101, none: 0, fine: 100})
    assert {each.number: each.kind for each in refused.problems} == {  # type: ignore[union-attr]
        much.number: Trouble.TOO_MUCH,
        none.number: Trouble.NO_AMOUNT,
    }


async def test_a_page_that_is_out_of_date_says_what_is_open_now(shop: Shop) -> None:
    refused = await refusal(shop, {await shop.invoice(4_000): 12_000}, seen=12_000)
    assert refused.problems[0].kind is Trouble.LESS_OPEN
    assert refused.status == 409


async def test_an_invoice_paid_in_the_erp_meanwhile_is_refused(shop: Shop) -> None:
    refused = await refusal(shop, {await shop.invoice(0, total_minor=12_000): 12_000})
    assert refused.problems[0].kind is Trouble.PAID
    assert refused.status == 409


async def test_an_invoice_withdrawn_in_the_erp_is_refused(shop: Shop) -> None:
    refused = await refusal(shop, {await shop.invoice(12_000, state="gone"): 12_000})
    assert refused.problems[0].kind is Trouble.WITHDRAWN


async def test_two_currencies_are_refused(shop: Shop) -> None:
    refused = await refusal(shop, {await shop.invoice(): 100, await shop.invoice(currency="EUR"): 100})
    (problem,) = refused.problems
    assert (problem.kind, problem.currencies) == (Trouble.TWO_CURRENCIES, ("EUR", "GBP"))  # type: ignore[union-attr]


async def test_more_than_stripe_takes_is_refused_with_the_limit(shop: Shop) -> None:
    refused = await refusal(shop, {await shop.invoice(200_000_000): 100_000_000})
    (problem,) = refused.problems
    assert (problem.kind, problem.limit) == (Trouble.LARGE, 99_999_999)  # type: ignore[union-attr]


async def test_another_customers_invoice_is_not_there(shop: Shop) -> None:
    async with shop.database.tenant_session(shop.tenant) as session:
        other = await make_customer(session, currency="GBP")
        theirs = await make_invoice(session, other)
    with pytest.raises(NotFound):
        await shop.start(order_of({theirs: 100, await shop.invoice(): 100}))
    assert await shop.all(HoldRow) == []


async def test_a_selection_without_end_is_refused(shop: Shop) -> None:
    order = order_of({await shop.invoice(): 100})
    chosen = tuple(Chosen(invoice_id=new_id(), amount_minor=100) for _ in range(MOST_INVOICES + 1))
    with pytest.raises(CannotPay) as caught:
        await shop.start(replace(order, chosen=chosen))
    assert caught.value.problems[0].kind is Trouble.TOO_MANY
    with pytest.raises(CannotPay):
        await shop.start(replace(order, chosen=()))


async def test_a_distributor_without_an_account_takes_no_payments(shop: Shop) -> None:
    shop.tenant = replace(shop.tenant, stripe_account=None)
    refused = await refusal(shop, {await shop.invoice(): 100})
    assert refused.problems[0].kind is Trouble.SWITCHED_OFF

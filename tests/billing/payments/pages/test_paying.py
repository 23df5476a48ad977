"""The pages of a payment, asked as a browser would: what is said when something is wrong, and nothing typed is lost."""

import asyncio
import re
from html import unescape

from sqlalchemy import update

from portico_billing.invoices.models import InvoiceRow
from portico_billing.payments.checkout import MOST_INVOICES
from portico_core.ids import new_id
from portico_tenants.access import CustomerRole
from tests.billing.payments.pages.desk import Desk, desk_of, text_of
from tests.factories.customers import make_customer
from tests.factories.invoices import make_invoice
from tests.factories.people import make_member
from tests.portal.portal import hashed


async def test_from_the_list_to_stripe_and_back(desk: Desk) -> None:
    whole, part = await desk.shop.invoice(12_000), await desk.shop.invoice(5_000)
    chosen = await desk.select(whole, part)
    assert "£170.00" in chosen
    answer = await desk.pay({whole: "120.00", part: "12,50"})
    assert answer.status_code == 303
    (payment,) = await desk.payments()
    assert answer.headers["location"] == f"/payments/{payment.id}/go"
    go = await desk.browser.get(answer.headers["location"])
    assert payment.checkout_url is not None
    assert payment.checkout_url in go.text
    assert "£132.50" in go.text
    page = (await desk.shop.gateway.retrieve_checkout(desk.shop.account, payment.checkout_session_id or "")).url
    assert page == payment.checkout_url
    await desk.shop.pay(payment)
    back = await desk.browser.get("/payments/return", params={"s": payment.checkout_session_id})
    assert back.headers["location"] == f"/payments/{payment.id}"
    shown = await desk.browser.get(back.headers["location"])
    assert "£132.50 paid. Thank you." in text_of(shown)
    assert "hx-trigger" in shown.text  # until the ERP has it
    assert 'http-equiv="refresh"' in shown.text  # and without script
    history = await desk.browser.get("/payments")
    assert f"P-{payment.number}" in history.text
    receipt = await desk.browser.get(f"/payments/{payment.id}/receipt")
    assert receipt.status_code == 200
    paper = await desk.browser.get(f"/payments/{payment.id}/receipt.pdf")
    assert paper.content.startswith(b"%PDF-")


async def test_a_form_pressed_twice_goes_to_the_same_payment(desk: Desk) -> None:
    invoice = await desk.shop.invoice()
    key = str(new_id())
    answers = await asyncio.gather(*(desk.pay({invoice: "120"}, form_key=key) for _ in range(3)))
    (payment,) = await desk.payments()
    assert {each.headers.get("location") for each in answers} == {f"/payments/{payment.id}/go"}
    await desk.shop.pay(payment)
    await desk.browser.get("/payments/return", params={"s": payment.checkout_session_id})
    again = await desk.pay({invoice: "120"}, form_key=key)
    told = await desk.browser.get(again.headers["location"])
    assert f"This payment is already under way (P-{payment.number})." in text_of(told)
    assert "You were not charged twice." in told.text


async def test_wrong_amounts_are_said_at_their_fields_and_kept(desk: Desk) -> None:
    much, none, odd = [await desk.shop.invoice(46_410) for _ in range(3)]
    answer = await desk.pay({much: "464.11", none: "", odd: "twelve"})
    said = text_of(answer)
    assert answer.status_code == 422
    assert f"{much.number}: the amount is more than the £464.10 still open" in said
    assert f"{none.number}: enter an amount, or take it off the selection" in said
    assert f"{odd.number}: “twelve” is not an amount." in said
    assert "<title>Error: " in answer.text
    assert 'value="464.11"' in answer.text
    assert 'value="twelve"' in answer.text
    assert await desk.payments() == []


async def test_the_bar_says_what_is_wrong_at_the_amount_and_offers_no_sum(desk: Desk) -> None:
    much, right = await desk.shop.invoice(46_410), await desk.shop.invoice(5_000)
    form: dict[str, object] = {"line": [str(much.id), str(right.id)], f"amount-{much.id}": "99999"}

    bar = await desk.browser.post("/payments/selection", form)

    said = text_of(bar)
    assert "the amount is more than the £464.10 still open" in said
    assert f"{much.number}: " not in said  # it stands beside the number
    assert "You pay – Pay Card or bank debit" in said
    assert "data-say" not in bar.text
    assert "100,049" not in said


async def test_what_a_colleague_has_paid_is_taken_off_and_said(desk: Desk) -> None:
    paid, left = await desk.shop.invoice(10_000), await desk.shop.invoice(99_260)
    colleague = await desk_of(desk.shop, desk.portal, CustomerRole.PAYER, name="Ciarán Byrne")
    await colleague.pay({paid: "100"})
    (payment,) = await desk.payments()
    await desk.shop.pay(payment)
    await colleague.browser.get("/payments/return", params={"s": payment.checkout_session_id})
    answer = await desk.pay({paid: "100", left: "992.60"})
    said = text_of(answer)
    assert answer.status_code == 409
    assert re.search(rf"{paid.number} was paid by Ciarán Byrne at \d\d:\d\d\. We took it off your selection\.", said)
    assert "The other one is still here: £992.60." in said
    assert f"amount-{paid.id}" not in answer.text
    assert len(await desk.payments()) == 1


async def test_an_invoice_paid_in_the_erp_meanwhile_is_taken_off(desk: Desk) -> None:
    invoice = await desk.shop.invoice()
    await desk.select(invoice)
    async with desk.shop.database.tenant_session(desk.shop.tenant) as session:
        await session.execute(update(InvoiceRow).values(open_minor=0))
    answer = await desk.pay({invoice: "120"})
    assert answer.status_code == 409
    assert f"{invoice.number} has been paid meanwhile. We took it off your selection." in text_of(answer)


async def test_a_page_left_open_says_what_is_open_now(desk: Desk) -> None:
    invoice = await desk.shop.invoice(4_000)
    answer = await desk.pay({invoice: "120"}, **{f"seen-{invoice.id}": "12000"})
    assert answer.status_code == 409
    assert f"{invoice.number}: meanwhile only £40.00 is still open" in text_of(answer)


async def test_two_currencies_are_paid_one_after_the_other(desk: Desk) -> None:
    pounds = [await desk.shop.invoice(1_000) for _ in range(3)]
    euros = [await desk.shop.invoice(2_000, currency="EUR") for _ in range(2)]
    answer = await desk.pay({**dict.fromkeys(euros, "20"), **dict.fromkeys(pounds, "10")})
    said = text_of(answer)
    assert answer.status_code == 422
    assert (
        "You chose British pounds and euros. Pay the 3 in British pounds first, the 2 in euros stay selected." in said
    )
    assert "Pay £30.00" in said
    assert "Then pay €40.00" in said
    assert await desk.payments() == []


async def test_an_unfinished_payment_in_the_way_can_be_continued_or_cancelled(desk: Desk) -> None:
    invoice = await desk.shop.invoice()
    await desk.pay({invoice: "120"})
    (first,) = await desk.payments()
    unasked = await desk.browser.get(f"/payments/select?line={invoice.id}&cancelled={first.id}")
    assert "is cancelled" not in text_of(unasked)
    answer = await desk.pay({invoice: "50"})
    assert answer.status_code == 409
    assert f"Finish P-{first.number}" in text_of(answer)
    assert f'action="/payments/{first.id}/cancel"' in answer.text
    cancelled = await desk.browser.post(f"/payments/{first.id}/cancel")
    assert cancelled.headers["location"] == f"/payments/select?line={invoice.id}&cancelled={first.id}"
    again = text_of(await desk.browser.get(cancelled.headers["location"]))
    assert f"Payment P-{first.number} is cancelled Nothing was taken." in again
    assert (await desk.shop.payment(first.id)).state == "expired"
    assert (await desk.pay({invoice: "50"})).status_code == 303


async def test_who_begins_again_finds_the_amounts_chosen_before(desk: Desk) -> None:
    """A form that says more than was chosen is paid unread."""
    whole, part = await desk.shop.invoice(), await desk.shop.invoice()
    await desk.pay({whole: "120", part: "50.25"})
    (payment,) = await desk.payments()
    cancelled = await desk.browser.post(f"/payments/{payment.id}/cancel")
    for url in (
        cancelled.headers["location"],
        unescape(re.findall(r'href="([^"]+)">Pay again', (await desk.browser.get(f"/payments/{payment.id}")).text)[0]),
    ):
        chosen = f"/payments/select?line={whole.id}&line={part.id}&amount-{part.id}=50.25"
        assert url.removesuffix(f"&cancelled={payment.id}") == chosen
        assert "Pay £170.25" in text_of(await desk.browser.get(url))


async def test_cancelling_while_stripe_is_away_changes_nothing(desk: Desk) -> None:
    invoice = await desk.shop.invoice()
    await desk.pay({invoice: "120"})
    (payment,) = await desk.payments()
    await desk.shop.fault("reset", path="/v1/checkout/sessions/*", times=9)
    assert (await desk.browser.post(f"/payments/{payment.id}/cancel")).status_code == 503
    assert await desk.shop.live() == {invoice.id: 12_000}


async def test_a_form_used_before_starts_nothing_and_comes_back_fresh(desk: Desk) -> None:
    invoice = await desk.shop.invoice()
    key = str(new_id())
    await desk.pay({invoice: "50"}, form_key=key)
    answer = await desk.pay({invoice: "60"}, form_key=key)
    assert answer.status_code == 409
    assert "This form has been sent before." in text_of(answer)
    assert 'value="60"' in answer.text
    assert key not in answer.text
    assert len(await desk.payments()) == 1


async def test_while_stripe_is_away_the_page_waits_and_then_goes_on(desk: Desk) -> None:
    invoice = await desk.shop.invoice()
    fault = await desk.shop.fault("reset", method="POST", path="/v1/checkout/sessions", times=6)
    answer = await desk.pay({invoice: "120"})
    assert answer.status_code == 303
    waiting = await desk.browser.get(answer.headers["location"])
    assert "The payment page is being opened" in text_of(waiting)
    assert await desk.shop.fired(fault) == 6
    going = await desk.browser.get(answer.headers["location"])
    (payment,) = await desk.payments()
    assert payment.checkout_url is not None
    assert payment.checkout_url in going.text


async def test_the_status_says_nothing_while_nothing_changes(desk: Desk) -> None:
    await desk.pay({await desk.shop.invoice(): "120"})
    (payment,) = await desk.payments()
    shown = await desk.browser.get(f"/payments/{payment.id}")
    found = re.search(r'hx-get="([^"]+)"', shown.text)
    assert found is not None
    again = await desk.browser.get(found[1].replace("&amp;", "&"))
    assert again.status_code in (200, 204)  # 200 at the turn of a minute
    await desk.shop.pay(payment)
    await desk.shop.sweep()
    moved = await desk.browser.get(found[1].replace("&amp;", "&"))
    assert "paid. Thank you." in text_of(moved)


async def test_the_pay_bar_adds_up_what_is_ticked_and_typed(desk: Desk) -> None:
    one, two, three = [await desk.shop.invoice(1_000) for _ in range(3)]
    form: dict[str, object] = {
        "shown": f"{one.id},{two.id}",
        "tick": [str(two.id)],
        "line": [str(one.id), str(three.id)],
        f"amount-{three.id}": "2.50",
    }
    bar = await desk.browser.post("/payments/selection", form)
    assert bar.status_code == 200
    assert one.number not in bar.text
    assert "Pay £12.50" in text_of(bar)
    removed = await desk.browser.post("/payments/selection", {**form, "remove": str(three.id)})
    assert "Pay £10.00" in text_of(removed)


async def test_open_and_overdue_can_be_chosen_whole(desk: Desk) -> None:
    late, soon = await desk.shop.invoice(1_000, due_in_days=-3), await desk.shop.invoice(2_000)
    overdue = await desk.browser.get("/payments/select", params={"which": "overdue"})
    assert late.number in overdue.text
    assert soon.number not in overdue.text
    assert "Pay £30.00" in text_of(await desk.browser.get("/payments/select", params={"which": "open"}))


async def test_more_than_one_payment_takes_is_said(desk: Desk) -> None:
    shop = desk.shop
    async with shop.database.tenant_session(shop.tenant) as session:
        for number in range(MOST_INVOICES + 1):
            await make_invoice(session, shop.customer, number=f"M{number}", open_minor=100, due_in_days=number)
    said = text_of(await desk.browser.get("/payments/select", params={"which": "open"}))
    assert "Pay £200.00" in said
    assert "One payment takes 200 invoices at most" in said
    assert "M199" in said
    assert "M200" not in said


async def test_a_viewer_sees_and_does_not_pay(desk: Desk) -> None:
    invoice = await desk.shop.invoice()
    await desk.pay({invoice: "120"})
    (payment,) = await desk.payments()
    viewer = await desk_of(desk.shop, desk.portal, CustomerRole.VIEWER)
    shown = await viewer.browser.get(f"/payments/{payment.id}")
    assert shown.status_code == 200
    assert "Continue paying" not in shown.text
    assert (await viewer.browser.get(f"/payments/{payment.id}/go")).status_code == 403
    assert (await viewer.browser.post(f"/payments/{payment.id}/cancel")).status_code == 403
    assert (await viewer.pay({invoice: "1"})).status_code == 403


async def test_another_customers_payment_is_not_there(desk: Desk) -> None:
    await desk.pay({await desk.shop.invoice(): "120"})
    (payment,) = await desk.payments()
    async with desk.shop.database.tenant_session(desk.shop.tenant) as session:
        stranger = await make_member(
            session, await make_customer(session), CustomerRole.ADMIN, password_hash=await hashed()
        )
    browser = desk.portal.at(desk.shop.tenant)
    await browser.sign_in(stranger.email)
    await browser.get("/profile")
    for path in ("", "/go", "/status", "/receipt", "/receipt.pdf"):
        assert (await browser.get(f"/payments/{payment.id}{path}")).status_code == 404
    assert (await browser.post(f"/payments/{payment.id}/cancel")).status_code == 404
    answer = await browser.get("/payments/return", params={"s": payment.checkout_session_id})
    assert answer.status_code == 404
    assert (await desk.shop.payment(payment.id)).state == "open"

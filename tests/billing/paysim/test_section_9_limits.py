"""stripe.md §9: metadata, amounts, currencies; and the manners of lists and expansion (§1, §3.1)."""

from typing import Any

import pytest
import stripe

from tests.billing.paysim.shop import Shop


@pytest.mark.parametrize(
    "metadata",
    [{f"k{number}": "v" for number in range(51)}, {"k" * 41: "v"}, {"k": "v" * 501}],
    ids=["51 keys", "a key of 41", "a value of 501"],
)
async def test_metadata_beyond_its_limits_is_refused(shop: Shop, metadata: dict[str, str]) -> None:
    with pytest.raises(stripe.InvalidRequestError, match=r"[Mm]etadata"):
        await shop.session(metadata=metadata)


async def test_metadata_at_its_limits_is_kept(shop: Shop) -> None:
    metadata = {f"{number:040d}": "v" * 500 for number in range(50)}
    session = await shop.session(metadata=metadata)
    assert session.metadata is not None
    assert session.metadata.to_dict() == metadata


async def test_metadata_is_merged_unset_by_key_and_unset_whole(shop: Shop) -> None:
    intents = shop.stripe.v1.payment_intents
    made = await intents.create_async({"amount": 900, "currency": "gbp", "metadata": {"a": "1", "b": "2"}}, shop.on())
    merged = await intents.update_async(made.id, {"metadata": {"a": "", "c": "3"}}, shop.on())
    assert merged.metadata.to_dict() == {"b": "2", "c": "3"}
    emptied = await intents.update_async(made.id, {"metadata": ""}, shop.on())
    assert emptied.metadata.to_dict() == {}


@pytest.mark.parametrize(
    ("amount", "currency", "code"),
    [
        (49, "usd", "amount_too_small"),
        (49, "eur", "amount_too_small"),
        (29, "gbp", "amount_too_small"),
        (100_000_000, "usd", "amount_too_large"),
        (1005, "kwd", "parameter_invalid_integer"),
        (1000, "xxx", None),
    ],
)
async def test_amounts_that_cannot_be_charged(shop: Shop, amount: int, currency: str, code: str | None) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        await shop.session(amount, currency)
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("amount", "currency"), [(50, "usd"), (30, "gbp"), (99_999_999, "usd"), (1000, "jpy"), (1010, "kwd"), (900, "GBP")]
)
async def test_amounts_that_can(shop: Shop, amount: int, currency: str) -> None:
    session = await shop.session(amount, currency)
    assert (session.amount_total, session.currency) == (amount, currency.lower())


async def test_a_session_has_one_currency(shop: Shop) -> None:
    order = shop.order()
    order["line_items"] += shop.order(currency="eur")["line_items"]
    with pytest.raises(stripe.InvalidRequestError, match="same currency"):
        await shop.stripe.v1.checkout.sessions.create_async(order, shop.on())


@pytest.mark.parametrize("missing", ["mode", "line_items", "success_url"])
async def test_what_must_be_there(shop: Shop, missing: str) -> None:
    order = shop.order()
    del order[missing]
    with pytest.raises(stripe.InvalidRequestError) as refused:
        await shop.stripe.v1.checkout.sessions.create_async(order, shop.on())
    assert (refused.value.code, refused.value.param) == ("parameter_missing", missing)


@pytest.mark.parametrize("url", ["/paid", "shop.localhost/paid", "javascript:alert(1)", "https://", "http://["])
async def test_addresses_are_whole(shop: Shop, url: str) -> None:
    for name in ("success_url", "cancel_url"):
        order = shop.order()
        order[name] = url
        with pytest.raises(stripe.InvalidRequestError) as refused:
            await shop.stripe.v1.checkout.sessions.create_async(order, shop.on())
        assert (refused.value.code, refused.value.param) == ("url_invalid", name)


async def test_an_option_sent_as_a_parameter_is_unknown(shop: Shop) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        await shop.session(idempotency_key="k")
    assert (refused.value.code, refused.value.param) == ("parameter_unknown", "idempotency_key")
    shop.transport.breaches.clear()


async def test_pages_of_a_list_have_no_gaps_and_no_repeats(shop: Shop) -> None:
    made = [(await shop.session()).id for _ in range(7)]
    sessions = shop.stripe.v1.checkout.sessions
    first = await sessions.list_async({"limit": 3}, shop.on())
    assert [one.id for one in first.data] == made[:3:-1]
    assert first.has_more
    everything = [one.id async for one in (await sessions.list_async({"limit": 2}, shop.on())).auto_paging_iter()]
    assert everything == made[::-1]
    before = await sessions.list_async({"limit": 2, "ending_before": made[2]}, shop.on())
    assert [one.id for one in before.data] == [made[4], made[3]]
    assert before.has_more


@pytest.mark.parametrize("limit", [0, 101])
async def test_a_page_has_one_to_a_hundred(shop: Shop, limit: int) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        await shop.stripe.v1.checkout.sessions.list_async({"limit": limit}, shop.on())
    assert refused.value.param == "limit"


async def test_a_list_is_filtered_and_expanded_in_its_data(shop: Shop) -> None:
    paid, unpaid = await shop.session(), await shop.session()
    await shop.pay(paid.id)
    params: Any = {"status": "complete", "expand": ["data.payment_intent.latest_charge"]}
    listed = (await shop.stripe.v1.checkout.sessions.list_async(params, shop.on())).data
    assert [one.id for one in listed] == [paid.id]
    assert isinstance(listed[0].payment_intent, stripe.PaymentIntent)
    assert isinstance(listed[0].payment_intent.latest_charge, stripe.Charge)
    intent = listed[0].payment_intent.id
    found = await shop.stripe.v1.checkout.sessions.list_async({"payment_intent": intent}, shop.on())
    assert [one.id for one in found.data] == [paid.id]
    assert unpaid.id not in {one.id for one in found.data}


async def test_expansion_is_nested_and_refused_where_there_is_nothing_to_expand(shop: Shop) -> None:
    session = await shop.session()
    await shop.pay(session.id)
    seen = await shop.look(session.id, "payment_intent.latest_charge.payment_intent", "payment_intent.payment_method")
    assert isinstance(seen.payment_intent, stripe.PaymentIntent)
    assert isinstance(seen.payment_intent.payment_method, stripe.PaymentMethod)
    for wrong in ("amount_total", "nonsense", "payment_intent.amount", "a.b.c.d.e"):
        with pytest.raises(stripe.InvalidRequestError, match="expand"):
            await shop.look(session.id, wrong)


async def test_accounts_see_nothing_of_each_other(shop: Shop) -> None:
    session = await shop.session()
    other = "acct_foreign" + shop.account[5:]
    about = {"id": other, "business_name": "Other", "country": "GB", "default_currency": "gbp"}
    await shop.control.post("accounts", json=about)
    for options in ({"stripe_account": other}, {}):
        with pytest.raises(stripe.InvalidRequestError) as unknown:
            await shop.stripe.v1.checkout.sessions.retrieve_async(session.id, {}, options)  # type: ignore[arg-type] # a plain dict is what a merchant writes
        assert (unknown.value.http_status, unknown.value.code) == (404, "resource_missing")
    assert (await shop.stripe.v1.checkout.sessions.list_async({}, {"stripe_account": other})).data == []

"""Stripe or the ERP loses, doubles or changes a payment: one comparison finds it, names both sides, repairs nothing."""

import asyncio
import json
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import stripe
from sqlalchemy import select, update

from portico_billing.payments.models import ComparisonRow, HoldRow, MoneyEventRow, PaymentRow, PostingRow
from portico_billing.payments.reconciling import differences
from portico_billing.payments.reconciling.with_erp import compare_with_erp, erp_is_due
from portico_billing.payments.reconciling.with_stripe import compare_with_stripe
from portico_billing.paysim import launch
from portico_billing.stripe.gateway import RETRIES, Gateway
from portico_connectors.errors import RetryLater
from portico_core.clock import now
from portico_core.money import Money
from portico_tenants.session import Database
from portico_tenants.tenant import Tenant
from tests.billing.payments.conftest import SECRET_KEY
from tests.billing.payments.shop import Shop
from tests.faults.wires.bad_wire import BadWire, Harm
from tests.faults.wires.office import AMOUNT, Office

MONEY = (PaymentRow, PostingRow, HoldRow, MoneyEventRow)


async def money(database: Database, tenant: Tenant) -> list[Any]:
    """All that stands in the ledger."""
    async with database.tenant_session(tenant) as session:
        rows = [row for model in MONEY for row in await session.scalars(select(model))]
        return [{name: value for name, value in vars(row).items() if not name.startswith("_")} for row in rows]


async def shown(database: Database, tenant: Tenant) -> Sequence[differences.Shown]:
    async with database.tenant_session(tenant) as session:
        return await differences.live(session)


async def an_hour_later(database: Database, tenant: Tenant) -> None:
    async with database.tenant_session(tenant) as session:
        await session.execute(update(ComparisonRow).values(taken_at=now() - differences.EVERY))


class Accident:
    """What happens to Stripe's own data."""

    def __init__(self, paysim: launch.Paysim) -> None:
        args = [str(each) for each in paysim.process.args] if isinstance(paysim.process.args, list) else []
        self.file = Path(args[args.index("--data") + 1]) / "paysim.sqlite3"

    def lose(self, ident: str) -> None:
        with sqlite3.connect(self.file, timeout=20) as db:
            assert db.execute("DELETE FROM object WHERE id = ?", (ident,)).rowcount == 1

    def change(self, ident: str, **values: Any) -> None:
        with sqlite3.connect(self.file, timeout=20) as db:
            (body,) = db.execute("SELECT body FROM object WHERE id = ?", (ident,)).fetchone()
            changed = json.dumps({**json.loads(body), **values})
            db.execute("UPDATE object SET body = ? WHERE id = ?", (changed, ident))


async def paid(shop: Shop, amount: int = 12_000) -> PaymentRow:
    payment = await shop.open({await shop.invoice(amount): amount})
    await shop.pay(payment)
    await shop.sweep(payment.id)
    return await shop.payment(payment.id)


async def test_what_stripe_lost_or_changed_is_found_at_once(shop: Shop, paysim: launch.Paysim) -> None:
    right, lost, changed = [await paid(shop) for _ in range(3)]
    assert await compare_with_stripe(shop.database, shop.gateway, shop.tenant) == 0
    accident = Accident(paysim)
    accident.lose(lost.payment_intent_id or "")
    accident.change(changed.payment_intent_id or "", amount_received=11_999)
    before = await money(shop.database, shop.tenant)
    assert await compare_with_stripe(shop.database, shop.gateway, shop.tenant) is None  # within the hour
    await an_hour_later(shop.database, shop.tenant)
    assert await compare_with_stripe(shop.database, shop.gateway, shop.tenant) == 2
    found = {each.kind: each for each in await shown(shop.database, shop.tenant)}
    missing, other = found["stripe_missing"], found["stripe_amount"]
    assert (missing.payment_id, missing.their_id) == (lost.id, lost.payment_intent_id)
    assert missing.ours is not None
    assert (missing.ours.minor, missing.theirs) == (12_000, None)
    assert other.ours is not None and other.theirs is not None  # noqa: PT018
    assert (other.payment_id, other.ours.minor, other.theirs.minor) == (changed.id, 12_000, 11_999)
    assert right.id not in {each.payment_id for each in found.values()}
    assert await money(shop.database, shop.tenant) == before


async def test_another_currency_at_stripe_is_told_with_its_own_sign(shop: Shop, paysim: launch.Paysim) -> None:
    payment = await paid(shop)
    Accident(paysim).change(payment.payment_intent_id or "", currency="eur")
    assert await compare_with_stripe(shop.database, shop.gateway, shop.tenant) == 1
    (found,) = await shown(shop.database, shop.tenant)
    assert (found.kind, found.ours, found.theirs) == ("stripe_amount", Money(12_000, "GBP"), Money(12_000, "EUR"))


async def test_a_second_payment_at_stripe_for_one_of_ours_is_found(shop: Shop, paysim: launch.Paysim) -> None:
    payment = await paid(shop)
    client = stripe.StripeClient(
        SECRET_KEY,
        base_addresses={"api": paysim.url, "connect": paysim.url, "files": paysim.url, "meter_events": paysim.url},
        http_client=stripe.HTTPXClient(timeout=20, allow_sync_methods=False),
    )
    twin = await client.v1.payment_intents.create_async(
        {
            "amount": 12_000,
            "currency": "gbp",
            "confirm": True,
            "payment_method": "pm_card_visa",
            "return_url": "http://portal.localhost/",
            "metadata": {"payment_id": str(payment.id), "tenant_id": str(shop.tenant.id)},
        },
        {"stripe_account": shop.account},
    )
    before = await money(shop.database, shop.tenant)
    assert await compare_with_stripe(shop.database, shop.gateway, shop.tenant) == 1
    (found,) = await shown(shop.database, shop.tenant)
    assert (found.kind, found.payment_id, found.their_id) == ("stripe_unknown", payment.id, twin.id)
    assert await money(shop.database, shop.tenant) == before


async def test_a_comparison_that_broke_off_accuses_nobody_and_is_made_again(
    shop: Shop, wired: Gateway, stripe_wire: BadWire
) -> None:
    await paid(shop)
    rule = stripe_wire.harm(Harm("reply", at=900), "GET /v1/payment_intents", times=RETRIES + 1)
    assert await compare_with_stripe(shop.database, wired, shop.tenant) is None
    assert rule.fired == RETRIES + 1
    assert await shown(shop.database, shop.tenant) == []
    assert await compare_with_stripe(shop.database, wired, shop.tenant) == 0


async def test_what_the_erp_lost_or_doubled_is_found_at_once(office: Office) -> None:
    postings = [await office.paid() for _ in range(3)]
    async with office.line() as (_, connector):
        posted = [await office.bring(connector, posting_id) for posting_id, _ in postings]
        assert [each.state for each in posted] == ["posted"] * 3
        assert await erp_is_due(office.database, office.tenant)
        assert await compare_with_erp(office.database, connector, office.tenant) == 0
        assert not await erp_is_due(office.database, office.tenant)
        _, lost, doubled = posted
        await asyncio.to_thread(office.erp.control, "POST", f"/documents/{lost.erp_number}/delete")
        twin = await doubled_by_an_import(office, doubled.our_key, postings[1][1].number)
        before = await money(office.database, office.tenant)
        await an_hour_later(office.database, office.tenant)
        assert await compare_with_erp(office.database, connector, office.tenant) == 2
        found = {each.kind: each for each in await shown(office.database, office.tenant)}
        missing, twice = found["erp_missing"], found["erp_twice"]
        assert missing.ours is not None and twice.theirs is not None  # noqa: PT018
        assert (missing.payment_id, missing.ours.minor) == (lost.payment_id, AMOUNT)
        assert missing.their_id == lost.erp_id
        assert (twice.payment_id, twice.theirs.minor) == (doubled.payment_id, 2 * AMOUNT)
        assert twice.their_id == f"{doubled.erp_number}, {twin}"
        assert await money(office.database, office.tenant) == before

        await asyncio.to_thread(office.erp.control, "POST", f"/documents/{twin}/delete")
        assert await compare_with_erp(office.database, connector, office.tenant) == 1
        assert [each.kind for each in await shown(office.database, office.tenant)] == ["erp_missing"]


async def test_another_currency_in_the_erp_is_told_with_its_own_sign(office: Office) -> None:
    *postings, (_, unpaid) = [await office.paid() for _ in range(3)]
    async with office.line() as (_, connector):
        other, twice = [await office.bring(connector, posting_id) for posting_id, _ in postings]
        await doubled_by_an_import(office, twice.our_key, unpaid.number)
        in_euros(office, other.erp_id, twice.erp_id)
        assert await compare_with_erp(office.database, connector, office.tenant) == 2
        found = {each.payment_id: each for each in await shown(office.database, office.tenant)}
        amount = found[other.payment_id]
        assert (amount.kind, amount.ours, amount.theirs) == ("erp_amount", Money(AMOUNT, "GBP"), Money(AMOUNT, "EUR"))
        assert (found[twice.payment_id].kind, found[twice.payment_id].theirs) == ("erp_twice", None)  # of both, no sum


def in_euros(office: Office, *payments: str | None) -> None:
    """Somebody at the ERP booked these payments in another currency."""
    (file,) = office.erp.data.rglob("*.sqlite")
    with sqlite3.connect(file, timeout=20) as db:
        for each in payments:
            euro = "(SELECT id FROM currency WHERE symbol = 'EUR')"
            assert db.execute(f"UPDATE tran SET currency = {euro} WHERE id = ?", (each,)).rowcount == 1  # noqa: S608


async def doubled_by_an_import(office: Office, our_key: str, invoice: str) -> str:
    """Another payment with a key of ours; its number. Books that are kept well do not let it happen."""
    made = await asyncio.to_thread(
        office.erp.control, "POST", "/payments", {"customer": "1", "applications": {invoice: "123.45"}}
    )
    (file,) = office.erp.data.rglob("*.sqlite")
    with sqlite3.connect(file, timeout=20) as db:
        db.execute("DROP INDEX IF EXISTS tran_external")
        db.execute("UPDATE tran SET externalid = ? WHERE id = ?", (our_key, made["id"]))
    return str(made["number"])


async def test_an_erp_that_does_not_answer_accuses_nobody(office: Office) -> None:
    posting_id, _ = await office.paid()
    async with office.line() as (wire, connector):
        await office.bring(connector, posting_id)
        assert await erp_is_due(office.database, office.tenant)
        rule = wire.harm(Harm("instead", body=b'{"items": ['), "externalid IN", times=9)
        with pytest.raises(RetryLater):
            await compare_with_erp(office.database, connector, office.tenant)
        assert rule.fired > 0
        assert await shown(office.database, office.tenant) == []
        assert await erp_is_due(office.database, office.tenant)

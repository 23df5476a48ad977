"""Money that goes back: refunds, whole and in part, those that fail, disputes. We hear of them by Stripe's events."""

import json
from typing import Any
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from portico_billing.payments.models import PaymentRow, StripeEventRow
from portico_billing.payments.showing.queries import whole_history
from portico_billing.payments.showing.views import went_back_of
from portico_billing.stripe.objects import Event
from tests.billing.payments.what_is_open.hands import Hands, Paid
from tests.billing.payments.what_is_open.model import NOTHING, STEP, Back

ANY = st.integers(0, 11)
MOVED = ("charge.refunded", "charge.dispute.created", "charge.dispute.closed", "refund.created", "refund.failed")


class MoneyBack(Hands):
    """Nothing of this changes what is open: the ERP has the payment, and staff look whether it has to know."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.inbox: dict[str, UUID] = {}
        self.worked: set[str] = set()

    def refundable(self) -> list[Paid]:
        return [each for each in self.at_stripe() if self.left(each) and not each.back.disputed]

    def left(self, paid: Paid) -> int:
        """What came and has not gone back, at Stripe."""
        came = {"succeeded": paid.model.amount, "quarantined": paid.model.amount - 1}.get(paid.stripe, 0)
        return came - paid.back.refunded

    @precondition(lambda self: self.refundable())
    @rule(at=ANY, share=st.sampled_from((1, 2, 4, 4)))
    def money_is_refunded(self, at: int, share: int) -> None:
        paid = self.pick(self.refundable(), at)
        left, step = self.left(paid), STEP[self.currency]
        amount = left if share == 4 else min(max(left * share // 4 // step * step, step), left)
        order = {"charge": paid.intent["latest_charge"], "amount": amount}
        refund = self.do(self.at_the_bank(f"accounts/{self.shop.account}/refunds", order))
        paid.back |= Back(refunds=frozenset({(refund["id"], amount)}))
        self.count("refunds")

    @precondition(lambda self: any(each.back.live for each in self.payments))
    @rule(at=ANY, which=ANY)
    def a_refund_fails(self, at: int, which: int) -> None:
        """The payer's card is no more, say: the money is with the distributor again."""
        paid = self.pick([each for each in self.payments if each.back.live], at)
        refund = self.pick(sorted(paid.back.live), which)
        self.do(self.at_the_bank(f"refunds/{refund}/fail", {}))
        paid.back |= Back(failed=frozenset({refund}))
        self.count("refunds that failed")

    @precondition(lambda self: self.refundable())
    @rule(at=ANY, verdict=st.sampled_from(("", "won", "lost")))
    def the_payers_bank_disputes(self, at: int, verdict: str) -> None:
        paid = self.pick(self.refundable(), at)
        order = {"charge": paid.intent["latest_charge"]}
        dispute = self.do(self.at_the_bank(f"accounts/{self.shop.account}/disputes", order))
        if verdict:
            self.do(self.at_the_bank(f"disputes/{dispute['id']}/close", {"status": verdict}))
        paid.back |= Back(disputed=True)
        self.count("disputes")

    @precondition(lambda self: any(each.back != NOTHING for each in self.payments))
    @rule(at=ANY, times=st.integers(1, 2))
    def an_event_of_money_that_went_back_comes(self, at: int, times: int) -> None:
        """In any order, and doubled."""
        if events := self.untold():
            self.comes(self.pick(events, at), times)

    def untold(self) -> list[Event]:
        """Events that were not worked yet."""
        sent = self.do(self.shop.sent())
        return [each for each in sent if each.type in MOVED and each.id not in self.worked]

    def all_is_told_of_money_that_went_back(self) -> None:
        for event in self.untold():
            self.comes(event, 1)

    def comes(self, event: Event, times: int) -> None:
        """Nothing is known by it while the account is cut off, or where the payment's intent is not known yet."""
        row_id = self.inbox.get(event.id) or self.do(self.shop.deliver(event))
        assert row_id is not None
        assert self.do(self.shop.deliver(event)) is None
        self.inbox[event.id] = row_id
        thing = json.loads(event.body)["data"]["object"]
        paid = next(each for each in self.payments if each.intent and each.intent["id"] == thing["payment_intent"])
        troubles = [each for each in self.do_at_once(*(self.shop.work(row_id) for _ in range(times))) if each]
        state = self.do(self.event_state(row_id))
        assert self.revoked or not troubles, troubles
        assert state in (("new", "ignored") if self.revoked else ("done", "ignored"))
        if state == "ignored":  # only a charge names our payment itself
            assert thing["object"] != "charge"
            assert paid.model.state not in ("processing", "succeeded", "quarantined")
        if state == "done":
            self.learns(paid)
            self.count("events of money that went back")
        if state != "new":
            self.worked.add(event.id)

    async def event_state(self, row_id: UUID) -> str:
        async with self.shop.database.tenant_session(self.shop.tenant) as session:
            return (await session.get_one(StripeEventRow, row_id)).state

    async def at_the_bank(self, path: str, order: dict[str, Any]) -> dict[str, Any]:
        answer = await self.shop.control.post(path, json=order)
        assert answer.is_success, answer.text
        told: dict[str, Any] = answer.json()
        return told

    async def check_went_back(self) -> None:
        """The payer is told of all that went back, as far as we know, and of nothing else."""
        moved = [each for each in self.payments if each.back != NOTHING]
        if not moved:
            return
        async with self.shop.database.tenant_session(self.shop.tenant) as session:
            badges = {row.id: row.state for row in await whole_history(session, self.shop.customer.id)}
            for paid in moved:
                row, known = await session.get_one(PaymentRow, paid.id), paid.model.back
                told = await went_back_of(session, row)
                is_whole = 0 < known.refunded == row.received_minor
                if told is None:
                    assert not known.live and not known.disputed  # noqa: PT018 - nothing to tell
                else:
                    assert (told.refunded.minor if told.refunded else 0) == known.refunded
                    assert (told.is_whole, told.disputed) == (is_whole, known.disputed)
                if row.state == "succeeded":
                    badge = "refunded" if is_whole else "refunded_in_part" if known.live else "succeeded"
                    assert badges[paid.id] == badge

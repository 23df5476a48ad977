"""A Stripe account that is cut off: its payments are hidden, staff may end them long after, its money still counts."""

from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule
from sqlalchemy import update

from portico_billing.payments import sweeping
from portico_billing.payments.attending import NothingToAttend, attend
from portico_billing.payments.models import PaymentRow
from portico_core.clock import now
from tests.billing.payments.shop import BUDGET
from tests.billing.payments.what_is_open.hands import Hands, Paid

ANY = st.integers(0, 11)
UNDER_WAY = ("creating", "open", "processing")
WELL_PAST = 14


class OutOfReach(Hands):
    """While the account is cut off, payers go on paying at Stripe, banks decide, money goes back: we hear nothing."""

    def waiting(self) -> list[Paid]:
        return [each for each in self.payments if each.model.state in UNDER_WAY]

    @precondition(lambda self: self.waiting() and not self.revoked)
    @rule()
    def the_account_is_cut_off(self) -> None:
        self.do(self.revoke(True))

    @precondition(lambda self: self.revoked)
    @rule()
    def the_account_is_back(self) -> None:
        self.do(self.revoke(False))

    @precondition(lambda self: self.waiting())
    @rule(at=ANY)
    def the_sweep_looks(self, at: int) -> None:
        self.swept(self.pick(self.waiting(), at))

    def swept(self, paid: Paid) -> None:
        before = paid.model.state
        self.do(self.sweep(paid))
        if before == "creating":
            self.opened(paid)
        elif self.revoked:
            paid.model.hidden = True
            self.count("payments hidden")
        else:
            self.learns(paid)

    @precondition(lambda self: any(each.model.hidden for each in self.waiting()))
    @rule(at=ANY, days=st.sampled_from((13, 15, 15)))
    def weeks_pass(self, at: int, days: int) -> None:
        self.grows_old(self.pick([each for each in self.waiting() if each.model.hidden], at), days)

    def grows_old(self, paid: Paid, days: int) -> None:
        """Its page ended so long ago; one that was open until then ends unpaid, as Stripe does it."""
        if paid.stripe == "open":
            payment = self.do(self.shop.payment(paid.id))
            self.do(self.shop.control.post(f"sessions/{payment.checkout_session_id}/expire"))
            paid.stripe = "expired"
        self.do(self.put_back(paid, timedelta(days=days)))
        paid.model.is_old = days >= WELL_PAST

    def not_received(self) -> list[Paid]:
        return [each for each in self.payments if each.model.state in (*UNDER_WAY, "quarantined")]

    @precondition(lambda self: self.not_received())
    @rule(at=ANY)
    def staff_end_a_payment(self, at: int) -> None:
        """Whether they may or not."""
        self.staff_end(self.pick(self.not_received(), at))

    def staff_end(self, paid: Paid) -> None:
        try:
            self.do(self.end(paid))
        except NothingToAttend:
            assert not paid.model.may_be_ended
            self.count("payments that staff may not end")
        else:
            assert paid.model.may_be_ended
            self.count("payments ended by staff")
            self.model.staff_end(paid.model)

    async def revoke(self, revoked: bool) -> None:
        answer = await self.shop.control.post(f"accounts/{self.shop.account}", json={"revoked": revoked})
        assert answer.is_success, answer.text
        self.revoked = revoked

    async def sweep(self, paid: Paid) -> None:
        """As the scheduler runs it, when this payment alone is due."""
        async with self.shop.database.tenant_session(self.shop.tenant) as session:
            all_waiting = update(PaymentRow).where(PaymentRow.state.in_(UNDER_WAY))
            await session.execute(all_waiting.values(check_at=now() + timedelta(days=1)))
            await session.execute(update(PaymentRow).where(PaymentRow.id == paid.id).values(check_at=now()))
        await sweeping.sweep_payments(self.shop.database, self.shop.gateway, self.shop.tenant, BUDGET)

    async def put_back(self, paid: Paid, ended: timedelta) -> None:
        async with self.shop.database.tenant_session(self.shop.tenant) as session:
            mine = update(PaymentRow).where(PaymentRow.id == paid.id)
            await session.execute(mine.values(expires_at=now() - ended))

    async def end(self, paid: Paid) -> None:
        async with self.shop.database.tenant_session(self.shop.tenant) as session:
            await attend(session, self.shop.visit, paid.id)

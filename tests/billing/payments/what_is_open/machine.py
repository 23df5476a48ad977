"""The state machine: a customer's invoices are paid, changed in the ERP and read, in any order and with late answers.

Everything goes through the product's own functions, PostgreSQL and a running paysim; after each step what it shows is
compared with `model`, and with what the books had when they were read.
"""

import secrets
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule
from msgspec.structs import replace

from portico_billing.payments.checkout import Started
from portico_billing.payments.opening import cancel_payment, open_checkout
from portico_billing.payments.postings import Claim
from portico_billing.payments.refusals import CannotPay, FormUsed, LineProblem
from portico_core.ids import new_id
from tests.billing.payments.what_is_open.hands import Brought, Late, Paid
from tests.billing.payments.what_is_open.money_back import MoneyBack
from tests.billing.payments.what_is_open.out_of_reach import OutOfReach
from tests.factories.payments import order_of

DEBIT = {"GBP": "bacs_debit", "EUR": "sepa_debit"}
DECLINED = "4000000000000002"
ANY = st.integers(0, 11)
SHARE = st.sampled_from(("all", "all", "part", "part", "part", "more"))
LINES = st.lists(st.tuples(ANY, SHARE, st.integers(1, 60)), min_size=1, max_size=3)
CHANGE = st.tuples(ANY, st.sampled_from(("paid", "reopened", "back")), st.integers(1, 60))


class WhatIsOpen(MoneyBack, OutOfReach):
    """Rules are named for what happens; `at` picks one of what there is."""

    # The ERP

    @initialize(totals=st.lists(st.integers(60, 5_000), min_size=2, max_size=3))
    def open_the_books(self, totals: list[int]) -> None:
        for number, total in enumerate(totals):
            self.add_invoice(f"i{number}-{secrets.token_hex(4)}", total * 5)
        self.page_begins()
        self.page_arrives(0)
        self.rows = {row.erp_id: row for row in self.do(self.all_rows())}

    @rule(change=CHANGE)
    def something_changes_in_the_erp(self, change: tuple[int, str, int]) -> None:
        """A payment or credit is applied there, or taken back; or it becomes just as it was before."""
        at, kind, share = change
        name = self.name_at(at)
        if name not in self.books.open:
            return
        is_open, total = self.books.is_open(name), self.model.invoices[name].total
        if kind == "paid":
            changed = is_open - is_open * share // 60
        elif kind == "reopened":
            changed = is_open + (total - is_open) * share // 60
        else:
            changed = self.before.get(name, is_open)
        self.before[name] = is_open
        self.books.change(name, changed)

    @rule(at=ANY, sure=st.integers(0, 5))
    def an_invoice_is_gone_from_the_erp(self, at: int, sure: int) -> None:
        name = self.name_at(at)
        if sure == 5 and len(self.books.open) > 1 and name in self.books.open:
            self.books.drop(name)

    # Paying

    @rule(lines=LINES, how=st.sampled_from(("once", "once", "once", "twice", "two tabs")))
    def the_payer_presses_pay(self, lines: list[tuple[int, str, int]], how: str) -> None:
        parts = self.parts(lines)
        order = order_of({self.rows[name]: amount for name, amount in parts.items()})
        another = order if how == "twice" else replace(order, form_key=new_id())
        results = self.do_at_once(*(self.press(each) for each in ((order,) if how == "once" else (order, another))))
        started = {each.payment_id for each in results if isinstance(each, Started)}
        for payment_id in sorted(started):
            assert self.model.may_pay(parts), f"{parts} could be paid: {results}"
            self.payments.append(Paid(payment_id, self.model.pays(parts)))
        assert how != "twice" or len(started) <= 1
        refused = [each for each in results if not isinstance(each, Started)]
        self.count("payments started", len(started))
        self.count("payments refused", len(refused))
        assert not refused or not self.model.may_pay(parts) or how == "twice", f"{parts} could not be paid: {refused}"
        for error in refused:
            assert isinstance(error, CannotPay | FormUsed), error
            for problem in getattr(error, "problems", ()):
                if isinstance(problem, LineProblem):
                    assert problem.payable_minor == self.model.payable(self.name_of(problem.invoice_id))

    @rule(at=ANY, share=SHARE, figure=st.integers(1, 60), asked_before=st.booleans())
    def an_invoice_is_paid_without_delay(self, at: int, share: str, figure: int, asked_before: bool) -> None:
        """The common case in one go, so that a walk gets far; perhaps with an answer of Stripe's that is late."""
        before = len(self.payments)
        self.the_payer_presses_pay([(at, share, figure)], "once")
        if len(self.payments) > before and not self.revoked:
            self.stripes_page_opens(before)
            if asked_before:
                self.somebody_asks_stripe(len(self.at_stripe()) - 1)
            self.the_payer_pays(len(self.at_stripe("open")) - 1, "card")
            self.news_of_a_payment_comes(len(self.at_stripe()) - 1, 2)

    @precondition(lambda self: not self.revoked)
    @rule(
        at=ANY,
        share=SHARE,
        figure=st.integers(1, 60),
        then=st.sampled_from(("", "ended", "paid and ended", "paid and ended", "paid and ended")),
    )
    def a_payment_is_lost_sight_of(self, at: int, share: str, figure: int, then: str) -> None:
        """The account is cut off behind it, staff end it when they may, and its money comes to light all the same."""
        before = len(self.payments)
        self.the_payer_presses_pay([(at, share, figure)], "once")
        if len(self.payments) == before:
            return
        self.stripes_page_opens(before)
        if then == "paid and ended":
            self.the_payer_pays(len(self.at_stripe("open")) - 1, "card")
        self.the_account_is_cut_off()
        self.swept(self.payments[before])
        if then:
            self.grows_old(self.payments[before], 15)
            self.staff_end(self.payments[before])
        if then == "paid and ended":
            self.the_account_is_back()
            self.news_of_a_payment_comes(len(self.at_stripe()) - 1, 1)

    @precondition(lambda self: self.payments)
    @rule(at=ANY)
    def stripes_page_opens(self, at: int) -> None:
        paid = self.pick(self.payments, at)
        self.do(open_checkout(self.shop.database, self.shop.gateway, self.shop.tenant, paid.id, source="test"))
        self.opened(paid)

    @precondition(lambda self: self.at_stripe("open"))
    @rule(at=ANY, how=st.sampled_from(("card", "card", "card", "declined", "debit")))
    def the_payer_pays(self, at: int, how: str) -> None:
        paid = self.pick(self.at_stripe("open"), at)
        payment = self.do(self.shop.payment(paid.id))
        debit = DEBIT.get(self.currency, "card")
        if how == "debit" and debit != "card":
            paid.intent, paid.stripe = self.do(self.shop.pay(payment, debit)), "processing"
        elif how == "declined":
            self.do(self.shop.pay(payment, number=DECLINED))
        else:
            paid.intent, paid.stripe = self.do(self.shop.pay(payment)), "succeeded"

    @precondition(lambda self: self.at_stripe("processing"))
    @rule(at=ANY, how=st.sampled_from(("succeeded", "failed", "short")))
    def the_bank_decides(self, at: int, how: str) -> None:
        paid = self.pick(self.at_stripe("processing"), at)
        if how == "short":
            self.do(self.shop.bank(paid.intent, amount=paid.model.amount - 1))
            paid.stripe = "quarantined"
        else:
            self.do(self.shop.bank(paid.intent, outcome=how))
            paid.stripe = how

    @precondition(lambda self: self.at_stripe("open"))
    @rule(at=ANY)
    def stripes_page_runs_out(self, at: int) -> None:
        paid = self.pick(self.at_stripe("open"), at)
        payment = self.do(self.shop.payment(paid.id))
        self.do(self.shop.control.post(f"sessions/{payment.checkout_session_id}/expire"))
        paid.stripe = "expired"

    @precondition(lambda self: self.payments)
    @rule(at=ANY)
    def the_payer_cancels(self, at: int) -> None:
        paid = self.pick(self.payments, at)
        cancelled = cancel_payment(self.shop.database, self.shop.gateway, self.shop.tenant, paid.id, source="test")
        self.opened(paid)
        if paid.model.state != "open":
            self.do(cancelled)
        elif self.asked(cancelled):
            paid.stripe = "expired" if paid.stripe == "open" else paid.stripe
            self.learns(paid)

    @precondition(lambda self: self.at_stripe())
    @rule(at=ANY, times=st.integers(1, 3))
    def news_of_a_payment_comes(self, at: int, times: int) -> None:
        """As an event or the sweep brings it; doubled, at the same moment."""
        paid = self.pick(self.at_stripe(), at)
        if self.asked(*(self.refresh(paid) for _ in range(times))):
            self.count("settlements doubled", times - 1)
            self.learns(paid)

    @precondition(lambda self: self.at_stripe() and not self.revoked)
    @rule(at=ANY)
    def somebody_asks_stripe(self, at: int) -> None:
        paid = self.pick(self.at_stripe(), at)
        self.news.append((paid, self.do(self.look(paid)), paid.stripe, paid.back))

    @precondition(lambda self: self.news)
    @rule(at=ANY)
    def stripes_answer_comes_late(self, at: int) -> None:
        paid, seen, state, back = self.news.pop(at % len(self.news))
        self.do(self.settle(paid, seen))
        self.learns(paid, state, back)

    # Recording in the ERP

    @precondition(lambda self: self.received())
    @rule(at=ANY)
    def a_worker_takes_a_posting(self, at: int) -> None:
        """Whatever worker had it before is late: its lease is over."""
        paid = self.pick(self.received(), at)
        claim = self.do(self.claim(paid))
        if claim is not None:
            self.claims.append((paid, claim))

    @precondition(lambda self: self.claims)
    @rule(
        at=ANY,
        fault=st.sampled_from(("", "", "", "", "lost", "post")),
        before_post=st.none() | CHANGE,
        before_reread=st.none() | CHANGE | st.just("page") | st.just("unread"),
    )
    def the_worker_brings_it_to_the_erp(self, at: int, fault: str, before_post: Any, before_reread: Any) -> None:
        paid, claim = self.claims.pop(at % len(self.claims))
        books = self.books
        if fault:
            books.faults = [fault]
        if before_post is not None:
            books.before_post = lambda: self.something_changes_in_the_erp(before_post)
        if before_reread == "unread" and not fault:
            books.before_reread = lambda: books.faults.append("read")
        elif before_reread == "page":
            self.run_id = self.do(self.run())
            books.before_reread = self.ask_for_page
        elif isinstance(before_reread, tuple):
            books.before_reread = lambda: self.something_changes_in_the_erp(before_reread)
        self.brought.append(self.do(self.bring(paid, claim)))
        books.faults, books.before_post, books.before_reread = [], None, None

    @precondition(lambda self: self.brought)
    @rule(at=ANY)
    def the_worker_writes_the_answer_down(self, at: int) -> None:
        brought = self.brought.pop(at % len(self.brought))
        self.do(self.write_down(brought))
        self.was_written(brought)

    @precondition(lambda self: self.received())
    @rule(at=ANY, sides=st.integers(2, 3), at_once=st.booleans())
    def try_now_is_pressed_from_two_sides(self, at: int, sides: int, at_once: bool) -> None:
        """At the same moment, or while the first is on its way to the ERP. Nobody gets it while a worker has it."""
        paid = self.pick(self.received(), at)
        is_free = paid.taken is None and paid.model.answered is None
        pressed = [self.try_now(paid) for _ in range(sides)]
        results = self.do_at_once(*pressed) if at_once else [self.do(each) for each in pressed]
        claims = [each for each in results if isinstance(each, Claim)]
        brought = self.do_at_once(*(self.bring(paid, each) for each in claims))
        keys = [each.our_key for each in self.books.posted]
        assert len(set(keys)) == len(keys), f"booked twice: {keys}"
        assert (len(claims), results.count(None)) == (is_free, sides - is_free), results
        for each in brought:
            assert isinstance(each, Brought), each
            paid.taken = each.claim
            self.brought.append(each)
        self.count("tried from two sides", is_free)

    # Reading the ERP

    @precondition(lambda self: len(self.pages) < 3)
    @rule()
    def page_begins(self) -> None:
        """A run of the sync asks for its page; a run before it that is still waiting is overtaken."""
        self.run_id = self.do(self.run())
        self.ask_for_page()

    @precondition(lambda self: self.pages)
    @rule(at=ANY)
    def page_arrives(self, at: int) -> None:
        late = self.pages.pop(at % len(self.pages))
        was_kept = self.do(self.keep(late))
        assert was_kept == (late.run_id == self.run_id)
        self.count("pages kept" if was_kept else "pages overtaken")
        if was_kept:
            self.run_id = None
            self.reads(late.read)

    @precondition(lambda self: len(self.owed) < len(self.model.invoices))
    @rule(ats=st.lists(ANY, min_size=1, max_size=2))
    def a_credit_in_the_erp_asks_for_a_reading(self, ats: list[int]) -> None:
        names = sorted({self.name_at(at) for at in ats})
        self.do(self.owe(names))
        self.owed |= dict.fromkeys(names, self.books.tick())

    @precondition(lambda self: self.owed and len(self.readings) < 3)
    @rule()
    def the_reading_begins(self) -> None:
        self.readings.append(Late(*self.books.begin(tuple(sorted(self.owed)))))

    @precondition(lambda self: self.readings)
    @rule(at=ANY)
    def the_reading_arrives(self, at: int) -> None:
        late = self.readings.pop(at % len(self.readings))
        self.do(self.fetcher.keep_reread(tuple(late.read.open), late.page))
        still = {name for name in late.read.open if self.owed.get(name, late.read.began + 1) <= late.read.began}
        for name in still:
            del self.owed[name]
        self.reads(late.read, only=still)

    # At rest

    @precondition(lambda self: self.model_is_moved())
    @rule()
    def everything_comes_to_rest(self) -> None:
        """All news is heard, all postings are recorded, everything is read: then the sums are the same everywhere.
        What is still on its way stays there and comes later yet."""
        if self.revoked:
            self.the_account_is_back()
        for at, paid in enumerate(self.at_stripe()):
            if not paid.is_over and (paid.stripe != paid.model.state or paid.model.hidden):
                self.news_of_a_payment_comes(at, 1)
        self.all_is_told_of_money_that_went_back()
        assert all(paid.is_heard for paid in self.at_stripe())
        self.do(self.record_all())
        self.a_credit_in_the_erp_asks_for_a_reading(list(range(len(self.model.invoices))))
        self.the_reading_begins()
        self.the_reading_arrives(len(self.readings) - 1)
        self.do(self.check_sums())
        self.count("rests")
        self.rested_at = self.books.time

    @invariant()
    def what_is_shown_is_what_is_open(self) -> None:
        if self.rows:
            self.do(self.check_shown())
            self.do(self.check_went_back())
            self.check_promises()

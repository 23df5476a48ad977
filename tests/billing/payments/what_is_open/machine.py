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
from portico_billing.payments.refusals import CannotPay, FormUsed, LineProblem
from portico_core.ids import new_id
from tests.billing.payments.what_is_open.hands import Hands, Late, Paid
from tests.factories.payments import order_of

DEBIT = {"GBP": "bacs_debit", "EUR": "sepa_debit"}
DECLINED = "4000000000000002"
ANY = st.integers(0, 11)
SHARE = st.sampled_from(("all", "all", "part", "part", "part", "more"))
LINES = st.lists(st.tuples(ANY, SHARE, st.integers(1, 60)), min_size=1, max_size=3)
CHANGE = st.tuples(ANY, st.sampled_from(("paid", "reopened", "back")), st.integers(1, 60))


class WhatIsOpen(Hands):
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
        if len(self.payments) > before:
            self.stripes_page_opens(before)
            if asked_before:
                self.somebody_asks_stripe(len(self._at_stripe()) - 1)
            self.the_payer_pays(len(self._at_stripe("open")) - 1, "card")
            self.news_of_a_payment_comes(len(self._at_stripe()) - 1, 2)

    def _at_stripe(self, state: str | None = None) -> list[Paid]:
        return [each for each in self.payments if each.stripe != "creating" and state in (None, each.stripe)]

    @precondition(lambda self: self.payments)
    @rule(at=ANY)
    def stripes_page_opens(self, at: int) -> None:
        paid = self.pick(self.payments, at)
        self.do(open_checkout(self.shop.database, self.shop.gateway, self.shop.tenant, paid.id, source="test"))
        self.opened(paid)

    @precondition(lambda self: self._at_stripe("open"))
    @rule(at=ANY, how=st.sampled_from(("card", "card", "card", "declined", "debit")))
    def the_payer_pays(self, at: int, how: str) -> None:
        paid = self.pick(self._at_stripe("open"), at)
        payment = self.do(self.shop.payment(paid.id))
        debit = DEBIT.get(self.currency, "card")
        if how == "debit" and debit != "card":
            paid.intent, paid.stripe = self.do(self.shop.pay(payment, debit)), "processing"
        elif how == "declined":
            self.do(self.shop.pay(payment, number=DECLINED))
        else:
            paid.intent, paid.stripe = self.do(self.shop.pay(payment)), "succeeded"

    @precondition(lambda self: self._at_stripe("processing"))
    @rule(at=ANY, how=st.sampled_from(("succeeded", "failed", "short")))
    def the_bank_decides(self, at: int, how: str) -> None:
        paid = self.pick(self._at_stripe("processing"), at)
        if how == "short":
            self.do(self.shop.bank(paid.intent, amount=paid.model.amount - 1))
            paid.stripe = "quarantined"
        else:
            self.do(self.shop.bank(paid.intent, outcome=how))
            paid.stripe = how

    @precondition(lambda self: self._at_stripe("open"))
    @rule(at=ANY)
    def stripes_page_runs_out(self, at: int) -> None:
        paid = self.pick(self._at_stripe("open"), at)
        payment = self.do(self.shop.payment(paid.id))
        self.do(self.shop.control.post(f"sessions/{payment.checkout_session_id}/expire"))
        paid.stripe = "expired"

    @precondition(lambda self: self.payments)
    @rule(at=ANY)
    def the_payer_cancels(self, at: int) -> None:
        paid = self.pick(self.payments, at)
        self.do(cancel_payment(self.shop.database, self.shop.gateway, self.shop.tenant, paid.id, source="test"))
        self.opened(paid)
        if paid.model.state == "open":
            paid.stripe = "expired" if paid.stripe == "open" else paid.stripe
            self.model.learns(paid.model, paid.stripe)

    @precondition(lambda self: self._at_stripe())
    @rule(at=ANY, times=st.integers(1, 3))
    def news_of_a_payment_comes(self, at: int, times: int) -> None:
        """As an event or the sweep brings it; doubled, at the same moment."""
        paid = self.pick(self._at_stripe(), at)
        self.do_at_once(*(self.refresh(paid) for _ in range(times)))
        self.count("settlements doubled", times - 1)
        self.model.learns(paid.model, paid.stripe)

    @precondition(lambda self: self._at_stripe())
    @rule(at=ANY)
    def somebody_asks_stripe(self, at: int) -> None:
        paid = self.pick(self._at_stripe(), at)
        self.news.append((paid, self.do(self.look(paid)), paid.stripe))

    @precondition(lambda self: self.news)
    @rule(at=ANY)
    def stripes_answer_comes_late(self, at: int) -> None:
        paid, seen, state = self.news.pop(at % len(self.news))
        self.do(self.settle(paid, seen))
        self.model.learns(paid.model, state)

    # Recording in the ERP

    @precondition(lambda self: any(each.model.state == "succeeded" for each in self.payments))
    @rule(at=ANY)
    def a_worker_takes_a_posting(self, at: int) -> None:
        """Whatever worker had it before is late: its lease is over."""
        paid = self.pick([each for each in self.payments if each.model.state == "succeeded"], at)
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
        for at, paid in enumerate(self._at_stripe()):
            if paid.stripe != paid.model.state:
                self.news_of_a_payment_comes(at, 1)
            assert paid.stripe == paid.model.state
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
            self.check_promises()

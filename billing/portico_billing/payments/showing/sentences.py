"""What is said about payments, in the reader's words. An error says what is, then what to do."""

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from babel.numbers import get_currency_name

from portico_billing.payments.refusals import LineProblem, Trouble, WholeProblem
from portico_core.clock import today
from portico_core.money import Money
from portico_themes.formats import formats_of
from portico_themes.page import Page
from portico_themes.texts import N_, translate, translate_many

FAILURES = {
    "insufficient_funds": N_("Reason: not enough funds."),
    "account_closed": N_("Reason: the bank account is closed."),
    "no_account": N_("Reason: the bank knows no such account."),
    "debit_not_authorized": N_("Reason: the debit was not authorised."),
    "expired_card": N_("Reason: the card has expired."),
    "amount_too_small": N_("The amount is too small to be paid online."),
    "cancelled": N_("It was cancelled before it was paid."),
    "never_opened": N_("The payment page could not be opened."),
}
FACTS = {
    "processing": N_("The debit is with the bank"),
    "succeeded": N_("%(amount)s received"),
    "attempt_failed": N_("An attempt failed: %(status)s"),
    "canceled": N_("Cancelled at Stripe"),
    "expired": N_("The payment page was closed unpaid"),
    "fee_known": N_("Fee: %(amount)s"),
    "refunded": N_("%(amount)s was refunded at Stripe. Look whether the ERP has to know."),
    "refunded.failed": N_("The refund of %(amount)s failed: the payer does not have it. Look at Stripe what to do."),
    "disputed": N_("The payer's bank disputes it. Look at Stripe what to do, and by when."),
}
METHODS = {
    "card": N_("Card"),
    "sepa_debit": N_("SEPA debit"),
    "bacs_debit": N_("Bacs debit"),
    "us_bank_account": N_("Bank debit"),
}


@dataclass(frozen=True, slots=True)
class Words:
    """One reader's language, and the zone in which times are told."""

    locale: str
    zone: str

    @classmethod
    def of(cls, page: Page) -> "Words":
        """The reader of a page."""
        return cls(page.locale, page.common["zone"])

    def text(self, message: str, **values: object) -> str:
        """A message in the reader's language."""
        return translate(self.locale, message, **values)

    def money(self, minor: int, currency: str) -> str:
        """An amount as the reader writes it."""
        return formats_of(self.locale).money_of(Money(minor, currency))

    def method(self, kind: str | None, last4: str | None) -> str:
        """Card ending 4242; empty where nothing is known yet."""
        if kind is None:
            return ""
        name = self.text(METHODS.get(kind, N_("Bank or card")))
        return self.text("%(method)s ending %(last4)s", method=name, last4=last4) if last4 else name

    def failure(self, code: str | None) -> str:
        """Why it came to nothing, where that helps the reader; else nothing."""
        return self.text(FAILURES[code]) if code in FAILURES else ""

    def fact(self, kind: str, status: str, amount: Money | None) -> str:
        """What happened to the money, for staff."""
        money = formats_of(self.locale).money_of(amount) if amount else ""
        message = FACTS.get(f"{kind}.{status}") or FACTS.get(kind)
        return self.text(message, status=status, amount=money) if message else f"{kind}: {status}"

    def line(self, problem: LineProblem) -> str:
        """What is wrong with one invoice of a selection, by its number."""
        number = problem.number
        match problem.kind:
            case Trouble.WITHDRAWN:
                return self.text("%(number)s is no longer to be paid. We took it off your selection.", number=number)
            case Trouble.UNDER_WAY if problem.payment_state != "succeeded":
                message = N_("%(number)s is already being paid with %(payment)s. We took it off your selection.")
                return self.text(message, number=number, payment=f"P-{problem.payment_number}")
            case Trouble.UNDER_WAY | Trouble.PAID:
                return self._paid(problem)
        return f"{number}: {self.amount(problem)}"

    def amount(self, problem: LineProblem) -> str:
        """The same at the amount's field, where the number stands beside it."""
        left = self.money(problem.payable_minor, problem.currency)
        match problem.kind:
            case Trouble.NO_AMOUNT:
                return self.text("enter an amount, or take it off the selection")
            case Trouble.TOO_MUCH:
                return self.text("the amount is more than the %(amount)s still open", amount=left)
            case Trouble.LESS_OPEN:
                return self.text("meanwhile only %(amount)s is still open", amount=left)
            case Trouble.PARTLY_UNDER_WAY:
                message = N_("part of it is being paid with %(payment)s, %(amount)s is left to pay")
                return self.text(message, amount=left, payment=f"P-{problem.payment_number}")
        return problem.unreadable or ""

    def _paid(self, problem: LineProblem) -> str:
        if problem.by is None or problem.at is None:
            return self.text(
                "%(number)s has been paid meanwhile. We took it off your selection.", number=problem.number
            )
        message = N_("%(number)s was paid by %(name)s at %(time)s. We took it off your selection.")
        if not self._is_today(problem.at):
            message = N_("%(number)s was paid by %(name)s on %(time)s. We took it off your selection.")
        return self.text(message, number=problem.number, name=problem.by, time=self.stamp(problem.at))

    def rest(self, count: int, amount_minor: int, currency: str) -> str:
        """What is left of a selection from which something was taken."""
        return translate_many(
            self.locale,
            "The other one is still here: %(amount)s.",
            "The other %(count)s are still here: %(amount)s.",
            count,
            amount=self.money(amount_minor, currency),
        )

    def whole(self, problem: WholeProblem, counts: dict[str, int] | None = None) -> str:
        """What is wrong with a selection as a whole. `counts` are its invoices by currency, the first to pay first."""
        currency = problem.currencies[0] if problem.currencies else ""
        match problem.kind:
            case Trouble.NOTHING_CHOSEN:
                return self.text("No invoice is selected. Tick the invoices you want to pay.")
            case Trouble.TOO_MANY:
                return self.text("At most %(count)s invoices can be paid at once.", count=problem.limit)
            case Trouble.TWO_CURRENCIES:
                return self._currencies(counts or dict.fromkeys(problem.currencies, 1))
            case Trouble.CURRENCY:
                return self.text("Invoices in %(currency)s cannot be paid online.", currency=self._name(currency))
            case Trouble.STEP:
                message = N_("Online, amounts in %(currency)s are paid in steps of %(amount)s.")
                step = self.money(problem.limit, currency)
                return self.text(message, currency=self._name(currency), amount=step)
            case Trouble.SMALL:
                least = self.money(problem.limit, currency)
                return self.text("The least that can be paid online is %(amount)s.", amount=least)
            case Trouble.LARGE:
                message = N_("The most that can be paid at once is %(amount)s. Pay it in parts, or by bank transfer.")
                return self.text(message, amount=self.money(problem.limit, currency))
        return self.text("Paying online is not switched on here. Pay by bank transfer, or ask us.")

    def stamp(self, at: datetime) -> str:
        """10:31 today, else 19 Nov, 10:31."""
        return formats_of(self.locale).stamp(at, ZoneInfo(self.zone), self._today())

    def _currencies(self, counts: dict[str, int]) -> str:
        (first, first_count), (second, second_count), *_ = counts.items()
        return self.text(
            "You chose %(first)s and %(second)s. Pay the %(first_count)s in %(first)s first,"
            " the %(second_count)s in %(second)s stay selected.",
            first=self._name(first),
            second=self._name(second),
            first_count=first_count,
            second_count=second_count,
        )

    def _name(self, currency: str) -> str:
        return get_currency_name(currency, count=2, locale=formats_of(self.locale).locale)

    def _today(self) -> date:
        return today(self.zone)

    def _is_today(self, at: datetime) -> bool:
        return today(self.zone, at) == self._today()

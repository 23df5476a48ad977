"""What a customer owes, by currency and by when it falls due: one statement over the open invoices alone."""

from collections.abc import Iterable
from datetime import date
from uuid import UUID

import msgspec
from sqlalchemy import bindparam, case, func, select

from portico_billing.invoices.models import InvoiceRow
from portico_billing.invoices.payable import ZERO, days, held, moving, outstanding, owed, payable, settled, span
from portico_core.money import Money
from portico_tenants.ready import Ready
from portico_tenants.session import TenantSession
from portico_themes.plots import DUE_KEYS

LATE = frozenset({"late_91", "late_61", "late_31", "late_1"})
SOON = "next_7"


class Bucket(msgspec.Struct, frozen=True, kw_only=True):
    """Invoices that fall due in the same span (`themes.plots.DUE_KEYS`): what is to be paid of them, and how many."""

    key: str
    outstanding_minor: int = 0
    outstanding_count: int = 0
    payable_minor: int = 0
    owed_minor: int = 0
    owed_count: int = 0
    moving_count: int = 0


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """All that is open in one currency."""

    currency: str
    buckets: tuple[Bucket, ...] = ()

    @property
    def balance(self) -> Money:
        """What is still to be paid, less what is on its way."""
        return self._money(each.outstanding_minor for each in self.buckets)

    @property
    def overdue(self) -> Money:
        return self._money(each.outstanding_minor for each in self.buckets if each.key in LATE)

    @property
    def coming(self) -> Money:
        return self._money(each.outstanding_minor for each in self.buckets if each.key not in LATE)

    @property
    def payable(self) -> Money:
        """Of the balance, what no started payment has promised."""
        return self._money(each.payable_minor for each in self.buckets)

    @property
    def payable_overdue(self) -> Money:
        return self._money(each.payable_minor for each in self.buckets if each.key in LATE)

    @property
    def owed(self) -> Money:
        """The debt until money arrives: what counts against a credit limit."""
        return self._money(each.owed_minor for each in self.buckets)

    @property
    def invoices(self) -> int:
        """How many are to be paid."""
        return sum(each.outstanding_count for each in self.buckets)

    @property
    def overdue_count(self) -> int:
        return sum(each.outstanding_count for each in self.buckets if each.key in LATE)

    @property
    def sums(self) -> dict[str, tuple[Money, int]]:
        """What is to be paid and number of invoices by span, as the plot takes them."""
        return {
            each.key: (Money(each.outstanding_minor, self.currency), each.outstanding_count) for each in self.buckets
        }

    def _money(self, minors: Iterable[int]) -> Money:
        return Money(sum(minors), self.currency)


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """How many invoices each view of the open ones shows, over all currencies."""

    open: int
    overdue: int
    soon: int
    processing: int


_ALL = (
    select(
        InvoiceRow.currency,
        span.label("span"),
        func.sum(outstanding),
        func.count(case((outstanding > ZERO, 1))),
        func.sum(payable),
        func.sum(owed),
        func.count(case((owed > ZERO, 1))),
        func.count(case((settled + moving > ZERO, 1))),
    )
    .outerjoin(held, held.c.invoice_id == InvoiceRow.id)
    .where(InvoiceRow.open_minor > ZERO)
    .group_by(InvoiceRow.currency, "span")
    .order_by(InvoiceRow.currency)
)
_OF_ALL = Ready(_ALL)
_OF_CUSTOMER = Ready(_ALL.where(InvoiceRow.customer_id == bindparam("customer_id")))


async def standings(session: TenantSession, customer_id: UUID | None, today: date) -> list[Standing]:
    """One per currency in which something is open, of a customer or (None, for staff) of all of them."""
    if customer_id is None:
        rows = await session.ask(_OF_ALL, days(today))
    else:
        rows = await session.ask(_OF_CUSTOMER, {**days(today), "customer_id": customer_id})
    found: dict[str, list[Bucket]] = {}
    for currency, number, *figures in rows:
        to_pay, to_pay_count, can_pay, owed_sum, owed_count, moving_count = map(int, figures)
        found.setdefault(currency, []).append(
            Bucket(
                key=DUE_KEYS[number],
                outstanding_minor=to_pay,
                outstanding_count=to_pay_count,
                payable_minor=can_pay,
                owed_minor=owed_sum,
                owed_count=owed_count,
                moving_count=moving_count,
            )
        )
    return [Standing(currency=currency, buckets=tuple(buckets)) for currency, buckets in found.items()]


def standing_in(currency: str, found: list[Standing]) -> tuple[Standing, list[Standing]]:
    """The standing in one currency (nothing, if need be), and the others."""
    mine = next((each for each in found if each.currency == currency), Standing(currency=currency))
    return mine, [each for each in found if each is not mine]


def counts_of(found: list[Standing]) -> Counts:
    """The numbers beside the names of the views."""
    buckets = [bucket for each in found for bucket in each.buckets]
    return Counts(
        open=sum(each.owed_count for each in buckets),
        overdue=sum(each.outstanding_count for each in buckets if each.key in LATE),
        soon=sum(each.outstanding_count for each in buckets if each.key == SOON),
        processing=sum(each.moving_count for each in buckets),
    )

"""Why a payment cannot be started, as facts. `sentences` puts them into the reader's words."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

import msgspec

from portico_core.errors import Conflict, Unavailable
from portico_themes.texts import N_


class Trouble(StrEnum):
    """What is wrong, at a line or with the whole."""

    # at a line: typed wrongly
    UNREADABLE = "unreadable"
    NO_AMOUNT = "no_amount"
    TOO_MUCH = "too_much"
    # at a line: the world moved on
    LESS_OPEN = "less_open"
    PAID = "paid"
    WITHDRAWN = "withdrawn"
    UNDER_WAY = "under_way"
    PARTLY_UNDER_WAY = "partly_under_way"
    # the whole
    NOTHING_CHOSEN = "nothing_chosen"
    TOO_MANY = "too_many"
    TWO_CURRENCIES = "two_currencies"
    SWITCHED_OFF = "switched_off"
    CURRENCY = "currency"
    STEP = "step"
    SMALL = "small"
    LARGE = "large"


TYPED_WRONGLY = frozenset(
    {Trouble.UNREADABLE, Trouble.NO_AMOUNT, Trouble.TOO_MUCH, Trouble.STEP, Trouble.SMALL, Trouble.LARGE}
    | {Trouble.NOTHING_CHOSEN, Trouble.TOO_MANY, Trouble.TWO_CURRENCIES}
)
TAKEN_OFF = frozenset({Trouble.PAID, Trouble.WITHDRAWN, Trouble.UNDER_WAY})
CANCELLABLE = frozenset({"creating", "open"})


class LineProblem(msgspec.Struct, frozen=True, kw_only=True):
    """One invoice that cannot be paid as asked; `payable_minor` of it could. The payment is the one in its way."""

    kind: Trouble
    invoice_id: UUID
    number: str
    currency: str
    payable_minor: int
    unreadable: str | None = None
    by: str | None = None
    at: datetime | None = None
    payment_id: UUID | None = None
    payment_number: int | None = None
    payment_state: str | None = None


class WholeProblem(msgspec.Struct, frozen=True, kw_only=True):
    """What is wrong with the selection as a whole. `limit` is a count or minor units, as its kind says."""

    kind: Trouble
    currencies: tuple[str, ...] = ()
    limit: int = 0


class CannotPay(Conflict):
    """This selection cannot be paid as it is."""

    def __init__(self, *problems: LineProblem | WholeProblem) -> None:
        super().__init__()
        self.problems = problems
        self.status = 422 if all(each.kind in TYPED_WRONGLY for each in problems) else 409


class FormUsed(Conflict):
    """This form has started another payment already."""


class NotCancelled(Unavailable):
    """Whether the payment ended is not known: its invoices stay as they are."""

    sentence = N_("The payment page could not be closed, because it does not answer us. Nothing was charged by that.")

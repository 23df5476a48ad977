"""What is open, said once more and as simply as can be: the yardstick of the state machine. Nothing of ours is used.

Amounts are minor units, times are numbers that only grow. The rules:

- payable = what is open as mirrored, less what is held; never below nothing;
- outstanding = the same, but that payments whose page is merely open count as nothing;
- a hold is born with its payment. It ends when the payment has failed or expired, or when a read of the invoice
  arrives that was begun after the ERP's answer to our posting;
- a read that was begun earlier never overwrites one that was begun later;
- money that Stripe shows goes before everything: a payment that had ended holds its invoices again;
- what went back of a payment's money changes nothing of this, it is only told. A refund that came back is none.
"""

from dataclasses import dataclass, field

# Per currency: digits, the step in which Stripe takes amounts, the least payment (all in minor units).
STEP = {"JPY": 1, "GBP": 1, "EUR": 1, "KWD": 10}
LEAST = {"JPY": 50, "GBP": 30, "EUR": 50, "KWD": 10}
ENDED = ("failed", "expired")
RANK = {"creating": 0, "open": 1, "processing": 2, "failed": 3, "expired": 3, "succeeded": 4, "quarantined": 4}


@dataclass(frozen=True)
class Read:
    """What the ERP had open when it was asked; None where it no longer has the invoice."""

    began: int
    open: dict[str, int | None]


@dataclass(frozen=True)
class Back:
    """What of a payment went back: refunds by their ids, those of them that failed, whether its bank disputed it."""

    refunds: frozenset[tuple[str, int]] = frozenset()
    failed: frozenset[str] = frozenset()
    disputed: bool = False

    def __or__(self, other: "Back") -> "Back":
        """What is known of both: nothing of it is ever undone but by a fact of its own."""
        return Back(self.refunds | other.refunds, self.failed | other.failed, self.disputed or other.disputed)

    @property
    def live(self) -> dict[str, int]:
        return {refund: amount for refund, amount in self.refunds if refund not in self.failed}

    @property
    def refunded(self) -> int:
        return sum(self.live.values())


@dataclass
class Mirrored:
    """An invoice as it was read last."""

    open: int
    began: int
    total: int


NOTHING = Back()


@dataclass
class Payment:
    """What was promised to which invoices. `held` are those whose hold lives; `answered` is when the ERP's answer to
    the posting was here, once that is written down. `hidden`: Stripe did not show it when it was looked at last;
    `is_old`: no debit can be on its way any more; `attended`: staff gave its invoices back."""

    parts: dict[str, int]
    state: str = "creating"
    held: set[str] = field(default_factory=set)
    answered: int | None = None
    back: Back = NOTHING
    hidden: bool = False
    is_old: bool = False
    attended: bool = False

    @property
    def may_be_ended(self) -> bool:
        """By staff: what waits for them in quarantine, and what Stripe hides long after its time."""
        return self.state == "quarantined" or (RANK[self.state] < RANK["failed"] and self.hidden and self.is_old)

    @property
    def promises(self) -> bool:
        """Whether the invoices wait for it, or have had it."""
        return self.state not in ENDED and not self.attended

    @property
    def amount(self) -> int:
        return sum(self.parts.values())


class Model:
    """One customer's invoices and payments in one currency. Invoices go by their id in the ERP."""

    def __init__(self, currency: str) -> None:
        self.currency = currency
        self.invoices: dict[str, Mirrored] = {}
        self.payments: list[Payment] = []

    def held(self, invoice: str) -> int:
        return sum(each.parts[invoice] for each in self.payments if invoice in each.held)

    def payable(self, invoice: str) -> int:
        return max(self.invoices[invoice].open - self.held(invoice), 0)

    def outstanding(self, invoice: str) -> int:
        sent = [each for each in self.payments if invoice in each.held and each.state not in ("creating", "open")]
        return max(self.invoices[invoice].open - sum(each.parts[invoice] for each in sent), 0)

    def received(self, invoice: str) -> int:
        """Of what is held, what has been received."""
        return sum(each.parts[invoice] for each in self.payments if invoice in each.held and each.state == "succeeded")

    def may_pay(self, parts: dict[str, int]) -> bool:
        """Whether this selection can be paid: no more than is payable of each, and in amounts that Stripe takes."""
        step = STEP[self.currency]
        return (
            all(0 < amount <= self.payable(invoice) for invoice, amount in parts.items())
            and all(amount % step == 0 for amount in parts.values())
            and sum(parts.values()) >= LEAST[self.currency]
        )

    def pays(self, parts: dict[str, int]) -> Payment:
        payment = Payment(parts, held=set(parts))
        self.payments.append(payment)
        return payment

    def learns(self, payment: Payment, state: str, back: Back = NOTHING) -> None:
        """Stripe's word on a payment; old news changes nothing, but shows that Stripe shows it."""
        payment.hidden = False
        payment.back |= back
        if RANK[state] > RANK[payment.state]:
            if payment.state in ENDED:
                payment.held = set(payment.parts)
            payment.state, payment.is_old = state, False
            if state in ENDED:
                payment.held.clear()

    def staff_end(self, payment: Payment) -> None:
        """Nobody waits for its money any more."""
        payment.held.clear()
        if payment.state == "quarantined":
            payment.attended = True
        else:
            payment.state = "expired"

    def is_posted(self, payment: Payment, answered: int) -> None:
        if payment.answered is None:
            payment.answered = answered

    def reads(self, read: Read, *, only: set[str] | None = None) -> None:
        """A read arrives; of `only` these invoices, where the others were of no interest any more."""
        for invoice, amount in read.open.items():
            if only is not None and invoice not in only:
                continue
            kept = self.invoices[invoice]
            if read.began >= kept.began:
                kept.open, kept.began = amount or 0, read.began
            for payment in self.payments:
                if payment.answered is not None and payment.answered <= read.began:
                    payment.held.discard(invoice)

"""Holds the history against the books: no lost write, no double effect, order kept, nothing of anybody else's.

Each check returns its disagreements as sentences; none is the only acceptable answer.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from decimal import Decimal

from portico_billing.payments.settle import RANKS
from portico_core.money import to_minor
from tests.faults.kills.books import Books
from tests.faults.kills.history import History, Promise

PAID = "succeeded"
OUR_KEY = "pay-"
MOST_MAILS = 2


def disagreements(tenant: str, history: History, books: Books, opened_with: Mapping[str, int]) -> list[str]:
    """`opened_with` is what was open in the ERP, by invoice number, when nothing had been paid yet."""
    return [
        *_promises_kept(tenant, history, books),
        *_one_for_each_form(tenant, history, books),
        *_ledger_and_stripe(books),
        *_ledger_and_erp(books),
        *_open_amounts(books, opened_with),
        *_mails(books),
        *_order(tenant, history, books),
        *_offers(tenant, history, books, opened_with),
    ]


def _paid(books: Books) -> dict[str, int]:
    return {str(each["id"]): each["received_minor"] for each in books.payments if each["state"] == PAID}


def _promises_kept(tenant: str, history: History, books: Books) -> Iterator[str]:
    """No lost write: what a payer was told, and what they were charged, is there as they ordered it."""
    ledger = {str(each["id"]): each for each in books.payments}
    paid = _paid(books)
    for payment, promise in history.promises.items():
        if promise.tenant != tenant:
            continue
        if payment not in ledger:
            yield f"{payment}: the payer was sent on with it, the ledger has no such payment"
        elif ledger[payment]["amount_minor"] != promise.total:
            yield f"{payment}: ordered {promise.total}, the ledger has {ledger[payment]['amount_minor']}"
        if payment in history.told and payment not in paid:
            yield f"{payment}: the payer was told that it is paid, the ledger says {_state(ledger, payment)}"
        charged = history.charged.get(payment)
        if charged is not None and paid.get(payment) != charged:
            yield f"{payment}: {charged} was taken, the ledger says {_state(ledger, payment)} {paid.get(payment)}"


def _state(ledger: Mapping[str, Mapping[str, object]], payment: str) -> object:
    return ledger[payment]["state"] if payment in ledger else "nothing"


def _one_for_each_form(tenant: str, history: History, books: Books) -> Iterator[str]:
    """Pressing again after a lost answer is pressing once: one payment for a form, one page at Stripe for a payment."""
    pressed = {each.key for each in history.operations if each.tenant == tenant and each.what == "pay"}
    made = Counter(str(each["form_key"]) for each in books.payments)
    for form, count in made.items():
        if count > 1 or form not in pressed:
            yield f"form {form}, pressed: {form in pressed}, made {count} payments"
    pages = Counter(each["client_reference_id"] for each in books.checkouts)
    yield from (f"{payment}: {count} pages at Stripe" for payment, count in pages.items() if count > 1)


def _ledger_and_stripe(books: Books) -> Iterator[str]:
    """One charge for one payment, of the same amount; none that nobody knows."""
    paid = _paid(books)
    charges: dict[str, list[int]] = {}
    for intent in books.intents:
        if intent["status"] == PAID:
            charges.setdefault(intent["metadata"].get("payment_id", ""), []).append(intent["amount_received"])
    for payment in sorted({*paid, *charges}):
        taken = charges.get(payment, [])
        if taken != [paid.get(payment)]:
            yield f"{payment}: Stripe took {taken}, the ledger says {paid.get(payment)}"
        if books.facts[payment] != 1:
            yield f"{payment}: {books.facts[payment]} facts say that it succeeded"


def _ledger_and_erp(books: Books) -> Iterator[str]:
    """One record for one payment, with the same parts."""
    paid = _paid(books)
    booked: dict[str, list[dict[str, object]]] = {}
    for record in books.erp_payments:
        if (record["external_id"] or "").startswith(OUR_KEY):
            booked.setdefault(str(record["external_id"]).removeprefix(OUR_KEY), []).append(record)
    for payment in sorted({*paid, *booked}):
        records, posting = booked.get(payment, []), books.postings.get(payment)
        if posting is None or posting["state"] != "posted":
            yield f"{payment}: paid, its posting is {posting and posting['state']}"
        if len(records) != 1 or payment not in paid:
            yield f"{payment}: the ERP has {len(records)} records, the ledger says {paid.get(payment)}"
            continue
        record, parts = records[0], books.allocations.get(payment, {})
        currency = str(record["currency"])
        if (amount := _minor(record["amount"], currency)) != paid[payment]:
            yield f"{payment}: the ERP booked {amount}, paid were {paid[payment]}"
        applied = {str(each["invoice"]): _minor(each["amount"], currency) for each in _applications(record)}
        if applied != {number: amount for number, (amount, _) in parts.items()}:
            yield f"{payment}: the ERP applied {applied}, chosen were {parts}"
        if any(chosen != said for chosen, said in parts.values()):
            yield f"{payment}: the ledger says that {parts} (chosen, applied) were applied"


def _applications(record: Mapping[str, object]) -> list[dict[str, object]]:
    found = record["applications"]
    assert isinstance(found, list)
    return found


def _minor(amount: object, currency: str) -> int:
    return to_minor(Decimal(str(amount)), currency)


def _open_amounts(books: Books, opened_with: Mapping[str, int]) -> Iterator[str]:
    """To the cent: what was open, less what was paid, is open now, in the ERP and in its mirror; no hold is left."""
    paid = _paid(books)
    spent: Counter[str] = Counter()
    for payment, parts in books.allocations.items():
        if payment in paid:
            spent.update({number: amount for number, (amount, _) in parts.items()})
    for number, was in opened_with.items():
        should = was - spent[number]
        mirrored = books.invoices[number]["open_minor"] if number in books.invoices else None
        if not (books.erp_open.get(number) == mirrored == should) or should < 0:
            yield f"{number}: {should} should be open; ERP {books.erp_open.get(number)}, mirror {mirrored}"
    for hold in books.live_holds:
        if hold["state"] not in ("open", "creating"):
            yield f"{hold['payment_id']}: a hold of a payment that is {hold['state']} is left"


def _mails(books: Books) -> Iterator[str]:
    """A receipt for each payment: one mail, or two with the same Message-ID."""
    for payment in sorted({*_paid(books), *books.receipts}):
        owed = books.receipts.get(payment, [])
        left = [books.left[each] for each in owed]
        if len(owed) != 1 or not 1 <= left[0] <= MOST_MAILS:
            yield f"{payment}: receipts owed {len(owed)}, left {left}"


def _order(tenant: str, history: History, books: Books) -> Iterator[str]:
    """States go forward only, in what payers saw one after the other and in the audit."""
    seen: dict[str, list[tuple[float, float, str]]] = {}
    for each in history.operations:
        if each.tenant == tenant and each.saw in RANKS:
            seen.setdefault(each.key, []).append((each.started, each.ended, each.saw))
    for payment, looks in seen.items():
        # A look that began after another had ended may not see less.
        ends = sorted((ended, RANKS[state]) for _, ended, state in looks)
        for started, _, state in looks:
            before = max((rank for ended, rank in ends if ended < started), default=0)
            if RANKS[state] < before:
                yield f"{payment}: seen as {state} after something later"
    steps: dict[str, list[str]] = {}
    for row in books.audit:
        steps.setdefault(str(row["object_id"]), []).append(row["action"].removeprefix("payment."))
    for payment, states in steps.items():
        ranks = [RANKS[state] for state in states if state in RANKS]
        if ranks != sorted(set(ranks)) or states.count("started") > 1:
            yield f"{payment}: went through {states}"


def _offers(tenant: str, history: History, books: Books, opened_with: Mapping[str, int]) -> Iterator[str]:
    """Nobody was offered what somebody had been told before is paid: never more than was open less those."""
    numbers = {str(row["id"]): number for number, row in books.invoices.items()}
    told: dict[str, list[tuple[float, Promise]]] = {}
    for payment, at in history.told.items():
        promise = history.promises[payment]
        for invoice in promise.amounts:
            told.setdefault(invoice, []).append((at, promise))
    for offer in history.offers:
        if offer.tenant != tenant or offer.invoice_id not in told:
            continue
        gone = sum(promise.amounts[offer.invoice_id] for at, promise in told[offer.invoice_id] if at < offer.started)
        most = opened_with[numbers[offer.invoice_id]] - gone
        if offer.payable > most:
            yield f"{numbers[offer.invoice_id]}: {offer.payable} was offered when {most} could be open"

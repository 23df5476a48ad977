"""What the sides hold otherwise than the file, or than one another, a sentence each."""

from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal

from portico_portal.local.compare.document import Books, Document, Documents


def from_file(source: Documents, held: Documents) -> Iterator[str]:
    """Document by document, then customer by customer."""
    for number, expected in source.items():
        if number not in held:
            yield f"{number} is missing"
        else:
            yield from _of_document(expected, held[number])
    for number in held:
        if number not in source:
            yield f"{number} is not in the file"
    expected_sums, held_sums = _sums(source), _sums(held)
    for customer in sorted(expected_sums.keys() | held_sums.keys()):
        for name, is_credit in (("invoices", False), ("credit notes", True)):
            expected_sum, held_sum = expected_sums[customer][is_credit], held_sums[customer][is_credit]
            if expected_sum != held_sum:
                yield f"customer {customer}: {name} come to {held_sum}, in the file to {expected_sum}"


def between(portal: Books, erp: Books) -> Iterator[str]:
    """What is open, and what was paid in the portal: it must stand in the ERP once, to the penny, on those invoices."""
    for number in portal.documents.keys() & erp.documents.keys():
        ours, theirs = portal.documents[number].open_amount, erp.documents[number].open_amount
        if ours != theirs:
            yield f"{number}: {ours} is open in the portal, {theirs} in the ERP"
    for our_key in sorted(portal.payments.keys() | erp.payments.keys()):
        paid, applied = portal.payments.get(our_key), erp.payments.get(our_key)
        if paid != applied:
            yield f"payment {our_key}: {_parts(paid)} in the portal, {_parts(applied)} in the ERP"


def _of_document(expected: Document, held: Document) -> Iterator[str]:
    for name in ("is_credit", "customer", "issued_on", "total", "lines"):
        theirs, ours = getattr(expected, name), getattr(held, name)
        if theirs != ours:
            yield f"{held.number}: {name} is {ours}, in the file {theirs}"
    if expected.lines == held.lines and expected.digest != held.digest:
        yield f"{held.number}: its lines say otherwise than the file's"
    if held.lines_sum != held.total:
        yield f"{held.number}: its lines come to {held.lines_sum}, its total is {held.total}"
    if held.open_amount is not None and not 0 <= held.open_amount <= held.total:
        yield f"{held.number}: {held.open_amount} is open of {held.total}"
    if held.is_credit and held.open_amount != held.total:
        yield f"{held.number}: a credit note of which only {held.open_amount} is open"


def _parts(amounts: dict[str, Decimal] | None) -> str:
    return "nothing" if amounts is None else ", ".join(f"{amounts[number]} on {number}" for number in sorted(amounts))


def _sums(documents: Documents) -> dict[str, list[Decimal]]:
    """By customer: invoices, credit notes."""
    sums: dict[str, list[Decimal]] = defaultdict(lambda: [Decimal(0), Decimal(0)])
    for document in documents.values():
        sums[document.customer][document.is_credit] += document.total
    return sums

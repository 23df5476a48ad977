"""The kinds of transactions kept here: their names in every dialect of the service, and their statuses."""

from dataclasses import dataclass

INVOICE = "CustInvc"
CREDIT = "CustCred"
PAYMENT = "CustPymt"

OPEN = "A"
DONE = "B"
DEPOSITED = "C"
VOIDED = "V"


@dataclass(frozen=True)
class TransactionKind:
    """`record` is the record API's name, `prefix` begins the numbers that the account gives."""

    type: str
    record: str
    label: str
    abbreviation: str
    prefix: str
    statuses: dict[str, str]


KINDS = {
    kind.type: kind
    for kind in (
        TransactionKind(
            INVOICE,
            "invoice",
            "Invoice",
            "INV",
            "INV",
            {"A": "Open", "B": "Paid In Full", "D": "Pending Approval", "E": "Rejected", "V": "Voided"},
        ),
        TransactionKind(
            CREDIT, "creditMemo", "Credit Memo", "CREDMEM", "CM", {"A": "Open", "B": "Fully Applied", "V": "Voided"}
        ),
        TransactionKind(
            PAYMENT,
            "customerPayment",
            "Payment",
            "PYMT",
            "PYMT",
            {"A": "Unapproved Payment", "B": "Not Deposited", "C": "Deposited", "R": "Rejected", "V": "Voided"},
        ),
    )
}

BY_RECORD = {kind.record.lower(): kind for kind in KINDS.values()}


def status_text(type_: str, status: str) -> str:
    """What BUILTIN.DF(status) shows."""
    kind = KINDS[type_]
    return f"{kind.label} : {kind.statuses[status]}"

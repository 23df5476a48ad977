"""What the tests of the suite do over and over: run to the end, pick invoices that can be paid."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from portico_connectors.conformance.bench import Bench
from portico_connectors.connector import Connector, Page
from portico_connectors.records import Application, Invoice, PaymentToPost, Record, RecordType


async def read_all(
    connector: Connector, record_type: RecordType, cursor: str | None = None, *, page_size: int = 7
) -> list[Page[Record]]:
    """The pages of one run."""
    return [page async for page in connector.pages(record_type, cursor, page_size=page_size)]


def ids(pages: Sequence[Page[Record]]) -> list[str]:
    """The ERP ids on pages, rejected records included, in their order."""
    return [
        erp_id
        for page in pages
        for erp_id in (*(record.erp_id for record in page.records), *(error.erp_id for error in page.rejected))
    ]


async def payable(bench: Bench, connector: Connector, count: int) -> list[Invoice]:
    """Open invoices of one customer and currency, with 10.00 or more to pay on each."""
    groups: dict[tuple[str, str], list[Invoice]] = {}
    for page in await read_all(connector, RecordType.INVOICE, page_size=1000):
        for record in page.records:
            if isinstance(record, Invoice) and record.open_amount >= 10:
                group = groups.setdefault((record.customer_erp_id, record.currency), [])
                group.append(record)
                if len(group) == count:
                    return group
    raise AssertionError(f"the bench has no customer with {count} open invoices")


def payment_for(our_key: str, invoices: Sequence[Invoice], amounts: Sequence[Decimal]) -> PaymentToPost:
    """A payment that closes a part of each invoice."""
    return PaymentToPost(
        our_key=our_key,
        customer_erp_id=invoices[0].customer_erp_id,
        paid_on=date(2026, 3, 31),
        currency=invoices[0].currency,
        amount=sum(amounts, Decimal(0)),
        applications=tuple(
            Application(invoice_erp_id=invoice.erp_id, amount=amount)
            for invoice, amount in zip(invoices, amounts, strict=True)
        ),
        reference="pi_conformance",
        memo="Portal payment",
    )

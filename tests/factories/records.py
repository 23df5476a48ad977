"""Canonical records for tests, as a connector would hand them over. Plain functions: nothing is stored."""

from datetime import UTC, date, datetime
from decimal import Decimal

from portico_connectors.records import Address, Application, Contact, Credit, Customer, Invoice, Line, Payment, Term

CHANGED = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)


def a_term(**values: object) -> Term:
    """30 days net."""
    return Term(**{"erp_id": "t1", "name": "30 days net", "days_until_due": 30, "modified_at": CHANGED, **values})  # type: ignore[arg-type]  # any field may be given


def a_customer(erp_id: str = "c1", **values: object) -> Customer:
    """A customer in pounds."""
    return Customer(
        **{  # type: ignore[arg-type]  # any field may be given
            "erp_id": erp_id,
            "number": f"C-{erp_id}",
            "name": f"Customer {erp_id}",
            "currency": "GBP",
            "billing_address": Address(lines=("1 High Street",), city="Leeds", postal_code="LS1 1AA", country="GB"),
            "modified_at": CHANGED,
            **values,
        }
    )


def a_contact(erp_id: str = "p1", **values: object) -> Contact:
    """A person at the customer c1."""
    return Contact(
        **{  # type: ignore[arg-type]  # any field may be given
            "erp_id": erp_id,
            "customer_erp_id": "c1",
            "name": "Pat Nolan",
            "email": f"{erp_id}@customer.example",
            "modified_at": CHANGED,
            **values,
        }
    )


def a_line(position: int = 1, **values: object) -> Line:
    """Two boxes of bolts for 100.00."""
    return Line(
        **{  # type: ignore[arg-type]  # any field may be given
            "position": position,
            "sku": "BOLT-M8",
            "description": "Bolts M8",
            "quantity": Decimal(2),
            "unit": "box",
            "unit_price": Decimal("50.00"),
            "amount": Decimal("100.00"),
            **values,
        }
    )


def an_invoice(erp_id: str = "i1", **values: object) -> Invoice:
    """An invoice to the customer c1 over 120.00, all of it open."""
    return Invoice(
        **{  # type: ignore[arg-type]  # any field may be given
            "erp_id": erp_id,
            "customer_erp_id": "c1",
            "number": f"INV-{erp_id}",
            "issued_on": date(2026, 2, 1),
            "due_on": date(2026, 3, 3),
            "currency": "GBP",
            "total": Decimal("120.00"),
            "tax_total": Decimal("20.00"),
            "open_amount": Decimal("120.00"),
            "lines": (a_line(),),
            "modified_at": CHANGED,
            **values,
        }
    )


def a_credit(erp_id: str = "k1", **values: object) -> Credit:
    """A credit memo to the customer c1 over 30.00, not used."""
    return Credit(
        **{  # type: ignore[arg-type]  # any field may be given
            "erp_id": erp_id,
            "customer_erp_id": "c1",
            "number": f"CM-{erp_id}",
            "issued_on": date(2026, 2, 10),
            "currency": "GBP",
            "total": Decimal("30.00"),
            "open_amount": Decimal("30.00"),
            "lines": (a_line(amount=Decimal("30.00")),),
            "modified_at": CHANGED,
            **values,
        }
    )


def a_payment(erp_id: str = "m1", applied: tuple[tuple[str, str], ...] = (), **values: object) -> Payment:
    """A payment of the customer c1 over 50.00; `applied` are pairs of an invoice's ERP id and an amount."""
    return Payment(
        **{  # type: ignore[arg-type]  # any field may be given
            "erp_id": erp_id,
            "customer_erp_id": "c1",
            "number": f"PAY-{erp_id}",
            "paid_on": date(2026, 2, 20),
            "currency": "GBP",
            "amount": Decimal("50.00"),
            "applications": tuple(Application(invoice_erp_id=each, amount=Decimal(part)) for each, part in applied),
            "modified_at": CHANGED,
            **values,
        }
    )

"""What the books say after a quiet: the ledger in each tenant's schema, Stripe's charges, the ERP's payments and open
invoices, the mails that left. Read past every wire and every process of ours."""

import mailbox
from collections import Counter
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from portico_core.money import to_minor
from portico_portal.local.distributors import Distributor
from tests.faults.kills.house import House

PAGE = 100


@dataclass(frozen=True)
class Books:
    """One tenant's. Amounts are minor units; ERP payments by our key, each with what it closed by invoice number."""

    payments: list[Any]
    allocations: dict[str, dict[str, tuple[int, int | None]]]
    postings: dict[str, Any]
    invoices: dict[str, Any]
    live_holds: list[Any]
    receipts: dict[str, list[str]]
    audit: list[Any]
    facts: Counter[str]
    intents: list[dict[str, Any]]
    checkouts: list[dict[str, Any]]
    erp_payments: list[dict[str, Any]]
    erp_open: dict[str, int]
    left: Counter[str]


async def read_books(house: House, distributor: Distributor) -> Books:
    """All of them. Call it when nothing moves."""
    tenant = house.tenants[distributor.slug]
    async with house.superuser() as server:
        await server.execute(f"SET search_path TO {tenant.role}")
        payments = await server.fetch("SELECT * FROM payment ORDER BY number")
        allocated = await server.fetch(
            "SELECT a.payment_id, a.amount_minor, a.applied_minor, i.number FROM payment_allocation a"
            " JOIN invoice i ON i.id = a.invoice_id"
        )
        postings = {str(row["payment_id"]): row for row in await server.fetch("SELECT * FROM posting")}
        invoices = {
            row["number"]: row for row in await server.fetch("SELECT id, number, open_minor, currency FROM invoice")
        }
        held = await server.fetch(
            "SELECT h.payment_id, p.state FROM hold h JOIN payment p ON p.id = h.payment_id WHERE h.ended_at IS NULL"
        )
        receipts: dict[str, list[str]] = {}
        for row in await server.fetch("SELECT cause, message_id FROM mail WHERE cause LIKE 'receipt:%'"):
            receipts.setdefault(row["cause"].removeprefix("receipt:"), []).append(row["message_id"])
        audit = await server.fetch(
            "SELECT object_id, action FROM audit WHERE object_type = 'payment' AND action LIKE 'payment.%'"
            " ORDER BY at, id"
        )
        facts = Counter(
            str(row["payment_id"])
            for row in await server.fetch("SELECT payment_id FROM money_event WHERE kind = 'succeeded'")
        )
    allocations: dict[str, dict[str, tuple[int, int | None]]] = {}
    for row in allocated:
        parts = allocations.setdefault(str(row["payment_id"]), {})
        parts[row["number"]] = row["amount_minor"], row["applied_minor"]
    return Books(
        payments=payments,
        allocations=allocations,
        postings=postings,
        invoices=invoices,
        live_holds=held,
        receipts=receipts,
        audit=audit,
        facts=facts,
        intents=await _at_stripe(house, distributor, "payment_intents"),
        checkouts=await _at_stripe(house, distributor, "checkout/sessions"),
        erp_payments=await _erp(house, distributor, "payments"),
        erp_open=await erp_open(house, distributor),
        left=_left(house),
    )


async def erp_open(house: House, distributor: Distributor) -> dict[str, int]:
    """What is open in the ERP, by invoice number."""
    documents = await _erp(house, distributor, "invoices")
    return {each["number"]: to_minor(Decimal(each["open"]), each["currency"]) for each in documents}


async def _erp(house: House, distributor: Distributor, what: str) -> list[dict[str, Any]]:
    answer = await house.http.get(
        f"{house.addresses.of('netsuite')}/control/{what}", params={"account": distributor.erp_account}
    )
    answer.raise_for_status()
    found: list[dict[str, Any]] = answer.json()
    return found


async def _at_stripe(house: House, distributor: Distributor, what: str) -> list[dict[str, Any]]:
    """By the public API, page after page."""
    found: list[dict[str, Any]] = []
    query: dict[str, Any] = {"limit": PAGE}
    while True:
        answer = await house.http.get(
            f"{house.addresses.of('paysim')}/v1/{what}",
            params=query,
            headers={
                "Authorization": f"Bearer {house.state.secret('stripe key', 'sk_test_')}",
                "Stripe-Account": distributor.stripe_account,
            },
        )
        answer.raise_for_status()
        page = answer.json()
        found += page["data"]
        if not page["has_more"]:
            return found
        query["starting_after"] = found[-1]["id"]


def _left(house: House) -> Counter[str]:
    """How often each Message-ID was handed over."""
    folder = mailbox.Maildir(str(house.state.folder / "mails"), create=False)
    return Counter(str(message["Message-ID"]) for message in folder)

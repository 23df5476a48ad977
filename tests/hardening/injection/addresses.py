"""Every page that somebody of the attacked tenant can open, from the route table, with the ids of a carrier."""

from urllib.parse import quote

from tests.hardening.injection.company import Carrier
from tests.hardening.injection.conftest import Attacked
from tests.isolation.routes import Door, doors_for

# What their addresses name belongs to nobody here: tokens, sessions; or is no page: a stream, a file.
NOT_HERE = {"token", "session_id", "file", "path", "payment_id"}
STREAMS = {"/staff/sync/events"}


def customers_pages(attacked: Attacked, carrier: Carrier) -> list[str]:
    """Of a person at the carrier's customer."""
    invoice = attacked.invoices[carrier.index]
    found = _addresses(doors_for("person", "customer"), attacked, carrier)
    return [
        *found,
        f"/invoices/{invoice}.pdf",
        f"/payments/select?line={invoice}",
        "/invoices?view=all",
        "/payments.csv",
    ]


def staff_pages(attacked: Attacked, carrier: Carrier) -> list[str]:
    """Of the distributor's own people."""
    invoice = attacked.invoices[carrier.index]
    return [*_addresses(doors_for("staff"), attacked, carrier), f"/staff/invoices/{invoice}.pdf"]


def searches(text: str) -> list[str]:
    """Every page that takes a question, asked with the payload in all that it may be asked."""
    asked = "&".join(f"{name}={quote(text)}" for name in ("q", "view", "sort", "due", "page", "order", "next", "s"))
    return [f"{door.path}?{asked}" for door in doors_for("person", "customer", "staff", "public") if _is_list(door)]


def _addresses(doors: list[Door], attacked: Attacked, carrier: Carrier) -> list[str]:
    ids = {
        "reference": attacked.invoices[carrier.index],
        "credit": attacked.credits[carrier.index],
        "customer_id": attacked.customers[carrier.index],
    }
    return [
        door.at(ids)
        for door in doors
        if door.method == "GET" and door.path not in STREAMS and not set(door.parameters) & NOT_HERE
    ]


def _is_list(door: Door) -> bool:
    return door.method == "GET" and not door.parameters and door.path not in STREAMS

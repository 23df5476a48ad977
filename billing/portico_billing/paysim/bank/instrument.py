"""What a payer pays with, and how it will behave."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from portico_billing.paysim.store import Json

Refunding = str  # "succeeds", "pending" (first pending, later succeeded) or "fails" (succeeded, later failed)


@dataclass(frozen=True)
class Decline:
    """Why money did not come: codes for programs, a sentence for the payer."""

    code: str
    message: str
    decline_code: str | None = None


@dataclass(frozen=True)
class Behaviour:
    """How a test number behaves. A debit's decline comes at settlement, a card's at once."""

    challenge: bool = False
    decline: Decline | None = None
    delayed: bool = False
    never_settles: bool = False
    refunding: Refunding = "succeeds"


class Unreadable(Exception):
    """The payer typed something that is no card or account: one sentence per field, nothing was attempted."""

    def __init__(self, problems: dict[str, str]) -> None:
        super().__init__("; ".join(problems.values()))
        self.problems = problems


@dataclass(frozen=True)
class Instrument:
    """A card or bank account. `shown` are the fields Stripe shows of it, never the whole number."""

    type: str
    shown: Json
    behaviour: Behaviour
    name: str | None = None
    email: str | None = None
    country: str | None = None
    postal_code: str | None = None
    number: str = field(default="", repr=False)

    @property
    def fingerprint(self) -> str:
        return hashlib.sha256(f"paysim {self.type} {self.number}".encode()).hexdigest()[:16]

    @property
    def is_debit(self) -> bool:
        return self.type != "card"

    def payment_method(self, ident: str, created: int) -> Json:
        """The PaymentMethod object of it."""
        shown = {**self.shown, "fingerprint": self.fingerprint}
        if self.type == "card":
            shown |= {
                "checks": {"address_line1_check": None, "address_postal_code_check": None, "cvc_check": "pass"},
                "display_brand": shown["brand"],
                "generated_from": None,
                "networks": {"available": [shown["brand"]], "preferred": None},
                "regulated_status": "unregulated",
                "three_d_secure_usage": {"supported": True},
                "wallet": None,
            }
        if self.type == "us_bank_account":
            shown |= {
                "financial_connections_account": None,
                "networks": {"preferred": "ach", "supported": ["ach"]},
                "status_details": {},
            }
        if self.type == "sepa_debit":
            shown |= {"generated_from": {"charge": None, "setup_attempt": None}}
        return {
            "id": ident,
            "object": "payment_method",
            "allow_redisplay": "unspecified",
            "billing_details": self.billing_details(),
            "created": created,
            "customer": None,
            "customer_account": None,
            "livemode": False,
            "metadata": {},
            "type": self.type,
            self.type: shown,
        }

    def charge_details(self, new_id: Callable[[str], str]) -> Json:
        """The `payment_method_details` of a charge made with it."""
        shown = {**self.shown, "fingerprint": self.fingerprint}
        if self.type == "card":
            shown |= {
                "amount_authorized": None,
                "authorization_code": None,
                "checks": {"address_line1_check": None, "address_postal_code_check": None, "cvc_check": "pass"},
                "extended_authorization": {"status": "disabled"},
                "incremental_authorization": {"status": "unavailable"},
                "installments": None,
                "mandate": None,
                "multicapture": {"status": "unavailable"},
                "network": shown["brand"],
                "network_token": {"used": False},
                "regulated_status": "unregulated",
                "three_d_secure": None,
                "wallet": None,
            }
        else:
            debit_date = (datetime.now(UTC) + timedelta(days=3)).date().isoformat()
            shown |= {"mandate": new_id("mandate"), "expected_debit_date": debit_date}
        if self.type == "us_bank_account":
            shown["payment_reference"] = new_id("ref")
        return {"type": self.type, self.type: shown}

    def billing_details(self) -> Json:
        address = {
            "city": None,
            "country": self.country,
            "line1": None,
            "line2": None,
            "postal_code": self.postal_code,
            "state": None,
        }
        return {
            "address": address,
            "email": self.email,
            "name": self.name,
            "phone": None,
            "tax_id": None,
        }

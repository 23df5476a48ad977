"""The customers of the file: what they bought, where they are, and a person to write to, who is invented."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from portico_connectors.simulators.netsuite.company.online_retail.documents import Document
from portico_connectors.simulators.netsuite.company.trades import FIRST_NAMES, LAST_NAMES

# "European Community" and "Unspecified" are in the file too and are no country.
COUNTRIES = {
    "Australia": "AU",
    "Austria": "AT",
    "Bahrain": "BH",
    "Belgium": "BE",
    "Brazil": "BR",
    "Canada": "CA",
    "Channel Islands": "JE",
    "Cyprus": "CY",
    "Czech Republic": "CZ",
    "Denmark": "DK",
    "EIRE": "IE",
    "Finland": "FI",
    "France": "FR",
    "Germany": "DE",
    "Greece": "GR",
    "Hong Kong": "HK",
    "Iceland": "IS",
    "Israel": "IL",
    "Italy": "IT",
    "Japan": "JP",
    "Lebanon": "LB",
    "Lithuania": "LT",
    "Malta": "MT",
    "Netherlands": "NL",
    "Norway": "NO",
    "Poland": "PL",
    "Portugal": "PT",
    "RSA": "ZA",
    "Saudi Arabia": "SA",
    "Singapore": "SG",
    "Spain": "ES",
    "Sweden": "SE",
    "Switzerland": "CH",
    "USA": "US",
    "United Arab Emirates": "AE",
    "United Kingdom": "GB",
}


@dataclass
class Customer:
    """A customer, whose country is that of the youngest document."""

    number: str
    country: str
    latest: date
    invoiced: Decimal = Decimal(0)
    documents: list[Document] = field(default_factory=list)

    @property
    def name(self) -> str:
        return f"Customer {self.number}"

    @property
    def domain(self) -> str:
        return f"customer-{self.number.lower()}.example"

    @property
    def contact(self) -> tuple[str, str]:
        """First and last name of the invented person in accounts payable, the same every time."""
        seed = sum(place * ord(letter) for place, letter in enumerate(self.number, 1))
        return FIRST_NAMES[seed % len(FIRST_NAMES)], LAST_NAMES[seed // 3 % len(LAST_NAMES)]


def largest(documents: Iterable[Document], many: int | None) -> Sequence[Customer]:
    """The customers with the largest sums of invoices, largest first; all of them where `many` is None."""
    found: dict[str, Customer] = {}
    for document in documents:
        if document.cause:
            continue
        new = Customer(document.customer, document.country, document.issued_on)
        customer = found.setdefault(document.customer, new)
        if document.issued_on >= customer.latest:
            customer.country, customer.latest = document.country, document.issued_on
        customer.documents.append(document)
        if not document.is_credit:
            customer.invoiced += document.total
    return sorted(found.values(), key=lambda each: (-each.invoiced, each.number))[:many]

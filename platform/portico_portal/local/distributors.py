"""The demo's two distributors: who they are, how they look, who signs in."""

from dataclasses import dataclass

from portico_connectors.simulators.netsuite.config import Options, Seed
from portico_themes.brands import SeededBrand, seeded_brands


@dataclass(frozen=True)
class Distributor:
    """`owner` and `finance` are its own people. Customers' people are chosen once its ERP has been read."""

    slug: str
    name: str
    time_zone: str
    base_currency: str
    language: str
    country: str
    erp_account: str
    stripe_account: str
    seed: Seed
    options: Options
    owner: str
    finance: str

    @property
    def host(self) -> str:
        return f"{self.slug}.localhost"

    @property
    def look(self) -> SeededBrand:
        return seeded_brands()[self.slug]

    @property
    def mail_domain(self) -> str:
        return f"{self.slug}.example"


STANMOOR = Distributor(
    slug="stanmoor",
    name="Stanmoor Fasteners",
    time_zone="Europe/London",
    base_currency="GBP",
    language="en",
    country="GB",
    erp_account="4810001",
    stripe_account="acct_demoStanmoor",
    seed=Seed(number=1, trade="fasteners"),
    options=Options(time_zone="Europe/London", currencies=["GBP", "EUR"], date_format="DD/MM/YYYY"),
    owner="Priya Raman",
    finance="Tom Ashworth",
)
QUINCE = Distributor(
    slug="quince",
    name="Quince & Barrel",
    time_zone="Europe/Dublin",
    base_currency="EUR",
    language="en",
    country="IE",
    erp_account="4810002",
    stripe_account="acct_demoQuince",
    seed=Seed(number=2, trade="wine", customers=40, invoices=2500, credits=180),
    options=Options(time_zone="Europe/Dublin", currencies=["EUR", "GBP"], date_format="DD/MM/YYYY"),
    owner="Aoife Brennan",
    finance="Declan Moran",
)
DISTRIBUTORS = (STANMOOR, QUINCE)

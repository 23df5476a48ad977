"""What the demo tells when it is ready: a table for people, .portico/demo.json for scripts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rich.table import Table

from portico_portal.local.display import Display
from portico_portal.local.distributors import DISTRIBUTORS, STANMOOR, Distributor
from portico_portal.local.ports import LOOPBACK
from portico_portal.local.programs import Addresses, erp_credentials
from portico_portal.local.seeding import SignIn
from portico_portal.local.services import Services
from portico_portal.local.state import State, write_private

WIDEST = 42  # of the addresses below the table
CREDENTIALS = (
    "consumer_key",
    "consumer_secret",
    "token_id",
    "token_secret",
    "client_id",
    "certificate_id",
    "private_key_pem",
)


@dataclass(frozen=True)
class Ready:
    """Everything there is to tell. Sign-ins are by tenant, of those that were made."""

    state: State
    addresses: Addresses
    services: Services
    database_url: str
    sign_ins: Mapping[str, list[SignIn]]

    @property
    def distributors(self) -> Sequence[Distributor]:
        return [each for each in DISTRIBUTORS if each.slug in self.sign_ins]

    def portal_url(self, host: str) -> str:
        return f"http://{host}:{self.addresses.web}"


def write_addresses(ready: Ready) -> None:
    web = ready.addresses.of("web")
    paysim = ready.addresses.of("paysim")
    write_private(
        ready.state.addresses,
        {
            "portals": [
                {
                    "tenant": each.slug,
                    "url": ready.portal_url(each.host),
                    "address": f"http://{LOOPBACK}:{ready.addresses.web}",
                    "sign_ins": [
                        {"role": person.role, "email": person.email, "password": person.password}
                        for person in ready.sign_ins[each.slug]
                    ],
                }
                for each in ready.distributors
            ],
            "operator": {"url": f"{web}/operator", "token": ready.state.secret("operator token")},
            "simulators": {
                "netsuite": erp_address(ready.state, ready.addresses),
                "paysim": {
                    "url": paysim,
                    "control_url": f"{paysim}/control",
                    "secret_key": ready.state.secret("stripe key", "sk_test_"),
                    "accounts": {each.slug: each.stripe_account for each in ready.distributors},
                },
            },
            "mail": {"url": ready.addresses.of("mail")},
            "metrics": {"url": f"{web}/metrics"},
            "services": {"postgres": ready.database_url, "redis": ready.services.redis_url},
        },
    )


def erp_address(state: State, addresses: Addresses) -> dict[str, object]:
    """How a client reaches the first distributor's simulated ERP."""
    url, credentials = addresses.of("netsuite"), erp_credentials(state, STANMOOR)
    return {
        "url": url,
        "control_url": f"{url}/control",
        "account": STANMOOR.erp_account,
        "credentials": {name: getattr(credentials, name) for name in CREDENTIALS},
    }


def show_table(ready: Ready, display: Display) -> None:
    display.say("")
    for each in ready.distributors:
        url = ready.portal_url(each.host)
        table = Table(title=f"{each.name}   {url}", title_justify="left", title_style="bold", box=None)
        for heading in ("role", "email", "password", "who"):
            table.add_column(heading, header_style="dim", overflow="fold")
        for person in ready.sign_ins[each.slug]:
            table.add_row(person.role, person.email, person.password, person.about)
        display.console.print(table)
        display.say("")
    display.say(
        "Sign in as owner for the distributor's side, as payer for a customer's, as group@… for two customers'."
    )
    display.say("")
    portal, operator = ready.portal_url(ready.distributors[0].host), ready.state.secret("operator token")
    for name, place, what in (
        ("Mails", ready.addresses.of("mail"), "what the portals have sent, to read and follow"),
        ("Design", f"{portal}/design", "every component in every state"),
        ("Operator", f"{ready.addresses.of('web')}/operator", f"the platform's console; token {operator}"),
        ("Payments", ready.addresses.of("paysim"), "the card processor's side"),
        ("ERP", ready.addresses.of("netsuite"), "speaks NetSuite's protocol to the portals; no page"),
    ):
        display.say(f" {name:<10}{place:<{WIDEST}}{what}")
    display.say("")
    display.say("Cards: 4242 4242 4242 4242 pays, 4000 0000 0000 0002 is declined. Ctrl-C stops everything.", "dim")

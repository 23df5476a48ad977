"""What the demo tells when it is ready: a table for people, .portico/demo.json for scripts."""

from collections.abc import Mapping
from dataclasses import dataclass

from rich.table import Table

from portico_portal.local.display import Display
from portico_portal.local.distributors import DISTRIBUTORS, STANMOOR
from portico_portal.local.ports import LOOPBACK
from portico_portal.local.programs import Addresses, erp_credentials
from portico_portal.local.seeding import SignIn
from portico_portal.local.services import Services
from portico_portal.local.state import State, write_private

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
    """Everything there is to tell."""

    state: State
    addresses: Addresses
    services: Services
    database_url: str
    sign_ins: Mapping[str, list[SignIn]]

    def portal_url(self, host: str) -> str:
        return f"http://{host}:{self.addresses.web}"


def write_addresses(ready: Ready) -> None:
    web = ready.addresses.of("web")
    credentials = erp_credentials(ready.state, STANMOOR)
    netsuite, paysim = ready.addresses.of("netsuite"), ready.addresses.of("paysim")
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
                for each in DISTRIBUTORS
            ],
            "operator": {"url": f"{web}/operator", "token": ready.state.secret("operator token")},
            "simulators": {
                "netsuite": {
                    "url": netsuite,
                    "control_url": f"{netsuite}/control",
                    "account": STANMOOR.erp_account,
                    "credentials": {name: getattr(credentials, name) for name in CREDENTIALS},
                },
                "paysim": {
                    "url": paysim,
                    "control_url": f"{paysim}/control",
                    "secret_key": ready.state.secret("stripe key", "sk_test_"),
                    "accounts": {each.slug: each.stripe_account for each in DISTRIBUTORS},
                },
            },
            "mail": {"url": ready.addresses.of("mail")},
            "metrics": {"url": f"{web}/metrics"},
            "services": {"postgres": ready.database_url, "redis": ready.services.redis_url},
        },
    )


def show_table(ready: Ready, display: Display) -> None:
    display.say("")
    for each in DISTRIBUTORS:
        url = ready.portal_url(each.host)
        table = Table(title=f"{each.name}   {url}", title_justify="left", title_style="bold", box=None)
        for heading in ("role", "email", "password", "who"):
            table.add_column(heading, header_style="dim", overflow="fold")
        for person in ready.sign_ins[each.slug]:
            table.add_row(person.role, person.email, person.password, person.about)
        display.console.print(table)
        display.say("")
    for name, place in (
        ("Mails", ready.addresses.of("mail")),
        ("Operator", f"{ready.addresses.of('web')}/operator   token {ready.state.secret('operator token')}"),
        ("Payments", ready.addresses.of("paysim")),
        ("ERP", ready.addresses.of("netsuite")),
    ):
        display.say(f" {name:<10}{place}")
    display.say("")
    display.say("Cards: 4242 4242 4242 4242 pays, 4000 0000 0000 0002 is declined. Ctrl-C stops everything.", "dim")

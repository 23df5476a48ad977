"""Every process that the demo starts, in one table: its command, its health, what it waits for.

The services come before (services.py). Simulators start first, since tenants are connected to them; the portal's own
processes follow once the database is ready.
"""

import json
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from portico_billing.paysim.config import AccountConfig as StripeAccount
from portico_billing.paysim.config import Config as PaysimConfig
from portico_billing.paysim.config import WebhookConfig
from portico_connectors.simulators.netsuite.config import AccountConfig as NetSuiteAccount
from portico_connectors.simulators.netsuite.config import Credentials, kept_credentials
from portico_portal.local.children import Program
from portico_portal.local.distributors import DISTRIBUTORS, Distributor
from portico_portal.local.logins import Logins
from portico_portal.local.ports import LOOPBACK, PortBook
from portico_portal.local.services import Services
from portico_portal.local.state import State, write_private

FAVOURITES = {"web": 8080, "mail": 8025, "smtp": 8026, "netsuite": 8090, "paysim": 8091}
READY_SECONDS, LOADING_SECONDS = 60.0, 600.0
WEBHOOK_PATH = "/webhooks/stripe"
PYTHON = sys.executable
PORTICO = str(Path(sys.executable).with_name("portico"))


@dataclass(frozen=True)
class Entry:
    """A row of the table. `health` is asked on `port`; without one the process counts as ready once it runs."""

    program: Program
    port: int | None = None
    health: str = ""
    ready_seconds: float = READY_SECONDS

    @property
    def name(self) -> str:
        return self.program.name


@dataclass(frozen=True)
class Addresses:
    """Ports of this start; the same as last time wherever they are still free."""

    web: int
    mail: int
    smtp: int
    netsuite: int
    paysim: int

    @classmethod
    def take(cls, state: State) -> "Addresses":
        book = PortBook(state.folder / "ports.json")
        return cls(**{name: book.take(name, favourite) for name, favourite in FAVOURITES.items()})

    def of(self, name: str) -> str:
        return f"http://{LOOPBACK}:{getattr(self, name)}"


def simulators(
    state: State,
    addresses: Addresses,
    company_folder: Path | None,
    distributors: Sequence[Distributor] = DISTRIBUTORS,
) -> list[Entry]:
    netsuite, paysim = state.subfolder("netsuite"), state.subfolder("paysim")
    write_private(netsuite / "config.json", _netsuite_config(state, company_folder, distributors))
    write_private(paysim / "config.json", _paysim_config(state, addresses, distributors))
    python = (PYTHON, "-m")
    served = {
        "netsuite": (*python, "portico_connectors.simulators.netsuite"),
        "paysim": (*python, "portico_billing.paysim"),
    }
    entries = [
        Entry(
            _program(
                state,
                name,
                *command,
                *("--port", str(getattr(addresses, name))),
                *("--data", str(state.subfolder(name) / "data")),
                *("--config", str(state.subfolder(name) / "config.json")),
            ),
            port=getattr(addresses, name),
            health="/control/health",
            # A real company's year takes half a minute to load, and more on a busy machine.
            ready_seconds=LOADING_SECONDS if name == "netsuite" and company_folder else READY_SECONDS,
        )
        for name, command in served.items()
    ]
    mail = _program(
        state,
        "mail",
        *(*python, "portico_portal.local.mailview", "--port", str(addresses.mail)),
        *("--smtp-port", str(addresses.smtp), "--folder", str(state.folder / "mails")),
    )
    return [*entries, Entry(mail, port=addresses.mail, health="/health")]


def portal(state: State, addresses: Addresses, environment: Mapping[str, str]) -> list[Entry]:
    """The portal's own. One worker takes all queues; postings have threads of their own in it."""
    web = ("web", "--port", str(addresses.web))
    programs = {
        name: _program(state, name, PORTICO, *arguments, environment=environment, stop_seconds=25.0)
        for name, arguments in {"web": web, "worker": ("worker",), "scheduler": ("scheduler",)}.items()
    }
    return [
        Entry(programs["web"], port=addresses.web, health="/health/ready"),
        Entry(programs["worker"]),
        Entry(programs["scheduler"]),
    ]


def portal_environment(
    state: State, addresses: Addresses, services: Services, logins: Logins, own: Mapping[str, str]
) -> dict[str, str]:
    """The settings of the portal's processes; of ours only what does not belong to another Portico."""
    kept = {name: value for name, value in own.items() if not name.startswith("PORTICO_")}
    kept |= {name: own[name] for name in ("PORTICO_THEME_PATH", "PORTICO_DATABASE_POOLER") if name in own}
    return kept | {
        "PORTICO_ENVIRONMENT": "demo",
        "PORTICO_DATABASE_URL": logins.app,
        "PORTICO_REDIS_URL": services.redis_url,
        "PORTICO_SECRET_KEYS": state.encryption_key(),
        "PORTICO_PLATFORM_HOST": LOOPBACK,
        "PORTICO_WEB_SCHEME": "http",
        "PORTICO_WEB_PUBLIC_PORT": str(addresses.web),
        "PORTICO_OPERATOR_TOKEN": state.secret("operator token"),
        "PORTICO_STRIPE_SECRET_KEY": state.secret("stripe key", "sk_test_"),
        "PORTICO_STRIPE_WEBHOOK_SECRETS": state.secret("webhook secret", "whsec_"),
        "PORTICO_STRIPE_API_BASE": addresses.of("paysim"),
        "PORTICO_MAIL_HOST": LOOPBACK,
        "PORTICO_MAIL_PORT": str(addresses.smtp),
        "PORTICO_ALLOW_PRIVATE_ERP_HOSTS": "yes",
    }


def erp_credentials(state: State, distributor: Distributor) -> Credentials:
    return kept_credentials(state.subfolder("netsuite") / f"{distributor.slug}.json")


def _netsuite_config(state: State, company_folder: Path | None, distributors: Sequence[Distributor]) -> object:
    accounts = []
    for distributor in distributors:
        credentials = erp_credentials(state, distributor)
        folder = str(company_folder) if company_folder and distributor is distributors[0] else None
        accounts.append(
            NetSuiteAccount(
                account=distributor.erp_account,
                company_name=distributor.name,
                credentials=credentials,
                seed=distributor.seed,
                company_folder=folder,
                options=distributor.options,
            )
        )
    return msgspec.to_builtins(accounts)


def _paysim_config(state: State, addresses: Addresses, distributors: Sequence[Distributor]) -> object:
    config = PaysimConfig(
        secret_key=state.secret("stripe key", "sk_test_"),
        accounts=tuple(
            StripeAccount(each.stripe_account, each.name, each.country, each.base_currency.lower())
            for each in distributors
        ),
        webhook_endpoints=(
            WebhookConfig(
                url=addresses.of("web") + WEBHOOK_PATH,
                secret=state.secret("webhook secret", "whsec_"),
                connect=True,
            ),
        ),
    )
    return json.loads(msgspec.json.encode(config))


def _program(
    state: State,
    name: str,
    *argv: str,
    environment: Mapping[str, str] | None = None,
    stop_seconds: float = 10.0,
) -> Program:
    plain = {each: value for each, value in os.environ.items() if not each.startswith("PORTICO_")}
    return Program(
        name=name,
        argv=argv,
        log=state.log(name),
        environment=plain if environment is None else environment,
        stop_seconds=stop_seconds,
    )

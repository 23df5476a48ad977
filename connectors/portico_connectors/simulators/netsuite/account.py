"""One account at work: its configuration, clock, books and the switchboard that finds it for a request."""

import sqlite3
from collections import deque
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec

from portico_connectors.simulators.netsuite.config import AccountConfig, Credentials, Options, kept_credentials
from portico_connectors.simulators.netsuite.store.database import Database
from portico_connectors.simulators.netsuite.suiteql.catalog import tables_for, views
from portico_connectors.simulators.netsuite.suiteql.dates import STORED
from portico_connectors.simulators.netsuite.suiteql.functions import Environment, register
from portico_connectors.simulators.netsuite.suiteql.run import Queries

HOSTS = (".suitetalk.api.netsuite.com", ".restlets.api.netsuite.com", ".app.netsuite.com")


class Account:
    """An account's state. `in_flight` counts the requests being served, `audit_trail` holds the last sign-ins."""

    def __init__(self, config: AccountConfig, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.config = config
        self.options = config.options
        self.zone = ZoneInfo(self.options.time_zone)
        self.credentials: Credentials = config.credentials or kept_credentials(
            folder / f"{config.host_label}.credentials.json"
        )
        environment = Environment(self.options, lambda: self.wall().strftime(STORED))

        def prepare(connection: sqlite3.Connection) -> None:
            register(connection, environment)
            connection.executescript(views())

        self.database = Database(folder / f"{config.host_label}.sqlite", prepare)
        self.tables = tables_for(self.options)
        self.queries = Queries(self.database, self.tables, self.options)
        self.in_flight = 0
        self.busiest = 0
        self.nonces: dict[tuple[str, str, int], float] = {}
        self.failed_logins = 0
        self.locked_until: datetime | None = None
        self.audit_trail: deque[dict[str, str]] = deque(maxlen=200)

    def now(self) -> datetime:
        """This instant by the account's clock, in UTC."""
        return datetime.now(UTC) + timedelta(seconds=self.options.clock_skew_seconds)

    def wall(self) -> datetime:
        """This instant as the account's clocks on the wall show it."""
        return self.now().astimezone(self.zone)

    def stamp(self) -> str:
        """This instant as the store keeps it."""
        return self.wall().strftime(STORED)

    def utc_text(self, stored: str) -> str:
        """A stored wall time as the record API shows it."""
        moment = datetime.fromisoformat(stored).replace(tzinfo=self.zone)
        return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    def close(self) -> None:
        """Close the books; the file stays."""
        self.database.close()

    def switch(self, changes: dict[str, object]) -> None:
        """Change options while running. Raises ValueError for what is none, or fixed."""
        fixed = {"time_zone", "currencies", "one_world"} & set(changes)
        if any(changes[name] != getattr(self.options, name) for name in fixed):
            raise ValueError(f"{', '.join(sorted(fixed))} cannot change while running")
        merged = {**msgspec.to_builtins(self.options), **changes}
        changed = msgspec.convert(merged, Options)
        # One object is shared by everything that asks for options.
        for name in changed.__struct_fields__:
            setattr(self.options, name, getattr(changed, name))
        self.queries.forget(tables_for(self.options))

    def note_login(self, outcome: str, how: str) -> None:
        """Add a line to the login audit trail."""
        self.audit_trail.append({"at": self.now().isoformat(), "outcome": outcome, "how": how})


class Accounts:
    """All accounts of the process, found by what a request shows of them."""

    def __init__(self, accounts: list[Account]) -> None:
        self.all = accounts
        self.by_realm = {account.config.realm: account for account in accounts}
        self.by_label = {account.config.host_label: account for account in accounts}
        if len(self.by_label) != len(accounts):
            raise ValueError("two accounts have the same id")

    def by_host(self, host: str) -> Account | None:
        """The account whose label begins the host name."""
        return self.by_label.get(host.split(":")[0].split(".")[0].lower())

    def names_other(self, host: str, account: Account) -> bool:
        """Whether the host is one of the service's names, of another account than this."""
        name = host.split(":")[0].lower()
        return name.endswith(HOSTS) and self.by_host(host) is not account

    def by_client(self, client_id: str, certificate_id: str, host: str) -> Account | None:
        """The account that knows this client and certificate; the host decides between equals."""
        found = [
            account
            for account in self.all
            if account.credentials.client_id == client_id and account.credentials.certificate_id == certificate_id
        ]
        named = self.by_host(host)
        if named is not None:
            return named if named in found else None
        return found[0] if found else None

    def get(self, account_id: str | None) -> Account:
        """The account of this id in either form; the only one where none is named. Raises KeyError."""
        if account_id is None:
            if len(self.all) == 1:
                return self.all[0]
            raise KeyError("several accounts are here: name one")
        return self.by_realm[account_id.upper().replace("-", "_")]

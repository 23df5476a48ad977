"""A tenant's ERP for these tests: a NetSuite simulator as a process, a small seeded company, its control API."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import msgspec

from portico_connectors.simulators.netsuite.config import AccountConfig, Credentials, Seed, new_credentials
from portico_core.tls import trust
from tests.services import running_server

INVOICES = 240


@dataclass
class Erp:
    """Where it is and how to sign in; `data` is where it keeps its books."""

    url: str
    account: str
    credentials: Credentials
    data: Path

    @property
    def values(self) -> dict[str, str]:
        """As staff would type them into the connection's form."""
        return {
            "account_id": self.account,
            "auth_method": "oauth2",
            "client_id": self.credentials.client_id,
            "certificate_id": self.credentials.certificate_id,
            "private_key_pem": self.credentials.private_key_pem or "",
            "base_url": self.url,
            "restlet_url": self.url,
        }

    def control(self, method: str, path: str, body: Any = None, **query: str) -> Any:
        """Ask the simulator's own side."""
        answer = httpx.request(
            method,
            f"{self.url}/control{path}",
            json=body,
            params={"account": self.account, **query},
            timeout=30,
            verify=trust(),
        )
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None


@contextmanager
def running_erp(folder: Path, account: str = "1234567_SB1", *, invoices: int = INVOICES) -> Iterator[Erp]:
    """An ERP with a few hundred invoices."""
    credentials = new_credentials()
    seed = Seed(customers=12, invoices=invoices, credits=12)
    config = AccountConfig(account=account, credentials=credentials, seed=seed)
    file = folder / "netsuite.json"
    file.write_text(json.dumps([msgspec.to_builtins(config)]))
    argv = (
        *(sys.executable, "-W", "ignore", "-m", "portico_connectors.simulators.netsuite"),
        *("--port", "{port}", "--data", str(folder / "netsuite"), "--config", str(file)),
    )
    with running_server(argv, folder=folder) as url:
        yield Erp(url, account, credentials, folder / "netsuite")

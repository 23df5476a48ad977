"""What a paysim process is started with: keys, the accounts it knows, where its webhooks go."""

import json
from pathlib import Path
from urllib.parse import urlsplit

import msgspec


class AccountConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A connected account that is ready to charge from the first moment.

    `settlement_seconds` is how long a bank debit takes; `secret_key` lets the account be used without Connect.
    """

    id: str
    business_name: str
    country: str
    default_currency: str
    settlement_seconds: float | None = None
    secret_key: str | None = None


class WebhookConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An endpoint known at start. `headers` are sent along, say a Host that resolves nowhere."""

    url: str
    secret: str
    connect: bool = False
    headers: dict[str, str] = {}
    enabled_events: tuple[str, ...] = ("*",)


class Config(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All of paysim's settings; seconds are real ones except those of the bank's clock (see clock.py)."""

    secret_key: str
    accounts: tuple[AccountConfig, ...] = ()
    webhook_endpoints: tuple[WebhookConfig, ...] = ()
    public_url: str | None = None
    settlement_seconds: float = 8.0
    delayed_settlement_seconds: float = 180.0
    fee_delay_seconds: float = 1.0
    webhook_retry_seconds: tuple[float, ...] = (0.5, 1, 2, 5, 10, 20, 30)
    webhook_give_up_seconds: float = 3600.0
    webhook_timeout_seconds: float = 10.0
    redirect_wait_seconds: float = 10.0


class ConfigRefused(Exception):
    """The configuration would be unsafe or cannot be read; the message says which value and why."""


def load_config(path: Path) -> Config:
    """Read a JSON file; raises ConfigRefused with a sentence for the person who wrote it."""
    try:
        config = msgspec.json.decode(path.read_bytes(), type=Config)
    except (OSError, msgspec.DecodeError) as error:
        raise ConfigRefused(f"{path}: {error}") from error
    check_config(config)
    return config


def check_config(config: Config) -> None:
    """Refuse live keys and endpoints that are no plain addresses."""
    keys = [config.secret_key, *(a.secret_key for a in config.accounts if a.secret_key)]
    if not all(key.startswith("sk_test_") for key in keys):
        raise ConfigRefused("secret_key: paysim takes test keys alone, they start with sk_test_")
    for account in config.accounts:
        if not account.id.startswith("acct_"):
            raise ConfigRefused(f"accounts: {json.dumps(account.id)} is no account id, they start with acct_")
    for endpoint in config.webhook_endpoints:
        if urlsplit(endpoint.url).scheme not in ("http", "https"):
            raise ConfigRefused(f"webhook_endpoints: {json.dumps(endpoint.url)} is no http address")
        if not endpoint.secret.startswith("whsec_"):
            raise ConfigRefused("webhook_endpoints: a secret starts with whsec_")

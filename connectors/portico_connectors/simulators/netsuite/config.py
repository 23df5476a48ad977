"""What an account is like: its credentials, its company and the switches that real accounts differ in."""

import json
import re
import secrets
from pathlib import Path
from typing import Literal

import msgspec
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

ACCOUNT_ID = re.compile(r"[A-Za-z0-9]+([_-][A-Za-z0-9]+)*")

DateFormat = Literal["M/D/YYYY", "MM/DD/YYYY", "D/M/YYYY", "DD/MM/YYYY", "D.M.YYYY", "DD.MM.YYYY", "YYYY-MM-DD"]


class Credentials(msgspec.Struct, kw_only=True, omit_defaults=True):
    """TBA's four and M2M's three. `private_key_pem` is only held when the simulator itself made the pair."""

    consumer_key: str
    consumer_secret: str
    token_id: str
    token_secret: str
    client_id: str
    certificate_id: str
    public_key_pem: str
    private_key_pem: str | None = None


class Options(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Switches per account. Where the documentation is silent or sources conflict, the default is named first.

    one_world               subsidiaries exist (tables, columns and fields); off: they are "not found"
    multi_currency          `currency` columns, fields and table exist
    currencies              ISO codes that a seeded company uses; the first is the base currency
    time_zone, date_format  the account's preferences: SuiteQL values and `q` filters are in them
    datetime_with_time      raw datetime columns show the time too
    bare_status             WHERE takes the bare status letter besides TYPE:LETTER
    signed_credits          a credit memo's foreigntotal is negative
    bump_linked             applying moves lastmodifieddate of every linked document
    auto_apply              a payment posted without `autoApply` spreads its rest over open invoices
    missing_columns         {table: [column, ...]} that this account does not have
    crashing_columns        {table: [column, ...]} that answer 500 instead of 400
    analytics_permission    SuiteAnalytics Workbook; off: collections and SuiteQL answer USER_ERROR
    strict_audience         the assertion's aud must be the token endpoint
    scopes                  what the integration allows
    language                the company's; a request that asks for another is refused
    concurrency_limit       requests at once; 0 = no limit
    row_cap                 rows one SuiteQL query gives at most
    lockout_after           failed token sign-ins until a 30-minute lock; 0 = never
    closed_until            last day (ISO) of the closed periods
    latency_seconds         added to every answer
    clock_skew_seconds      how far this account's clock is ahead of the machine's
    """

    one_world: bool = False
    multi_currency: bool = True
    currencies: list[str] = msgspec.field(default_factory=lambda: ["GBP", "EUR"])
    time_zone: str = "Europe/London"
    date_format: DateFormat = "M/D/YYYY"
    datetime_with_time: bool = False
    bare_status: bool = False
    signed_credits: bool = True
    bump_linked: bool = True
    auto_apply: bool = False
    missing_columns: dict[str, list[str]] = msgspec.field(default_factory=dict)
    crashing_columns: dict[str, list[str]] = msgspec.field(default_factory=dict)
    analytics_permission: bool = True
    strict_audience: bool = True
    scopes: list[str] = msgspec.field(default_factory=lambda: ["restlets", "rest_webservices"])
    language: str | None = None
    concurrency_limit: int = 5
    row_cap: int = 100_000
    lockout_after: int = 5
    closed_until: str | None = None
    latency_seconds: float = 0.0
    clock_skew_seconds: float = 0.0


class Seed(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """The deterministic company. `trade` is "fasteners" or "wine"; `today` (ISO) is what its dates lean on."""

    number: int = 1
    trade: Literal["fasteners", "wine"] = "fasteners"
    customers: int = 60
    invoices: int = 4000
    credits: int = 300
    today: str | None = None


class AccountConfig(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """One account. Without credentials the simulator makes some and keeps them beside the account's data."""

    account: str
    company_name: str | None = None
    credentials: Credentials | None = None
    seed: Seed = msgspec.field(default_factory=Seed)
    company_folder: str | None = None
    options: Options = msgspec.field(default_factory=Options)

    def __post_init__(self) -> None:
        if not ACCOUNT_ID.fullmatch(self.account):
            raise ValueError(f"{self.account!r} is no account id")

    @property
    def realm(self) -> str:
        """The account id as OAuth wants it: upper case, underscores."""
        return self.account.upper().replace("-", "_")

    @property
    def host_label(self) -> str:
        """The account id as host names want it: lower case, hyphens."""
        return self.account.lower().replace("_", "-")


def read_config(path: Path) -> list[AccountConfig]:
    """The accounts of a JSON file: a list of AccountConfig. Raises ValueError with what is wrong."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=list[AccountConfig])
    except msgspec.DecodeError as error:
        raise ValueError(f"{path}: {error}") from error


def new_credentials() -> Credentials:
    """Fresh credentials of every kind, with an EC P-256 pair; the private key is in them."""
    key = ec.generate_private_key(ec.SECP256R1())
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    consumer_key = secrets.token_hex(32)
    return Credentials(
        consumer_key=consumer_key,
        consumer_secret=secrets.token_hex(32),
        token_id=secrets.token_hex(32),
        token_secret=secrets.token_hex(32),
        client_id=consumer_key,
        certificate_id=secrets.token_urlsafe(32),
        public_key_pem=public.decode(),
        private_key_pem=private.decode(),
    )


def kept_credentials(path: Path) -> Credentials:
    """The credentials kept at `path`, made and written (readable by the owner alone) on first use."""
    if path.exists():
        return msgspec.json.decode(path.read_bytes(), type=Credentials)
    credentials = new_credentials()
    path.touch(mode=0o600)
    path.write_text(json.dumps(msgspec.to_builtins(credentials), indent=2))
    return credentials

"""Every setting, read once from the environment with the prefix PORTICO_, checked at start, grouped as in the chart.

Nothing else reads the environment. Tests build a Settings object and patch no variables.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from portico_core import production

Environment = Literal["production", "demo", "test"]


class SettingMissing(SystemExit):
    """A setting is absent or cannot be used; the text names the variable and gives an example."""

    def __init__(self, name: str, example: str, why: str = "is not set") -> None:
        super().__init__(f"PORTICO_{name} {why}. Example: PORTICO_{name}={example}")


@dataclass(frozen=True, slots=True)
class DatabaseSettings:
    """`url` is the app login (owns nothing); `owner_url` the owner's, direct, for the CLI and migrations only.

    `direct_url` is for LISTEN and the leader lock where `url` goes through a pooler.
    """

    url: str = field(repr=False)
    owner_url: str | None = field(default=None, repr=False)
    direct_url: str | None = field(default=None, repr=False)
    pooler: Literal["none", "transaction"] = "none"
    pool_size: int = 10
    pool_timeout_seconds: float = 5.0
    connect_timeout_seconds: float = 5.0
    statement_timeout_seconds: float = 20.0


@dataclass(frozen=True, slots=True)
class WebSettings:
    """`scheme` is what browsers use: https in production, http on the demo's localhost."""

    platform_host: str = "127.0.0.1"
    scheme: Literal["http", "https"] = "https"
    port: int | None = None  # in public addresses; None where the scheme's own port is used
    operator_token: str | None = field(default=None, repr=False)
    proxy_hops: int = 0  # trusted X-Forwarded-For entries, counted from the right
    tenant_percent: int = 0  # of a web process's time that one tenant may take for long; 0 is no limit
    metrics_port: int | None = None  # where Prometheus finds this process by its own address; nowhere unless given
    keep_pages: bool = False  # browsers may keep signed-in pages and ask whether they changed, instead of no-store


@dataclass(frozen=True, slots=True)
class StripeSettings:
    """`api_base` set means the simulator: refused in production."""

    secret_key: str | None = field(default=None, repr=False)
    webhook_secrets: tuple[str, ...] = field(default=(), repr=False)
    api_base: str | None = None


@dataclass(frozen=True, slots=True)
class MailSettings:
    """Where mail is handed over. Senders come from each tenant's brand."""

    host: str = "127.0.0.1"
    port: int = 25
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    security: Literal["none", "starttls", "tls"] = "none"


@dataclass(frozen=True, slots=True)
class Settings:
    """All of it. `secret_keys` maps key id to 32 bytes; the first encrypts, all decrypt."""

    environment: Environment
    database: DatabaseSettings
    redis_url: str = field(repr=False)
    secret_keys: Mapping[str, bytes] = field(repr=False)
    web: WebSettings = WebSettings()
    stripe: StripeSettings = StripeSettings()
    mail: MailSettings = MailSettings()
    allow_private_erp_hosts: bool = False
    theme_path: str | None = None  # templates of an operator's theme, looked up before our own
    log_format: Literal["json", "console"] = "json"

    @property
    def public_port(self) -> str:
        """ ":8080" where the public address needs it, else empty."""
        return f":{self.web.port}" if self.web.port else ""


def from_environment(env: Mapping[str, str]) -> Settings:
    """Settings from variables; stops the process with the variable's name and an example if one is unusable."""
    read = _Reader(env)
    environment = read.choice("ENVIRONMENT", ("production", "demo", "test"), "production")
    settings = Settings(
        environment=environment,  # type: ignore[arg-type]  # the reader has checked the choice
        database=DatabaseSettings(
            url=read.text("DATABASE_URL", example="postgresql://portico_app:secret@db:5432/portico"),
            owner_url=read.optional("DATABASE_OWNER_URL"),
            direct_url=read.optional("DATABASE_DIRECT_URL"),
            pooler=read.choice("DATABASE_POOLER", ("none", "transaction"), "none"),  # type: ignore[arg-type]
            pool_size=read.integer("DATABASE_POOL_SIZE", 10),
        ),
        redis_url=read.text("REDIS_URL", example="redis://redis:6379/0"),
        secret_keys=_secret_keys(read.text("SECRET_KEYS", example="2026a:" + "<base64 of 32 random bytes>")),
        web=WebSettings(
            platform_host=read.optional("PLATFORM_HOST") or "127.0.0.1",
            scheme=read.choice("WEB_SCHEME", ("http", "https"), "https"),  # type: ignore[arg-type]
            port=read.integer("WEB_PUBLIC_PORT", 0) or None,
            operator_token=read.optional("OPERATOR_TOKEN"),
            proxy_hops=read.integer("WEB_PROXY_HOPS", 0),
            tenant_percent=read.integer("WEB_TENANT_PERCENT", 25),
            metrics_port=read.integer("WEB_METRICS_PORT", 0) or None,
            keep_pages=read.choice("WEB_KEEP_PAGES", ("yes", "no"), "no") == "yes",
        ),
        stripe=StripeSettings(
            secret_key=read.optional("STRIPE_SECRET_KEY"),
            webhook_secrets=tuple(filter(None, (read.optional("STRIPE_WEBHOOK_SECRETS") or "").split(","))),
            api_base=read.optional("STRIPE_API_BASE"),
        ),
        mail=MailSettings(
            host=read.optional("MAIL_HOST") or "127.0.0.1",
            port=read.integer("MAIL_PORT", 25),
            user=read.optional("MAIL_USER"),
            password=read.optional("MAIL_PASSWORD"),
            security=read.choice("MAIL_SECURITY", ("none", "starttls", "tls"), "none"),  # type: ignore[arg-type]
        ),
        allow_private_erp_hosts=read.choice("ALLOW_PRIVATE_ERP_HOSTS", ("no", "yes"), "no") == "yes",
        theme_path=read.optional("THEME_PATH"),
        log_format=read.choice("LOG_FORMAT", ("json", "console"), "json"),  # type: ignore[arg-type]
    )
    _refuse_simulator_in_production(settings)
    if settings.environment == "production":
        for name, example, why in production.faults(settings):
            raise SettingMissing(name, example, why)
    return settings


def _refuse_simulator_in_production(settings: Settings) -> None:
    stripe = settings.stripe
    if settings.environment == "production" and stripe.api_base:
        raise SettingMissing("STRIPE_API_BASE", "(leave it unset)", "points at a simulator, which production refuses")
    if stripe.api_base and not (stripe.secret_key or "").startswith("sk_test_"):
        raise SettingMissing("STRIPE_SECRET_KEY", "sk_test_…", "must be a test key where STRIPE_API_BASE is set")
    if settings.environment != "production" and (stripe.secret_key or "").startswith(("sk_live_", "rk_live_")):
        raise SettingMissing("STRIPE_SECRET_KEY", "sk_test_…", "is a live key outside production")


def _secret_keys(text: str) -> dict[str, bytes]:
    import base64
    import binascii

    keys: dict[str, bytes] = {}
    for entry in filter(None, text.split(",")):
        name, _, encoded = entry.partition(":")
        try:
            key = base64.b64decode(encoded, validate=True)
        except binascii.Error:
            key = b""
        if not name or len(key) != 32:
            raise SettingMissing("SECRET_KEYS", "2026a:<base64 of 32 random bytes>", "needs id:base64 of 32 bytes")
        if name in keys or key in keys.values():
            raise SettingMissing("SECRET_KEYS", "2026b:<a new key>,2026a:<the old one>", "names one key twice")
        keys[name] = key
    if not keys:
        raise SettingMissing("SECRET_KEYS", "2026a:<base64 of 32 random bytes>", "holds no key")
    return keys


@dataclass(frozen=True, slots=True)
class _Reader:
    env: Mapping[str, str]

    def optional(self, name: str) -> str | None:
        return self.env.get(f"PORTICO_{name}") or None

    def text(self, name: str, *, example: str) -> str:
        value = self.optional(name)
        if value is None:
            raise SettingMissing(name, example)
        return value

    def integer(self, name: str, default: int) -> int:
        value = self.optional(name)
        if value is None:
            return default
        if not value.isdecimal():
            raise SettingMissing(name, str(default or 8080), "is not a whole number")
        return int(value)

    def choice(self, name: str, allowed: tuple[str, ...], default: str) -> str:
        value = self.optional(name) or default
        if value not in allowed:
            raise SettingMissing(name, default, f"must be one of {', '.join(allowed)}")
        return value

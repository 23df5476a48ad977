"""A day in a portal whose every secret is a canary: real mail server, real queue, refusals and defects provoked.

All that anybody could read of it is kept: answers, logs, mails, the queue, metrics, a dump of the database.
"""

import base64
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import redis
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from portico_core.settings import MailSettings, Settings, StripeSettings, WebSettings
from portico_portal.local.binaries import PostgresBinaries, postgres_candidates

NAMES = (
    "consumer-key",
    "consumer-secret",
    "token-id",
    "token-secret",
    "smtp",
    "stripe-key",
    "stripe-webhook",
    "operator",
    "typed-password",
    "wrong-password",
)
SEALING_KEY = b"canary-key-of-thirty-two-bytes-x"


def canary(name: str) -> str:
    """A secret that stands nowhere else. Letters and hyphens alone, so that no escaping hides it."""
    return f"canary-{name}-7c1e9d"


@dataclass
class Read:
    """Everything that was said, by where."""

    answers: list[httpx.Response] = field(default_factory=list)
    mails: dict[str, list[bytes]] = field(default_factory=dict)
    said: dict[str, str] = field(default_factory=dict)

    async def note(self, answer: httpx.Response) -> None:
        """An httpx hook."""
        await answer.aread()
        self.answers.append(answer)


class MailServer:
    """aiosmtpd's handler and authenticator: refuses every password but the right one, keeps what it takes."""

    def __init__(self, read: Read) -> None:
        self.read = read
        self.right = "not yet"
        self.refused = 0

    def __call__(self, _server: SMTP, _session: Session, _envelope: Envelope, _how: str, data: object) -> AuthResult:
        fits = isinstance(data, LoginPassword) and data.password.decode() == self.right
        self.refused += not fits
        return AuthResult(success=fits, handled=False)

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        for recipient in envelope.rcpt_tos:
            self.read.mails.setdefault(recipient, []).append(bytes(envelope.original_content or b""))
        return "250 taken"


def with_canaries(settings: Settings, *, smtp_port: int) -> Settings:
    """Settings whose every secret is one."""
    return replace(
        settings,
        secret_keys={"canary": SEALING_KEY, **settings.secret_keys},
        web=WebSettings(platform_host="platform.test", scheme="http", operator_token=canary("operator")),
        stripe=StripeSettings(
            secret_key=canary("stripe-key"),
            webhook_secrets=(canary("stripe-webhook"),),
            api_base="http://127.0.0.1:1",
        ),
        mail=MailSettings(port=smtp_port, user="portal", password=canary("smtp")),
        allow_private_erp_hosts=True,
    )


def secrets_of(settings: Settings) -> dict[str, str]:
    """What must be nowhere, in each shape in which it could be."""
    found = {name: canary(name) for name in NAMES}
    found |= {f"{name} in base64": _base64(value.encode()) for name, value in list(found.items())}
    found |= {"sealing key": SEALING_KEY.decode(), "sealing key in hex": SEALING_KEY.hex()}
    found["sealing key in base64"] = _base64(SEALING_KEY)
    for name, url in (("app login", settings.database.url), ("Redis", settings.redis_url)):
        if password := urlsplit(url).password:
            found[f"password of the {name}"] = password
    return found


def dump(url: str) -> str:
    """The whole database as `pg_dump` writes it, by the newest one there is: it reads older servers too."""
    newest = max((each for each in postgres_candidates() if _dumper(each).exists()), key=lambda each: each.major)
    done = subprocess.run([str(_dumper(newest)), "--no-owner", url], capture_output=True, check=True)
    return done.stdout.decode()


def queued(url: str) -> str:
    """All that Redis holds."""
    client = redis.Redis.from_url(url, decode_responses=True, encoding_errors="replace")
    held: list[object] = []
    for key in client.scan_iter():
        held.append(key)
        match client.type(key):
            case "hash":
                held.append(client.hgetall(key))
            case "list":
                held.append(client.lrange(key, 0, -1))
            case "zset":
                held.append(client.zrange(key, 0, -1))
            case "set":
                held.append(client.smembers(key))
            case _:
                held.append(client.get(key))
    client.close()
    return "\n".join(str(each) for each in held)


def answers_without(answers: list[httpx.Response], own: Mapping[str, str]) -> str:
    """Bodies and headers of all answers. A session's token may be in its own cookie, a link's in its own page."""
    parts = []
    for answer in answers:
        body = answer.text
        for token in own.values():
            if token in str(answer.request.url):
                body = body.replace(token, "")
        headers = [f"{name}: {value}" for name, value in answer.headers.multi_items() if name != "set-cookie"]
        parts += [*headers, body]
    return "\n".join(parts)


def _dumper(each: PostgresBinaries) -> Path:
    return each.folder / "pg_dump"


def _base64(value: bytes) -> str:
    return base64.b64encode(value).decode().rstrip("=")

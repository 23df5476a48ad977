"""What production refuses to start with: secrets that anybody could guess, and ways on which secrets travel in plain.

Each finding names the variable and says what to set it to; the process does not start.
"""

from collections.abc import Iterator
from itertools import pairwise
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

if TYPE_CHECKING:
    from portico_core.settings import Settings

SHORTEST_TOKEN = 32
FEWEST_DIFFERENT_BYTES = 16  # of 32 random ones about 30 differ; fewer than 16 is no accident
WELL_KNOWN = frozenset(
    {"secret", "password", "passwort", "postgres", "portico", "redis", "admin", "root", "test", "changeme", "example"}
)
AT_RANDOM = "$(openssl rand -hex 32)"
A_KEY = "2026a:$(openssl rand -base64 32)"


def faults(settings: "Settings") -> Iterator[tuple[str, str, str]]:
    """The variable without its prefix, an example for it, and what is wrong with it."""
    if settings.web.scheme != "https":
        yield "WEB_SCHEME", "https", "is not https, without which sign-ins travel in plain"
    token = settings.web.operator_token
    if token is not None and not _is_random(token):
        yield "OPERATOR_TOKEN", AT_RANDOM, f"can be guessed: at least {SHORTEST_TOKEN} random characters"
    for key_id, key in settings.secret_keys.items():
        if len(set(key)) < FEWEST_DIFFERENT_BYTES or _counts_up(key):
            yield "SECRET_KEYS", A_KEY, f"has a key that is not random: {key_id}"
    database = settings.database
    for name, url in (
        ("DATABASE_URL", database.url),
        ("DATABASE_OWNER_URL", database.owner_url),
        ("DATABASE_DIRECT_URL", database.direct_url),
        ("REDIS_URL", settings.redis_url),
    ):
        if url is not None and _has_default_password(url):
            yield name, "<with a random password>", "has a password that everybody knows"
    if settings.mail.password and settings.mail.security == "none":
        yield "MAIL_SECURITY", "starttls", "is none, so that MAIL_PASSWORD would travel in plain"


def _is_random(token: str) -> bool:
    return len(token) >= SHORTEST_TOKEN and len(set(token)) >= FEWEST_DIFFERENT_BYTES // 2


def _counts_up(key: bytes) -> bool:
    return all((second - first) % 256 == 1 for first, second in pairwise(key))


def _has_default_password(url: str) -> bool:
    parts = urlsplit(url)
    password = unquote(parts.password or "")
    return password != "" and (password.lower() in WELL_KNOWN or password == unquote(parts.username or ""))

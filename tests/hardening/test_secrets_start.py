"""What production refuses to start with. The text names the variable; the process ends."""

import os
import subprocess
import sys
from base64 import b64encode
from hashlib import sha256
from pathlib import Path

import pytest

from portico_core.settings import SettingMissing, from_environment

# Not random, so that each process collects the same tests; but nothing that tells it from random.
KEY, OTHER = (b64encode(sha256(word).digest()).decode() for word in (b"one", b"other"))
GOOD = {
    "PORTICO_DATABASE_URL": "postgresql://portal_app:r4nd0mly-chosen@db/portal",
    "PORTICO_REDIS_URL": "redis://redis:6379/0",
    "PORTICO_SECRET_KEYS": f"2026a:{KEY}",
    "PORTICO_OPERATOR_TOKEN": os.urandom(32).hex(),
    "PORTICO_MAIL_PASSWORD": "something",
    "PORTICO_MAIL_SECURITY": "starttls",
    "PORTICO_STRIPE_SECRET_KEY": "sk_live_x",
}


def encoded(key: bytes) -> str:
    return b64encode(key).decode()


def test_good_settings_are_taken_and_show_no_secret() -> None:
    settings = from_environment(GOOD)
    shown = repr(settings)
    secrets = ("r4nd0mly-chosen", KEY, GOOD["PORTICO_OPERATOR_TOKEN"], "something", "sk_live_x", "redis:6379")
    assert [secret for secret in secrets if secret in shown] == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("OPERATOR_TOKEN", "admin"),
        ("OPERATOR_TOKEN", "operators-token"),
        ("OPERATOR_TOKEN", "a" * 64),
        ("SECRET_KEYS", f"a:{encoded(bytes(32))}"),
        ("SECRET_KEYS", f"a:{encoded(bytes(range(32)))}"),
        ("SECRET_KEYS", f"2026b:{KEY},a:{encoded(b'abcd' * 8)}"),
        ("SECRET_KEYS", f"a:{KEY},b:{KEY}"),
        ("SECRET_KEYS", f"a:{KEY},a:{OTHER}"),
        ("SECRET_KEYS", f"a:{encoded(b'sixteen bytes ..')}"),
        ("SECRET_KEYS", ","),
        ("SECRET_KEYS", ""),
        ("DATABASE_URL", "postgresql://portal_app:secret@db/portal"),
        ("DATABASE_URL", "postgresql://postgres:Postgres@db/portal"),
        ("DATABASE_URL", "postgresql://jane:jane@db/portal"),
        ("DATABASE_OWNER_URL", "postgresql://owner:changeme@db/portal"),
        ("DATABASE_DIRECT_URL", "postgresql://a:password@db/portal"),
        ("REDIS_URL", "redis://:redis@redis:6379/0"),
        ("MAIL_SECURITY", "none"),
        ("WEB_SCHEME", "http"),
        ("STRIPE_API_BASE", "http://127.0.0.1:8091"),
    ],
)
def test_what_anybody_could_guess_or_read_is_refused_by_name(name: str, value: str) -> None:
    with pytest.raises(SettingMissing, match=f"^PORTICO_{name} ") as refused:
        from_environment(GOOD | {f"PORTICO_{name}": value})
    for part in value.replace(":", ",").split(","):
        assert len(part) < 20 or part not in str(refused.value), "the refusal does not repeat the secret"


@pytest.mark.parametrize("command", [["web"], ["worker"]])
def test_no_process_starts_with_a_known_key(command: list[str]) -> None:
    program = str(Path(sys.executable).with_name("portico"))
    environment = {**os.environ, **GOOD, "PORTICO_SECRET_KEYS": f"demo:{encoded(bytes(32))}"}
    done = subprocess.run([program, *command], env=environment, capture_output=True, check=False, timeout=120)
    assert done.returncode == 1
    assert done.stderr.startswith(b"PORTICO_SECRET_KEYS has a key that is not random: demo")
    assert b"Traceback" not in done.stderr

"""Token-based authentication: OAuth 1.0a with HMAC-SHA256, verified over whatever oauth_* parameters are sent."""

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import parse_qsl, quote, unquote

from portico_connectors.simulators.netsuite.account import Account
from portico_connectors.simulators.netsuite.answers import Login

WINDOW_SECONDS = 300
SHORTEST_NONCE = 6
LOCK = timedelta(minutes=30)

_PARAMETER = re.compile(r'\s*([A-Za-z_]+)\s*=\s*"([^"]*)"\s*')
_REQUIRED = (
    "oauth_consumer_key",
    "oauth_token",
    "oauth_nonce",
    "oauth_timestamp",
    "oauth_signature_method",
    "oauth_signature",
)


@dataclass(frozen=True)
class Signed:
    """What of a request is signed. `url` is scheme, host and path as the client saw them, without query."""

    method: str
    url: str
    query: str


def parameters(header: str) -> dict[str, str]:
    """The parameters of an `OAuth` authorization header, decoded. Raises Login when malformed or doubled."""
    found: dict[str, str] = {}
    for part in header[len("OAuth ") :].split(","):
        match = _PARAMETER.fullmatch(part)
        if match is None or match.group(1) in found:
            raise Login("parameter_rejected")
        found[match.group(1)] = unquote(match.group(2))
    return found


def signature(signed: Signed, oauth: dict[str, str], consumer_secret: str, token_secret: str) -> str:
    """The signature of a request: every oauth_* parameter but the signature counts, realm does not."""
    pairs = parse_qsl(signed.query, keep_blank_values=True)
    pairs += [(key, value) for key, value in oauth.items() if key.startswith("oauth_") and key != "oauth_signature"]
    encoded = sorted((_encode(key), _encode(value)) for key, value in pairs)
    normalised = "&".join(f"{key}={value}" for key, value in encoded)
    base = "&".join((signed.method.upper(), _encode(signed.url), _encode(normalised)))
    key = f"{_encode(consumer_secret)}&{_encode(token_secret)}"
    return base64.b64encode(hmac.new(key.encode(), base.encode(), hashlib.sha256).digest()).decode()


def verify(account: Account, oauth: dict[str, str], signed: Signed) -> None:
    """Accept a signed request, and burn its nonce. Raises Login with the audit trail's reason."""
    credentials = account.credentials
    missing = [name for name in _REQUIRED if not oauth.get(name)]
    if missing:
        raise Login("MissingTokenPassportRequiredFields")
    if oauth.get("oauth_version", "1.0") != "1.0":
        raise Login("VersionRejected")
    if oauth["oauth_signature_method"] != "HMAC-SHA256":
        raise Login("UnknownAlgorithm")
    if oauth["oauth_consumer_key"] != credentials.consumer_key:
        raise Login("consumer_key_unknown")
    if oauth["oauth_token"] != credentials.token_id:
        raise Login("token_rejected")
    if account.locked_until is not None and account.now() < account.locked_until:
        raise Login("temporary_locked")
    try:
        _verify_signed(account, oauth, signed)
    except Login:
        _count_failure(account)
        raise
    account.failed_logins = 0


def _verify_signed(account: Account, oauth: dict[str, str], signed: Signed) -> None:
    credentials = account.credentials
    stamp = oauth["oauth_timestamp"]
    now = account.now().timestamp()
    if not stamp.isdigit() or abs(now - int(stamp)) > WINDOW_SECONDS:
        raise Login("InvalidTimestamp")
    if len(oauth["oauth_nonce"]) < SHORTEST_NONCE:
        raise Login("nonce_rejected")
    expected = signature(signed, oauth, credentials.consumer_secret, credentials.token_secret)
    if not hmac.compare_digest(expected.encode(), oauth["oauth_signature"].encode()):
        raise Login("InvalidSignature")
    used = (oauth["oauth_token"], oauth["oauth_nonce"], int(stamp))
    if used in account.nonces:
        raise Login("NonceUsed")
    if len(account.nonces) > 10_000:
        account.nonces = {key: until for key, until in account.nonces.items() if until > now}
    account.nonces[used] = int(stamp) + WINDOW_SECONDS + 1


def _count_failure(account: Account) -> None:
    account.failed_logins += 1
    if account.options.lockout_after and account.failed_logins >= account.options.lockout_after:
        account.locked_until = account.now() + LOCK
        account.failed_logins = 0


def _encode(text: str) -> str:
    return quote(text, safe="-._~")

"""Token-based authentication, the older sign-in: OAuth 1.0a with HMAC-SHA256."""

import base64
import hashlib
import hmac
import secrets
import time
from urllib.parse import parse_qsl, quote, urlsplit


class TokenBased:
    """OAuth 1.0a with HMAC-SHA256. The JSON body is not signed."""

    def __init__(self, realm: str, consumer_key: str, consumer_secret: str, token_id: str, token_secret: str) -> None:
        self._realm = realm
        self._consumer_key = consumer_key
        self._token_id = token_id
        self._key = f"{_encode(consumer_secret)}&{_encode(token_secret)}".encode()

    async def header(self, method: str, url: str) -> str:
        """Signed with a fresh nonce."""
        return self.sign(method, url, nonce=secrets.token_hex(16), timestamp=int(time.time()))

    def sign(self, method: str, url: str, *, nonce: str, timestamp: int) -> str:
        """The header for given nonce and Unix time. The realm stays outside of what is signed."""
        oauth = {
            "oauth_consumer_key": self._consumer_key,
            "oauth_token": self._token_id,
            "oauth_nonce": nonce,
            "oauth_timestamp": str(timestamp),
            "oauth_signature_method": "HMAC-SHA256",
            "oauth_version": "1.0",
        }
        base = _base_string(method, url, oauth)
        digest = hmac.new(self._key, base.encode(), hashlib.sha256).digest()
        oauth["oauth_signature"] = base64.b64encode(digest).decode()
        return "OAuth " + ", ".join(
            f'{name}="{_encode(value)}"' for name, value in {"realm": self._realm, **oauth}.items()
        )

    def renew(self, refused: str) -> bool:
        """Never: nothing can be renewed, and five refused logins lock the user for half an hour."""
        return False


def _base_string(method: str, url: str, oauth: dict[str, str]) -> str:
    parts = urlsplit(url)
    query = parse_qsl(parts.query, keep_blank_values=True)
    pairs = sorted((_encode(name), _encode(value)) for name, value in [*query, *oauth.items()])
    usual_port = {"http": 80, "https": 443}.get(parts.scheme)
    port = f":{parts.port}" if parts.port not in (None, usual_port) else ""
    address = f"{parts.scheme}://{parts.hostname or ''}{port}{parts.path or '/'}"
    return "&".join((method.upper(), _encode(address), _encode("&".join(f"{name}={value}" for name, value in pairs))))


def _encode(text: str) -> str:
    return quote(text, safe="~")

"""A signer written for these tests from the protocol's description, independent of simulator and connector."""

import base64
import hashlib
import hmac
import json
import secrets
import time
from collections.abc import Generator, Mapping
from urllib.parse import parse_qsl, quote, urlsplit

import httpx
from joserfc import jws
from joserfc.jwk import ECKey, RSAKey

from portico_connectors.simulators.netsuite.config import Credentials

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
TOKEN_PATH = "/services/rest/auth/oauth2/v1/token"


def escape(text: str) -> str:
    """RFC 3986 percent-encoding."""
    return quote(text, safe="-._~")


def tba_header(
    method: str,
    url: str,
    realm: str,
    credentials: Credentials,
    *,
    nonce: str | None = None,
    timestamp: int | None = None,
    change: Mapping[str, str] | None = None,
) -> str:
    """An OAuth 1.0 header for a request; `change` sets or replaces oauth_* parameters before signing."""
    parts = urlsplit(url)
    oauth = {
        "oauth_consumer_key": credentials.consumer_key,
        "oauth_token": credentials.token_id,
        "oauth_nonce": nonce or secrets.token_hex(10),
        "oauth_timestamp": str(timestamp if timestamp is not None else int(time.time())),
        "oauth_signature_method": "HMAC-SHA256",
        "oauth_version": "1.0",
        **(change or {}),
    }
    pairs = [*parse_qsl(parts.query, keep_blank_values=True), *oauth.items()]
    joined = "&".join(f"{key}={value}" for key, value in sorted((escape(k), escape(v)) for k, v in pairs))
    base = "&".join([method, escape(f"{parts.scheme}://{parts.netloc}{parts.path}"), escape(joined)])
    key = f"{escape(credentials.consumer_secret)}&{escape(credentials.token_secret)}"
    digest = hmac.new(key.encode(), base.encode(), hashlib.sha256).digest()
    oauth["oauth_signature"] = base64.b64encode(digest).decode()
    listed = ", ".join(f'{name}="{escape(value)}"' for name, value in oauth.items())
    return f'OAuth realm="{realm}", {listed}'


class TbaAuth(httpx.Auth):
    """Signs every request anew."""

    def __init__(self, realm: str, credentials: Credentials) -> None:
        self.realm = realm
        self.credentials = credentials

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        request.headers["Authorization"] = tba_header(request.method, str(request.url), self.realm, self.credentials)
        yield request


def assertion(
    credentials: Credentials,
    audience: str,
    *,
    claims: Mapping[str, object] | None = None,
    header: Mapping[str, object] | None = None,
    key_pem: str | None = None,
) -> str:
    """A client assertion; claims and header can be overridden."""
    now = int(time.time())
    body = {
        "iss": credentials.client_id,
        "scope": ["restlets", "rest_webservices"],
        "aud": audience,
        "iat": now,
        "exp": now + 300,
        **(claims or {}),
    }
    head = {"typ": "JWT", "alg": "ES256", "kid": credentials.certificate_id, **(header or {})}
    pem = key_pem or credentials.private_key_pem or ""
    key = ECKey.import_key(pem) if str(head["alg"]).startswith("ES") else RSAKey.import_key(pem)
    return jws.serialize_compact(dict(head), json.dumps(body), key, algorithms=[str(head["alg"])])


def token_request(client: httpx.Client, signed: str, **extra: str) -> httpx.Response:
    """Ask for a bearer token."""
    fields = {
        "grant_type": "client_credentials",
        "client_assertion_type": ASSERTION_TYPE,
        "client_assertion": signed,
        **extra,
    }
    return client.post(TOKEN_PATH, data=fields)

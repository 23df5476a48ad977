"""OAuth 2.0 client credentials, machine to machine: a signed assertion buys a token of an hour."""

import asyncio
import secrets
import time
from urllib.parse import urlencode

import msgspec
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey

from portico_connectors.errors import Reconnect, RetryLater
from portico_connectors.http import Http, Reply, ReplyLost
from portico_connectors.words import N_

TOKEN_PATH = "/services/rest/auth/oauth2/v1/token"  # noqa: S105 - a path
_ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_ASSERTION_SECONDS = 300
_RENEW_BEFORE_SECONDS = 60
_EC_ALGORITHMS = {"P-256": "ES256", "P-384": "ES384", "P-521": "ES512"}
_REASONS = {
    "invalid_client": N_("NetSuite knows no such client ID with this certificate ID and key"),
    "invalid_grant": N_("the certificate is not mapped to an active user and role, or has expired"),
    "unauthorized_client": N_("the integration record does not allow client credentials"),
    "unsupported_grant_type": N_("the integration record does not allow client credentials"),
    "invalid_scope": N_("the integration record lacks the scope REST Web Services (or RESTlets, for the invoice PDF)"),
    "invalid_request": N_("NetSuite did not accept the signed request; is this server's clock right?"),
}


class ClientCredentials:
    """OAuth 2.0, machine to machine. The access token is kept until shortly before it ends, or is refused."""

    def __init__(
        self,
        http: Http,
        base_url: str,
        client_id: str,
        certificate_id: str,
        private_key_pem: str,
        scopes: tuple[str, ...],
    ) -> None:
        self._http = http
        self._token_url = base_url + TOKEN_PATH
        self._client_id = client_id
        self._certificate_id = certificate_id
        self._key, self._algorithm = _private_key(private_key_pem)
        self._scopes = scopes
        self._token = ""
        self._good_until = 0.0
        self._asking = asyncio.Lock()

    async def header(self, method: str, url: str) -> str:
        """The current token, or a new one."""
        async with self._asking:
            if time.monotonic() >= self._good_until:
                await self._ask()
            return f"Bearer {self._token}"

    def renew(self, refused: str) -> bool:
        """Drop the refused token, unless a newer one has taken its place."""
        if refused == f"Bearer {self._token}":
            self._good_until = 0.0
        return True

    def assertion(self, now: int) -> str:
        """The signed assertion at a Unix time."""
        claims = {
            "iss": self._client_id,
            "scope": list(self._scopes),
            "aud": self._token_url,
            "iat": now,
            "exp": now + _ASSERTION_SECONDS,
            "jti": secrets.token_urlsafe(16),
        }
        header = {"typ": "JWT", "alg": self._algorithm, "kid": self._certificate_id}
        return jwt.encode(header, claims, self._key, algorithms=[self._algorithm])

    async def _ask(self) -> None:
        asked_at = time.monotonic()
        form = {
            "grant_type": "client_credentials",
            "client_assertion_type": _ASSERTION_TYPE,
            "client_assertion": self.assertion(int(time.time())),
        }
        reply = await self._exchange(urlencode(form).encode())
        if reply.status == 429 or reply.status >= 500:
            raise RetryLater(f"NetSuite's token service answered {reply.status}")
        answer = _decoded(reply.body)
        if reply.status != 200 or not answer.access_token:
            reason = _REASONS.get(answer.error, N_(f"NetSuite's token service answered {reply.status}"))
            raise Reconnect(f"Signing in to NetSuite failed: {reason}")
        self._token = answer.access_token
        self._good_until = asked_at + max(0.0, float(answer.expires_in) - _RENEW_BEFORE_SECONDS)

    async def _exchange(self, content: bytes) -> Reply:
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
        try:
            return await self._http.send("POST", self._token_url, headers=headers, content=content, urgent=True)
        except ReplyLost as error:
            # Not the loss of what the token was wanted for: that was not sent yet.
            raise RetryLater(f"NetSuite's token service did not answer ({error})") from None


class _TokenAnswer(msgspec.Struct):
    access_token: str = ""
    expires_in: float | str = 3600
    error: str = ""


def _decoded(body: bytes) -> _TokenAnswer:
    try:
        return msgspec.json.decode(body, type=_TokenAnswer)
    except msgspec.DecodeError:
        return _TokenAnswer()


def _private_key(pem: str) -> tuple[RSAKey | ECKey, str]:
    """The key and the algorithm that NetSuite takes for its kind: PSS for RSA, ECDSA by curve for EC."""
    for kind in (RSAKey, ECKey):
        try:
            key = kind.import_key(pem)
        except (JoseError, ValueError, TypeError):
            continue
        if not key.is_private:
            break
        return (key, "PS256") if isinstance(key, RSAKey) else (key, _EC_ALGORITHMS.get(key.curve_name, "ES256"))
    raise Reconnect("Private key (PEM) is not a private RSA or EC key without a passphrase")

"""Signatures against the published example values; tokens against a token service of a few lines."""

import asyncio
import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import parse_qs, unquote

import msgspec
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

from portico_connectors.errors import Reconnect, RetryLater
from portico_connectors.http import Http
from portico_connectors.netsuite.m2m import ClientCredentials
from portico_connectors.netsuite.tba import TokenBased
from tests.connectors.wire import Handler, Request, answer, serving

PUBLISHED = TokenBased(
    "123456",
    "ef40afdd8abaac111b13825dd5e5e2ddddb44f86d5a0dd6dcf38c20aae6b67e4",
    "d26ad321a4b2f23b0741c8d38392ce01c3e23e109df6c96eac6d099e9ab9e8b5",
    "2b0ce516420110bcbd36b69e99196d1b7f6de3c6234c5afb799b73d87569f5cc",
    "c29a677df7d5439a458c063654187e3d678d73aca8e3c9d8bea1478a3eb0d295",
)
RECORD_URL = "https://123456.suitetalk.api.netsuite.com/services/rest/record/v1/employee/40"
RESTLET_URL = (
    "https://123456.restlets.api.netsuite.com/app/site/hosting/restlet.nl"
    "?script=6&deploy=1&customParam=someValue&testParam=someOtherValue"
)


def pem(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


EC_KEY = ec.generate_private_key(ec.SECP256R1())


def parameters(header: str) -> dict[str, str]:
    return {name: unquote(value) for name, value in re.findall(r'(\w+)="([^"]*)"', header)}


@pytest.mark.parametrize(
    ("method", "url", "signature"),
    [
        ("GET", RECORD_URL, "B5OIWznZ2YP0OB7VrJrGkYsTh+8H+5T9Hag+o92q0zY="),
        ("POST", RESTLET_URL, "+KK4SKNgz4ZiILGLwOMtfYlgcXSy1eis8ldE9X90azQ="),
    ],
)
def test_the_published_signatures_come_out(method: str, url: str, signature: str) -> None:
    header = PUBLISHED.sign(method, url, nonce="fjaLirsIcCGVZWzBX0pg", timestamp=1508242306)
    assert parameters(header)["oauth_signature"] == signature


def test_the_realm_leads_and_is_not_signed() -> None:
    signed = [
        TokenBased(realm, "a", "b", "c", "d").sign("GET", RECORD_URL, nonce="123456", timestamp=1)
        for realm in ("1", "1_SB1")
    ]
    assert signed[1].startswith('OAuth realm="1_SB1", ')
    assert parameters(signed[0])["oauth_signature"] == parameters(signed[1])["oauth_signature"]


async def test_each_attempt_has_its_own_nonce() -> None:
    first, second = [parameters(await PUBLISHED.header("GET", RECORD_URL)) for _ in range(2)]
    assert first["oauth_nonce"] != second["oauth_nonce"]
    assert len(first["oauth_nonce"]) >= 20


class TokenService:
    """Counts what was asked; answers as a test says."""

    def __init__(self) -> None:
        self.asked: list[dict[str, list[str]]] = []
        self.status, self.body = 200, b'{"access_token": "token-%d", "expires_in": 3600, "token_type": "Bearer"}'

    async def __call__(self, request: Request) -> bytes:
        self.asked.append(parse_qs(request.body.decode()))
        return answer(self.status, self.body % len(self.asked) if b"%d" in self.body else self.body)


@pytest.fixture
def service() -> TokenService:
    return TokenService()


@asynccontextmanager
async def signing(handler: Handler, key: str) -> AsyncIterator[tuple[ClientCredentials, str]]:
    async with serving(handler) as address:
        http = Http("auth", allow_private=True)
        yield ClientCredentials(http, address, "client", "certificate", key, ("rest_webservices", "restlets")), address
        await http.close()


@pytest.mark.parametrize(
    ("key", "algorithm"),
    [
        (EC_KEY, "ES256"),
        (ec.generate_private_key(ec.SECP384R1()), "ES384"),
        (ec.generate_private_key(ec.SECP521R1()), "ES512"),
        (rsa.generate_private_key(public_exponent=65537, key_size=3072), "PS256"),
    ],
)
async def test_the_assertion_says_what_netsuite_asks_for(
    service: TokenService, key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey, algorithm: str
) -> None:
    async with signing(service, pem(key)) as (auth, address):
        assert await auth.header("GET", "https://erp/") == "Bearer token-1"
    form = service.asked[0]
    assert form["grant_type"] == ["client_credentials"]
    assert form["client_assertion_type"] == ["urn:ietf:params:oauth:client-assertion-type:jwt-bearer"]
    kind = RSAKey if isinstance(key, rsa.RSAPrivateKey) else ECKey
    token = jwt.decode(form["client_assertion"][0], kind.import_key(pem(key)), algorithms=[algorithm])
    assert token.header == {"typ": "JWT", "alg": algorithm, "kid": "certificate"}
    assert token.claims["iss"] == "client"
    assert token.claims["scope"] == ["rest_webservices", "restlets"]
    assert token.claims["aud"] == address + "/services/rest/auth/oauth2/v1/token"
    assert abs(token.claims["iat"] - time.time()) < 60
    assert 0 < token.claims["exp"] - token.claims["iat"] < 3600


async def test_one_token_serves_all_until_it_is_refused(service: TokenService) -> None:
    async with signing(service, pem(EC_KEY)) as (auth, _):
        headers = await asyncio.gather(*(auth.header("GET", "https://erp/") for _ in range(10)))
        assert set(headers) == {"Bearer token-1"}
        assert auth.renew(headers[0])
        assert await auth.header("GET", "https://erp/") == "Bearer token-2"
        # Ten requests refused with the same old token renew it once.
        assert auth.renew(headers[0])
        assert await auth.header("GET", "https://erp/") == "Bearer token-2"
    assert len(service.asked) == 2


async def test_a_token_about_to_end_is_not_used(service: TokenService) -> None:
    service.body = b'{"access_token": "token-%d", "expires_in": "59", "token_type": "bearer"}'
    async with signing(service, pem(EC_KEY)) as (auth, _):
        await auth.header("GET", "https://erp/")
        assert await auth.header("GET", "https://erp/") == "Bearer token-2"


@pytest.mark.parametrize(
    ("status", "error", "sentence"),
    [
        (401, "invalid_client", "certificate ID"),
        (400, "invalid_grant", "expired"),
        (400, "invalid_scope", "scope"),
        (400, "invalid_request", "clock"),
        (400, "something_new", "400"),
    ],
)
async def test_a_refused_assertion_asks_for_a_new_connection(
    service: TokenService, status: int, error: str, sentence: str
) -> None:
    service.status, service.body = status, msgspec.json.encode({"error": error})
    async with signing(service, pem(EC_KEY)) as (auth, _):
        with pytest.raises(Reconnect, match=sentence):
            await auth.header("GET", "https://erp/")


async def test_a_token_service_that_is_down_is_asked_later(service: TokenService) -> None:
    service.status, service.body = 503, b"<html>down</html>"
    async with signing(service, pem(EC_KEY)) as (auth, _):
        with pytest.raises(RetryLater):
            await auth.header("GET", "https://erp/")


async def test_what_is_no_private_key_is_refused_without_showing_it() -> None:
    public = EC_KEY.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    for key in ("canary", public.decode()):
        with pytest.raises(Reconnect) as caught:
            ClientCredentials(Http("auth"), "https://erp", "client", "certificate", key, ())
        assert key not in str(caught.value)

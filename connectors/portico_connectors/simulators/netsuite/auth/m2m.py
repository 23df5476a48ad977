"""OAuth 2.0 client credentials: a signed assertion is exchanged for a bearer token of an hour."""

import re
import secrets
from urllib.parse import parse_qsl

import msgspec
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OctKey, RSAKey

from portico_connectors.simulators.netsuite.account import Account, Accounts
from portico_connectors.simulators.netsuite.answers import INVALID_LOGIN, Answer, Login, Refused, json_answer
from portico_connectors.simulators.netsuite.store.database import meta, set_meta

TOKEN_PATH = "/services/rest/auth/oauth2/v1/token"  # noqa: S105 - a path
LIFETIME = 3600
ALGORITHMS = ("PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
SCOPES = ("restlets", "rest_webservices", "suite_analytics")
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

Claims = dict[str, object]


class _TokenError(Exception):
    def __init__(self, status: int, code: str, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.code = code


def token(accounts: Accounts, body: bytes, host: str, endpoint: str) -> Answer:
    """Answer a token request; `endpoint` is the token URL as the client saw it."""
    account: Account | None = None
    try:
        fields = _fields(body)
        if fields.get("grant_type") != "client_credentials":
            code = "unsupported_grant_type" if fields.get("grant_type") else "invalid_request"
            raise _TokenError(400, code, "grant_type")
        if fields.get("client_assertion_type") != ASSERTION_TYPE or not fields.get("client_assertion"):
            raise _TokenError(400, "invalid_request", "client_assertion")
        header, claims = _unverified(fields["client_assertion"])
        account = accounts.by_client(str(claims.get("iss")), str(header.get("kid")), host)
        if account is None:
            account = accounts.by_host(host)
            raise _TokenError(401, "invalid_client", "unknown client or certificate")
        _check(account, fields["client_assertion"], header, claims, endpoint)
        scopes = _scopes(account, claims.get("scope"))
    except _TokenError as error:
        if account is not None:
            account.note_login(f"{error.code}: {error}", "OAuth 2.0 token")
        realm = account.config.realm if account else ""
        headers = {"WWW-Authenticate": f'Basic realm="{realm}"'} if error.status == 401 else {}
        answer = json_answer({"error": error.code}, status=error.status)
        answer.headers = headers
        return answer
    account.note_login("success", "OAuth 2.0 token")
    issued = issue(account, scopes)
    answer = json_answer({"access_token": issued, "expires_in": LIFETIME, "token_type": "Bearer"})
    answer.headers = {"Cache-Control": "no-store"}
    return answer


def issue(account: Account, scopes: list[str]) -> str:
    """A bearer token of this account."""
    now = int(account.now().timestamp())
    key, epoch = _signing(account)
    claims: Claims = {
        "sub": "3;3",
        "aud": [account.credentials.client_id, account.config.realm],
        "scope": scopes,
        "iss": "https://system.netsuite.com",
        "oit": now,
        "iat": now,
        "exp": now + LIFETIME,
        "jti": f"{epoch}.{secrets.token_hex(8)}",
    }
    return jws.serialize_compact({"alg": "HS256", "typ": "JWT"}, msgspec.json.encode(claims), key)


def bearer(accounts: Accounts, value: str, host: str, scope: str) -> Account:
    """The account that a bearer token opens. Raises Login, with the header that the service sends."""
    try:
        _, claims = _unverified(value)
    except _TokenError:
        raise _malformed(accounts.by_host(host)) from None
    account = named_in(accounts, value)
    if account is None:
        raise _bad_bearer(accounts.by_host(host), "foreign token")
    key, epoch = _signing(account)
    try:
        jws.deserialize_compact(value, key, algorithms=["HS256"])
    except (JoseError, ValueError):
        raise _bad_bearer(account, "bad token") from None
    expires = claims.get("exp")
    if not isinstance(expires, int) or account.now().timestamp() >= expires:
        raise _bad_bearer(account, "expired token")
    if not str(claims.get("jti", "")).startswith(f"{epoch}."):
        raise _bad_bearer(account, "revoked token")
    granted = claims.get("scope")
    if not isinstance(granted, list) or scope not in granted:
        raise _bad_bearer(account, f"scope {scope} not granted")
    if accounts.names_other(host, account):
        raise _bad_bearer(account, "token of another account")
    return account


def named_in(accounts: Accounts, value: str) -> Account | None:
    """The account that a token claims to be of, unverified."""
    try:
        _, claims = _unverified(value)
    except _TokenError:
        return None
    audience = claims.get("aud")
    return accounts.by_realm.get(str(audience[-1])) if isinstance(audience, list) and audience else None


def expire_tokens(account: Account) -> None:
    """End every token that the account has issued."""
    with account.database.writing() as db:
        set_meta(db, "token_epoch", str(int(meta(db, "token_epoch") or "0") + 1))


def _malformed(account: Account | None) -> Refused:
    realm = account.config.realm if account else ""
    text = f'Bearer realm="{realm}", error="invalid_request", error_description="Invalid login attempt."'
    return Refused(400, "INVALID_LOGIN", INVALID_LOGIN, headers={"WWW-Authenticate": text})


def _bad_bearer(account: Account | None, reason: str) -> Login:
    realm = account.config.realm if account else ""
    text = f'Bearer realm="{realm}", error="invalid_token", error_description="Invalid login attempt."'
    if account is not None:
        account.note_login(reason, "OAuth 2.0")
    return Login(reason, headers={"WWW-Authenticate": text})


def _fields(body: bytes) -> dict[str, str]:
    try:
        pairs = parse_qsl(body.decode("ascii"), keep_blank_values=True, strict_parsing=True)
    except ValueError as error:
        raise _TokenError(400, "invalid_request", "body") from error
    if len({name for name, _ in pairs}) != len(pairs):
        raise _TokenError(400, "invalid_request", "a parameter twice")
    return dict(pairs)


def _unverified(value: str) -> tuple[Claims, Claims]:
    try:
        extracted = jws.extract_compact(value.encode("ascii"))
        claims = msgspec.json.decode(extracted.payload, type=dict[str, object])
    except (JoseError, ValueError) as error:
        raise _TokenError(400, "invalid_request", "assertion is no JWT") from error
    return dict(extracted.headers()), claims


def _check(account: Account, assertion: str, header: Claims, claims: Claims, endpoint: str) -> None:
    algorithm = header.get("alg")
    if header.get("typ", "JWT") != "JWT" or algorithm not in ALGORITHMS:
        raise _TokenError(400, "invalid_request", f"algorithm {algorithm}")
    pem = account.credentials.public_key_pem
    try:
        key = ECKey.import_key(pem) if str(algorithm).startswith("ES") else RSAKey.import_key(pem)
        jws.deserialize_compact(assertion, key, algorithms=[str(algorithm)])
    except (JoseError, ValueError):
        raise _TokenError(401, "invalid_client", "signature") from None
    issued, expires = claims.get("iat"), claims.get("exp")
    if not isinstance(issued, (int, float)) or not isinstance(expires, (int, float)):
        raise _TokenError(400, "invalid_request", "iat or exp")
    now = account.now().timestamp()
    if expires - issued > LIFETIME or expires <= issued:
        raise _TokenError(400, "invalid_request", "exp is too far from iat")
    if expires <= now:
        raise _TokenError(400, "invalid_grant", "assertion expired")
    if issued > now + 300:
        raise _TokenError(400, "invalid_request", "iat lies ahead")
    if account.options.strict_audience and not _is_endpoint(account, claims.get("aud"), endpoint):
        raise _TokenError(400, "invalid_request", "aud")


def _is_endpoint(account: Account, audience: object, endpoint: str) -> bool:
    official = f"https://{account.config.host_label}.suitetalk.api.netsuite.com{TOKEN_PATH}"
    wanted = {official, endpoint}
    return audience in wanted if isinstance(audience, str) else audience in [[one] for one in wanted]


def _scopes(account: Account, value: object) -> list[str]:
    named = [str(one) for one in value] if isinstance(value, list) else re.split(r"[,\s]+", str(value or ""))
    named = [one for one in named if one]
    if not named or any(one not in SCOPES or one not in account.options.scopes for one in named):
        raise _TokenError(400, "invalid_scope", ",".join(named))
    return named


def _signing(account: Account) -> tuple[OctKey, str]:
    db = account.database.reading()
    secret = meta(db, "token_secret")
    if secret is None:
        with account.database.writing() as writer:
            secret = meta(writer, "token_secret") or secrets.token_hex(32)
            set_meta(writer, "token_secret", secret)
    return OctKey.import_key(secret), meta(account.database.reading(), "token_epoch") or "0"

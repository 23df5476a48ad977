"""OAuth 2.0 client credentials: assertions taken and refused, tokens that open and that no longer do."""

import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from portico_connectors.simulators.netsuite.config import new_credentials
from tests.connectors.simulators.running import ONE_WORLD, P521, PLAIN, RECORDS, RESTLET, RSA, Simulator
from tests.connectors.simulators.signing import TOKEN_PATH, assertion, token_request


@pytest.fixture
def anonymous(simulator: Simulator) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=simulator.url, timeout=30) as client:
        yield client


def _ask(simulator: Simulator, client: httpx.Client, account: str = PLAIN, **how: Any) -> httpx.Response:
    endpoint = simulator.url + TOKEN_PATH
    return token_request(client, assertion(simulator.credentials[account], endpoint, **how))


def _bearer(simulator: Simulator, client: httpx.Client, **how: Any) -> dict[str, str]:
    answer = _ask(simulator, client, **how)
    assert answer.status_code == 200, answer.text
    return {"Authorization": f"Bearer {answer.json()['access_token']}"}


def test_an_assertion_buys_an_hour(simulator: Simulator, anonymous: httpx.Client) -> None:
    answer = _ask(simulator, anonymous)
    token = answer.json()

    assert (token["expires_in"], token["token_type"].lower()) == (3600, "bearer")
    assert "refresh_token" not in token
    headers = {"Authorization": f"Bearer {token['access_token']}"}
    assert anonymous.get(f"{RECORDS}/term/1", headers=headers).status_code == 200


@pytest.mark.parametrize(
    "scope", ["rest_webservices", "restlets,rest_webservices", "restlets rest_webservices", ["restlets"]]
)
def test_scopes_come_as_text_or_list(simulator: Simulator, anonymous: httpx.Client, scope: object) -> None:
    assert _ask(simulator, anonymous, claims={"scope": scope}).status_code == 200


@pytest.mark.parametrize(
    ("how", "status", "error"),
    [
        ({"header": {"kid": "another"}}, 401, "invalid_client"),
        ({"claims": {"iss": "another"}}, 401, "invalid_client"),
        ({"claims": {"scope": "everything"}}, 400, "invalid_scope"),
        ({"claims": {"scope": "suite_analytics"}}, 400, "invalid_scope"),
        ({"claims": {"exp": int(time.time()) + 7200}}, 400, "invalid_request"),
        ({"claims": {"iat": int(time.time()) - 600, "exp": int(time.time()) - 300}}, 400, "invalid_grant"),
        ({"claims": {"aud": "https://example.com/token"}}, 400, "invalid_request"),
        ({"header": {"typ": "JOSE"}}, 400, "invalid_request"),
    ],
)
def test_what_is_wrong_with_an_assertion_is_one_word(
    simulator: Simulator, anonymous: httpx.Client, how: dict[str, Any], status: int, error: str
) -> None:
    answer = _ask(simulator, anonymous, **how)

    assert (answer.status_code, answer.json()) == (status, {"error": error})
    assert ("www-authenticate" in answer.headers) == (status == 401)


def test_another_key_than_the_registered_one_is_refused(simulator: Simulator, anonymous: httpx.Client) -> None:
    answer = _ask(simulator, anonymous, key_pem=new_credentials().private_key_pem)

    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


def test_the_form_itself_is_checked(simulator: Simulator, anonymous: httpx.Client) -> None:
    signed = assertion(simulator.credentials[PLAIN], simulator.url + TOKEN_PATH)

    other_grant = token_request(anonymous, signed, grant_type="authorization_code")
    no_assertion = anonymous.post(TOKEN_PATH, data={"grant_type": "client_credentials"})
    no_form = anonymous.post(TOKEN_PATH, content=b"")

    assert other_grant.json()["error"] == "unsupported_grant_type"
    assert no_assertion.json()["error"] == "invalid_request"
    assert no_form.json()["error"] == "invalid_request"


def test_the_audience_can_be_lenient(simulator: Simulator, anonymous: httpx.Client) -> None:
    with simulator.options(strict_audience=False):
        assert _ask(simulator, anonymous, claims={"aud": "('https://x/token',)"}).status_code == 200


def test_a_token_opens_what_its_scope_says(simulator: Simulator, anonymous: httpx.Client) -> None:
    headers = _bearer(simulator, anonymous, claims={"scope": "restlets"})

    assert anonymous.get(f"{RECORDS}/term/1", headers=headers).status_code == 401
    assert anonymous.get(RESTLET, params={"script": "0"}, headers=headers).status_code == 400


def test_ended_tokens_are_refused_with_the_header_that_says_so(simulator: Simulator, anonymous: httpx.Client) -> None:
    headers = _bearer(simulator, anonymous)
    simulator.control.post("/expire-tokens", params={"account": PLAIN})

    answer = anonymous.get(f"{RECORDS}/term/1", headers=headers)

    assert answer.status_code == 401
    assert 'error="invalid_token"' in answer.headers["www-authenticate"]
    assert anonymous.get(f"{RECORDS}/term/1", headers=_bearer(simulator, anonymous)).status_code == 200


def test_a_malformed_token_is_a_bad_request(anonymous: httpx.Client) -> None:
    answer = anonymous.get(f"{RECORDS}/term/1", headers={"Authorization": "Bearer nonsense"})

    assert answer.status_code == 400
    assert 'error="invalid_request"' in answer.headers["www-authenticate"]


def test_a_token_does_not_open_another_account(simulator: Simulator, anonymous: httpx.Client) -> None:
    headers = {**_bearer(simulator, anonymous), "Host": "7654321-sb1.suitetalk.api.netsuite.com"}

    assert anonymous.get(f"{RECORDS}/term/1", headers=headers).status_code == 401


def test_a_client_of_another_host_is_unknown_there(simulator: Simulator, anonymous: httpx.Client) -> None:
    signed = assertion(simulator.credentials[ONE_WORLD], simulator.url + TOKEN_PATH)
    fields = {
        "grant_type": "client_credentials",
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "client_assertion": signed,
    }

    answer = anonymous.post(TOKEN_PATH, data=fields, headers={"Host": "1234567.suitetalk.api.netsuite.com"})

    assert answer.json() == {"error": "invalid_client"}


@pytest.mark.parametrize(("algorithm", "status"), [("PS256", 200), ("PS512", 200), ("RS256", 400), ("ES256", 401)])
def test_rsa_keys_sign_by_pss(simulator: Simulator, anonymous: httpx.Client, algorithm: str, status: int) -> None:
    key = new_credentials().private_key_pem if algorithm == "ES256" else None
    answer = _ask(simulator, anonymous, RSA, header={"alg": algorithm}, key_pem=key)

    assert answer.status_code == status


def test_larger_curves_sign_too(simulator: Simulator, anonymous: httpx.Client) -> None:
    assert _ask(simulator, anonymous, P521, header={"alg": "ES512"}).status_code == 200

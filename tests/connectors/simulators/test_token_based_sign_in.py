"""TBA: the documentation's own signatures, and every reason for which a signed request is turned away."""

import secrets
import time
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest

from portico_connectors.simulators.netsuite.auth import tba
from tests.connectors.simulators.running import (
    DOCUMENTED,
    ONE_WORLD,
    PLAIN,
    PRINTED_TIME,
    RECORDS,
    RESTLET,
    SUITEQL,
    TRANSIENT,
    Simulator,
)
from tests.connectors.simulators.signing import escape, tba_header

GET_SIGNATURE = "B5OIWznZ2YP0OB7VrJrGkYsTh+8H+5T9Hag+o92q0zY="
POST_SIGNATURE = "+KK4SKNgz4ZiILGLwOMtfYlgcXSy1eis8ldE9X90azQ="


def _send(simulator: Simulator, account: str = PLAIN, realm: str | None = None, **how: Any) -> httpx.Response:
    url = f"{simulator.url}{RECORDS}/term/1"
    header = tba_header("GET", url, realm or account, simulator.credentials[account], **how)
    return httpx.get(url, headers={"Authorization": header})


def _reason(simulator: Simulator, account: str = PLAIN) -> str:
    trail = simulator.control.get("/audit", params={"account": account}).json()
    return str(trail[-1]["outcome"])


def _printed_header(simulator: Simulator, signature: str) -> str:
    held = simulator.credentials[DOCUMENTED]
    return (
        f'OAuth realm="{DOCUMENTED}", oauth_consumer_key="{held.consumer_key}", oauth_token="{held.token_id}", '
        f'oauth_signature_method="HMAC-SHA256", oauth_timestamp="{PRINTED_TIME}", oauth_nonce="fjaLirsIcCGVZWzBX0pg", '
        f'oauth_version="1.0", oauth_signature="{escape(signature)}"'
    )


def test_the_documented_rest_signature_is_let_in(simulator: Simulator) -> None:
    answer = httpx.get(
        f"{simulator.url}{RECORDS}/employee/40",
        headers={
            "Host": "123456.suitetalk.api.netsuite.com",
            "X-Forwarded-Proto": "https",
            "Authorization": _printed_header(simulator, GET_SIGNATURE),
        },
    )

    # Let in, and told that there is no such record here.
    assert answer.status_code == 404
    assert answer.json()["o:errorDetails"][0]["o:errorCode"] == "NONEXISTENT_ID"


def test_the_documented_restlet_signature_is_what_we_compute(simulator: Simulator) -> None:
    # Both printed signatures share nonce and time, so a server takes only the first of them; this one is computed.
    held = simulator.credentials[DOCUMENTED]
    oauth = {
        "oauth_consumer_key": held.consumer_key,
        "oauth_token": held.token_id,
        "oauth_nonce": "fjaLirsIcCGVZWzBX0pg",
        "oauth_timestamp": str(PRINTED_TIME),
        "oauth_signature_method": "HMAC-SHA256",
        "oauth_version": "1.0",
    }
    signed = tba.Signed(
        "POST",
        "https://123456.restlets.api.netsuite.com/app/site/hosting/restlet.nl",
        "script=6&deploy=1&customParam=someValue&testParam=someOtherValue",
    )

    assert tba.signature(signed, oauth, held.consumer_secret, held.token_secret) == POST_SIGNATURE


@pytest.mark.parametrize(
    ("how", "reason"),
    [
        ({"timestamp": int(time.time()) - 400}, "InvalidTimestamp"),
        ({"timestamp": int(time.time()) + 900}, "InvalidTimestamp"),
        ({"nonce": "abcde"}, "nonce_rejected"),
        ({"change": {"oauth_signature_method": "HMAC-SHA1"}}, "UnknownAlgorithm"),
        ({"change": {"oauth_version": "2.0"}}, "VersionRejected"),
        ({"change": {"oauth_consumer_key": "0" * 64}}, "consumer_key_unknown"),
        ({"change": {"oauth_token": "0" * 64}}, "token_rejected"),
        ({"change": {"oauth_nonce": ""}}, "MissingTokenPassportRequiredFields"),
    ],
)
def test_a_bad_parameter_is_an_invalid_login_whose_reason_stands_in_the_trail_alone(
    simulator: Simulator, how: dict[str, Any], reason: str
) -> None:
    answer = _send(simulator, **how)

    assert answer.status_code == 401
    assert answer.json()["o:errorDetails"][0]["o:errorCode"] == "INVALID_LOGIN"
    assert reason not in answer.text
    assert _reason(simulator) == reason


def test_a_wrong_secret_is_an_invalid_signature(simulator: Simulator) -> None:
    url = f"{simulator.url}{RECORDS}/term/1"
    header = tba_header("GET", url, PLAIN, simulator.credentials[PLAIN]).replace(
        'oauth_signature="', 'oauth_signature="A'
    )

    assert httpx.get(url, headers={"Authorization": header}).status_code == 401
    assert _reason(simulator) == "InvalidSignature"


def test_a_header_sent_again_is_refused(simulator: Simulator) -> None:
    nonce, now = secrets.token_hex(10), int(time.time())

    assert _send(simulator, nonce=nonce, timestamp=now).status_code == 200
    assert _send(simulator, nonce=nonce, timestamp=now).status_code == 401
    assert _reason(simulator) == "NonceUsed"


@pytest.mark.parametrize("realm", ["7654321-SB1", "7654321_sb1", "7654321"])
def test_a_realm_in_the_wrong_form_is_refused(simulator: Simulator, realm: str) -> None:
    assert _send(simulator, ONE_WORLD, realm).status_code == 401
    assert _send(simulator, ONE_WORLD).status_code == 200


def test_a_host_of_another_account_is_refused(simulator: Simulator) -> None:
    for host, status in (("7654321-sb1", 401), (PLAIN, 200)):
        url = f"http://{host}.suitetalk.api.netsuite.com{RECORDS}/term/1"
        header = tba_header("GET", url, PLAIN, simulator.credentials[PLAIN])
        headers = {"Authorization": header, "Host": f"{host}.suitetalk.api.netsuite.com"}
        assert httpx.get(f"{simulator.url}{RECORDS}/term/1", headers=headers).status_code == status


def test_every_oauth_parameter_counts_in_the_signature(simulator: Simulator) -> None:
    assert _send(simulator, change={"oauth_body_hash": "2jmj7l5rSw0yVb/vlWAYkK/YBwk="}).status_code == 200


@pytest.mark.parametrize("encode", ["%20", "+"])
def test_blanks_in_a_query_are_signed_as_percent_20_however_they_travel(simulator: Simulator, encode: str) -> None:
    query = urlencode({"q": 'name IS "Net 30"'}).replace("+", encode)
    signed = f"{simulator.url}{RECORDS}/term?{query}"
    header = tba_header("GET", signed, PLAIN, simulator.credentials[PLAIN])

    answer = httpx.get(signed, headers={"Authorization": header})

    assert answer.status_code == 200
    assert answer.json()["count"] == 1


def test_restlets_word_a_failed_login_their_own_way(simulator: Simulator) -> None:
    unsigned = httpx.get(f"{simulator.url}{RESTLET}?script=1&deploy=1")
    malformed = httpx.get(
        f"{simulator.url}{RESTLET}?script=1&deploy=1", headers={"Authorization": 'OAuth realm="1234567", oauth_token'}
    )

    assert (unsigned.status_code, unsigned.json()["error"]["code"]) == (401, "INVALID_LOGIN_ATTEMPT")
    assert malformed.json()["error"]["code"] == "INVALID_REQUEST"


def test_a_parameter_twice_is_refused(simulator: Simulator) -> None:
    url = f"{simulator.url}{RECORDS}/term/1"
    header = tba_header("GET", url, PLAIN, simulator.credentials[PLAIN])

    assert httpx.get(url, headers={"Authorization": header + ', oauth_version="1.0"'}).status_code == 401


def test_five_failed_logins_lock_the_user_until_unlocked(simulator: Simulator) -> None:
    with simulator.options(lockout_after=5):
        for _ in range(5):
            assert _send(simulator, nonce="short").status_code == 401

        assert _send(simulator).status_code == 401
        assert _reason(simulator) == "temporary_locked"
        simulator.control.post("/unlock", params={"account": PLAIN})
        assert _send(simulator).status_code == 200


def test_a_signed_probe_is_answered_without_content(simulator: Simulator) -> None:
    answer = simulator.client().options("/services/rest/record/v1")

    assert (answer.status_code, answer.content) == (204, b"")
    assert httpx.options(f"{simulator.url}/services/rest/record/v1").status_code == 401


def test_suiteql_is_signed_over_its_query_string(simulator: Simulator) -> None:
    signed = f"{simulator.url}{SUITEQL}?limit=5&offset=0"
    sent = f"{simulator.url}{SUITEQL}?limit=500&offset=0"
    header = tba_header("POST", signed, PLAIN, simulator.credentials[PLAIN])

    answer = httpx.post(sent, json={"q": "SELECT id FROM term"}, headers={**TRANSIENT, "Authorization": header})

    assert answer.status_code == 401

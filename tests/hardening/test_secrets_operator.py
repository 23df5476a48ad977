"""The operator's cookie: sealed, ending, for one purpose; never the token itself."""

import time

import pytest

from portico_portal.web import cookies
from tests.portal.portal import Browser, Portal

TOKEN = "operators-token"
KEY, OTHER = b"k" * 32, b"o" * 32


async def signed_in(portal: Portal) -> Browser:
    operator = portal.platform()
    await operator.get("/operator/sign-in")
    assert (await operator.post("/operator/sign-in", {"token": TOKEN})).status_code == 303
    return operator


async def test_it_opens_the_console_until_it_is_signed_out(portal: Portal) -> None:
    operator = await signed_in(portal)
    assert TOKEN not in operator.client.cookies["operator"]
    assert (await operator.get("/operator")).status_code == 200
    assert (await operator.post("/operator/sign-out")).status_code == 303
    assert "operator" not in operator.client.cookies
    assert (await operator.client.get("/operator", headers={"accept": "text/html"})).status_code == 303


async def test_the_token_itself_is_no_cookie(portal: Portal) -> None:
    operator = portal.platform()
    for value in (TOKEN, f"{int(time.time()) + 99}.{TOKEN}", "", "1", "."):
        operator.client.cookies.set("operator", value)
        assert (await operator.client.get("/operator/tenants.json")).status_code == 401, value


async def test_signing_out_takes_a_form_of_this_browser(portal: Portal) -> None:
    operator = await signed_in(portal)
    assert (await operator.client.post("/operator/sign-out", data={"csrf_token": "0" * 64})).status_code == 403
    assert (await operator.get("/operator")).status_code == 200


def test_it_ends_by_itself_and_with_key_and_token() -> None:
    now = 1_800_000_000
    value = cookies.sign_operator(KEY, TOKEN, now + 10)
    assert cookies.is_operator([OTHER, KEY], value, TOKEN, at=now)
    assert not cookies.is_operator([KEY], value, TOKEN, at=now + 10)
    assert not cookies.is_operator([OTHER], value, TOKEN, at=now)
    assert not cookies.is_operator([KEY], value, "another token", at=now)
    later = value.replace(str(now + 10), str(now + 99))
    assert not cookies.is_operator([KEY], later, TOKEN, at=now)


@pytest.mark.parametrize(
    "value", [None, "", ".", "x.y", "99999999999999999999999.z", "１８０００００００１.z", "-1.z", "é.é"]
)
def test_nonsense_is_nobody(value: str | None) -> None:
    assert not cookies.is_operator([KEY], value, TOKEN, at=0)


def test_a_seal_of_another_purpose_does_not_fit() -> None:
    known = cookies.sign_known(KEY, TOKEN, "2000000000")
    assert not cookies.is_operator([KEY], known, TOKEN, at=0)
    assert cookies.known_browser([KEY], cookies.sign_operator(KEY, TOKEN, 2_000_000_000), TOKEN) is None

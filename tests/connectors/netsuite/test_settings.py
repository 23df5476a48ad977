"""The form's values are checked before anything is signed; errors name the field and never its value."""

import pytest

from portico_connectors.errors import Reconnect
from portico_connectors.netsuite.settings import MANIFEST, parse

TBA = {
    "auth_method": "tba",
    "consumer_key": "canary",
    "consumer_secret": "canary",
    "token_id": "canary",
    "token_secret": "canary",
}


@pytest.mark.parametrize(
    ("account", "realm", "host"),
    [
        ("123456", "123456", "123456"),
        ("123456_SB1", "123456_SB1", "123456-sb1"),
        ("123456-sb1", "123456_SB1", "123456-sb1"),
        ("TSTDRV1234567", "TSTDRV1234567", "tstdrv1234567"),
    ],
)
def test_realm_and_hosts_follow_from_the_account(account: str, realm: str, host: str) -> None:
    settings = parse({"account_id": account}, TBA, allow_private=False)
    assert settings.realm == realm
    assert settings.base_url == f"https://{host}.suitetalk.api.netsuite.com"
    assert settings.restlet_url == f"https://{host}.restlets.api.netsuite.com"


@pytest.mark.parametrize(
    "account", ["", "evil.example/", "1@evil.example", "1 2", "1__2", "1#", "x" * 3 + "\n.evil", "-1", "1_"]
)
def test_an_account_id_never_becomes_another_host(account: str) -> None:
    with pytest.raises(Reconnect, match="Account ID"):
        parse({"account_id": account}, TBA, allow_private=True)


@pytest.mark.parametrize(
    "address",
    [
        "http://1.suitetalk.api.netsuite.com",
        "https://evil.example",
        "https://evil.example/.netsuite.com",
        "https://1.netsuite.com.evil.example",
        "https://netsuite.com@evil.example",
        "https://user:canary@1.suitetalk.api.netsuite.com",
        "https://1.suitetalk.api.netsuite.com?x=",
        "https://1.suitetalk.api.netsuite.com:port",
        "ftp://1.suitetalk.api.netsuite.com",
        "nonsense",
    ],
)
def test_signed_requests_go_to_netsuite_alone(address: str) -> None:
    with pytest.raises(Reconnect, match="Service address") as caught:
        parse({"account_id": "1", "base_url": address}, TBA, allow_private=False)
    assert "canary" not in str(caught.value)


def test_the_operator_may_allow_other_addresses() -> None:
    entered = {"account_id": "1", "base_url": "http://127.0.0.1:8000/", "restlet_url": "http://127.0.0.1:8000"}
    settings = parse(entered, TBA, allow_private=True)
    assert (settings.base_url, settings.restlet_url) == ("http://127.0.0.1:8000", "http://127.0.0.1:8000")


def test_only_the_chosen_sign_in_must_be_filled() -> None:
    with pytest.raises(Reconnect, match="Client ID is missing"):
        parse({"account_id": "1"}, {}, allow_private=False)
    with pytest.raises(Reconnect, match="Token secret is missing"):
        parse({"account_id": "1"}, TBA | {"token_secret": " "}, allow_private=False)
    with pytest.raises(Reconnect, match="none of the choices"):
        parse({"account_id": "1", "auth_method": "password"}, TBA, allow_private=False)


def test_the_paper_needs_script_and_deployment() -> None:
    with pytest.raises(Reconnect, match="invoice PDF"):
        parse({"account_id": "1", "pdf_script": "customscript_portico"}, TBA, allow_private=False)


def test_fields_that_hang_on_a_choice_name_one_that_exists() -> None:
    choices = {field.name: dict(field.choices) for field in MANIFEST.fields}
    for field in MANIFEST.fields:
        if field.only_if:
            assert field.only_if[1] in choices[field.only_if[0]]


def test_the_form_asks_for_what_hangs_on_the_choice_made() -> None:
    def asked(**values: str) -> set[str]:
        return {field.name for field in MANIFEST.asked(values) if field.only_if}

    assert asked() == asked(auth_method=" ") == {"client_id", "certificate_id", "private_key_pem"}
    assert asked(auth_method="tba") == {"consumer_key", "consumer_secret", "token_id", "token_secret"}
    assert asked(auth_method="neither") == set()

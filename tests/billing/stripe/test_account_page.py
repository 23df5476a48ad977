"""What staff read of their account at Stripe: whether it takes and pays out money, and what Stripe asks for."""

import httpx
import pytest

from portico_portal.sync.requirements import asked_for, disabled_because
from portico_tenants.session import Database
from portico_tenants.tenant import Tenant
from portico_themes.texts import translate
from tests.billing.payments.conftest import open_account
from tests.portal.desk.test_desk import text_of
from tests.portal.portal import Portal
from tests.portal.staff import signed_in


def german(message: str, **values: object) -> str:
    return translate("de", message, **values)


def english(message: str, **values: object) -> str:
    return translate("en", message, **values)


@pytest.mark.parametrize(
    ("change", "said", "not_said"),
    [
        ({}, ("Ready",), ("Stripe asks for",)),
        (
            {"payouts_enabled": False},
            (
                "No payouts",
                "Customers can pay, but Stripe does not pay out to your bank",
                "Stripe asks for The bank account it pays out to",
            ),
            ("Ready", "Not ready", "external_account"),
        ),
        (
            {"charges_enabled": False},
            ("Not ready", "Stripe takes no payments for you at the moment", "Stripe is reviewing the account."),
            ("No payouts", "under_review"),
        ),
    ],
)
async def test_ready_is_said_only_of_an_account_that_takes_and_pays_out(
    portal: Portal,
    database: Database,
    tenant: Tenant,
    control: httpx.AsyncClient,
    change: dict[str, bool],
    said: tuple[str, ...],
    not_said: tuple[str, ...],
) -> None:
    await open_account(control, tenant)
    usual = {"charges_enabled": True, "payouts_enabled": True}
    await control.post(f"accounts/{tenant.stripe_account}", json=usual | change)
    staff = await signed_in(portal, database, tenant)

    page = text_of(await staff.get("/staff/stripe"))

    assert [each for each in said if each not in page] == []
    assert [each for each in not_said if each in page] == []


def test_what_stripe_asks_for_is_said_in_words_and_once() -> None:
    codes = (
        "external_account",
        "representative.dob.day",
        "representative.dob.month",
        "person_1RkQ2mA1.verification.document",
        "owners.first_name",
        "owners.last_name",
        "company.address.postal_code",
        "tos_acceptance.ip",
    )

    assert asked_for(codes, german) == [
        "Das Bankkonto, auf das ausgezahlt wird",
        "Vertretungsberechtigte Person: Geburtsdatum",
        "Eine Person im Unternehmen: Kopie eines Ausweises",
        "Inhaber: Name",
        "Die Anschrift des Unternehmens",
        "Ihre Zustimmung zu den Bedingungen von Stripe",
    ]


@pytest.mark.parametrize("code", ["interv_1.a_form.form", "company.of_a_new_kind", "representative.of_a_new_kind"])
def test_what_we_do_not_know_is_said_as_stripe_calls_it(code: str) -> None:
    assert asked_for([code], english) == [code]
    assert disabled_because(code, english) == f"Stripe's reason: {code}."


def test_whatever_it_was_rejected_for_it_is_rejected() -> None:
    assert disabled_because("rejected.terms_of_service", english) == "Stripe has rejected the account."
    assert disabled_because(None, english) == ""

"""Signing in and out, as a browser meets it."""

import httpx
import pytest

from portico_tenants.access import CustomerRole, StaffRole
from portico_tenants.session import Database
from portico_tenants.tenant import Tenant
from tests.factories.customers import make_customer
from tests.factories.people import make_member, make_staff
from tests.portal.portal import PASSWORD, Portal

EMAIL = "pat@ashdown.example"


@pytest.fixture
async def payer(database: Database, tenant: Tenant, password_hash: str) -> str:
    async with database.tenant_session(tenant) as session:
        customer = await make_customer(session, name="Ashdown Fabrication Ltd")
        await make_member(session, customer, CustomerRole.PAYER, email=EMAIL, password_hash=password_hash)
    return EMAIL


async def test_a_payer_signs_in_and_sees_the_customer(portal: Portal, tenant: Tenant, payer: str) -> None:
    browser = portal.at(tenant)
    answer = await browser.sign_in(payer)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    home = await browser.get("/")
    assert home.status_code == 200
    assert "Ashdown Fabrication Ltd" in home.text


async def test_an_address_that_was_stored_before_it_was_checked_still_signs_in(
    portal: Portal, database: Database, tenant: Tenant, password_hash: str
) -> None:
    async with database.tenant_session(tenant) as session:
        await make_staff(session, StaffRole.OWNER, email="büro@firma.example", password_hash=password_hash)
    assert (await portal.at(tenant).sign_in("Büro@firma.example")).status_code == 303


async def test_staff_come_to_their_own_pages(
    portal: Portal, database: Database, tenant: Tenant, password_hash: str
) -> None:
    async with database.tenant_session(tenant) as session:
        await make_staff(session, StaffRole.OWNER, email="o@stanmoor.example", password_hash=password_hash)
    browser = portal.at(tenant)
    await browser.sign_in("o@stanmoor.example")
    home = await browser.get("/", follow_redirects=True)
    assert home.status_code == 200
    assert home.url.path == "/staff"


async def test_signed_out_one_is_sent_to_the_door_and_back_again(portal: Portal, tenant: Tenant, payer: str) -> None:
    browser = portal.at(tenant)
    refused = await browser.get("/invoices?view=overdue")
    assert refused.status_code == 303
    assert refused.headers["location"] == "/sign-in?next=%2Finvoices%3Fview%3Doverdue"
    form = await browser.get(refused.headers["location"])
    assert 'value="/invoices?view=overdue"' in form.text
    answer = await browser.post("/sign-in", {"email": payer, "password": PASSWORD, "next": "/invoices?view=overdue"})
    assert answer.headers["location"] == "/invoices?view=overdue"


@pytest.mark.parametrize(
    "next_page", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:x", "/a\nb"]
)
async def test_one_is_never_sent_to_another_host(portal: Portal, tenant: Tenant, payer: str, next_page: str) -> None:
    browser = portal.at(tenant)
    await browser.get("/sign-in")
    answer = await browser.post("/sign-in", {"email": payer, "password": PASSWORD, "next": next_page})
    assert answer.headers["location"] == "/"


async def test_a_wrong_password_and_an_unknown_address_get_the_same_answer(
    portal: Portal, tenant: Tenant, payer: str
) -> None:
    answers = []
    for email in (payer, "nobody@ashdown.example"):
        browser = portal.at(tenant)
        answer = await browser.sign_in(email, "a wrong password")
        answers.append((answer.status_code, answer.text.replace(email, "…").replace(browser.tokens[-1], "…")))
        assert email in answer.text, "what was typed is kept"
        assert "a wrong password" not in answer.text
    assert answers[0] == answers[1]
    assert answers[0][0] == 422
    assert "do not go together" in answers[0][1]


async def test_the_eleventh_try_is_told_to_wait_and_a_known_browser_still_gets_in(
    portal: Portal, tenant: Tenant, payer: str
) -> None:
    owners = portal.at(tenant)
    await owners.sign_in(payer)
    await owners.sign_out()
    stranger = portal.at(tenant)
    for _ in range(10):
        await stranger.sign_in(payer, "guess guess guess")
    refused = await stranger.sign_in(payer)
    assert refused.status_code == 429
    assert 0 < int(refused.headers["retry-after"]) <= 900
    assert (await owners.sign_in(payer)).status_code == 303


async def test_a_form_without_its_token_or_from_elsewhere_is_refused(
    portal: Portal, tenant: Tenant, payer: str
) -> None:
    browser = portal.at(tenant)
    await browser.get("/sign-in")
    form = {"email": payer, "password": PASSWORD}
    bare = await browser.client.post("/sign-in", data=form)
    foreign = await browser.post("/sign-in", form | {"csrf_token": "0" * 64})
    crossed = await browser.post("/sign-in", form, headers={"sec-fetch-site": "cross-site"})
    other = portal.at(tenant)
    await other.get("/sign-in")
    stolen = await browser.post("/sign-in", form | {"csrf_token": other.tokens[-1]})
    assert [each.status_code for each in (bare, foreign, crossed, stolen)] == [403] * 4


async def test_each_sign_in_gets_a_new_token_and_signing_out_ends_it(
    portal: Portal, tenant: Tenant, payer: str
) -> None:
    browser = portal.at(tenant)
    await browser.sign_in(payer)
    first = browser.client.cookies["session"]
    await browser.get("/")
    await browser.sign_out()
    assert "session" not in browser.client.cookies
    replayed = portal.at(tenant, cookies=httpx.Cookies({"session": first}))
    assert (await replayed.get("/")).status_code == 303
    await browser.sign_in(payer)
    assert browser.client.cookies["session"] != first


async def test_a_session_of_one_tenant_is_nobody_at_another(
    portal: Portal, tenant: Tenant, other_tenant: Tenant, payer: str
) -> None:
    browser = portal.at(tenant)
    await browser.sign_in(payer)
    elsewhere = portal.at(other_tenant, cookies=httpx.Cookies({"session": browser.client.cookies["session"]}))
    assert (await elsewhere.get("/")).status_code == 303

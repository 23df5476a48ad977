"""Which language a page is in: member, tenant, browser; at the door the browser first."""

from uuid import UUID

import msgspec
import pytest

from portico_portal.web.languages import browser_languages, page_locale
from portico_tenants.people.visit import Visit
from portico_tenants.session import Database
from portico_tenants.tenant import Tenant, TenantState
from portico_themes.preview.samples import STANMOOR, visit
from tests.factories.people import make_staff
from tests.portal.portal import Portal, hashed

HERE = Tenant(
    id=UUID(int=1),
    slug="a",
    name="A",
    role="t_1",
    state=TenantState.ACTIVE,
    host="a.example",
    time_zone="Europe/London",
    base_currency="GBP",
    language="en",
)
SOMEBODY = visit(STANMOOR)


def at(language: str) -> Tenant:
    return msgspec.structs.replace(HERE, language=language)


def who(language: str | None) -> Visit:
    return msgspec.structs.replace(SOMEBODY, language=language)


@pytest.mark.parametrize(
    ("person", "home", "accepted", "locale"),
    [
        (who("de"), "en", "en", "de-DE"),
        (who("en"), "de", "de", "en-GB"),
        (who(None), "de", "en", "de-DE"),
        (who(None), "de-AT", "en", "de-AT"),
        (who("en"), "en-US", "de", "en-US"),
        (who("de"), "en-US", "en", "de-DE"),
        (who(None), "fr", "de-CH, en;q=0.5", "de-DE"),
        (None, "en", "de-AT,de;q=0.9,en;q=0.8", "de-DE"),
        (None, "de", "fr, en;q=0.4", "en-GB"),
        (None, "de-AT", "", "de-AT"),
        (None, "de", "fr", "de-DE"),
        (None, "fr", "it", "en-GB"),
    ],
)
def test_who_decides(person: Visit | None, home: str, accepted: str, locale: str) -> None:
    assert page_locale(at(home), person, accepted) == locale


@pytest.mark.parametrize(
    ("person", "accepted", "last_chosen", "locale"),
    [(None, "en", "de", "de-DE"), (None, "en", "<xx>", "en-GB"), (who("en"), "en", "de", "en-GB")],
)
def test_what_was_last_chosen_counts_where_nobody_is_known(
    person: Visit | None, accepted: str, last_chosen: str, locale: str
) -> None:
    assert page_locale(at("en"), person, accepted, last_chosen) == locale


async def test_errors_and_the_door_are_in_the_language_that_was_chosen(
    portal: Portal, database: Database, tenant: Tenant
) -> None:
    async with database.tenant_session(tenant) as session:
        person = await make_staff(session, language="de", password_hash=await hashed())
    browser = portal.at(tenant)
    assert "There is no such page here" in (await browser.get("/nowhere")).text
    await browser.sign_in(person.email)
    await browser.get("/staff")
    assert "There is no such page here" not in (await browser.get("/nowhere")).text
    browser.client.cookies.delete("session")
    assert 'lang="de' in (await browser.get("/sign-in")).text


def test_where_there_is_no_tenant_the_browser_decides() -> None:
    assert page_locale(None, None, "de-AT") == "de-DE"
    assert page_locale(None, None, "") == "en-GB"


def test_a_browsers_weights_count_and_nonsense_does_not() -> None:
    assert browser_languages("en;q=0.3, de;q=0.9,fr") == ["fr", "de", "en"]
    assert browser_languages("de;q=0, en;q=x, ;q=1,,it") == ["it"]

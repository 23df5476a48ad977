"""Which language a page is in: member, tenant, browser; at the door the browser first."""

from uuid import UUID

import msgspec
import pytest

from portico_portal.web.languages import browser_languages, page_locale
from portico_tenants.people.visit import Visit
from portico_tenants.tenant import Tenant, TenantState
from portico_themes.preview.samples import STANMOOR, visit

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


def test_where_there_is_no_tenant_the_browser_decides() -> None:
    assert page_locale(None, None, "de-AT") == "de-DE"
    assert page_locale(None, None, "") == "en-GB"


def test_a_browsers_weights_count_and_nonsense_does_not() -> None:
    assert browser_languages("en;q=0.3, de;q=0.9,fr") == ["fr", "de", "en"]
    assert browser_languages("de;q=0, en;q=x, ;q=1,,it") == ["it"]

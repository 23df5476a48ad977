"""Every text is there in every language, and nothing is kept that nobody says."""

import pytest
from babel.messages.catalog import Catalog

from portico_themes.catalogue import compared, problems
from portico_themes.sources import Text, all_texts
from portico_themes.texts import LANGUAGES, SOURCE, gettext_for, language_of, retold, translate, translate_many


@pytest.mark.parametrize("language", [language for language in LANGUAGES if language != SOURCE])
def test_the_catalogue_is_complete(language: str) -> None:
    assert problems(language) == [], "run: make messages, then translate what is empty"


@pytest.mark.parametrize(
    ("one", "many", "said", "complaint"),
    [
        ("Paid", None, "Bezahlt", ""),
        ("Paid", None, "", "missing"),
        ("Pay %(amount)s", None, "%(betrag)s bezahlen", "values differ"),
        ("Pay %(amount)s", None, "Bezahlen", "values differ"),
        ("Pay %(amount)s", None, "%(amount)s zu 100 % bezahlen", "a % that is not doubled"),
        ("All of <em>it</em>", None, "Alles", "tags differ"),
        ("one", "%(count)s", ("eins", "%(count)s"), ""),
        ("one", "%(count)s", ("eins", ""), "missing"),
        ("one", "%(count)s", ("eins", "viele"), "values differ"),
    ],
)
def test_what_is_wrong_with_a_translation_is_told(
    one: str, many: str | None, said: str | tuple[str, str], complaint: str
) -> None:
    catalogue = Catalog(locale="de")
    catalogue.add((one, many) if many else one, said)

    found = compared(catalogue, [Text(one, many, "somewhere.html")])

    assert [each.partition(":")[0] for each in found] == ([complaint] if complaint else [])


def test_what_nobody_says_any_more_and_what_is_only_a_guess_is_told() -> None:
    catalogue = Catalog(locale="de")
    catalogue.add("Gone", "Weg")
    catalogue.add("Paid", "Bezahlt", flags=["fuzzy"])

    found = compared(catalogue, [Text("Paid", None, "a.html"), Text("Open", None, "b.html")])

    assert found == ["missing: 'Paid' (a.html)", "missing: 'Open' (b.html)", "stale: 'Gone'"]


def test_texts_are_found_in_templates_handlers_errors_and_connectors_forms() -> None:
    places = {text.one: text.place for text in all_texts()}

    assert places["Choose invoices"].endswith("invoices/home.html")
    assert places["There is no such page here."].endswith("portico_core/errors.py")
    assert places["Certificate ID"].startswith("connectors/")
    assert "REDIS_URL" not in places
    assert "VAT" in places


def test_a_text_without_a_translation_stays_english() -> None:
    assert translate("de", "Nobody ever said this") == "Nobody ever said this"
    assert translate("fr", "today") == "today"


def test_what_a_connector_says_is_told_again_by_its_shape() -> None:
    assert retold("de", "Certificate ID is missing") == "Zertifikats-ID fehlt"
    assert retold("de", "NetSuite answered 502") == "NetSuite antwortete mit 502"
    assert retold("de", "NetSuite did not answer") == "NetSuite hat nicht geantwortet"
    assert retold("de", "Currencies: EUR, GBP") == "Währungen: EUR, GBP"
    refused = "Signing in to NetSuite failed: the integration record does not allow client credentials"
    assert retold("de", refused).endswith("Der Integrationsdatensatz erlaubt keine Client-Credentials")
    assert retold("de", "Ada has paused it.") == "Ada hat sie angehalten."
    assert retold("de", "Period <b>closed</b>. %(x)s") == "Period <b>closed</b>. %(x)s"
    assert retold("en", "Certificate ID is missing") == "Certificate ID is missing"
    assert retold("de", "") == ""


def test_values_and_plurals_are_filled_in() -> None:
    assert translate("de", "Invoice %(number)s", number="88577") == "Rechnung 88577"
    assert translate_many("de", "%(count)s day late", "%(count)s days late", 1) == "1 Tag überfällig"
    assert translate_many("en", "%(count)s day late", "%(count)s days late", 2) == "2 days late"


@pytest.mark.parametrize(
    ("locale", "language"), [("de-AT", "de"), ("de_DE", "de"), ("en-GB", "en"), ("fr", "en"), (None, "en"), ("", "en")]
)
def test_language_of_a_locale(locale: str | None, language: str) -> None:
    assert language_of(locale) == language


def test_jinja_gets_both_forms() -> None:
    gettext, ngettext = gettext_for("de")

    assert gettext("today") == "heute"
    assert ngettext("one invoice", "%(count)s invoices", 3) == "%(count)s Rechnungen"

"""Every text is there in every language, and nothing is kept that nobody says."""

import pytest

from portico_themes.catalogue import problems
from portico_themes.sources import all_texts
from portico_themes.texts import LANGUAGES, SOURCE, gettext_for, language_of, translate, translate_many


@pytest.mark.parametrize("language", [language for language in LANGUAGES if language != SOURCE])
def test_the_catalogue_is_complete(language: str) -> None:
    assert problems(language) == [], "run: make messages, then translate what is empty"


def test_texts_are_found_in_templates_handlers_errors_and_connectors_forms() -> None:
    places = {text.one: text.place for text in all_texts()}

    assert places["Choose invoices"].endswith("invoices/home.html")
    assert places["There is no such page here."].endswith("portico_core/errors.py")
    assert places["Certificate ID"].startswith("connectors/")
    assert "REDIS_URL" not in places


def test_a_text_without_a_translation_stays_english() -> None:
    assert translate("de", "Nobody ever said this") == "Nobody ever said this"
    assert translate("fr", "today") == "today"


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

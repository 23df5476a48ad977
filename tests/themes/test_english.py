"""No English is left in German pages, and no template says anything that is in no message."""

import pytest

from portico_themes.brands import seeded_brands
from portico_themes.preview.letters import mails
from portico_themes.preview.samples import SAMPLES
from portico_themes.render import TEMPLATES, Renderer
from tests.themes.english import english_in, untranslated_in


def test_templates_say_nothing_of_their_own() -> None:
    found = {
        path.relative_to(TEMPLATES).as_posix(): said
        for path in sorted([*TEMPLATES.rglob("*.html"), *TEMPLATES.rglob("*.txt")])
        if (said := untranslated_in(path.read_text()))
    }

    assert found == {}, "wrap it in _() or {% trans %}"


@pytest.mark.parametrize("slug", SAMPLES)
def test_german_mails_speak_german(slug: str) -> None:
    for kind, mail in mails(slug, Renderer(), seeded_brands()[slug].brand, "de-DE"):
        plain = "".join(f"<p>{line}</p>" for line in (mail.subject, *mail.plain.splitlines()))
        assert english_in(mail.html + plain) == [], kind


@pytest.mark.parametrize(
    ("html", "found"),
    [
        ("<h1>Invoices</h1>", ["Invoices"]),
        ('<a aria-label="Sign out"><b>Rechnungen</b></a>', ["Sign out"]),
        ("<p>Invoice 88416</p><p>Pay\n £1.20 </p>", ["Invoice 88416"]),
        ("<p>Rest</p><script>Invoices</script>", []),
        ('<option lang="en">English</option><p>Deutsch</p>', []),
        ("<p>88416: the amount is too much</p><p>Lost. Verloren.</p>", ["88416: the amount is too much"]),
        ("<p>The Harbour Room, case of 6 × 75 cl</p>", []),
    ],
)
def test_a_message_in_english_is_found_in_a_page(html: str, found: list[str]) -> None:
    assert english_in(html) == found


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ('<p>{{ _("Paid") }}: {{ amount }}</p>{# Note #}{% trans %}Paid{% endtrans %}', []),
        ("<p>Paid by {{ name }}</p>", ["Paid by \ufffc"]),
        ('<img alt="Logo">{% block title %}Invoices{% endblock %}', ["Logo", "Invoices"]),
        ('{{ note("ok", "Saved") }}{{ "Yes" if x else _("No") }}', ["Saved", "Yes"]),
        ('{% block page_class %} page-narrow{% endblock %}<p class="a b">{{ "quiet" }}</p>', []),
    ],
)
def test_words_outside_messages_are_found_in_a_template(source: str, found: list[str]) -> None:
    assert sorted(untranslated_in(source)) == sorted(found)

"""A tenant's own words: said where they are set, ours where not, and never read as anything but text."""

import pytest

from portico_themes.brands import QUINCE, STANMOOR, seeded_brands
from portico_themes.preview.letters import mails
from portico_themes.render import Renderer
from portico_themes.texts import LANGUAGES
from portico_themes.wording import (
    Wording,
    WordingInvalid,
    cleaned,
    fault_of,
    from_document,
    say,
    standing,
    to_document,
)
from portico_themes.wording_list import GROUPS, TEXTS

RENDERER = Renderer()
TYPED = '{{ 7*7 }} <b>{amount}</b> "x" {% raw %} ${amount} %(amount)s'


def receipt(wording: Wording, locale: str = "en-GB") -> tuple[str, str, str]:
    found = dict(mails("stanmoor", RENDERER, STANMOOR, locale, wording))["receipt"]
    return found.subject, found.html, found.plain


def test_what_is_set_in_a_language_is_said_in_it_alone() -> None:
    own = Wording({"de.receipt.subject": "Danke für {amount}, {company}"})

    assert receipt(own, "de-DE")[0] == "Danke für 2.746,50 £, Stanmoor Fasteners"
    assert receipt(own)[0] == "Receipt: £2,746.50 paid on 19 November 2026"


def test_what_is_typed_comes_out_as_typed_and_only_names_in_braces_are_filled_in() -> None:
    own = Wording({f"en.receipt.{part}": TYPED for part in ("subject", "headline", "opening", "closing")})
    filled = TYPED.replace("{amount}", "£2,746.50")

    subject, html, plain = receipt(own)

    assert subject == filled
    assert plain.count(filled) == 3
    assert html.count("{{ 7*7 }} &lt;b&gt;£2,746.50&lt;/b&gt; &#34;x&#34; {% raw %} $£2,746.50 %(amount)s") == 4
    assert "<b>" not in html


def test_lines_stay_lines_in_both_bodies_and_never_reach_the_subject() -> None:
    _, html, plain = receipt(Wording({"en.receipt.opening": "Thank you.\n\nSee <you>."}))
    subject, _, _ = receipt(Wording({"en.receipt.subject": "One\nBcc: c@evil.example"}))

    assert "Thank you.<br><br>See &lt;you&gt;." in html
    assert "Thank you.\n\nSee <you>." in plain
    assert subject == "One Bcc: c@evil.example"


def test_a_value_with_braces_is_not_filled_in_again() -> None:
    words = Wording({"en.receipt.headline": "{name}"})

    assert say("receipt.headline", words, STANMOOR, "en-GB", {"name": "{amount}", "amount": "1"}) == "{amount}"


def test_words_that_name_what_is_not_there_make_way() -> None:
    own = Wording({"en.mails.closing": "Call {phone}", "en.receipt.closing": "Ask {nobody}"})
    known = {"company": "Quince"}

    assert say("receipt.closing", own, QUINCE, "en-GB", known) == "Something wrong with it? Reply to this mail."
    assert say("receipt.closing", own, QUINCE, "en-GB", known | {"phone": "1"}) == "Call 1"
    assert say("receipt.closing", Wording(), QUINCE, "en-GB", known | {"phone": "1"}).endswith("call 1.")


def test_pages_say_the_tenants_words_the_brands_or_ours() -> None:
    own = Wording({"de.welcome": "Willkommen bei {company} <3", "de.hours": "werktags 8–17 Uhr", "de.legal": "A\nB"})
    door = {"en": "en-GB", "de": "de-DE"}
    said = {
        language: RENDERER.render("accounts/sign_in.html", {"wording": own}, STANMOOR, door[language])
        for language in door
    }

    assert "Willkommen bei Stanmoor Fasteners &lt;3" in said["de"]
    assert "werktags 8–17 Uhr" in said["de"]
    assert STANMOOR.welcome in said["en"]
    assert STANMOOR.hours in said["en"]
    assert "See your invoices and pay them." in said["en"]
    assert "A<br>B" in RENDERER.render("errors/404.html", {"sentence": "", "wording": own}, STANMOOR, "de-DE")


@pytest.mark.parametrize(
    ("key", "typed", "told"),
    [
        ("receipt.subject", "x" * 121, "Subject: 121 characters are too many, 120 fit"),
        ("receipt.subject", "a\nBcc: b@c.example", "Subject: keep it to one line"),
        ("receipt.opening", "\u202egpj.exe", "What it says: it holds a character that cannot be shown. Type it anew"),
        (
            "reset.subject",
            "{Betrag}",
            "Subject: {Betrag} is not known here. You can use {name}, {company}, {phone}, {hours}, {portal}",
        ),
        (
            "hours",
            "call {phone}",
            "When you answer: nothing in braces can be filled in here, so {phone} would stand as typed",
        ),
    ],
)
def test_what_cannot_be_kept_is_refused_in_a_sentence(key: str, typed: str, told: str) -> None:
    fault = fault_of(cleaned(typed, TEXTS[key]), TEXTS[key])

    assert fault is not None
    assert fault.told("en-GB") == told
    with pytest.raises(WordingInvalid):
        to_document(Wording({f"en.{key}": typed}))


def test_what_another_release_set_closes_no_portal() -> None:
    found = from_document({"en.welcome": "Hi", "en.gone": "x", "fr.welcome": "x", "de.legal": 7, "de.welcome": ""})

    assert found == Wording({"en.welcome": "Hi"})
    assert to_document(found) == {"en.welcome": "Hi"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_ours_can_be_taken_over_as_they_stand(language: str) -> None:
    brand = seeded_brands()["stanmoor"].brand
    for text in TEXTS.values():
        ours = standing(text.key, Wording(), brand, language)
        assert fault_of(ours, text) is None, text.key
        assert cleaned(ours, text) == ours
        assert len(ours) < 0.9 * text.longest, text.key


def test_every_mail_has_its_four_texts() -> None:
    kinds = [group for group in GROUPS if len(group.texts) == 4 and group.key != "portal"]

    assert len(kinds) == 6
    assert all([text.key.partition(".")[0] for text in group.texts] == [group.key] * 4 for group in kinds)

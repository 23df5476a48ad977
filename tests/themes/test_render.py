"""Every page renders in both brands and both languages, under a strict policy, and names nobody but the tenant."""

import re
import zlib
from pathlib import Path

import pytest
from jinja2 import UndefinedError

from portico_themes.brands import QUINCE
from portico_themes.links import PATHS, link
from portico_themes.markup import filters_of
from portico_themes.preview.pages import Page, pages
from portico_themes.preview.samples import SAMPLES
from portico_themes.render import TEMPLATES, Renderer
from tests.themes.english import english_in

LOCALES = {"en": "en-GB", "de": "de-DE"}
RENDERER = Renderer()
ALL = [(slug, language, page) for slug in SAMPLES for language in LOCALES for page in pages(slug, language)]


def html_of(slug: str, language: str, page: Page) -> str:
    return RENDERER.render(page.template, page.context, page.brand, LOCALES[language])


def test_every_template_of_a_page_is_previewed() -> None:
    shown = {page.template for _, _, page in ALL}
    written = {
        path.relative_to(TEMPLATES).as_posix()
        for path in TEMPLATES.rglob("*.html")
        if path.parent.name not in ("layouts", "parts", "mails") and not path.name.startswith("_")
    }

    assert written - shown == set()


@pytest.mark.parametrize(("slug", "language", "page"), ALL, ids=lambda part: getattr(part, "name", part))
def test_a_page_keeps_the_rules_of_all_pages(slug: str, language: str, page: Page) -> None:
    html = html_of(slug, language, page)

    assert f'<html lang="{language}"' in html
    assert "portico" not in html.lower()
    assert " style=" not in html
    assert "<style" not in html
    assert not re.search(r"<script(?! src=)", html)
    assert not re.search(r"\son\w+=|hx-on|javascript:", html)
    assert html.count("<main") == 1
    assert html.count("<h1") <= 1 or page.template == "staff/_sync.html"
    assert len(zlib.compress(html.encode())) < 15_000
    assert language != "de" or english_in(html) == []


def test_forms_that_change_something_carry_the_token() -> None:
    for slug, language, page in ALL:
        html = html_of(slug, language, page)
        for form in re.findall(r'<form[^>]*method="post".*?</form>', html, flags=re.DOTALL):
            assert 'name="csrf_token"' in form, page.name


def test_titles_say_page_and_distributor() -> None:
    by_name = {page.name: page for _, language, page in ALL if language == "en"}

    assert "<title>Invoices · Quince &amp; Barrel</title>" in html_of("quince", "en", by_name["invoices"])
    assert "<title>Error: Sign in ·" in html_of("quince", "en", by_name["sign-in-refused"])


def test_what_a_person_or_an_erp_wrote_is_escaped() -> None:
    page = next(page for _, _, page in ALL if page.name == "invoices")
    row = page.context["rows"][0]
    evil = type(row)(**{**vars(row), "number": '"><script>alert(1)</script>', "purchase_order": "<b>x</b>"})

    html = RENDERER.render(page.template, {**page.context, "rows": [evil]}, QUINCE, "en-GB")

    assert "<script>alert" not in html
    assert "<b>x</b>" not in html


def test_a_currency_code_from_an_erp_cannot_carry_markup() -> None:
    from portico_core.money import Money

    assert "<i>" not in filters_of("en-GB")["money"](Money(1, "<i>"))  # type: ignore[operator]  # filters are callables


@pytest.mark.parametrize(("text", "ended"), [("Lost", "Lost."), ("Lost.", "Lost."), ("Lost…", "Lost…"), ("", "")])
def test_a_sentence_has_its_full_stop(text: str, ended: str) -> None:
    assert filters_of("en-GB")["sentence"](text) == ended


def test_a_missing_value_fails_loudly() -> None:
    with pytest.raises(UndefinedError, match="sent"):
        RENDERER.render("accounts/forgot.html", {}, QUINCE, "en-GB")


def test_an_operators_theme_replaces_one_page_and_can_build_on_ours(tmp_path: Path) -> None:
    folder = tmp_path / "templates" / "accounts"
    folder.mkdir(parents=True)
    (folder / "forgot.html").write_text(
        '{% extends "default/accounts/forgot.html" %}{% block foot %}Call {{ brand.phone }}{% endblock %}'
    )
    renderer = Renderer(tmp_path)

    changed = renderer.render("accounts/forgot.html", {"sent": False}, QUINCE, "en-GB")
    same = renderer.render("accounts/sign_in.html", {}, QUINCE, "en-GB")

    assert f"Call {QUINCE.phone}" in changed
    assert "Mail me the link" in changed
    assert same == RENDERER.render("accounts/sign_in.html", {}, QUINCE, "en-GB")


def test_links_quote_what_is_put_into_them() -> None:
    assert link("invoice", invoice="a/b?c") == "/invoices/a%2Fb%3Fc"
    assert link("invoices", view="open", q="", page=None) == "/invoices?view=open"
    assert link("payment_select", line=["1", "2"]) == "/payments/select?line=1&line=2"
    with pytest.raises(KeyError):
        link("nowhere")


def test_every_address_a_template_asks_for_has_a_path() -> None:
    asked = {
        name for path in TEMPLATES.rglob("*.html") for name in re.findall(r"""link\(['"](\w+)['"]""", path.read_text())
    }

    assert asked - set(PATHS) == set()

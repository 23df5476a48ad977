"""Mails say the same in both bodies, look like the tenant and come from it."""

import re

import msgspec
import pytest

from portico_tenants.mails import Mail
from portico_themes.brands import seeded_brands
from portico_themes.preview.letters import mails
from portico_themes.preview.samples import SAMPLES
from portico_themes.render import Renderer

RENDERER = Renderer()
ALL = {
    (slug, locale, kind): mail
    for slug in SAMPLES
    for locale in ("en-GB", "de-DE")
    for kind, mail in mails(slug, RENDERER, seeded_brands()[slug].brand, locale)
}


@pytest.mark.parametrize(("slug", "locale", "kind"), ALL)
def test_a_mail_keeps_the_rules_of_all_mails(slug: str, locale: str, kind: str) -> None:
    mail, brand = ALL[slug, locale, kind], seeded_brands()[slug].brand

    assert mail.sender_name == brand.mail_sender_name
    assert mail.sender_address == brand.mail_sender_address
    assert mail.subject
    assert "\n" not in mail.subject
    assert "portico" not in (mail.html + mail.plain + mail.subject).lower()
    assert "<script" not in mail.html
    assert f"https://{slug}.example/payments/1" in mail.html
    assert f"https://{slug}.example/payments/1" in mail.plain
    assert brand.palette.light["brand-fill"] in mail.html
    assert "\n\n\n" not in mail.plain
    assert mail.html.count("overflow-wrap:anywhere") > 3
    assert not re.search(r"<\w+|&\w+;|\{\{|%\(", mail.plain)


@pytest.mark.parametrize(
    ("mark", "size"),
    [
        ("mark-600x200.0123456789ab.png", 'width="108" height="36"'),
        ("mark.0123456789ab.png", 'alt="" height="36"'),
    ],
)
def test_a_wide_logo_keeps_its_proportions(mark: str, size: str) -> None:
    brand = msgspec.structs.replace(seeded_brands()["stanmoor"].brand, mark=mark)

    for _, mail in mails("stanmoor", RENDERER, brand, "en-GB"):
        assert size in mail.html


def receipt(slug: str, locale: str) -> Mail:
    return ALL[slug, locale, "receipt"]


def test_the_subject_says_amount_and_fact() -> None:
    assert receipt("stanmoor", "en-GB").subject == "Receipt: £2,746.50 paid on 19 November 2026"
    assert receipt("quince", "de-DE").subject == "Beleg: 992,60 € bezahlt am 19. November 2026"


def test_each_invoice_stands_in_both_bodies() -> None:
    mail = receipt("stanmoor", "en-GB")
    for number in ("SF-418207", "SF-418391", "SF-418655"):
        assert number in mail.html
        assert number in mail.plain
    assert "£606.90" in mail.html
    assert "£606.90" in mail.plain


def test_a_refused_debit_says_what_is_open_again() -> None:
    mail = ALL["quince", "en-GB", "debit_refused"]

    assert "Open again: €464.10" in mail.plain
    assert "Reason: not enough funds." in mail.plain


@pytest.mark.parametrize("kept_before", ["sales@north.example,", "sales@[x", "büro@firma.example"])
def test_an_address_that_no_mail_can_have_costs_no_mail(kept_before: str) -> None:
    brand = msgspec.structs.replace(seeded_brands()["stanmoor"].brand, email=kept_before, mail_sender_address="")
    made = [mail for _, mail in mails("stanmoor", RENDERER, brand, "en-GB")]

    assert {(mail.reply_to, mail.sender_address) for mail in made} == {("", "no-reply@stanmoor.example")}


def test_a_sender_is_written_as_every_server_takes_it() -> None:
    brand = msgspec.structs.replace(seeded_brands()["stanmoor"].brand, mail_sender_address="info@müller.example")

    assert brand.sender_address == "info@xn--mller-kva.example"

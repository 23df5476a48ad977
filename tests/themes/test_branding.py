"""A brand is checked when it is kept, and becomes one small stylesheet under an address of its content."""

import msgspec
import pytest

from portico_themes.branding import Brand, BrandInvalid, from_document, stylesheet, to_document
from portico_themes.brands import QUINCE, STANMOOR, seeded_brands


def test_a_brand_survives_the_tenants_row() -> None:
    for seeded in seeded_brands().values():
        assert from_document(to_document(seeded.brand)) == seeded.brand


def test_a_tenant_that_chose_nothing_has_a_brand_that_works() -> None:
    brand = from_document({"name": "Fell & Sons"})

    assert brand.monogram == "FS"
    assert stylesheet(brand).body


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("primary", "blue"),
        ("primary", "#12345"),
        ("accent", "url(javascript:1)"),
        ("temperature", "hot"),
        ("radius", "8px"),
        ("mark", "../../etc/passwd"),
        ("mark", "mark.svg"),
        ("mail_sender_address", "a@b\nBcc: c@d"),
        ("terms_url", "javascript:alert(1)"),
        ("name", "x" * 61),
    ],
)
def test_what_cannot_be_used_is_refused_by_name(field: str, value: str) -> None:
    with pytest.raises(BrandInvalid, match=field):
        from_document({"name": "Stanmoor", field: value})


def test_the_stylesheets_address_follows_its_content() -> None:
    other = msgspec.structs.replace(STANMOOR, primary="#0b3a76")

    assert stylesheet(STANMOOR).address == stylesheet(STANMOOR).address
    assert stylesheet(other).address != stylesheet(STANMOOR).address


def test_what_does_not_show_does_not_change_the_stylesheet() -> None:
    assert stylesheet(msgspec.structs.replace(STANMOOR, phone="1")).address == stylesheet(STANMOOR).address


@pytest.mark.parametrize("brand", [STANMOOR, QUINCE, Brand(name="Plain")], ids=lambda brand: brand.name)
def test_the_stylesheet_is_small_and_holds_both_modes(brand: Brand) -> None:
    css = stylesheet(brand).body.decode()

    assert len(css) < 5_000
    assert f"--brand-fill:{brand.palette.light['brand-fill']}" in css
    assert f"light-dark({brand.palette.light['canvas']},{brand.palette.dark['canvas']})" in css


def test_the_two_demo_brands_differ_in_everything_a_tenant_sets() -> None:
    tokens = ("primary", "accent", "temperature", "type", "radius", "density", "header")

    assert all(getattr(STANMOOR, token) != getattr(QUINCE, token) for token in tokens)

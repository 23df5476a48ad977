"""Colours proposed from a logo are those that an eye would name."""

from io import BytesIO

import pytest
from PIL import Image, ImageDraw, ImageFilter

from portico_themes.brands import seeded_brands
from portico_themes.proposals import from_logo, name_of


def _png(picture: Image.Image, kind: str = "PNG") -> bytes:
    out = BytesIO()
    picture.save(out, kind)
    return out.getvalue()


def _disc(fill: str, ground: str | tuple[int, ...], mode: str = "RGBA") -> Image.Image:
    picture = Image.new(mode, (400, 400), ground)
    ImageDraw.Draw(picture).ellipse((60, 60, 340, 340), fill=fill)
    return picture


@pytest.mark.parametrize("ground", [(0, 0, 0, 0), (255, 255, 255, 255), (250, 250, 250, 255), (9, 9, 9, 255)])
def test_paper_black_and_what_shines_through_are_no_colours(ground: tuple[int, ...]) -> None:
    assert [each.colour for each in from_logo(_png(_disc("#0b3a75", ground)))] == ["#0b3a75"]


def test_a_soft_edge_is_not_a_colour_of_its_own_and_jpeg_noise_neither() -> None:
    soft = _disc("#c1272d", "#ffffff", "RGB").filter(ImageFilter.GaussianBlur(9))
    (only,) = from_logo(_png(soft, "JPEG"))
    assert only.name == "Red"


def test_colours_come_by_what_they_weigh_and_are_few() -> None:
    picture = Image.new("RGB", (600, 200), "#ffffff")
    draw = ImageDraw.Draw(picture)
    for n, (fill, width) in enumerate(
        (("#f2b705", 90), ("#0b3a75", 300), ("#1f7a3a", 60), ("#c1272d", 70), ("#7030a0", 20), ("#e87722", 4))
    ):
        left = (0, 90, 390, 450, 520, 540)[n]
        draw.rectangle((left, 0, left + width - 1, 199), fill=fill)
    found = from_logo(_png(picture))
    assert [each.name for each in found[:1]] == ["Dark blue"]
    assert len(found) == 4
    assert "#e87722" not in {each.colour for each in found}


def test_a_grey_logo_proposes_nothing() -> None:
    assert from_logo(_png(_disc("#777777", "#ffffff"))) == ()
    assert from_logo(_png(Image.new("RGBA", (200, 200), (0, 0, 0, 0)))) == ()


def test_the_seeded_marks_propose_their_brands() -> None:
    for seeded in seeded_brands().values():
        found = [each.colour for each in from_logo(seeded.files[seeded.brand.mark].body)]
        assert found == [seeded.brand.primary, seeded.brand.accent]


@pytest.mark.parametrize(
    ("colour", "name"),
    [("#c1272d", "Red"), ("#7a1f38", "Wine red"), ("#f2b705", "Yellow"), ("#1f7a3a", "Green"), ("#888888", "Grey")],
)
def test_colours_have_names(colour: str, name: str) -> None:
    assert name_of(colour) == name

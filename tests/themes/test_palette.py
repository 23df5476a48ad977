"""Any two colours become a palette that can be read, in both modes."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from portico_themes.brands import QUINCE, STANMOOR
from portico_themes.colour import Oklch, contrast
from portico_themes.palette import PAIRS, TEXT, Header, Temperature, derive

COLOURS = some.integers(0, 0xFFFFFF).map(lambda value: f"#{value:06x}")


def test_forty_one_pairs_are_promised() -> None:
    assert len(PAIRS) == 41


@settings(max_examples=80, deadline=None)
@given(COLOURS, COLOURS, some.sampled_from(["cool", "neutral", "warm"]), some.sampled_from(["plain", "solid"]))
def test_any_brand_can_be_read(primary: str, accent: str, temperature: Temperature, header: Header) -> None:
    palette = derive(primary, accent, temperature, header)
    for tokens in (palette.light, palette.dark):
        assert [(a, b) for a, b, wanted in PAIRS if contrast(tokens[a], tokens[b]) < wanted] == []


def test_a_colour_that_can_be_read_stays_exactly_as_chosen() -> None:
    assert STANMOOR.palette.light["brand-fill"] == STANMOOR.primary
    assert QUINCE.palette.light["brand-fill"] == QUINCE.primary
    assert STANMOOR.palette.light["bar"] == STANMOOR.primary


def test_a_pale_yellow_keeps_its_fill_and_gets_an_edge_and_dark_lettering() -> None:
    palette = derive("#f2b705", "#3d5a98", "neutral", "plain")

    assert palette.light["brand-fill"] == "#f2b705"
    assert contrast(palette.light["on-brand"], "#f2b705") >= TEXT
    assert palette.light["brand-edge"] != "#f2b705"
    assert contrast(palette.light["brand-ink"], "#ffffff") >= 4.5
    assert any("get an edge" in str(note) for note in palette.notes)


def test_a_dark_blue_is_lifted_on_dark_pages_and_that_is_said() -> None:
    palette = derive("#0b3a75", "#e87722", "cool", "solid")

    assert contrast(palette.dark["brand-fill"], palette.dark["surface"]) >= 3.6
    assert any("dark pages #0b3a75" in str(note) for note in palette.notes)


def test_a_middle_tone_moves_the_least_that_is_enough() -> None:
    palette = derive("#8a7a6b", "#1f7a7a", "neutral", "plain")

    assert contrast(palette.light["brand-fill"], palette.light["on-brand"]) >= TEXT


def test_a_red_house_is_not_taken_for_an_alarm() -> None:
    red = derive("#b3261e", "#1f7a7a", "neutral", "plain")
    blue = derive("#0b3a75", "#1f7a7a", "neutral", "plain")

    assert red.light["danger-ink"] != blue.light["danger-ink"]
    assert Oklch.of(red.light["brand-soft"]).chroma < Oklch.of(blue.light["brand-soft"]).chroma


def test_two_colours_alike_are_noted_and_nothing_more() -> None:
    palette = derive("#0b3a75", "#0c3b76", "cool", "plain")

    assert any("nearly the same" in str(note) for note in palette.notes)


@pytest.mark.parametrize("colour", ["#000000", "#ffffff", "#808080", "#ff0000", "#00ff00", "#0000ff"])
def test_colour_arithmetic_comes_back_to_where_it_started(colour: str) -> None:
    assert Oklch.of(colour).hex() == colour

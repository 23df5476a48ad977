"""What the brand editor says of a brand's colours, case by case of the design."""

from typing import Any

import msgspec
import pytest

from portico_themes.branding import Brand
from portico_themes.legibility import Row, report


def _rows(**values: Any) -> dict[str, Row]:
    return {row.where: row for row in report(msgspec.structs.replace(Brand(name="A"), **values)).rows}


def _said(row: Row) -> str:
    return row.done % row.values


def test_too_pale_for_text_is_darkened_and_gets_an_edge() -> None:
    rows = _rows(primary="#f2b705", accent="#3d5a98")
    assert {where: _said(row) for where, row in rows.items()} == {
        "Button lettering": "Dark letters",
        "Links and text": "Darkened to #7E5E02",
        "Button on the page": "Edge in #AD8208",
        "Button on dark pages": "As you chose",
        "Links on dark pages": "As you chose",
        "Accent": "As you chose",
    }
    told = report(Brand(name="A", primary="#f2b705"))
    assert (told.adjusted, told.primary) == (2, "Too pale for text; adjusted")
    assert rows["Links and text"].told < 2


def test_too_dark_for_dark_pages_is_lifted() -> None:
    rows = _rows(primary="#0b3a75", header="solid")
    assert _said(rows["Button on dark pages"]).startswith("Lightened to #")
    assert _said(rows["Header"]) == "White letters"
    assert rows["Links and text"].fine


def test_a_middle_tone_is_moved_where_neither_letters_read() -> None:
    row = _rows(primary="#7d7d7d")["Button lettering"]
    assert not row.fine
    assert row.yours < row.needs
    assert _said(row).startswith("Shown as #")


@pytest.mark.parametrize(
    ("primary", "accent", "says"),
    [("#d02030", "#1f7a7a", "near the red of alarms"), ("#1f7a7a", "#1f7a7b", "nearly the same")],
)
def test_what_no_row_tells_is_a_sentence(primary: str, accent: str, says: str) -> None:
    (note,) = report(Brand(name="A", primary=primary, accent=accent)).notes
    assert says in str(note)


def test_a_ratio_is_never_rounded_up_to_what_it_needs() -> None:
    row = _rows(accent="#e87722")["Accent"]
    assert not row.fine
    assert row.told < row.needs

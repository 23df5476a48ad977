"""What was typed in the editor's fields: kept as a brand, or told at its field."""

import pytest

from portico_core.errors import Invalid
from portico_portal.brand import form
from portico_themes.branding import from_document, to_document
from portico_themes.brands import STANMOOR


@pytest.mark.parametrize(
    ("field", "typed", "says"),
    [
        ("email", "sales@north.example,", "no commas"),
        ("email", "büro@firma.example", "plain letters"),
        ("email", "sales@[x", "Enter an email address"),
        ("name", "North\rBcc: x@y.example", "does not show"),
        ("word", "North\u2028South", "does not show"),
        ("phone", "0114\x85", "does not show"),
        ("address", "1 High Street\nNorth\x1bton", "does not show"),
        ("bank", "IBAN: DE00\x7f1234", "does not show"),
    ],
)
def test_what_a_mail_cannot_have_is_told_at_its_field(field: str, typed: str, says: str) -> None:
    with pytest.raises(Invalid) as refused:
        form.read({field: typed}, STANMOOR)
    assert says in refused.value.fields[field]


def test_an_address_that_was_kept_before_it_was_checked_stands_in_its_field_and_breaks_nothing() -> None:
    before = from_document(to_document(STANMOOR) | {"email": "sales@north.example,"})

    assert form.shown(before)["email"] == "sales@north.example,"
    assert form.read({"name": "North"}, before).name == "North"
    assert form.read({"email": ""}, before).email == ""

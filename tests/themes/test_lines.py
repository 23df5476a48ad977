"""Rows written by hand read as the filters write them; what templates have worked out early is the same."""

from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

import pytest
from markupsafe import Markup

from portico_core.money import Money
from portico_themes.folding import FoldingEnvironment
from portico_themes.formats import formats_of
from portico_themes.lines import Writer, ids
from portico_themes.markup import filters_of

TODAY = date(2026, 11, 22)
AMOUNT = Money(128_436, "GBP")
ID = UUID(int=7)


@dataclass
class Row:
    number: str = "SF-1"
    purchase_order: str = ""
    state: str = "open"
    total: Money = AMOUNT
    open: Money = AMOUNT
    selectable: bool = True
    id: UUID = ID
    issued_on: date = TODAY
    due_on: date = TODAY + timedelta(days=1)


def written(*rows: Row, locale: str = "en-GB", ticks: bool = True) -> str:
    writer = Writer(locale, formats_of(locale), TODAY)
    return writer.rows(rows, lambda state: f"[{state}]", {"paid": 'It is "paid"'}, ticks=ticks)


@pytest.mark.parametrize("locale", ["en-GB", "de-DE"])
@pytest.mark.parametrize("currency", ["GBP", "EUR", "JPY", "KWD", "CHF", "<i>"])
def test_amounts_read_as_elsewhere(locale: str, currency: str) -> None:
    money = filters_of(locale)["money"]
    for minor in (0, 5, -5, 99, 128_436, -1_234_567_890):
        amount = Money(minor, currency)
        assert str(money(amount)) in written(Row(total=amount), locale=locale)


@pytest.mark.parametrize("locale", ["en-GB", "de-DE"])
def test_days_of_another_year_are_marked_as_elsewhere(locale: str) -> None:
    day = filters_of(locale)["day"]
    context = {"today": TODAY}
    for due_on in (TODAY, date(2027, 1, 12)):
        shown = str(day(context, due_on))
        assert shown in written(Row(due_on=due_on), locale=locale)
        assert ('class="far"' in shown) is (due_on.year == 2027)


def test_what_an_erp_wrote_is_escaped_and_a_closed_box_says_why() -> None:
    html = written(Row(number="<b>&", purchase_order='"x', state="paid", selectable=False))

    assert "&lt;b&gt;&amp;</a>" in html
    assert "order &#34;x</span>" in html
    assert 'disabled title="It is &#34;paid&#34;"' in html
    assert "tomorrow" not in html  # nothing falls due of what is paid
    assert isinstance(html, Markup)


def test_who_may_not_pay_sees_no_boxes_and_all_ids_are_told() -> None:
    assert "checkbox" not in written(Row(), ticks=False)
    assert ids([Row(), Row()]) == f"{ID},{ID}"


def test_only_what_is_constant_is_worked_out_early() -> None:
    environment = FoldingEnvironment(autoescape=True)
    calls: list[str] = []

    def said(word: str) -> str:
        calls.append(word)
        return f"<{word}>"

    environment.constant = {"_": said}
    environment.globals["_"] = said
    template = environment.from_string("{{ _('a') }}{{ _(word) }}")
    shadowed = environment.from_string("{% macro of(_) %}{{ _('b') }}{% endmacro %}{{ of(other) }}")
    calls.clear()

    assert template.render(word="w") == "&lt;a&gt;&lt;w&gt;"
    assert calls == ["w"]
    assert shadowed.render(other=str.upper) == "B"

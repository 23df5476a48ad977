"""What the brand editor's frames show is what the pages will show."""

import pytest

from portico_themes.brands import seeded_brands
from portico_themes.preview.draft import Theme, sample_page
from portico_themes.render import Renderer


@pytest.mark.parametrize(("theme", "media"), [("light", "not all"), ("dark", "all")])
def test_an_invoice_is_white_paper_in_either_theme_with_the_logo_for_white(theme: Theme, media: str) -> None:
    brand = seeded_brands()["quince"].brand
    html = sample_page(
        Renderer(), "invoice", brand, "en-GB", theme, currency="EUR", stylesheet="/a.css", origin="", common={}
    )
    header, _, paper = html.partition('<article class="sheet"')

    assert f'srcset="/brand/{brand.mark_on_dark}" media="{media}"' in header
    assert f"/brand/{brand.mark}" in paper
    assert brand.mark_on_dark not in paper

"""Static files: addresses that follow the content, headers that let browsers keep them, and their budgets."""

from pathlib import Path

import pytest

from portico_themes.assets import AssetMissing, Assets, assets_of, install, minified

BUDGETS = {
    "site.css": 30_000,
    "pay.css": 3_500,
    "paper.css": 3_000,
    "door.css": 2_500,
    "staff.css": 6_500,
    "people.css": 2_000,
    "home.css": 6_500,
    "brand.css": 5_000,
    "site.js": 5_000,
}


@pytest.mark.parametrize(("name", "budget"), BUDGETS.items())
def test_files_keep_their_budget(name: str, budget: int) -> None:
    assert len(assets_of().asset(name).body) < budget


def test_what_a_page_loads_is_small_on_the_wire() -> None:
    assets = assets_of()
    names = ("site.css", "staff.css", "site.js", "vendor/htmx.js")

    assert sum(len(assets.asset(name).gzipped or b"") for name in names) < 30_000


def test_an_address_leads_back_to_its_file() -> None:
    assets = assets_of()
    for name in assets.names():
        found = assets.at(assets.address(name))
        assert found is assets.asset(name)
        assert "immutable" in found.headers["Cache-Control"]
    assert assets.at("/static/site.css") is None
    assert assets.at("/static/../assets.py") is None


def test_stylesheets_name_what_they_load_by_its_hashed_address() -> None:
    assets = assets_of()
    css = assets.asset("site.css").body.decode()

    assert f"url({assets.address('vendor/archivo-latin.woff2')})" in css
    assert "url(vendor/" not in css
    assert "url(pattern/" not in css


def test_a_stylesheets_address_changes_with_a_picture_it_loads(tmp_path: Path) -> None:
    (tmp_path / "a.css").write_text("p { background: url(dot.svg) }")
    (tmp_path / "dot.svg").write_text("<svg/>")
    before = Assets([tmp_path]).address("a.css")
    (tmp_path / "dot.svg").write_text("<svg></svg>")

    assert Assets([tmp_path]).address("a.css") != before


def test_a_stylesheet_that_names_a_missing_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.css").write_text("p { background: url(gone.svg) }")

    with pytest.raises(AssetMissing, match=r"gone\.svg"):
        Assets([tmp_path])


def test_an_operators_theme_replaces_single_files(tmp_path: Path) -> None:
    (tmp_path / "static").mkdir()
    (tmp_path / "static" / "door.css").write_text(".door { color: red }")
    assets = assets_of(tmp_path)

    assert assets.asset("door.css").body == b".door{color:red}"
    assert assets.asset("site.css").body == assets_of().asset("site.css").body


def test_minifying_keeps_what_matters() -> None:
    css = (
        "/* note */ a > b:is(:hover, .x) { color: red; width: calc(1px + 2px) }\n"
        "@media (min-width: 1px) { a { b: c; } }"
    )

    assert minified(css) == "a>b:is(:hover,.x){color:red;width:calc(1px + 2px)}@media (min-width:1px){a{b:c}}"


def test_installing_without_the_packages_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(AssetMissing, match="npm ci --ignore-scripts"):
        install(tmp_path)


def test_nothing_we_serve_names_the_platform() -> None:
    assets = assets_of()
    for name in assets.names():
        assert "portico" not in name.lower()
        assert b"portico" not in assets.asset(name).body.lower()

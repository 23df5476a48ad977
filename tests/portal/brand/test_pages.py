"""The brand editor as staff use it: kept, looked at, published for everybody, undone; and who else is kept out."""

import re
from io import BytesIO
from typing import cast

import anyio
import asyncpg
import pytest
import pytest_asyncio
from PIL import Image
from sqlalchemy.pool import QueuePool

from portico_portal.audit.queries import entries
from portico_portal.brand import logos
from portico_tenants import editions
from portico_tenants.access import StaffRole
from portico_tenants.resolve import Directory
from portico_tenants.session import Database
from portico_tenants.tenant import Tenant
from portico_themes.branding import Brand, brand_of
from tests.portal.portal import Browser, Portal
from tests.portal.staff import seen_in, signed_in

HERE = "/staff/brand"
HTMX = {"hx-request": "true"}


@pytest_asyncio.fixture
async def ada(portal: Portal, database: Database, tenant: Tenant) -> Browser:
    return await signed_in(portal, database, tenant, name="Ada")


def _picture(size: tuple[int, int] = (300, 150), kind: str = "PNG", colour: str = "#c1272d") -> bytes:
    out = BytesIO()
    Image.new("RGB", size, colour).save(out, kind)
    return out.getvalue()


async def _brand(database: Database, tenant: Tenant) -> Brand:
    """As another process has it, which has been told nothing by this one: for its pages, mails and papers."""
    return brand_of(await Directory(database).by_id(tenant.id))


async def test_a_draft_is_the_editors_until_it_is_published_and_then_everybodys(
    portal: Portal, database: Database, tenant: Tenant, other_tenant: Tenant, ada: Browser
) -> None:
    page = await ada.get(HERE)
    other = await _brand(database, other_tenant)
    typed = {
        "name": "Larkspur Giftware",
        "primary": "F2B705",
        "radius": "round",
        "bank": "IBAN: DE00 1234",
        "seen": "0",
    }
    kept = await ada.post(HERE, typed)
    assert (kept.status_code, kept.headers["location"]) == (303, HERE)
    visitor = portal.at(tenant)
    before = await visitor.get("/sign-in")
    page = await ada.get(HERE)
    assert "Larkspur" not in before.text
    assert "Darkened to #7E5E02" in page.text
    framed = await ada.get(f"{HERE}/preview", params={"view": "sign-in", "theme": "dark"})
    assert "Larkspur Giftware" in framed.text
    assert 'data-theme="dark"' in framed.text
    address = re.search(r'href="(/staff/brand/preview\.css[^"]*)"', framed.text)
    assert address is not None
    assert "#f2b705" in (await ada.get(address[1])).text
    published = await ada.post(HERE, {"do": "publish", "seen": seen_in(page)})
    assert published.status_code == 303
    after = await visitor.get("/sign-in")
    assert "Larkspur Giftware" in after.text
    brand = await _brand(database, tenant)
    assert brand.stylesheet_address in after.text
    assert (brand.primary, brand.radius, brand.bank) == ("#f2b705", "round", (("IBAN", "DE00 1234"),))
    assert await _brand(database, other_tenant) == other
    async with database.tenant_session(tenant) as session:
        assert (await entries(session, action="brand"))[0].action == "brand.published"

    page = await ada.get(HERE)
    number = re.search(r'name="number" value="(\d+)"', page.text)
    assert number is not None
    await ada.post(f"{HERE}/restore", {"number": number[1], "seen": seen_in(page)})
    assert "Larkspur" not in (await visitor.get("/sign-in")).text
    page = await ada.get(HERE)
    assert "Undone: what was published before is shown again." in page.text
    assert "Published. Every page" not in page.text


async def test_htmx_gets_the_preview_alone_and_keeps_the_draft(ada: Browser) -> None:
    page = await ada.get(HERE)
    typed = {"primary": "#123456", "primary_was": "#3f5166", "do": "publish", "seen": seen_in(page)}
    part = await ada.post(HERE, typed, headers=HTMX)
    assert part.status_code == 200
    assert "<html" not in part.text
    assert 'id="seen"' in part.text
    page = await ada.get(HERE)
    assert 'value="#123456"' in page.text
    assert "Customers do not see it yet" in page.text
    wrong = await ada.post(HERE, {"primary": "#12345", "seen": seen_in(page)}, headers=HTMX)
    assert wrong.status_code == 422
    assert "This is not a colour." in wrong.text
    await ada.post(f"{HERE}/discard", {"seen": seen_in(page)})
    assert "As published." in (await ada.get(HERE)).text


async def test_a_picked_colour_counts_where_only_the_picker_was_changed(ada: Browser) -> None:
    await ada.get(HERE)
    held = {"primary": "#3f5166", "primary_was": "#3f5166", "seen": "0"}
    await ada.post(HERE, held | {"primary_picked": "#224466"})
    assert 'name="primary" value="#224466"' in (await ada.get(HERE)).text


async def test_two_who_edit_are_told_of_each_other(
    portal: Portal, database: Database, tenant: Tenant, ada: Browser
) -> None:
    bob = await signed_in(portal, database, tenant, name="Bob")
    await ada.get(HERE)
    await bob.get(HERE)
    await ada.post(HERE, {"name": "Hers", "seen": "0"})
    told = await bob.post(HERE, {"name": "His", "seen": "0", "do": "publish"}, files={"mark": _logo()})
    assert told.status_code == 409
    assert "Choose the logo again" in told.text
    assert "Ada changed the brand since you opened this page." in told.text
    assert 'value="His"' in told.text
    assert 'value="Hers"' in (await ada.get(HERE)).text
    assert (await bob.post(HERE, {"name": "His", "seen": seen_in(told)})).status_code == 303


async def test_a_logo_is_made_anew_proposes_colours_and_goes_into_every_page(
    portal: Portal, database: Database, tenant: Tenant, ada: Browser
) -> None:
    await ada.get(HERE)
    logo = {
        "mark": ("logo.jpg", _picture(kind="JPEG"), "image/jpeg"),
        "mark_on_dark": ("", b"", "application/octet-stream"),
    }
    kept = await ada.post(HERE, {"seen": "0", "view": ["home", "invoice"]}, files=logo)
    assert (kept.status_code, kept.headers["location"]) == (303, f"{HERE}?view=invoice")
    page = await ada.get(HERE)
    proposed = re.search(r'name="use" value="primary (#[0-9a-f]{6})"', page.text)
    assert proposed is not None
    await ada.post(HERE, {"use": f"primary {proposed[1]}", "primary": "#3f5166", "seen": seen_in(page)})
    await ada.post(HERE, {"do": "publish", "seen": seen_in(await ada.get(HERE))})
    brand = await _brand(database, tenant)
    assert brand.primary == proposed[1]
    visitor = portal.at(tenant)
    page = await visitor.get("/sign-in")
    for name in (brand.mark, brand.favicon):
        assert f"/brand/{name}" in page.text
        assert (await visitor.get(f"/brand/{name}")).content.startswith(b"\x89PNG")


def _logo(colour: str = "#c1272d") -> tuple[str, bytes, str]:
    return "logo.png", _picture(colour=colour), "image/png"


async def test_a_new_logo_takes_the_old_one_on_dark_away_and_leaves_what_was_made_for_it(
    database: Database, tenant: Tenant, ada: Browser
) -> None:
    async def on_dark() -> str:
        async with database.tenant_session(tenant) as session:
            return str((await editions.read(session, "brand")).content.get("mark_on_dark", ""))

    async def upload(do: str = "", **files: str) -> None:
        logos = {field: _logo(colour) for field, colour in files.items()}
        await ada.post(HERE, {"seen": "0", "do": do}, files=logos)

    await ada.get(HERE)
    await upload("publish", mark="#111111", mark_on_dark="#222222")
    assert await on_dark()
    await upload(mark="#333333")
    assert not await on_dark()
    await upload(mark_on_dark="#444444")
    assert await on_dark()
    await upload(mark="#555555")
    assert not await on_dark()

    await ada.post(f"{HERE}/discard", {"seen": "0"})
    await upload(mark_on_dark="#444444")
    await upload(mark="#333333")
    assert await on_dark()


async def test_all_that_is_wrong_is_told_at_once_and_a_good_logo_is_asked_for_again(ada: Browser) -> None:
    await ada.get(HERE)
    typed = {"terms_url": "shop.example/terms", "seen": "0"}
    broken = ("logo.png", b"no picture", "image/png")

    refused = await ada.post(HERE, typed, files={"mark": broken, "mark_on_dark": _logo()})

    assert refused.status_code == 422
    for said in ("There are 3 things", "not a PNG, JPEG or WebP", "begins with https://", "Choose the logo again"):
        assert said in refused.text
    # htmx leaves the form as it is: the file is still chosen in it
    typing = await ada.post(HERE, typed, files={"mark": _logo()}, headers=HTMX)
    assert typing.status_code == 422
    assert "Choose the logo again" not in typing.text


async def test_nobody_waits_for_a_pictures_turn_with_a_connection_in_hand(portal: Portal, ada: Browser) -> None:
    await ada.get(HERE)
    pool = cast("QueuePool", portal.resources.database.engine.sync_engine.pool)
    async with anyio.create_task_group() as group, logos.ONE_AT_A_TIME:
        group.start_soon(lambda: ada.post(HERE, {"seen": "0"}, files={"mark": ("a.png", _picture(), "image/png")}))
        with anyio.fail_after(10):
            while not logos.ONE_AT_A_TIME.statistics().tasks_waiting:  # noqa: ASYNC110 - the limiter tells nobody
                await anyio.sleep(0.01)
        held = pool.checkedout()
    assert held == 0
    assert 'name="mark_off"' in (await ada.get(HERE)).text


BOMB = _picture((2001, 2000))


@pytest.mark.parametrize(
    ("upload", "says"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>", "not a PNG, JPEG or WebP"),
        (_picture((400, 60)), "too small"),
        (b"\x89PNG" + bytes(2_100_000), "larger than 2 MB"),
        (BOMB, "more than 4 megapixels"),
    ],
    ids=["svg", "small", "heavy", "bomb"],
)
async def test_a_refused_logo_is_told_beside_what_was_typed(ada: Browser, upload: bytes, says: str) -> None:
    await ada.get(HERE)
    answer = await ada.post(
        HERE, {"name": "Typed & kept", "seen": "0", "do": "publish"}, files={"mark": ("logo.svg", upload, "image/png")}
    )
    assert answer.status_code == 422
    assert says in answer.text
    assert 'value="Typed &amp; kept"' in answer.text
    assert "As published." in (await ada.get(HERE)).text


async def test_only_owners_come_in_and_only_this_page_takes_files_and_is_framed(
    portal: Portal, database: Database, tenant: Tenant, ada: Browser
) -> None:
    finance = await signed_in(portal, database, tenant, StaffRole.FINANCE)
    for path in (HERE, f"{HERE}/preview", f"{HERE}/preview.css"):
        refused = await finance.get(path)
        assert refused.status_code == 403
        assert "Ask somebody with the role Owner." in refused.text
    assert HERE not in (await finance.get("/staff")).text
    await finance.get("/staff")
    assert (await finance.post(HERE, {"name": "Mine"})).status_code == 403
    page = await ada.get(HERE)
    assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
    assert "frame-src 'self'" in page.headers["content-security-policy"]
    for view in ("home", "sign-in", "invoice", "mail"):
        framed = await ada.get(f"{HERE}/preview", params={"view": view})
        assert framed.status_code == 200
        assert "frame-ancestors 'self'" in framed.headers["content-security-policy"]
    upload = {"file": ("a.txt", b"x" * 10, "text/plain")}
    assert (await ada.post("/profile", {"name": "Ada"}, files=upload)).status_code == 403


def _part(more: bytes, value: bytes) -> bytes:
    return b'--x\r\nContent-Disposition: form-data; name="name"' + more + b"\r\n\r\n" + value + b"\r\n--x--\r\n"


async def test_a_broken_upload_is_refused_and_not_a_fault_of_ours(ada: Browser) -> None:
    await ada.get(HERE)
    token = {"x-csrf-token": ada.tokens[-1]}
    charset = _part(b"\r\nContent-Type: a/b; charset=no", b"a")
    for body in (b"--x", b"--x\r\nnot a header", _part(b"", b"\xff\xfe"), _part(b"", b"a\0b"), charset):
        for kind in ("multipart/form-data; boundary=x", "multipart/form-data"):
            answer = await ada.client.post(HERE, content=body, headers=token | {"content-type": kind})
            assert answer.status_code == 400


async def test_uploads_that_came_to_nothing_are_forgotten(
    database: Database, owner: asyncpg.Connection, tenant: Tenant, ada: Browser
) -> None:
    await ada.get(HERE)
    for colour in ("#112233", "#445566", "#778899"):  # the first is published, the second given up for the third
        await ada.post(HERE, {"seen": "0"}, files={"mark": ("a.png", _picture(colour=colour), "image/png")})
        if colour == "#112233":
            await ada.post(HERE, {"do": "publish", "seen": "0"})
    table = f"{tenant.role}.brand_file"
    await owner.execute(f"UPDATE {table} SET stored_at = now() - interval '2 days'")  # noqa: S608
    await ada.post(HERE, {"seen": "0"}, files={"mark_on_dark": ("a.png", _picture(), "image/png")})
    kept = {name for (name,) in await owner.fetch(f"SELECT name FROM {table}")}  # noqa: S608 - `t_` and hex digits
    async with database.tenant_session(tenant) as session:
        desk = await editions.read(session, "brand")
    assert kept == {desk.published["mark"], desk.published["favicon"]} | {
        desk.content[field] for field in ("mark", "mark_on_dark", "favicon")
    }

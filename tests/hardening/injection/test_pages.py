"""Payloads that came in through the sync are text on every page and in every file, for everybody who can open it."""

import csv
import io
import re
from collections.abc import AsyncIterator
from typing import Any, cast

import httpx
import pytest_asyncio
from playwright.async_api import Page
from pypdf import PdfReader

from portico_core.ids import new_id
from portico_portal.sync.models import SetAsideRow
from portico_portal.web.context import SECURITY_HEADERS
from portico_tenants.session import Database
from tests.hardening.injection.addresses import customers_pages, searches, staff_pages
from tests.hardening.injection.company import CARRIERS, FIELDS, UNREAD
from tests.hardening.injection.conftest import Attacked
from tests.hardening.injection.inert import read
from tests.hardening.injection.payloads import FORMULAS, HTML, SQL, TEMPLATES
from tests.portal.portal import Browser, Portal

SIGNS = tuple("=+-@\t\r＝＋－＠")
HEADERS = {
    *SECURITY_HEADERS,
    *("cache-control", "content-disposition", "content-length", "content-type", "location", "set-cookie"),
    *("vary", "x-request-id"),
}
# What a payload comes to where it is carried out: the templates' sum, what the file that one reads says.
CARRIED_OUT = re.compile(r"\b1337\b|<class |127\.0\.0\.1\s+localhost")


@pytest_asyncio.fixture(scope="session")
async def pages() -> dict[str, httpx.Response]:
    """What was asked for once, for all tests here."""
    return {}


@pytest_asyncio.fixture
async def answers(
    attacked: Attacked, portal: Portal, pages: dict[str, httpx.Response]
) -> AsyncIterator[dict[str, httpx.Response]]:
    """Every page and file of every carrier's customer, and the staff's of them all."""
    if not pages:
        staff = _browser(portal, attacked, attacked.owner)
        for each in CARRIERS:
            member = _browser(portal, attacked, attacked.members[each.index])
            for path in customers_pages(attacked, each):
                pages[f"{each.index} {path}"] = await member.client.get(path)
            for path in staff_pages(attacked, each):
                if f"staff {path}" not in pages:
                    pages[f"staff {path}"] = await staff.client.get(path)
    yield pages


def test_every_field_was_kept(attacked: Attacked) -> None:
    assert attacked.set_aside == ()
    assert len(CARRIERS) >= len(FORMULAS)
    carried = " ".join(each.payload for each in CARRIERS)
    for kind in (HTML, TEMPLATES, SQL, FORMULAS):
        assert all(payload in carried for payload in kind)


async def test_every_page_is_answered_and_none_carries_a_payload_out(answers: dict[str, httpx.Response]) -> None:
    for path, answer in answers.items():
        expected = 404 if path.endswith("/payments/return") else 200
        assert answer.status_code == expected, (path, answer.status_code)
        assert _is(answer, "application/pdf") or CARRIED_OUT.search(answer.text) is None, path
        assert set(answer.headers) <= HEADERS, path


async def test_payloads_are_text_as_a_browser_parses_it(answers: dict[str, httpx.Response], reader: Page) -> None:
    html = {path: answer.text for path, answer in answers.items() if _is(answer, "text/html")}
    readings = dict(zip(html, await read(reader, list(html.values())), strict=True))
    assert {path: each.troubles for path, each in readings.items() if each.troubles} == {}
    assert len(readings) > 150


async def test_every_field_comes_out_somewhere_whole(answers: dict[str, httpx.Response], reader: Page) -> None:
    html = [answer.text for answer in answers.values() if _is(answer, "text/html")]
    said = "\n".join(each.said for each in await read(reader, html))
    fields = set(re.findall(r"q\d\d([a-z_0-9]+?)z\b", said))
    assert fields >= FIELDS - UNREAD, FIELDS - UNREAD - fields
    assert not fields & UNREAD
    plain = " ".join(said.split())
    for each in CARRIERS:
        value = " ".join(each.value("memo").split())[:300]
        assert value in plain, value


async def test_no_cell_of_a_file_is_a_formula(answers: dict[str, httpx.Response]) -> None:
    files = {path: answer for path, answer in answers.items() if _is(answer, "text/csv")}
    assert len(files) > len(CARRIERS)
    cells = 0
    for path, answer in files.items():
        for delimiter in (",", ";", "\t"):  # as the reader's own language has it
            for row in csv.reader(io.StringIO(answer.text.lstrip("\ufeff")), delimiter=delimiter):
                for cell in row:
                    cells += 1
                    assert not cell.lstrip(" \"'").startswith(SIGNS) or cell.startswith("'"), (
                        path,
                        delimiter,
                        cell[:80],
                    )
    assert cells > 500
    assert "q00orderz" in next(answer.text for path, answer in files.items() if path.startswith("0 /invoices.csv"))


async def test_names_of_files_are_plain(answers: dict[str, httpx.Response]) -> None:
    files = [answer for answer in answers.values() if not _is(answer, "text/html", 404) and not _is(answer, "text/css")]
    named = [answer.headers["content-disposition"] for answer in files]
    assert len(named) > 3 * len(CARRIERS)
    for name in named:
        assert re.fullmatch(r'attachment; filename="[A-Za-z0-9._-]{1,255}"', name), name


async def test_papers_say_it_and_do_not_do_it(answers: dict[str, httpx.Response]) -> None:
    papers = {path: answer.content for path, answer in answers.items() if _is(answer, "application/pdf")}
    assert len(papers) == 2 * len(CARRIERS)
    for path, content in papers.items():
        if path.startswith("staff"):
            continue
        paper = PdfReader(io.BytesIO(content))
        root = cast("dict[str, Any]", paper.trailer["/Root"])
        assert not {"/OpenAction", "/AA", "/AcroForm"} & set(root), path
        assert not {"/JavaScript", "/EmbeddedFiles"} & set(root.get("/Names", {})), path
        assert not any({"/AA", "/Annots"} & set(page) for page in paper.pages), path
        text = " ".join("".join(page.extract_text() for page in paper.pages).split())
        assert CARRIED_OUT.search(text) is None, path
        carrier = CARRIERS[int(path.split()[0])]
        for field in ("invoice_number", "memo"):
            assert carrier.mark(field) in text.replace(" ", "") or carrier.is_long, (path, field)


async def test_what_is_searched_for_is_only_searched_for(attacked: Attacked, portal: Portal, reader: Page) -> None:
    member, staff = (_browser(portal, attacked, token) for token in (attacked.members[0], attacked.owner))
    answered: list[str] = []
    for payload in (*(each.payload for each in CARRIERS[::4]), " ".join(SQL), "a\0b\U0010ffff", "%" * 60):
        for path in searches(payload):
            answer = await (staff if path.startswith("/staff") else member).client.get(path)
            assert answer.status_code in (200, 303, 404), (path, answer.status_code)
            assert CARRIED_OUT.search(answer.text) is None, path
            if _is(answer, "text/html"):
                answered.append(answer.text)
    assert [each.troubles for each in await read(reader, answered) if each.troubles] == []


def _browser(portal: Portal, attacked: Attacked, token: str) -> Browser:
    return portal.at(attacked.tenant, cookies=httpx.Cookies({"session": token}))


def _is(answer: httpx.Response, kind: str, *statuses: int) -> bool:
    return answer.headers.get("content-type", "").startswith(kind) or answer.status_code in statuses


async def test_a_sentence_with_the_erps_words_in_it_is_text(
    attacked: Attacked, portal: Portal, database: Database, reader: Page
) -> None:
    """Why a record was set aside, and what is wrong with an amount: sentences that pages translate before they show."""
    async with database.tenant_session(attacked.tenant) as session:
        for each in CARRIERS:
            session.add(SetAsideRow(record_type="invoice", erp_id=f"{each.index}", why=each.value("why")))
    answers = [await _browser(portal, attacked, attacked.owner).client.get("/staff/sync")]
    for each in CARRIERS:
        member = _browser(portal, attacked, attacked.members[each.index])
        invoice = attacked.invoices[each.index]
        await member.get(f"/payments/select?line={invoice}")
        form = {"line": str(invoice), f"amount-{invoice}": "999999", "form_key": str(new_id())}
        for path in ("/payments", "/payments/select", "/payments/selection"):
            answers += [await member.post(path, form, headers={"sec-fetch-site": "same-origin"})]
    assert {answer.status_code for answer in answers} <= {200, 409, 422}
    readings = await read(reader, [answer.text for answer in answers])
    assert [each.troubles for each in readings if each.troubles] == []
    said = " ".join(each.said for each in readings)
    assert all(each.mark("why") in said for each in CARRIERS[:-1])

"""A page that the browser kept: 304 while it would read the same, anew for every cause that shows, never another's."""

import dataclasses
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import asyncpg
import httpx
import pytest_asyncio
from sqlalchemy import delete, update

from portico_billing.invoices.models import InvoiceRow
from portico_core.clock import now
from portico_core.settings import Settings, WebSettings
from portico_portal.sync.models import ConnectionRow, CursorRow
from portico_tenants.access import CustomerRole
from portico_tenants.customers.models import CustomerRow
from portico_tenants.people import sessions
from portico_tenants.people.models import LoginSessionRow, MembershipRow, PersonRow
from portico_tenants.session import Database
from portico_tenants.tenant import Tenant
from portico_themes.page import Keeping
from tests.billing.invoices.holding import hold
from tests.factories.customers import make_customer
from tests.factories.invoices import make_invoice
from tests.factories.people import make_member
from tests.portal.portal import Browser, Portal, running


@dataclass
class Kept:
    """A payer who has the list on the screen, and a colleague of the same customer."""

    portal: Portal
    database: Database
    tenant: Tenant
    owner: asyncpg.Connection
    browser: Browser
    colleague: Browser
    invoice: InvoiceRow
    person: UUID
    tag: str = ""

    async def again(self, browser: Browser | None = None, **headers: str) -> httpx.Response:
        asked = {"If-None-Match": self.tag, **{name.replace("_", "-"): value for name, value in headers.items()}}
        return await (browser or self.browser).get("/invoices", headers=asked)

    async def change(self, *statements: object) -> None:
        async with self.database.tenant_session(self.tenant) as session:
            for statement in statements:
                await session.execute(statement)  # type: ignore[call-overload]  # any of SQLAlchemy's


@pytest_asyncio.fixture
async def kept(
    settings: Settings, database: Database, tenant: Tenant, owner: asyncpg.Connection
) -> AsyncIterator[Kept]:
    async with database.tenant_session(tenant) as session:
        customer = await make_customer(session, currency="GBP")
        people = [await make_member(session, customer, CustomerRole.PAYER, name=name) for name in ("Ada", "Ben")]
        invoice = await make_invoice(session, customer, number="SF-1", due_in_days=5)
        session.add(ConnectionRow(connector="netsuite", settings={}, time_zone="UTC"))
        session.add(CursorRow(record_type="invoice", fresh_at=now() - timedelta(seconds=5)))
        tokens = [await sessions.open_session(session, person.id) for person in people]
    web = WebSettings(platform_host="platform.test", scheme="http", keep_pages=True)
    async with running(dataclasses.replace(settings, web=web), database) as portal:
        mine, theirs = (portal.at(tenant, cookies=httpx.Cookies({"session": token})) for token in tokens)
        made = Kept(portal, database, tenant, owner, mine, theirs, invoice, people[0].id)
        first = await made.browser.get("/invoices")
        assert first.headers["cache-control"] == "private, no-cache"
        made.tag = first.headers["etag"]
        yield made


async def test_what_would_read_the_same_is_not_sent_again(kept: Kept) -> None:
    answer = await kept.again()

    assert (answer.status_code, answer.content) == (304, b"")
    assert answer.headers["etag"] == kept.tag
    assert answer.headers["content-security-policy"]


Cause = Callable[[Kept], Awaitable[None]]


async def an_amount(kept: Kept) -> None:
    await kept.change(update(InvoiceRow).values(open_minor=1))


async def a_hold(kept: Kept) -> None:
    async with kept.database.tenant_session(kept.tenant) as session:
        await hold(session, kept.invoice, 100)


async def another_invoice(kept: Kept) -> None:
    async with kept.database.tenant_session(kept.tenant) as session:
        await make_invoice(session, await session.get_one(CustomerRow, kept.invoice.customer_id))


async def a_fresh_read(kept: Kept) -> None:
    await kept.change(update(CursorRow).values(fresh_at=now() + timedelta(minutes=5)))


async def the_role(kept: Kept) -> None:
    await kept.change(update(MembershipRow).values(role="viewer"))


async def the_language(kept: Kept) -> None:
    await kept.change(update(PersonRow).values(language="de"))


async def the_customers_name(kept: Kept) -> None:
    await kept.change(update(CustomerRow).values(name="Another Name"))


async def the_brand(kept: Kept) -> None:
    await kept.owner.execute("UPDATE portico.tenant SET name = 'New Name', changed_at = now()")


CAUSES: tuple[Cause, ...] = (
    *(an_amount, a_hold, another_invoice, a_fresh_read),
    *(the_role, the_language, the_customers_name, the_brand),
)


async def test_whatever_shows_brings_the_page_anew(kept: Kept) -> None:
    for cause in CAUSES:
        await cause(kept)
        answer = await kept.again()
        assert (answer.status_code, answer.headers["etag"] != kept.tag) == (200, True), cause.__name__
        kept.tag = answer.headers["etag"]
        assert (await kept.again()).status_code == 304, cause.__name__


def test_figures_that_have_grown_old_are_another_page() -> None:
    at = now()
    figures = {"as_of": at, "interval_seconds": 300}
    first, soon, late = (Keeping("", "", at + timedelta(minutes=minutes)).tag("", figures) for minutes in (0, 1, 11))

    assert (first == soon, first == late) == (True, False)


async def test_a_kept_page_is_nobody_elses(kept: Kept) -> None:
    assert (await kept.again(kept.colleague)).status_code == 200
    assert (await kept.again(kept.portal.at(kept.tenant))).status_code == 303


async def test_whoever_is_removed_is_refused_whatever_tag_they_bring(kept: Kept) -> None:
    await kept.change(delete(MembershipRow))
    assert (await kept.again()).headers["location"] == "/switch"

    await kept.change(update(PersonRow).values(disabled_at=now()))
    assert (await kept.again()).headers["location"].startswith("/sign-in")


async def test_the_browser_forgets_what_it_kept_once_its_session_is_over(kept: Kept) -> None:
    await kept.change(delete(LoginSessionRow).where(LoginSessionRow.person_id == kept.person))
    for answer in (await kept.again(), await kept.again(hx_request="true")):
        assert "/sign-in" in answer.headers.get("location", answer.headers.get("hx-redirect"))
        assert answer.headers["clear-site-data"] == '"cache"'

    stranger = await kept.again(kept.portal.at(kept.tenant))
    assert "clear-site-data" not in stranger.headers
    assert "clear-site-data" not in (await kept.again(kept.colleague)).headers
    assert (await kept.colleague.sign_out()).headers["clear-site-data"] == '"cache"'


async def test_parts_notes_and_colours_have_tags_of_their_own_or_none(kept: Kept) -> None:
    part = await kept.again(hx_request="true")
    assert (part.status_code, part.headers["cache-control"]) == (200, "no-store")

    kept.browser.client.cookies.set("colours", "dark")
    assert (await kept.again()).status_code == 200

    kept.browser.client.cookies.set("note", "saved")
    told = await kept.again()
    assert (told.status_code, told.headers["cache-control"]) == (200, "no-store")


async def test_nothing_is_kept_unless_the_operator_says_so(kept: Kept, settings: Settings) -> None:
    web = WebSettings(platform_host="platform.test", scheme="http")
    async with running(dataclasses.replace(settings, web=web), kept.database) as portal:
        answer = await kept.again(portal.at(kept.tenant, cookies=kept.browser.client.cookies))

    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    assert "etag" not in answer.headers

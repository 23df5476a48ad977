"""The audit trail as staff read it: what was done to what in words, with the codes beside it for who looks for them."""

import html
import re
from typing import Any

import pytest
from sqlalchemy import select

from portico_billing.payments.models import PostingRow
from portico_billing.payments.settle import RANKS
from portico_core.ids import new_id
from portico_portal.sync import connections
from portico_portal.sync.models import ConnectionRow
from portico_tenants import audit
from portico_tenants.session import Database, TenantSession
from portico_tenants.tenant import Tenant
from tests.factories.customers import make_customer
from tests.factories.invoices import make_invoice
from tests.factories.people import make_member
from tests.portal.desk.test_desk import paid, statements
from tests.portal.portal import Browser, Portal
from tests.portal.staff import signed_in

PAGE = "/staff/audit"
PAYMENTS = [f"payment.{state}" for state in RANKS if state != "creating"]


async def noted(session: TenantSession, action: str, kind: str, known: object, **values: Any) -> None:
    given = {"actor": "operator", "action": action, "object_type": kind, "object_id": known, **values}
    await audit.record(session, **given)


async def entry(staff: Browser, action: str) -> tuple[str, str]:
    """The newest entry of an action as a reader sees it: what it says, and what stands under "As stored"."""
    page = (await staff.get(f"{PAGE}?action={action}")).text
    row = page.partition('<td role="cell" class="c-line">')[2].partition("</tr>")[0]
    said, _, stored = row.partition("<details")
    return _text(said), _text(stored)


def _text(part: str) -> str:
    bare = html.unescape(re.sub(r"<[^>]+>", " ", part)).replace("\u00a0", " ")
    return re.sub(r" ([,)])", r"\1", " ".join(bare.split())).replace("( ", "(")


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "Role changed Anna Svensson <anna@larch.example>, Larch Ltd (20418) Role May look → May pay"),
        (
            "de",
            "Rolle geändert Anna Svensson <anna@larch.example>, Larch Ltd (20418) Rolle Darf ansehen → Darf bezahlen",
        ),
    ],
)
async def test_a_change_of_role_names_the_person_the_customer_and_both_roles(
    portal: Portal, database: Database, tenant: Tenant, language: str, words: str
) -> None:
    async with database.tenant_session(tenant) as session:
        customer = await make_customer(session, name="Larch Ltd", number="20418")
        anna = await make_member(session, customer, name="Anna Svensson", email="anna@larch.example")
        await noted(
            session,
            "membership.role_changed",
            "person",
            anna.id,
            customer_id=customer.id,
            before={"role": "viewer"},
            after={"role": "payer"},
            request_id="r-1",
        )
    staff = await signed_in(portal, database, tenant, language=language)

    said, stored = await entry(staff, "membership")

    assert said == words
    raw = ("membership.role_changed", f"person {anna.id}", "operator", str(customer.id), "r-1", '{"role": "payer"}')
    assert [each for each in raw if each not in stored] == []


async def test_money_goes_by_its_numbers_leads_there_and_is_told_in_the_readers_format(
    portal: Portal, database: Database, tenant: Tenant
) -> None:
    async with database.tenant_session(tenant) as session:
        invoice = await make_invoice(session, await make_customer(session, currency="EUR"), number="SF-7")
        payment = await paid(session, invoice, posting="posted")
        posting_id = await session.scalar(select(PostingRow.id).where(PostingRow.payment_id == payment.id))
        number = f"P-{payment.number}"
        started = {"number": number, "amount_minor": 274_650, "currency": "EUR", "invoices": 2}
        await noted(session, "invoice.downloaded", "invoice", invoice.id, after={"number": "SF-7", "version": 3})
        await noted(session, "payment.started", "payment", payment.id, after=started)
        ended = {"state": "failed", "received_minor": 0, "failure": "account_closed"}
        await noted(session, "payment.failed", "payment", payment.id, before={"state": "open"}, after=ended)
        attended = {"state": "quarantined", "recorded_by_hand": False}
        await noted(session, "payment.attended", "payment", payment.id, after=attended)
        posted = {"payment_id": str(payment.id), "erp_id": "91822", "unapplied_minor": 1_250}
        await noted(session, "posting.posted", "posting", posting_id, after=posted)
    staff = await signed_in(portal, database, tenant, language="de")

    page = (await staff.get(PAGE)).text

    assert f'href="/staff/invoices/{invoice.id}">' in page
    assert page.count(f'href="/staff/payments/{payment.id}">') == 4
    for action, words in (
        ("invoice.downloaded", "Rechnung heruntergeladen Rechnung SF-7 Version 3"),
        ("payment.started", f"Zahlung begonnen Zahlung {number} Betrag 2.746,50 € Rechnungen 2"),
        (
            "payment.failed",
            f"Zahlung abgelehnt Zahlung {number}"
            " Status Nicht abgeschlossen → Abgelehnt Erhalten 0,00 € Grund Das Bankkonto ist geschlossen",
        ),
        ("payment.attended", f"Zahlung erledigt Zahlung {number} Status Wird geprüft Von Hand gebucht Nein"),
        ("posting.posted", f"Im ERP gebucht Zahlung {number} ID im ERP 91822 Nicht zugeordnet 12,50 €"),
    ):
        assert (await entry(staff, action))[0] == words


@pytest.mark.parametrize(
    ("kind", "known", "values", "words"),
    [
        ("person", new_id(), {}, "Somebody who is no longer here"),
        ("customer", new_id(), {}, "A customer that is no longer here"),
        ("invoice", new_id(), {}, "An invoice that is no longer here"),
        ("payment", new_id(), {}, "A payment that is no longer here"),
        ("posting", "1", {}, "A payment that is no longer here"),
        ("invitation", new_id(), {}, "An invitation that is no longer here"),
        ("invitation", new_id(), {"before": {"email": "t@larch.example"}}, "t@larch.example"),
        ("connection", 1, {}, "The ERP"),
        ("connection", "netsuite", {}, "Oracle NetSuite"),
        ("tenant", new_id(), {}, "All customers"),
        ("address", "who@larch.example", {}, "who@larch.example"),
        ("brand", 7, {}, ""),
        ("of_a_new_kind", 7, {}, "of_a_new_kind 7"),
    ],
)
async def test_everything_has_a_word_even_where_it_is_gone(
    portal: Portal, database: Database, tenant: Tenant, kind: str, known: object, values: dict[str, Any], words: str
) -> None:
    async with database.tenant_session(tenant) as session:
        await noted(session, "test.noted", kind, known, **values)
    staff = await signed_in(portal, database, tenant)

    said, stored = await entry(staff, "test.noted")

    assert said == f"test.noted {words}".strip()
    assert f"{kind} {known}" in stored


async def test_who_did_it_to_themselves_is_named_once(portal: Portal, database: Database, tenant: Tenant) -> None:
    async with database.tenant_session(tenant) as session:
        customer = await make_customer(session, name="Larch Ltd", number="20418")
        anna = await make_member(session, customer, name="Anna")
        values = {"actor": f"person:{anna.id}", "customer_id": customer.id}
        asked = {"asked": "GET /invoices/SF-9", "status": 404}
        await noted(session, "access.refused", "person", anna.id, after=asked, **values)
    staff = await signed_in(portal, database, tenant)

    said, stored = await entry(staff, "access")

    words = "Page asked for /invoices/SF-9 Answer Not there, or not theirs"
    assert said == f"Access refused Larch Ltd (20418) {words}"
    assert f"Who person:{anna.id}" in stored


async def test_nothing_of_another_tenant_is_named(
    portal: Portal, database: Database, tenant: Tenant, other_tenant: Tenant
) -> None:
    async with database.tenant_session(other_tenant) as session:
        theirs = await make_customer(session, name="Foreign Ltd")
        invoice = await make_invoice(session, theirs, number="FOREIGN-1")
        person = await make_member(session, theirs, name="Foreign Fred", email="fred@foreign.example")
    async with database.tenant_session(tenant) as session:
        for kind, known in (("customer", theirs.id), ("invoice", invoice.id), ("person", person.id)):
            await noted(session, "test.noted", kind, known, customer_id=theirs.id)
    staff = await signed_in(portal, database, tenant)

    page = (await staff.get(PAGE)).text

    assert "foreign" not in page.lower()
    assert page.count("A customer that is no longer here") == 3


async def test_a_connections_settings_go_by_the_names_of_its_form(
    portal: Portal, database: Database, tenant: Tenant
) -> None:
    async with database.tenant_session(tenant) as session:
        session.add(ConnectionRow(connector="netsuite", settings={}, time_zone="Europe/London"))
        settings = {"auth_method": "tba", "account_id": "1234567_SB1", "of_before": "x"}
        stored_after = {"settings": settings, "secrets_replaced": ["token_id", "token_secret"]}
        await noted(session, "connection.stored", "connection", "netsuite", after=stored_after)
        assert await connections.pause(session, "NetSuite answered 502", actor="job:sync")
        await connections.resume(session, actor="job:sync")
    staff = await signed_in(portal, database, tenant)

    kept, _ = await entry(staff, "connection.stored")

    words = "Account ID 1234567_SB1 Sign-in Token-based authentication (legacy) of_before x"
    replaced = "Secrets replaced Token ID, Token secret"
    assert kept == f"ERP connection stored Oracle NetSuite {words} {replaced}"
    assert (await entry(staff, "connection.paused"))[0] == "Sync paused Oracle NetSuite Reason NetSuite answered 502"
    assert (await entry(staff, "connection.resumed"))[0] == "Sync resumed Oracle NetSuite"


async def test_a_brand_and_its_texts_are_told_as_their_editors_name_them(
    portal: Portal, database: Database, tenant: Tenant
) -> None:
    brand = {"phone": "01632 960 001", "radius": "square"}
    after = {"radius": "round", "bank": [["IBAN", "DE00"], ["BIC", "X"]]}
    async with database.tenant_session(tenant) as session:
        await noted(session, "brand.published", "brand", 3, before=brand, after=after)
        await noted(session, "texts.published", "texts", 4, before={}, after={"de.receipt.subject": "Danke"})
    staff = await signed_in(portal, database, tenant)

    said, _ = await entry(staff, "brand")

    changes = "Corners Square → Round Bank not set → IBAN: DE00, BIC: X Telephone 01632 960 001 → not set"
    assert sorted(said.removeprefix("Brand published ").split()) == sorted(changes.split())
    for change in ("Corners Square → Round", "Telephone 01632 960 001 → not set", "Bank not set → IBAN: DE00, BIC: X"):
        assert change in said
    assert (await entry(staff, "texts"))[0] == "Texts published Receipt: Subject (German) not set → Danke"


async def test_an_exported_list_is_told_as_its_page_words_it(
    portal: Portal, database: Database, tenant: Tenant
) -> None:
    chosen = {"view": "overdue", "q": "bolt", "sort": "-due", "issued_from": "2025-03-02", "page": "2"}
    async with database.tenant_session(tenant) as session:
        await noted(session, "invoices.exported", "tenant", tenant.id, after=chosen)
    staff = await signed_in(portal, database, tenant, language="de")

    said, stored = await entry(staff, "invoices.exported")

    assert said.endswith("Alle Kunden Liste Überfällig Gesucht nach bolt Ausgestellt ab 02.03.2025")
    assert '"sort": "-due"' in stored


async def test_the_page_asks_no_more_for_fifty_entries_of_all_kinds_than_for_one(
    portal: Portal, database: Database, tenant: Tenant
) -> None:
    async def furnish(times: int) -> None:
        async with database.tenant_session(tenant) as session:
            for _ in range(times):
                customer = await make_customer(session)
                invoice = await make_invoice(session, customer)
                payment = await paid(session, invoice, posting="owed")
                person = await make_member(session, customer)
                for kind, known in (("person", person.id), ("invoice", invoice.id), ("payment", payment.id)):
                    await noted(
                        session, "test.noted", kind, known, actor=f"person:{person.id}", customer_id=customer.id
                    )

    staff = await signed_in(portal, database, tenant)
    await furnish(1)
    few = len(await statements(portal, staff, PAGE))
    await furnish(16)

    assert len(await statements(portal, staff, PAGE)) == few


async def test_each_state_of_a_payment_has_words(portal: Portal, database: Database, tenant: Tenant) -> None:
    async with database.tenant_session(tenant) as session:
        for action in PAYMENTS:
            await noted(session, action, "test", 1, actor="job:return")
    staff = await signed_in(portal, database, tenant)

    shown = (await staff.get(PAGE)).text

    assert [action for action in PAYMENTS if action not in shown] == []
    assert re.findall(r"<b>(payment\.\w+)</b>", shown) == []

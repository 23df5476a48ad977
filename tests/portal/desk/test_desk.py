"""The staff's first page and the numbers in their menu, asked as a browser would."""

import html
import re
from datetime import timedelta

import httpx
import msgspec
import pytest

from portico_billing.invoices.models import InvoiceRow
from portico_billing.payments.models import PaymentRow, PostingRow
from portico_billing.payments.reconciling.differences import Difference, store
from portico_core.clock import now
from portico_core.ids import new_id
from portico_portal.sync.models import ConnectionRow, CursorRow, SetAsideRow
from portico_tenants.access import CustomerRole, StaffRole
from portico_tenants.people import sessions
from portico_tenants.session import Database, TenantSession
from portico_tenants.tenant import Tenant
from tests.factories.customers import make_customer
from tests.factories.invoices import make_invoice
from tests.factories.people import make_member, make_staff
from tests.portal.portal import Browser, Portal
from tests.statements import noted


def text_of(answer: httpx.Response) -> str:
    """What a reader sees of the page's middle, on one line."""
    main = re.search(r"(?s)<main.*</main>", answer.text)
    bare = re.sub(r"<[^>]+>", " ", main[0] if main else answer.text)
    return " ".join(html.unescape(bare).replace("\u00a0", " ").split())


def count_at(answer: httpx.Response, path: str) -> int:
    """The number beside a place in the menu."""
    item = re.search(rf'<a href="{path}"[^>]*>(.*?)</a>', answer.text)
    assert item is not None
    count = re.search(r'<span class="count[^"]*">(\d+)', item[1])
    return int(count[1]) if count else 0


async def signed_in(portal: Portal, database: Database, tenant: Tenant, role: StaffRole | CustomerRole) -> Browser:
    async with database.tenant_session(tenant) as session:
        if isinstance(role, StaffRole):
            person = await make_staff(session, role)
        else:
            person = await make_member(session, await make_customer(session), role)
        token = await sessions.open_session(session, person.id)
    return portal.at(tenant, cookies=httpx.Cookies({"session": token}))


async def paid(session: TenantSession, invoice: InvoiceRow, state: str = "succeeded", posting: str = "") -> PaymentRow:
    """A payment of the whole invoice that was settled just now; `posting`: the state of what the ERP is owed."""
    payment = PaymentRow(
        customer_id=invoice.customer_id,
        form_key=new_id(),
        currency=invoice.currency,
        amount_minor=invoice.total_minor,
        received_minor=invoice.total_minor if state == "succeeded" else 0,
        state=state,
        stripe_account="acct_none",
        expires_at=now() + timedelta(hours=1),
        settled_at=now() if state == "succeeded" else None,
    )
    session.add(payment)
    await session.flush()
    if posting:
        session.add(PostingRow(payment_id=payment.id, our_key=f"pay-{payment.id}", state=posting))
        await session.flush()
    return payment


async def test_the_first_page_brings_customers_payments_and_the_sync_together(
    portal: Portal, database: Database, tenant: Tenant
) -> None:
    async with database.tenant_session(tenant) as session:
        late = await make_customer(session, currency="GBP", name="Larch Ltd", number="C-1")
        early = await make_customer(session, currency="GBP", name="Elm Ltd")
        await make_invoice(session, late, total_minor=50_000, due_in_days=-3)
        await make_invoice(session, late, total_minor=20_000)
        await make_invoice(session, early, total_minor=10_000)
        await make_invoice(session, early, total_minor=7_000, currency="EUR", due_in_days=-1)
        payment = await paid(session, await make_invoice(session, early, total_minor=4_200, open_minor=0))
        session.add(SetAsideRow(record_type="invoice", erp_id="9", why="No customer."))
        session.add(ConnectionRow(connector="netsuite", settings={}, time_zone="Europe/London"))
        session.add(CursorRow(record_type="invoice", fresh_at=now()))
    browser = await signed_in(portal, database, tenant, StaffRole.FINANCE)

    said = text_of(await browser.get("/staff"))

    assert "2 customers owe £800.00 ; £500.00 is overdue." in said
    assert "Also €70.00 , of which €70.00 is overdue." in said
    assert "Open invoices 4 Paid here in seven days £42.00 Waiting for the ERP 0 Records set aside 1" in said
    assert "Larch Ltd £500.00 C-1 of £700.00" in said
    assert f"Elm Ltd £42.00 P-{payment.number}" in said
    assert "not connected" not in said
    assert "paused" not in said


async def test_before_anything_is_connected_the_first_page_says_so(
    portal: Portal, database: Database, tenant: Tenant
) -> None:
    browser = await signed_in(portal, database, tenant, StaffRole.OWNER)

    said = text_of(await browser.get("/staff"))

    assert "Your ERP is not connected yet" in said
    assert "No customer owes anything." in said
    assert "No payment yet" in said


async def test_a_paused_connection_and_an_unposted_payment_come_first(
    portal: Portal, database: Database, tenant: Tenant
) -> None:
    async with database.tenant_session(tenant) as session:
        invoice = await make_invoice(session, await make_customer(session))
        await paid(session, invoice, posting="refused")
        session.add(
            ConnectionRow(
                connector="netsuite",
                settings={},
                time_zone="UTC",
                state="paused",
                paused_because="The key was refused.",
            )
        )
    browser = await signed_in(portal, database, tenant, StaffRole.FINANCE)

    said = text_of(await browser.get("/staff"))

    assert "The connection to the ERP is paused The key was refused." in said
    assert "One payment is not yet in the ERP" in said


async def test_who_may_not_see_payments_gets_the_page_without_them(
    portal: Portal, database: Database, tenant: Tenant
) -> None:
    async with database.tenant_session(tenant) as session:
        customer = await make_customer(session)
        await paid(session, await make_invoice(session, customer))
    service = await signed_in(portal, database, tenant, StaffRole.SERVICE)

    overview = await service.get("/staff")
    shown = await service.get(f"/staff/customers/{customer.id}")

    assert (overview.status_code, shown.status_code) == (200, 200)
    for answer in (overview, shown):
        assert "Latest payments" not in answer.text
        assert "/staff/payments" not in answer.text


async def test_the_menu_counts_what_needs_somebody_on_every_staff_page(
    portal: Portal, database: Database, tenant: Tenant
) -> None:
    async with database.tenant_session(tenant) as session:
        customer = await make_customer(session)
        invoice = await make_invoice(session, customer)
        await paid(session, invoice, state="quarantined")
        await paid(session, invoice, posting="in_doubt")
        await paid(session, invoice, posting="posted")
        for number in range(3):
            session.add(SetAsideRow(record_type="invoice", erp_id=str(number), why="No customer."))
    browser = await signed_in(portal, database, tenant, StaffRole.FINANCE)

    for path in ("/staff", "/staff/customers", f"/staff/customers/{customer.id}", "/staff/invoices", "/staff/sync"):
        answer = await browser.get(path)
        assert count_at(answer, "/staff/payments") == 2, path
        assert count_at(answer, "/staff/sync") == 3, path


@pytest.mark.parametrize(("role", "counted"), [(StaffRole.FINANCE, 1), (StaffRole.SERVICE, 0)])
async def test_counting_for_the_menu_takes_one_statement_and_only_who_sees_the_counts_pays_for_it(
    portal: Portal, database: Database, tenant: Tenant, role: StaffRole, counted: int
) -> None:
    browser = await signed_in(portal, database, tenant, role)
    payer = await signed_in(portal, database, tenant, CustomerRole.PAYER)

    assert (
        len([each for each in await statements(portal, browser, "/staff/customers") if "set_aside" in each]) == counted
    )
    assert [each for each in await statements(portal, payer, "/invoices") if "set_aside" in each] == []


@pytest.mark.parametrize("path", ["/staff", "/staff/customers", "/staff/customers?order=overdue", "/staff/invoices"])
async def test_a_staff_page_takes_as_many_statements_with_many_rows_as_with_few(
    portal: Portal, database: Database, tenant: Tenant, path: str
) -> None:
    async def furnish(customers: int) -> None:
        async with database.tenant_session(tenant) as session:
            for _ in range(customers):
                customer = await make_customer(session)
                invoice = await make_invoice(session, customer, due_in_days=-2)
                await make_invoice(session, customer, currency="EUR")
                await paid(session, invoice)

    browser = await signed_in(portal, database, tenant, StaffRole.OWNER)
    await furnish(1)
    few = len(await statements(portal, browser, path))
    await furnish(30)

    assert len(await statements(portal, browser, path)) == few


async def statements(portal: Portal, browser: Browser, path: str) -> list[str]:
    seen: list[str] = []
    await browser.get(path)  # whatever is asked once: the tenant of this host, whether a rested connection lives
    with noted(portal.resources.database, seen):
        assert (await browser.get(path)).status_code == 200
    assert seen
    return seen


async def test_a_refused_invitation_shows_the_customers_page_again_with_what_was_typed(
    portal: Portal, database: Database, tenant: Tenant
) -> None:
    async with database.tenant_session(tenant) as session:
        customer = await make_customer(session, name="Larch Ltd")
        await make_invoice(session, customer, number="SF-1")
    browser = await signed_in(portal, database, tenant, StaffRole.SERVICE)
    page = f"/staff/customers/{customer.id}"
    await browser.get(page)

    refused = await browser.post(f"{page}/invite", {"name": "Zo\u00eb Quist", "email": "nonsense", "role": "viewer"})
    no_role = await browser.post(f"{page}/invite", {"name": "Zo\u00eb", "email": "zoe@larch.example", "role": "boss"})
    sent = await browser.post(f"{page}/invite", {"name": "Zo\u00eb", "email": "zoe@larch.example", "role": "viewer"})
    nobody = await browser.post(f"/staff/customers/{new_id()}/invite", {"email": "zoe@larch.example", "role": "viewer"})

    assert refused.status_code == 422
    for kept in ('value="Zo\u00eb Quist"', 'value="nonsense"', '<option value="viewer" selected>', "Larch Ltd", "SF-1"):
        assert kept in refused.text
    assert "Enter an email address, like name@company.example." in text_of(refused)
    assert (no_role.status_code, "Choose a role." in no_role.text) == (422, True)
    assert (sent.status_code, sent.headers["location"]) == (303, page)
    assert nobody.status_code == 404


async def test_books_that_differ_are_shown_with_both_sides_and_counted(
    portal: Portal, database: Database, tenant: Tenant
) -> None:
    async with database.tenant_session(tenant) as session:
        payment = await paid(session, await make_invoice(session, await make_customer(session)), posting="posted")
        lost = Difference(
            kind="erp_missing",
            subject="one",
            payment_id=payment.id,
            currency="GBP",
            ours_minor=12_000,
            theirs_minor=None,
            theirs="PYMT77",
        )
        unknown = msgspec.structs.replace(
            lost, kind="stripe_unknown", payment_id=None, ours_minor=None, theirs_minor=4_200, theirs="pi_9"
        )
        await store(session, "erp", [lost], 1)
        await store(session, "stripe", [unknown], 1)
    browser = await signed_in(portal, database, tenant, StaffRole.FINANCE)

    shown = await browser.get("/staff/payments")

    said = text_of(shown)
    assert "The books differ" in said
    assert f"P-{payment.number} : posted from here over £120.00 ; the ERP has no such payment (PYMT77)." in said
    assert "Stripe has a payment over £42.00 (pi_9) that is not counted here." in said
    assert count_at(shown, "/staff/payments") == 1
    async with database.tenant_session(tenant) as session:
        await store(session, "erp", [], 1)
        await store(session, "stripe", [], 1)
    again = await browser.get("/staff/payments")
    assert "The books differ" not in text_of(again)
    assert count_at(again, "/staff/payments") == 0

"""Pages of terms, customers and contacts become rows."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from sqlalchemy import select

from portico_connectors.records import Address
from portico_tenants.customers.models import ContactRow, CustomerRow, TermRow
from portico_tenants.customers.upsert import customer_ids, upsert_contacts, upsert_customers, upsert_terms
from portico_tenants.mirror import Merged, SetAside
from portico_tenants.session import TenantSession
from tests.factories.records import a_contact, a_customer, a_term

READ = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
LATER = READ + timedelta(minutes=5)


async def customer(session: TenantSession, erp_id: str = "c1") -> CustomerRow:
    statement = select(CustomerRow).where(CustomerRow.erp_id == erp_id)
    return (await session.scalars(statement.execution_options(populate_existing=True))).one()


async def test_a_customer_is_kept_with_address_and_limit(session: TenantSession) -> None:
    address = Address(lines=("1 High Street", "Unit 4"), city="Leeds", postal_code="LS1 1AA", country="GB")

    merged = await upsert_customers(
        session, [a_customer(credit_limit=Decimal("2500"), term_erp_id="t1", billing_address=address)], READ
    )

    assert merged == Merged(new=1)
    row = await customer(session)
    assert (row.number, row.name, row.credit_limit_minor, row.term_erp_id) == ("C-c1", "Customer c1", 250000, "t1")
    assert row.billing_address == {
        "lines": ["1 High Street", "Unit 4"],
        "city": "Leeds",
        "region": "",
        "postal_code": "LS1 1AA",
        "country": "GB",
    }


async def test_a_customer_changes_and_an_older_read_loses(session: TenantSession) -> None:
    await upsert_customers(session, [a_customer()], READ)
    before = (await customer(session)).id

    assert await upsert_customers(session, [a_customer(name="New name")], LATER) == Merged(changed=1)
    assert await upsert_customers(session, [a_customer(name="Old name")], READ) == Merged(older=1)
    assert await upsert_customers(session, [a_customer(name="New name")], LATER) == Merged(unchanged=1)

    row = await customer(session)
    assert (row.id, row.name) == (before, "New name")


async def test_a_customer_without_number_or_name_is_called_by_its_id(session: TenantSession) -> None:
    await upsert_customers(session, [a_customer(number="", name="")], READ)

    row = await customer(session)
    assert (row.number, row.name) == ("c1", "c1")


async def test_a_limit_finer_than_the_currency_is_rounded_for_it_is_a_guide(session: TenantSession) -> None:
    await upsert_customers(session, [a_customer(currency="JPY", credit_limit=Decimal("1000.5"))], READ)

    assert (await customer(session)).credit_limit_minor == 1001


async def test_a_customer_without_a_currency_is_set_aside(session: TenantSession) -> None:
    merged = await upsert_customers(session, [a_customer("c1", currency=""), a_customer("c2")], READ)

    assert merged == Merged(new=1, set_aside=(SetAside("customer", "c1", "“” is not a currency's code"),))


async def test_a_contact_belongs_to_its_customer_or_is_set_aside(session: TenantSession) -> None:
    await upsert_customers(session, [a_customer("c1")], READ)

    merged = await upsert_contacts(session, [a_contact("p1"), a_contact("p2", customer_erp_id="c9")], READ)

    assert merged == Merged(new=1, set_aside=(SetAside("contact", "p2", "Its customer (c9) is not here"),))
    row = (await session.scalars(select(ContactRow))).one()
    assert row.customer_id == (await customer_ids(session, ["c1"]))["c1"]


async def test_a_contact_changes(session: TenantSession) -> None:
    await upsert_customers(session, [a_customer("c1")], READ)
    await upsert_contacts(session, [a_contact()], READ)

    merged = await upsert_contacts(session, [a_contact(email="new@customer.example", active=False)], LATER)

    assert merged == Merged(changed=1)
    row = (await session.scalars(select(ContactRow))).one()
    assert (row.email, row.active) == ("new@customer.example", False)


async def test_terms_are_kept_changed_and_left_alone(session: TenantSession) -> None:
    assert await upsert_terms(session, [a_term()], READ) == Merged(new=1)
    assert await upsert_terms(session, [a_term()], LATER) == Merged(unchanged=1)
    assert await upsert_terms(session, [a_term(name="60 days", days_until_due=60)], LATER) == Merged(changed=1)
    assert await upsert_terms(session, [a_term(name="an older name")], READ) == Merged(unchanged=1)

    row = (await session.scalars(select(TermRow))).one()
    assert (row.name, row.days_until_due) == ("60 days", 60)

"""Mirrors pages of customers, contacts and terms. Called by the sync, inside its one transaction per page."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from portico_core.money import to_minor
from portico_tenants.customers.shapes import ContactRecord, CustomerRecord, TermRecord
from portico_tenants.mirror import (
    LONGEST_KEY,
    LONGEST_NAME,
    Candidate,
    Merged,
    Merging,
    Mirror,
    SetAside,
    Unstorable,
    digits_of,
    fingerprint,
    short,
)
from portico_tenants.session import TenantSession

FIND_IDS = "SELECT erp_id, id FROM customer WHERE erp_id = ANY($1::text[])"

CUSTOMERS = Mirror(
    record_type="customer",
    find="SELECT erp_id, id, fingerprint, modified_at FROM customer WHERE erp_id = ANY($1::text[])",
    stage="CREATE TEMPORARY TABLE IF NOT EXISTS staged_customer (LIKE customer) ON COMMIT DROP;"
    " DELETE FROM staged_customer",
    staged="staged_customer",
    columns=(
        *("id", "erp_id", "number", "name", "email", "phone", "currency", "term_erp_id", "credit_limit_minor"),
        *("parent_erp_id", "billing_address", "active", "modified_at", "read_at", "fingerprint"),
    ),
    merge="""
        INSERT INTO customer AS kept
            (id, erp_id, number, name, email, phone, currency, term_erp_id, credit_limit_minor, parent_erp_id,
             billing_address, active, modified_at, read_at, fingerprint)
        SELECT id, erp_id, number, name, email, phone, currency, term_erp_id, credit_limit_minor, parent_erp_id,
               billing_address, active, modified_at, read_at, fingerprint
        FROM staged_customer ORDER BY id
        ON CONFLICT (erp_id) DO UPDATE SET
            number = excluded.number, name = excluded.name, email = excluded.email, phone = excluded.phone,
            currency = excluded.currency, term_erp_id = excluded.term_erp_id,
            credit_limit_minor = excluded.credit_limit_minor, parent_erp_id = excluded.parent_erp_id,
            billing_address = excluded.billing_address, active = excluded.active,
            modified_at = excluded.modified_at, read_at = excluded.read_at, fingerprint = excluded.fingerprint
        WHERE excluded.read_at >= kept.read_at
          AND (excluded.fingerprint <> kept.fingerprint OR excluded.modified_at > kept.modified_at)
        RETURNING id, erp_id, xmax = 0
    """,
)

CONTACTS = Mirror(
    record_type="contact",
    find="SELECT erp_id, id, fingerprint, modified_at FROM contact WHERE erp_id = ANY($1::text[])",
    stage="CREATE TEMPORARY TABLE IF NOT EXISTS staged_contact (LIKE contact) ON COMMIT DROP;"
    " DELETE FROM staged_contact",
    staged="staged_contact",
    columns=(
        *("id", "erp_id", "customer_id", "name", "email", "phone", "title", "active"),
        *("modified_at", "read_at", "fingerprint"),
    ),
    merge="""
        INSERT INTO contact AS kept
            (id, erp_id, customer_id, name, email, phone, title, active, modified_at, read_at, fingerprint)
        SELECT id, erp_id, customer_id, name, email, phone, title, active, modified_at, read_at, fingerprint
        FROM staged_contact ORDER BY id
        ON CONFLICT (erp_id) DO UPDATE SET
            customer_id = excluded.customer_id, name = excluded.name, email = excluded.email,
            phone = excluded.phone, title = excluded.title, active = excluded.active,
            modified_at = excluded.modified_at, read_at = excluded.read_at, fingerprint = excluded.fingerprint
        WHERE excluded.read_at >= kept.read_at
          AND (excluded.fingerprint <> kept.fingerprint OR excluded.modified_at > kept.modified_at)
        RETURNING id, erp_id, xmax = 0
    """,
)

# A distributor has a dozen of these, and nobody looks at one but through a customer: no staging, no fingerprint.
MERGE_TERMS = """
    INSERT INTO term AS kept (erp_id, name, days_until_due, modified_at, read_at)
    SELECT erp_id, name, days, modified_at, $5
    FROM unnest($1::text[], $2::text[], $3::bigint[], $4::timestamptz[]) AS page (erp_id, name, days, modified_at)
    ORDER BY erp_id
    ON CONFLICT (erp_id) DO UPDATE SET
        name = excluded.name, days_until_due = excluded.days_until_due,
        modified_at = excluded.modified_at, read_at = excluded.read_at
    WHERE excluded.read_at >= kept.read_at
      AND (excluded.name, excluded.days_until_due, excluded.modified_at)
          IS DISTINCT FROM (kept.name, kept.days_until_due, kept.modified_at)
    RETURNING xmax = 0
"""


async def customer_ids(session: TenantSession, erp_ids: Iterable[str]) -> dict[str, UUID]:
    """Our ids of the customers with these ERP ids, of those that are here."""
    connection = await session.raw()
    return {row[0]: row[1] for row in await connection.fetch(FIND_IDS, list(erp_ids))}


def customer_of(customers: dict[str, UUID], erp_id: str) -> UUID:
    """One of them; Unstorable where the sync has not brought it."""
    found = customers.get(erp_id)
    if found is None:
        raise Unstorable(f"Its customer ({erp_id[:LONGEST_KEY]}) is not here")
    return found


async def upsert_terms(session: TenantSession, records: Sequence[TermRecord], read_at: datetime) -> Merged:
    """Merge one page of terms of payment, read from the ERP at `read_at`."""
    latest: dict[str, TermRecord] = {}
    aside: list[SetAside] = []
    for record in records:
        try:
            fingerprint(record.name)
        except Unstorable as error:
            aside.append(SetAside("term", record.erp_id, str(error)))
        else:
            latest[record.erp_id] = record
    connection = await session.raw()
    written = await connection.fetch(
        MERGE_TERMS,
        list(latest),
        [record.name for record in latest.values()],
        [record.days_until_due for record in latest.values()],
        [record.modified_at for record in latest.values()],
        read_at,
    )
    new = sum(row[0] for row in written)
    changed = len(written) - new
    return Merged(new=new, changed=changed, unchanged=len(latest) - len(written), set_aside=tuple(aside))


async def upsert_customers(session: TenantSession, records: Sequence[CustomerRecord], read_at: datetime) -> Merged:
    """Merge one page of customers, read from the ERP at `read_at`. A missing number or name is made up from the id."""

    def row_of(found: Candidate[CustomerRecord]) -> tuple[Any, ...]:
        record = found.record
        digits_of(record.currency)
        limit = record.credit_limit
        number = record.number or record.erp_id
        return (
            found.id,
            short("id", record.erp_id),
            short("number", number),
            short("name", record.name or number, LONGEST_NAME),
            record.email,
            record.phone,
            record.currency,
            record.term_erp_id,
            None if limit is None else to_minor(limit, record.currency),  # a guide, not a debt: may be rounded
            record.parent_erp_id,
            msgspec.json.encode(record.billing_address).decode(),
            record.active,
            record.modified_at,
            read_at,
            found.fingerprint,
        )

    page: Merging[CustomerRecord] = Merging(await session.raw(), CUSTOMERS)
    await page.compare(records, _customer_content)
    await page.merge(row_of)
    return page.result()


async def upsert_contacts(session: TenantSession, records: Sequence[ContactRecord], read_at: datetime) -> Merged:
    """Merge one page of contacts, read from the ERP at `read_at`; those of unknown customers are set aside."""
    page: Merging[ContactRecord] = Merging(await session.raw(), CONTACTS)
    found = await page.compare(records, _contact_content)
    customers = await customer_ids(session, {each.record.customer_erp_id for each in found})

    def row_of(each: Candidate[ContactRecord]) -> tuple[Any, ...]:
        record = each.record
        return (
            each.id,
            short("id", record.erp_id),
            customer_of(customers, record.customer_erp_id),
            record.name,
            record.email,
            record.phone,
            record.title,
            record.active,
            record.modified_at,
            read_at,
            each.fingerprint,
        )

    await page.merge(row_of)
    return page.result()


def _customer_content(record: CustomerRecord) -> object:
    return (
        *(record.number, record.name, record.email, record.phone, record.currency, record.term_erp_id),
        *(record.credit_limit, record.parent_erp_id, record.billing_address, record.active),
    )


def _contact_content(record: ContactRecord) -> object:
    return record.customer_erp_id, record.name, record.email, record.phone, record.title, record.active

"""Two tenants, two customers, a person of each role, and one of every thing that an address can name."""

import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

import asyncpg
import httpx
from sqlalchemy import select

from portico_billing.invoices.models import InvoiceRow
from portico_billing.payments.models import AllocationRow, HoldRow, PaymentRow, PostingRow, StripeEventRow
from portico_core.clock import now
from portico_core.ids import new_id
from portico_tenants import audit, brand_files
from portico_tenants.access import CustomerRole, StaffRole
from portico_tenants.customers.models import CustomerRow
from portico_tenants.people import links, sessions
from portico_tenants.people.models import LoginSessionRow, MembershipRow, PersonRow
from portico_tenants.secrets import Safe, Secret, put
from portico_tenants.session import Database, TenantSession
from portico_tenants.tenant import Tenant
from tests.factories.customers import make_customer
from tests.factories.invoices import make_credit, make_invoice
from tests.factories.people import make_member, make_staff
from tests.portal.portal import Browser, Portal

SAFE = Safe({"test": bytes(range(32))})  # the key of the tests' settings
BRAND_FILE = "mark.000000000000.png"


@dataclass
class House:
    """One tenant: its word, session tokens by who holds them, ids by the name that addresses and forms give them."""

    tenant: Tenant
    canary: str
    tokens: dict[str, str] = field(default_factory=dict)
    ids: dict[str, object] = field(default_factory=dict)
    people: dict[str, PersonRow] = field(default_factory=dict)


def a_word() -> str:
    """A word that stands nowhere else in the world. Small letters, so that it may be part of an address."""
    return f"canary{secrets.token_hex(5)}"


async def furnish(
    database: Database, tenant: Tenant, *, named: Callable[[str], UUID] = lambda _: new_id(), canary: str | None = None
) -> House:
    """A customer with one of everything, another customer, and staff. `named` gives each thing its id."""
    house = House(tenant, canary or a_word())
    word = house.canary
    async with database.tenant_session(tenant) as session:
        mine = await make_customer(session, id=named("customer"), name=f"{word} Holdings")
        other = await make_customer(session, id=named("other"), name="Other customer")
        invoice = await make_invoice(session, mine, id=named("invoice"), number=f"{word}-1")
        credit = await make_credit(session, mine, id=named("credit"), number=f"{word}-2")
        people = house.people
        for role in CustomerRole:
            people[role.value] = await make_member(
                session, mine, role, id=named(role), name=f"{word} {role}", email=f"{role}@{word}.example"
            )
        people["stranger"] = await make_member(session, other, CustomerRole.ADMIN, id=named("stranger"))
        await make_member(session, other, CustomerRole.ADMIN)
        await make_member(session, mine, CustomerRole.ADMIN, name=f"{word} second")
        for staff_role in StaffRole:
            people[staff_role.value] = await make_staff(session, staff_role, id=named(staff_role))
        await make_staff(session, StaffRole.OWNER)
        payment = await _payment(session, mine, people["payer"], invoice, named)
        house.ids = {
            "reference": invoice.id,
            "credit": credit.id,
            "payment_id": payment.id,
            "checkout": payment.checkout_session_id,
            "posting_id": await _posting(session, payment.id, named),
            "event_row_id": await _event(session, payment.id, word, named),
            "request_id": await links.ask_reset(session, people["payer"].email),
            "form_key": new_id(),
            "customer_id": mine.id,
            "member_id": await session.scalar(
                select(MembershipRow.id).where(MembershipRow.person_id == people["viewer"].id)
            ),
            "person_id": people["service"].id,
            "invitation_id": await _invitation(session, word, None),
            "customer_invitation": await _invitation(session, word, mine.id),
            "token": "no-such-token",
            "file": BRAND_FILE,
            "path": "site.css",
        }
        await brand_files.store(session, {BRAND_FILE: f"picture of {word}".encode()})
        await put(session, SAFE, {"connection.token_id": Secret(f"secret of {word}")})
        await audit.record(session, actor="operator", action="test.done", object_type="test", object_id=word)
        house.ids["audit"] = await session.scalar(select(audit.AuditRow.id).order_by(audit.AuditRow.id.desc()).limit(1))
        for name, person in people.items():
            house.tokens[name] = await sessions.open_session(session, person.id)
        house.ids["session_id"] = await session.scalar(
            select(LoginSessionRow.id).where(LoginSessionRow.person_id == people["payer"].id)
        )
    return house


async def collide(owner: asyncpg.Connection, one: House, other: House) -> None:
    """Give the other's things that were made with ids of their own the ids of the one's."""
    for name, table in {
        "member_id": "membership",
        "invitation_id": "mailed_link",
        "customer_invitation": "mailed_link",
        "session_id": "login_session",
        "request_id": "reset_request",
        "audit": "audit",
    }.items():
        await owner.execute(
            f"UPDATE {other.tenant.role}.{table} SET id = $1 WHERE id = $2", one.ids[name], other.ids[name]
        )
        other.ids[name] = one.ids[name]


def nothing(house: House) -> dict[str, object]:
    """Ids of the same shape that name nothing."""
    return {name: new_id() if isinstance(value, UUID) else value for name, value in house.ids.items()} | {
        "checkout": f"cs_test_{secrets.token_hex(8)}"
    }


async def browser(portal: Portal, house: House, who: str | None, at: Tenant | None = None) -> Browser:
    """The browser of `who`, with a token for its forms; None is signed out."""
    cookies = httpx.Cookies() if who is None else httpx.Cookies({"session": house.tokens[who]})
    opened = portal.at(at or house.tenant, cookies=cookies)
    await opened.get("/sign-in" if who is None else "/profile")
    return opened


async def _payment(
    session: TenantSession,
    customer: CustomerRow,
    payer: PersonRow,
    invoice: InvoiceRow,
    named: Callable[[str], UUID],
) -> PaymentRow:
    payment = PaymentRow(
        id=named("payment"),
        customer_id=customer.id,
        created_by=payer.id,
        form_key=new_id(),
        currency=invoice.currency,
        amount_minor=4_000,
        received_minor=4_000,
        state="succeeded",
        stripe_account=session.tenant.stripe_account or "acct_none",
        checkout_session_id=f"cs_test_{named('checkout')}",
        expires_at=now(),
        submitted_at=now(),
        settled_at=now(),
        ended_at=now(),
    )
    session.add(payment)
    await session.flush()
    session.add(
        AllocationRow(
            payment_id=payment.id, invoice_id=invoice.id, position=1, amount_minor=4_000, was_open_minor=12_000
        )
    )
    session.add(HoldRow(invoice_id=invoice.id, payment_id=payment.id, amount_minor=4_000))
    await session.flush()
    return payment


async def _posting(session: TenantSession, payment_id: UUID, named: Callable[[str], UUID]) -> UUID:
    posting = PostingRow(
        id=named("posting"), payment_id=payment_id, our_key=f"pay-{payment_id}", due_at=now() + timedelta(days=1)
    )
    session.add(posting)
    await session.flush()
    return posting.id


async def _event(session: TenantSession, payment_id: UUID, word: str, named: Callable[[str], UUID]) -> UUID:
    event = StripeEventRow(
        id=named("event"),
        source_account=session.tenant.stripe_account or "acct_none",
        event_id=f"evt_{named('event')}",
        type="checkout.session.completed",
        object_id=f"cs_test_{named('checkout')}",
        livemode=False,
        body=json.dumps(
            {
                "id": "evt",
                "type": "checkout.session.completed",
                "note": word,
                "data": {
                    "object": {
                        "object": "checkout.session",
                        "id": f"cs_test_{named('checkout')}",
                        "metadata": {"payment_id": str(payment_id)},
                    }
                },
            }
        ),
    )
    session.add(event)
    await session.flush()
    return event.id


async def _invitation(session: TenantSession, word: str, customer_id: UUID | None) -> UUID:
    made = await links.invite(
        session,
        actor="system:test",
        email=f"invited-{'customer' if customer_id else 'staff'}@{word}.example",
        name=word,
        role=CustomerRole.VIEWER if customer_id else StaffRole.SERVICE,
        customer_id=customer_id,
        invited_by=None,
    )
    return made.id

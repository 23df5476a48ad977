"""Fills the demo's two tenants: creates them, chooses customers worth looking at, gives each portal its people."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select

from portico_billing.invoices.models import InvoiceRow
from portico_core.ids import new_id
from portico_portal.local.distributors import DISTRIBUTORS, Distributor
from portico_portal.local.logins import Logins
from portico_portal.local.state import State, read_json, write_private
from portico_tenants import brand_files
from portico_tenants.access import CustomerRole, StaffRole
from portico_tenants.customers.models import CustomerRow
from portico_tenants.migrate import migrate_tenants
from portico_tenants.owner import app_login, owner_connection
from portico_tenants.people.links import accept_invitation, find, invite
from portico_tenants.people.models import PersonRow
from portico_tenants.people.passwords import Passwords
from portico_tenants.provision import NewTenant, create_tenant
from portico_tenants.removal import delete_tenant
from portico_tenants.session import Database, TenantSession
from portico_tenants.tenant import Tenant
from portico_themes.branding import to_document

ENOUGH_OPEN = 14  # so many open invoices make a list worth showing that still fits on a page
ACTOR = "system:demo"


class NotOurs(Exception):
    """The database holds a tenant of that name which this demo did not make."""


class NotMigrated(Exception):
    """A tenant of an earlier version could not be brought to this one's."""


class NothingOpen(Exception):
    """No customer has an open invoice, so there is nobody to show a portal to."""


@dataclass(frozen=True)
class SignIn:
    """A person of a portal as the table shows it. `about` is for people, `role` for scripts."""

    role: str
    email: str
    password: str
    about: str


@dataclass(frozen=True)
class _Person:
    name: str
    email: str
    roles: Sequence[tuple[CustomerRole | StaffRole, UUID | None]]
    about: str


async def ensure_tenants(
    logins: Logins, state: State, *, reset: bool = False, distributors: Sequence[Distributor] = DISTRIBUTORS
) -> None:
    """Create the tenants that are not there yet; on a reset, in place of those in the database. Raises NotOurs."""
    file = state.folder / "tenants.json"
    ours: dict[str, str] = read_json(file) or {each.slug: str(new_id()) for each in distributors}
    write_private(file, ours)
    async with owner_connection(logins.settings) as owner:
        rows = await owner.fetch("SELECT slug, id FROM portico.tenant WHERE slug = ANY($1)", list(ours))
        there = {row["slug"]: str(row["id"]) for row in rows}
        for slug in [slug for slug in there if reset]:
            await delete_tenant(owner, slug)
            del there[slug]
        for each in distributors:
            if each.slug not in there:
                new = _new_tenant(each)
                await create_tenant(owner, app_login(logins.settings), new, tenant_id=UUID(ours[each.slug]))
            elif there[each.slug] != ours[each.slug]:
                raise NotOurs(
                    f"The database already holds a tenant {each.slug} that this demo did not make. "
                    "`make demo-reset` deletes it and starts over; or name another database."
                )
    for outcome in await migrate_tenants(logins.settings):
        if outcome.error:
            raise NotMigrated(f"The tables of {outcome.slug} could not be brought up to date: {outcome.error}")


async def ensure_marks(database: Database, tenant: Tenant, distributor: Distributor) -> None:
    """The images that the brand names."""
    async with database.tenant_session(tenant) as session:
        await brand_files.store(session, {image.name: image.body for image in distributor.look.files.values()})


async def ensure_people(database: Database, tenant: Tenant, distributor: Distributor, state: State) -> list[SignIn]:
    """The distributor's own people, then its customers'. Raises NothingOpen."""
    people = [*_staff(distributor), *await _members(database, tenant, distributor, state)]
    return await _ensure(database, tenant, people, state)


def _staff(distributor: Distributor) -> list[_Person]:
    return [
        _Person(distributor.owner, f"owner@{distributor.mail_domain}", [(StaffRole.OWNER, None)], distributor.owner),
        _Person(
            distributor.finance, f"finance@{distributor.mail_domain}", [(StaffRole.FINANCE, None)], distributor.finance
        ),
    ]


async def _members(database: Database, tenant: Tenant, distributor: Distributor, state: State) -> list[_Person]:
    """The customers chosen at the first start stay chosen."""
    file = state.folder / f"customers-{distributor.slug}.json"
    chosen: list[list[str]] | None = read_json(file)
    if chosen is None:
        async with database.tenant_session(tenant) as session:
            chosen = [[str(each.id), each.name] for each in await _worth_showing(session)]
        write_private(file, chosen)
    (first, first_name), (second, second_name) = chosen[0], chosen[-1]
    domain = _domain(first_name)
    both = f"{first_name} and {second_name}"
    return [
        _Person("Sam Porter", f"payer@{domain}", [(CustomerRole.PAYER, UUID(first))], first_name),
        _Person("Ines Vidal", f"viewer@{domain}", [(CustomerRole.VIEWER, UUID(first))], first_name),
        _Person("Ruth Calder", f"admin@{domain}", [(CustomerRole.ADMIN, UUID(first))], first_name),
        _Person(
            "Jonas Weir",
            f"group@{domain}",
            [(CustomerRole.PAYER, UUID(each)) for each in dict.fromkeys((first, second))],
            both,
        ),
    ]


async def _ensure(database: Database, tenant: Tenant, people: Sequence[_Person], state: State) -> list[SignIn]:
    emails = [person.email for person in people]
    async with database.tenant_session(tenant) as session:
        there = set(await session.scalars(select(PersonRow.email).where(PersonRow.email.in_(emails))))
    passwords = Passwords()
    sign_ins = []
    for person in people:
        password = state.password(f"{tenant.slug} {person.email}")
        if person.email not in there:
            hashed = await passwords.hash(password)
            async with database.tenant_session(tenant) as session:
                await _add(session, person, hashed)
        sign_ins.append(SignIn(person.roles[0][0].value, person.email, password, person.about))
    return sign_ins


async def _add(session: TenantSession, person: _Person, password_hash: str) -> None:
    """By an invitation that is accepted at once, so that the audit shows where the person came from."""
    for role, customer_id in person.roles:
        invitation = await invite(
            session,
            actor=ACTOR,
            email=person.email,
            name=person.name,
            role=role,
            customer_id=customer_id,
            invited_by=None,
        )
        link = await find(session, invitation.token, "invitation")
        await accept_invitation(session, link, name=person.name, password_hash=password_hash)


async def _worth_showing(session: TenantSession) -> list[CustomerRow]:
    """Two customers whose open invoices, in the tenant's own currency, make a good list; overdue ones among them."""
    tenant = session.tenant
    many = func.count(InvoiceRow.id)
    statement = (
        select(CustomerRow)
        .join(InvoiceRow, InvoiceRow.customer_id == CustomerRow.id)
        .where(InvoiceRow.open_minor > 0, InvoiceRow.state == "posted", CustomerRow.currency == tenant.base_currency)
        .group_by(CustomerRow.id)
        .order_by(func.abs(many - ENOUGH_OPEN), CustomerRow.number)
        .limit(2)
    )
    customers = list(await session.scalars(statement))
    if not customers:
        raise NothingOpen(
            f"No customer of {tenant.name} has an open invoice in {tenant.base_currency}, so there is nothing to show."
        )
    return customers


def _domain(name: str) -> str:
    """A mail domain out of the first two words that are long enough to tell customers apart."""
    letters = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    words = [word for word in re.split(r"[^a-z0-9]+", letters) if len(word) > 1]
    return f"{'-'.join(words[:2])[:30] or 'customer'}.example"


def _new_tenant(distributor: Distributor) -> NewTenant:
    return NewTenant(
        slug=distributor.slug,
        name=distributor.name,
        hosts=(distributor.host,),
        time_zone=distributor.time_zone,
        base_currency=distributor.base_currency,
        language=distributor.language,
        stripe_account=distributor.stripe_account,
        brand=to_document(distributor.look.brand),
    )

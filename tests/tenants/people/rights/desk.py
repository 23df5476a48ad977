"""How the state machine reaches the product: functions that change rights, and pages of the running application."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

import httpx
from sqlalchemy import delete, select, update

from portico_billing.invoices.choice import Choice
from portico_billing.invoices.queries import invoices
from portico_core.clock import now, today
from portico_core.ids import hash_token
from portico_tenants.access import CustomerRole, Permission, StaffRole
from portico_tenants.people import links, members, sessions
from portico_tenants.people.models import MailedLinkRow, MembershipRow, PersonRow, StaffRow
from portico_tenants.people.visit import Visit
from portico_tenants.session import Database, TenantSession
from portico_tenants.tenant import Tenant
from tests.factories.customers import make_customer
from tests.factories.invoices import make_invoice
from tests.factories.people import join, make_person, make_staff
from tests.portal.portal import Portal
from tests.tenants.people.rights.model import Invitation, Session

ACTOR = "person:test"
KEY = b"k" * 32
NUMBER = re.compile(r"(?:ASH|BIRCH|CEDAR)-\d-[0-9A-F]{8}")


@dataclass(frozen=True)
class Shown:
    """What a session may do and see, by the product's functions."""

    may: set[str]
    invoices: set[str]
    choices: dict[str, str]


@dataclass(frozen=True)
class Pages:
    """What a browser gets: invoice numbers in the lists and on single pages, and whether the members' pages open."""

    invoices: set[str]
    single: set[str]
    staff_invoices: set[str]
    members: bool
    staff_members: bool


@dataclass
class Desk:
    """One tenant; ids of the walk's customers by name, of its persons by address."""

    database: Database
    tenant: Tenant
    customers: dict[str, UUID] = field(default_factory=dict)
    people: dict[str, UUID] = field(default_factory=dict)
    invoices: dict[str, UUID] = field(default_factory=dict)

    async def open(self, numbers: Mapping[str, set[str]], owner: str, admin: str) -> None:
        async with self.database.tenant_session(self.tenant) as session:
            await session.execute(delete(StaffRow))  # of the walk before: there must be one owner
            self.people = {owner: (await make_staff(session, email=owner)).id}
            person = await make_person(session, email=admin)
            self.people[admin] = person.id
            for name, its in numbers.items():
                customer = await make_customer(session, name=name)
                self.customers[name] = customer.id
                for number in its:
                    self.invoices[number] = (await make_invoice(session, customer, number=number)).id
                if name in ("Ash", "Birch"):
                    await join(session, person, customer, CustomerRole.ADMIN)

    async def add_people(self, emails: list[str]) -> None:
        async with self.database.tenant_session(self.tenant) as session:
            for email in emails:
                self.people[email] = (await make_person(session, email=email)).id

    # Changing

    async def sign_in(self, email: str) -> str:
        async with self.database.tenant_session(self.tenant) as session:
            return await sessions.open_session(session, self.people[email])

    async def sign_out(self, which: Session, *, everywhere: bool) -> None:
        async with self.database.tenant_session(self.tenant) as session:
            if everywhere:
                await sessions.end_sessions_of(session, self.people[which.email])
            else:
                await sessions.end_session(session, which.token)

    async def switch(self, which: Session, customer: str) -> bool:
        async with self.database.tenant_session(self.tenant) as session:
            visit = await self._visit(session, which)
            return visit is not None and await sessions.choose_customer(session, visit, self.customers[customer])

    async def disable(self, email: str, *, disabled: bool) -> None:
        async with self.database.tenant_session(self.tenant) as session:
            mine = update(PersonRow).where(PersonRow.id == self.people[email])
            await session.execute(mine.values(disabled_at=now() if disabled else None))

    async def invite(self, email: str, customer: str | None, role: str) -> str:
        async with self.database.tenant_session(self.tenant) as session:
            invitation = await links.invite(
                session,
                actor=ACTOR,
                email=email,
                name="",
                role=CustomerRole(role) if customer else StaffRole(role),
                customer_id=self.customers[customer] if customer else None,
                invited_by=None,
            )
        return invitation.token

    async def accept(self, invitation: Invitation) -> None:
        async with self.database.tenant_session(self.tenant) as session:
            link = await links.find(session, invitation.token, "invitation")
            person_id = await links.accept_invitation(session, link, name="Somebody", password_hash="x")
            assert person_id == self.people[invitation.email]

    async def withdraw(self, invitation: Invitation) -> bool:
        async with self.database.tenant_session(self.tenant) as session:
            token = hash_token(invitation.token)
            link_id = (await session.scalars(select(MailedLinkRow.id).where(MailedLinkRow.token_hash == token))).one()
            customer_id = self.customers[invitation.customer] if invitation.customer else None
            return await links.withdraw(session, link_id, customer_id=customer_id, actor=ACTOR)

    async def change(self, customer: str, email: str, role: str | None) -> None:
        async with self.database.tenant_session(self.tenant) as session:
            customer_id, member_id = self.customers[customer], await self._membership(session, customer, email)
            assert member_id is not None
            if role is None:
                await members.remove(session, member_id, customer_id=customer_id, actor=ACTOR)
            else:
                await members.change_role(session, member_id, CustomerRole(role), customer_id=customer_id, actor=ACTOR)

    async def change_staff(self, email: str, role: str | None) -> None:
        async with self.database.tenant_session(self.tenant) as session:
            wanted = StaffRole(role) if role else None
            await members.change_staff_role(session, self.people[email], wanted, actor=ACTOR)

    async def change_as(
        self, portal: Portal, which: Session, customer: str | None, email: str, role: str | None
    ) -> bool:
        """By the form in this session's browser; whether it was done. Nothing is on its page for what is not there."""
        async with self.database.tenant_session(self.tenant) as session:
            member_id = await self._membership(session, customer, email) if customer else None
        browser = portal.at(self.tenant, cookies=httpx.Cookies({"session": which.token}))
        await browser.get("/profile")
        path = f"/members/{member_id or self.people[email]}/{'role' if role else 'remove'}"
        answer = await browser.post(path, {"role": role} if role else {})
        await browser.client.aclose()
        assert answer.status_code < 500, answer.text
        return answer.status_code == 303 and answer.headers["location"].startswith("/members")

    # Looking

    async def look(self, which: Session) -> Shown | None:
        async with self.database.tenant_session(self.tenant) as session:
            visit = await self._visit(session, which)
            if visit is None:
                return None
            numbers: set[str] = set()
            if visit.customer is not None and visit.may(Permission.INVOICES_SEE):
                day = today(self.tenant.time_zone)
                found = await invoices(session, visit.customer_id, Choice(view="all"), day)
                numbers = {line.number for line in found.rows}
            choices = await members.choices(session, visit.person_id)
        may = {permission.value for permission in Permission if visit.may(permission)}
        return Shown(may=may, invoices=numbers, choices={each.name: each.role for each in choices})

    async def members(self, customer: str) -> dict[str, str]:
        async with self.database.tenant_session(self.tenant) as session:
            return {each.email: each.role for each in await members.of_customer(session, self.customers[customer])}

    async def open_pages(self, portal: Portal, which: Session, numbers: Mapping[str, set[str]]) -> Pages:
        browser = portal.at(self.tenant, cookies=httpx.Cookies({"session": which.token}))

        async def get(path: str) -> httpx.Response:
            answer = await browser.get(path)
            assert answer.status_code < 500, answer.text
            return answer

        firsts = [min(each) for each in numbers.values()]  # one of each customer is enough, the others are like it
        listed = await get("/invoices?view=all")
        found = _numbers(await get(f"/staff/invoices?view=all&q={firsts[0]}"))
        single = {first for first in firsts if first in _numbers(await get(f"/invoices/{self.invoices[first]}"))}
        pages = Pages(
            invoices=_numbers(listed),
            single={each for its in numbers.values() if min(its) in single for each in its},
            staff_invoices=set().union(*numbers.values()) if firsts[0] in found else set(),
            members=(await get("/members")).status_code == 200,
            staff_members=(await get("/staff/members")).status_code == 200,
        )
        await browser.client.aclose()
        return pages

    async def _visit(self, session: TenantSession, which: Session) -> Visit | None:
        return await sessions.visit_of(session, which.token, csrf_key=KEY, request_id="r-1")

    async def _membership(self, session: TenantSession, customer: str, email: str) -> UUID | None:
        return await session.scalar(
            select(MembershipRow.id).where(
                MembershipRow.customer_id == self.customers[customer], MembershipRow.person_id == self.people[email]
            )
        )


def _numbers(answer: httpx.Response) -> set[str]:
    return set(NUMBER.findall(answer.text)) if answer.status_code == 200 else set()

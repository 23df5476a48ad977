"""Persons for tests: members of customers and staff of the distributor. Without a password unless one is given."""

from portico_core.ids import new_id
from portico_tenants.access import CustomerRole, StaffRole
from portico_tenants.customers.models import CustomerRow
from portico_tenants.people.models import MembershipRow, PersonRow, StaffRow
from portico_tenants.session import TenantSession


async def make_person(session: TenantSession, **values: object) -> PersonRow:
    """A person without any role. `password_hash` is what `people.passwords` makes."""
    person_id = new_id()
    mark = person_id.hex[-8:]
    row = PersonRow(**{"id": person_id, "email": f"{mark}@people.example", "name": f"Person {mark}", **values})
    session.add(row)
    await session.flush()
    return row


async def make_member(
    session: TenantSession, customer: CustomerRow, role: CustomerRole = CustomerRole.PAYER, **values: object
) -> PersonRow:
    """A person with that role at the customer."""
    person = await make_person(session, **values)
    await join(session, person, customer, role)
    return person


async def join(session: TenantSession, person: PersonRow, customer: CustomerRow, role: CustomerRole) -> MembershipRow:
    """A further customer for a person."""
    row = MembershipRow(id=new_id(), person_id=person.id, customer_id=customer.id, role=role.value)
    session.add(row)
    await session.flush()
    return row


async def make_staff(session: TenantSession, role: StaffRole = StaffRole.OWNER, **values: object) -> PersonRow:
    """A person of the distributor."""
    person = await make_person(session, **values)
    session.add(StaffRow(person_id=person.id, role=role.value))
    await session.flush()
    return person

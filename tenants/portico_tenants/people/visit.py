"""Who is asking: one frozen value per request, made from the session cookie in one query (`people.sessions`)."""

from uuid import UUID

import msgspec

from portico_core.errors import Forbidden, SignInNeeded
from portico_tenants.access import CUSTOMER_PERMISSIONS, STAFF_PERMISSIONS, CustomerRole, Permission, StaffRole


class ChosenCustomer(msgspec.Struct, frozen=True, kw_only=True):
    """The customer a member is working for at the moment."""

    id: UUID
    number: str
    name: str
    currency: str
    role: CustomerRole


class Visit(msgspec.Struct, frozen=True, kw_only=True):
    """A signed-in person, the customer they work for, their role at the distributor, and the request's id.

    `customers` counts the customers they may switch between. `csrf_token` belongs to their session.
    """

    session_id: UUID
    person_id: UUID
    name: str
    email: str
    language: str | None
    customer: ChosenCustomer | None
    customers: int
    staff_role: StaffRole | None
    csrf_token: str
    request_id: str

    @property
    def actor(self) -> str:
        """As the audit trail writes it."""
        return f"person:{self.person_id}"

    def may(self, permission: Permission) -> bool:
        """Whether the person holds the permission, here and now."""
        held: frozenset[Permission] = frozenset()
        if self.customer is not None:
            held |= CUSTOMER_PERMISSIONS[self.customer.role]
        if self.staff_role is not None:
            held |= STAFF_PERMISSIONS[self.staff_role]
        return permission in held

    def require(self, permission: Permission) -> None:
        """Forbidden unless the person holds it."""
        if not self.may(permission):
            raise Forbidden

    @property
    def customer_id(self) -> UUID:
        """The chosen customer's id: every query of a customer's page is bound to it."""
        if self.customer is None:
            raise SignInNeeded
        return self.customer.id

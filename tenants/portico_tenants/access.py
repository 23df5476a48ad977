"""Who may do what: every permission, and the roles that hold it. The one place.

Each route says what it takes in its `access` option; the application refuses to start with a route that does not.
"""

from enum import StrEnum
from typing import Literal

import msgspec


class Permission(StrEnum):
    """What a page or action takes. Those of customers hold within one customer; those of staff in the whole tenant."""

    # customer roles
    INVOICES_SEE = "invoices.see"
    PAYMENTS_SEE = "payments.see"
    PAY = "pay"
    MEMBERS_MANAGE = "members.manage"
    # staff roles
    STAFF_SEE = "staff.see"
    STAFF_MONEY = "staff.money"
    STAFF_SYNC = "staff.sync"
    STAFF_CONNECTIONS = "staff.connections"
    STAFF_INVITE_CUSTOMERS = "staff.invite_customers"
    STAFF_MANAGE = "staff.manage"
    STAFF_AUDIT = "staff.audit"


class CustomerRole(StrEnum):
    """A person's role at one customer."""

    ADMIN = "admin"
    PAYER = "payer"
    VIEWER = "viewer"


class StaffRole(StrEnum):
    """A person's role at the distributor."""

    OWNER = "owner"
    FINANCE = "finance"
    SERVICE = "service"


_VIEW = frozenset({Permission.INVOICES_SEE, Permission.PAYMENTS_SEE})
CUSTOMER_PERMISSIONS: dict[CustomerRole, frozenset[Permission]] = {
    CustomerRole.VIEWER: _VIEW,
    CustomerRole.PAYER: _VIEW | {Permission.PAY},
    CustomerRole.ADMIN: _VIEW | {Permission.PAY, Permission.MEMBERS_MANAGE},
}
_SERVICE = frozenset({Permission.STAFF_SEE, Permission.STAFF_INVITE_CUSTOMERS})
_FINANCE = _SERVICE | {Permission.STAFF_MONEY, Permission.STAFF_SYNC, Permission.STAFF_AUDIT}
STAFF_PERMISSIONS: dict[StaffRole, frozenset[Permission]] = {
    StaffRole.SERVICE: _SERVICE,
    StaffRole.FINANCE: _FINANCE,
    StaffRole.OWNER: _FINANCE | {Permission.STAFF_CONNECTIONS, Permission.STAFF_MANAGE},
}


class Access(msgspec.Struct, frozen=True):
    """What a route takes: `Access.public()`, `.person()`, `.customer(permission)`, `.staff(permission)`,
    `.operator()`, `.sender()` (webhooks), `.platform()` (metrics) or `.probe()` (health, static files)."""

    kind: Literal["public", "person", "customer", "staff", "operator", "sender", "platform", "probe"]
    permission: Permission | None = None

    @classmethod
    def public(cls) -> "Access":
        """Anybody, signed in or not."""
        return cls("public")

    @classmethod
    def person(cls) -> "Access":
        """Anybody who is signed in."""
        return cls("person")

    @classmethod
    def customer(cls, permission: Permission) -> "Access":
        """A member whose role at the chosen customer holds the permission."""
        return cls("customer", permission)

    @classmethod
    def staff(cls, permission: Permission) -> "Access":
        """A person of the distributor whose role holds the permission."""
        return cls("staff", permission)

    @classmethod
    def operator(cls) -> "Access":
        """The operator, by token, on the platform's own host."""
        return cls("operator")

    @classmethod
    def platform(cls) -> "Access":
        """Anybody who reaches the platform's own host (metrics): the operator's network decides who that is."""
        return cls("platform")

    @classmethod
    def probe(cls) -> "Access":
        """Anybody, on any host, even without a tenant: the health checks, our own static files."""
        return cls("probe")

    @classmethod
    def sender(cls) -> "Access":
        """A foreign system that proves itself by signature, on the platform's own host."""
        return cls("sender")

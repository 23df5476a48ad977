"""Who may see and do what, said once more and as simply as can be: the yardstick of the state machine.

Persons go by their address, customers by their name. A session works for one chosen customer; what it may do is what
its person's roles say at this moment. Whoever loses the last role is signed out everywhere.
"""

from dataclasses import dataclass, field

AT_CUSTOMER = {
    "viewer": {"invoices.see", "payments.see"},
    "payer": {"invoices.see", "payments.see", "pay"},
    "admin": {"invoices.see", "payments.see", "pay", "members.manage"},
}
_SERVICE = {"staff.see", "staff.invite_customers"}
_FINANCE = _SERVICE | {"staff.money", "staff.sync", "staff.audit"}
AT_STAFF = {
    "service": _SERVICE,
    "finance": _FINANCE,
    "owner": _FINANCE | {"staff.connections", "staff.manage"},
}


@dataclass
class Person:
    """`at` is the role at each customer."""

    staff: str | None = None
    at: dict[str, str] = field(default_factory=dict)
    disabled: bool = False


@dataclass(eq=False)
class Session:
    """A signed-in browser."""

    email: str
    token: str
    chosen: str | None
    ended: bool = False


@dataclass(eq=False)
class Invitation:
    """`customer` is None for the staff."""

    email: str
    customer: str | None
    role: str
    token: str
    good: bool = True


class Model:
    """One distributor."""

    def __init__(self) -> None:
        self.invoices: dict[str, set[str]] = {}  # by customer
        self.people: dict[str, Person] = {}
        self.sessions: list[Session] = []
        self.invitations: list[Invitation] = []

    def is_anybody(self, session: Session) -> bool:
        return not session.ended and not self.people[session.email].disabled

    def customer_of(self, session: Session) -> str | None:
        """The customer it works for, as long as its person belongs there."""
        return session.chosen if session.chosen in self.people[session.email].at else None

    def may(self, session: Session) -> set[str]:
        person, customer = self.people[session.email], self.customer_of(session)
        if not self.is_anybody(session):
            return set()
        held: set[str] = set(AT_STAFF[person.staff]) if person.staff else set()
        return held | (AT_CUSTOMER[person.at[customer]] if customer else set())

    def sees(self, session: Session) -> set[str]:
        """Invoices in its list."""
        customer = self.customer_of(session)
        return self.invoices[customer] if customer and "invoices.see" in self.may(session) else set()

    def sees_as_staff(self, session: Session) -> set[str]:
        """Invoices in the distributor's list."""
        return set().union(*self.invoices.values()) if "staff.money" in self.may(session) else set()

    def admins(self, customer: str) -> set[str]:
        return {email for email, person in self.people.items() if person.at.get(customer) == "admin"}

    def owners(self) -> set[str]:
        return {email for email, person in self.people.items() if person.staff == "owner"}

    def invite(self, invitation: Invitation) -> None:
        """Only the newest invitation of an address to the same place is good."""
        for earlier in self.invitations:
            if (earlier.email, earlier.customer) == (invitation.email, invitation.customer):
                earlier.good = False
        self.invitations.append(invitation)

    def locks_out(self, invitation: Invitation) -> bool:
        """It would take the role of the last administrator or owner."""
        if invitation.customer is None:
            return self.owners() == {invitation.email} and invitation.role != "owner"
        return self.admins(invitation.customer) == {invitation.email} and invitation.role != "admin"

    def leaves(self, email: str, customer: str | None) -> None:
        """A role is lost, at a customer or (None) at the distributor."""
        person = self.people[email]
        if customer is None:
            person.staff = None
        else:
            del person.at[customer]
        if not person.staff and not person.at:
            for session in self.sessions:
                session.ended |= session.email == email

    def accept(self, invitation: Invitation) -> None:
        invitation.good = False
        person = self.people.setdefault(invitation.email, Person())
        if invitation.customer is None:
            person.staff = invitation.role
        else:
            person.at[invitation.customer] = invitation.role

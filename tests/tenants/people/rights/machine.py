"""The state machine: people are invited, given roles, moved, removed and signed in and out, in any order.

After each step every session is asked what it may do and see; and whoever the step concerned opens pages of the running
application, as the next request.
"""

import secrets
from asyncio import AbstractEventLoop
from collections import Counter

from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule

from portico_core.errors import PorticoError
from portico_tenants.people.links import LinkExpired
from portico_tenants.people.members import LastOfThem
from tests.portal.portal import Portal
from tests.state_machines import AsyncMachine
from tests.tenants.people.rights.desk import Desk
from tests.tenants.people.rights.model import Invitation, Model, Person, Session

ANY = st.integers(0, 11)
ROLE = st.sampled_from(("viewer", "payer", "admin"))
STAFF_ROLE = st.sampled_from(("service", "finance", "owner"))
CUSTOMERS = ("Ash", "Birch", "Cedar")


class Rights(AsyncMachine):
    """Rules are named for what happens; numbers pick one of what there is."""

    def __init__(self, loop: AbstractEventLoop, desk: Desk, portal: Portal, happened: Counter[str]) -> None:
        super().__init__(loop)
        self.desk, self.portal, self.happened = desk, portal, happened
        self.model = Model()
        self.concerned: set[str] = set()

    @initialize()
    def a_distributor_opens(self) -> None:
        """Three customers; an owner, and an administrator at the first two of them."""
        mark = secrets.token_hex(4)
        self.model.invoices = {name: {f"{name}-{number}-{mark}".upper() for number in range(2)} for name in CUSTOMERS}
        owner, admin = f"owner-{mark}@people.example", f"admin-{mark}@people.example"
        self.do(self.desk.open(self.model.invoices, owner, admin))
        self.model.people = {
            owner: Person(staff="owner"),
            admin: Person(at={"Ash": "admin", "Birch": "admin"}),
            **{f"{name}-{mark}@people.example": Person() for name in ("ada", "bob", "cem")},
        }
        self.do(self.desk.add_people([email for email in self.model.people if email not in (owner, admin)]))
        for email in (owner, admin):
            self._signs_in(email)
        ada, bob, cem = list(self.model.people)[2:]
        for email, customer, role in ((ada, "Ash", "payer"), (bob, "Ash", "admin"), (cem, None, "finance")):
            self._invite(email, customer, role)
            self.an_invitation_is_accepted(len(self.model.invitations) - 1, False)

    # Coming and going

    @rule(who=ANY)
    def somebody_signs_in(self, who: int) -> None:
        self._signs_in(self._person(who))

    def _signs_in(self, email: str) -> None:
        if self.model.people[email].disabled:
            return
        chosen = min(self.model.people[email].at, default=None)
        session = Session(email, self.do(self.desk.sign_in(email)), chosen)
        self.model.sessions.append(session)
        self.concerned.add(email)

    @rule(which=ANY, everywhere=st.booleans())
    def somebody_signs_out(self, which: int, everywhere: bool) -> None:
        session = self._session(which)
        self.do(self.desk.sign_out(session, everywhere=everywhere))
        for each in self.model.sessions if everywhere else (session,):
            each.ended |= each.email == session.email
        self.concerned.add(session.email)

    @rule(which=ANY, customer=st.sampled_from(CUSTOMERS))
    def somebody_switches(self, which: int, customer: str) -> None:
        session = self._session(which)
        is_member = self.model.is_anybody(session) and customer in self.model.people[session.email].at
        assert self.do(self.desk.switch(session, customer)) == is_member
        if is_member:
            session.chosen = customer
        self.concerned.add(session.email)

    @rule(who=ANY, back=st.booleans())
    def somebody_is_disabled(self, who: int, back: bool) -> None:
        email = self._person(who)
        self.do(self.desk.disable(email, disabled=not back))
        self.model.people[email].disabled = not back
        self.concerned.add(email)

    # Invitations

    @rule(who=ANY, customer=st.sampled_from(CUSTOMERS), role=ROLE)
    def somebody_is_invited(self, who: int, customer: str, role: str) -> None:
        self._invite(self._person(who), customer, role)

    @rule(who=ANY, role=STAFF_ROLE)
    def somebody_is_invited_to_the_staff(self, who: int, role: str) -> None:
        self._invite(self._person(who), None, role)

    def _invite(self, email: str, customer: str | None, role: str) -> None:
        token = self.do(self.desk.invite(email, customer, role))
        self.model.invite(Invitation(email, customer, role, token))

    @precondition(lambda self: self.model.invitations)
    @rule(which=ANY, twice=st.booleans())
    def an_invitation_is_accepted(self, which: int, twice: bool) -> None:
        """Perhaps in two tabs at once; perhaps it is no longer good, or would take the last administrator's role."""
        invitation = self.model.invitations[which % len(self.model.invitations)]
        answers = self.do_at_once(*(self.desk.accept(invitation) for _ in range(1 + twice)))
        if invitation.good and self.model.locks_out(invitation):
            assert all(isinstance(each, LastOfThem) for each in answers), answers
            self.happened["changes refused"] += 1
            return
        accepted = [each for each in answers if not isinstance(each, BaseException)]
        assert all(isinstance(each, LinkExpired) for each in answers if isinstance(each, BaseException)), answers
        assert len(accepted) == invitation.good
        if invitation.good:
            self.model.accept(invitation)
            self.happened["rights gained"] += 1
        self.concerned.add(invitation.email)

    @precondition(lambda self: self.model.invitations)
    @rule(which=ANY)
    def an_invitation_is_withdrawn(self, which: int) -> None:
        invitation = self.model.invitations[which % len(self.model.invitations)]
        assert self.do(self.desk.withdraw(invitation)) == invitation.good
        invitation.good = False

    # Roles

    @rule(which=ANY, who=ANY, role=st.sampled_from((None, None, "viewer", "payer", "admin")))
    def somebody_changes_a_colleagues_role(self, which: int, who: int, role: str | None) -> None:
        """In the browser, as whoever is signed in there; None removes the colleague. One administrator stays."""
        session, email = self._session(which), self._person(who)
        customer = self.model.customer_of(session)
        colleague = self.model.people[email].at
        may = "members.manage" in self.model.may(session)
        done = self.do(self.desk.change_as(self.portal, session, customer, email, role))
        if not may or customer not in colleague or (self._is_last_admin(customer, email) and role != "admin"):
            assert not done
            self.happened["changes refused"] += 1
            return
        assert done
        if role is None:
            self._leaves(email, customer)
        else:
            colleague[customer] = role
        self.concerned.add(email)

    @rule(one=ANY, other=ANY, customer=st.sampled_from(CUSTOMERS))
    def two_administrators_remove_each_other_at_once(self, one: int, other: int, customer: str) -> None:
        emails = sorted({self._person(one), self._person(other)} & self.model.admins(customer))
        answers = self.do_at_once(*(self.desk.change(customer, email, None) for email in emails))
        assert all(isinstance(each, LastOfThem | None) for each in answers), answers
        for email, answer in zip(emails, answers, strict=True):
            if answer is None:
                self._leaves(email, customer)
                self.concerned.add(email)
        assert not emails or self.model.admins(customer)

    @rule(who=ANY, role=st.none() | STAFF_ROLE)
    def a_role_at_the_distributor_changes(self, who: int, role: str | None) -> None:
        email = self._person(who)
        person = self.model.people[email]
        (answer,) = self.do_at_once(self.desk.change_staff(email, role))
        if person.staff is None or (self.model.owners() == {email} and role != "owner"):
            assert isinstance(answer, PorticoError), answer
            return
        assert answer is None
        if role is None:
            self._leaves(email, None)
        else:
            person.staff = role
        self.concerned.add(email)

    def _is_last_admin(self, customer: str, email: str) -> bool:
        return self.model.admins(customer) == {email}

    def _leaves(self, email: str, customer: str | None) -> None:
        self.model.leaves(email, customer)
        self.happened["rights lost"] += 1

    # Comparing

    @invariant()
    def everybody_sees_what_is_theirs(self) -> None:
        for session in self.model.sessions:
            shown = self.do(self.desk.look(session))
            model = self.model
            if not model.is_anybody(session):
                assert shown is None
                continue
            assert shown is not None
            assert shown.may == model.may(session)
            assert shown.invoices == model.sees(session)
            assert shown.choices == model.people[session.email].at
        for name in self.model.invoices:
            members = {e: p.at[name] for e, p in self.model.people.items() if name in p.at and not p.disabled}
            assert self.do(self.desk.members(name)) == members
        self._next_requests()

    def _next_requests(self) -> None:
        for email in sorted(self.concerned):
            for session in [each for each in self.model.sessions if each.email == email][-2:]:
                pages = self.do(self.desk.open_pages(self.portal, session, self.model.invoices))
                may = self.model.may(session)
                assert pages.invoices == self.model.sees(session)
                assert pages.single == self.model.sees(session)
                assert pages.staff_invoices == self.model.sees_as_staff(session)
                assert (pages.members, pages.staff_members) == ("members.manage" in may, "staff.manage" in may)
                self.happened["next requests"] += 1
        self.concerned.clear()

    def _person(self, who: int) -> str:
        return list(self.model.people)[who % len(self.model.people)]

    def _session(self, which: int) -> Session:
        return self.model.sessions[which % len(self.model.sessions)]

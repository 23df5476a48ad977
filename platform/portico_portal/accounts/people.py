"""What the two pages of people share: a customer's members and the distributor's own staff."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar
from uuid import UUID

from litestar import Response

from portico_core.errors import Invalid, NotFound
from portico_portal.accounts.invitation import send_invitation
from portico_portal.resources import Resources
from portico_tenants.access import CustomerRole, StaffRole
from portico_tenants.people import members
from portico_tenants.people.links import INVITATION_LIFETIME
from portico_tenants.people.members import InvitationView, MemberView
from portico_tenants.people.visit import Visit
from portico_tenants.session import TenantSession
from portico_tenants.tenant import Tenant
from portico_themes.page import Page

Role = TypeVar("Role", CustomerRole, StaffRole)


def role_of(kind: type[Role], values: Mapping[str, str]) -> Role:
    """The posted role."""
    try:
        return kind(values.get("role", ""))
    except ValueError as error:
        raise Invalid(fields={"role": "Choose a role."}) from error


def listing(people: Sequence[MemberView], invited: Sequence[InvitationView], visit: Visit) -> dict[str, Any]:
    """As the templates want it."""
    return {
        "members": [
            {
                "id": each.id,
                "name": each.name,
                "email": each.email,
                "role": each.role,
                "last_seen": each.last_seen,
                "you": each.person_id == visit.person_id,
            }
            for each in people
        ],
        "invited": [
            {
                "id": each.id,
                "name": each.name,
                "email": each.email,
                "role": each.role,
                "sent_at": each.expires_at - INVITATION_LIFETIME,
                "expires_at": each.expires_at,
            }
            for each in invited
        ],
    }


def refused(
    page: Page, template: str, context: dict[str, Any], values: dict[str, str], wrong: Invalid
) -> Response[Any]:
    """The page again, with what was typed and what is wrong with it."""
    errors = {field: page.text(sentence) for field, sentence in wrong.fields.items()}
    return page(template, status=422, **context, values=values, errors=errors)


async def again(
    session: TenantSession,
    resources: Resources,
    tenant: Tenant,
    visit: Visit,
    invitation_id: UUID,
    kind: type[CustomerRole] | type[StaffRole],
    customer_id: UUID | None,
) -> None:
    """Send an open invitation once more, with a fresh link."""
    open_ones = await members.invitations(session, customer_id)
    found = next((each for each in open_ones if each.id == invitation_id), None)
    if found is None:
        raise NotFound
    await send_invitation(
        session,
        resources,
        tenant,
        visit,
        email=found.email,
        name=found.name,
        role=kind(found.role),
        customer_id=customer_id,
    )

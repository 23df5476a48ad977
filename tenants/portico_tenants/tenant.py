"""A tenant as everything else sees it: one frozen value, resolved once per request or job."""

from enum import StrEnum
from typing import Any
from uuid import UUID

import msgspec


class TenantState(StrEnum):
    """Suspended tenants keep their data and show one page; deleted ones are gone."""

    CREATING = "creating"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    DELETING = "deleting"


class Tenant(msgspec.Struct, frozen=True, kw_only=True):
    """A distributor. `role` names its database role and its schema alike (`t_` and 12 hex digits of the id).

    `host` is the primary host name of its portal. `brand` is the raw brand document; `portico_themes.branding` gives
    it its type; `texts` are its own words in pages and mails, as raw. `behind` says that its schema lacks what this
    release needs, until its migration passes: no page is served from it and no job works in it.
    """

    id: UUID
    slug: str
    name: str
    role: str
    state: TenantState
    host: str
    time_zone: str
    base_currency: str
    language: str
    stripe_account: str | None = None
    brand: dict[str, Any] = {}
    texts: dict[str, Any] = {}
    version: str = ""
    behind: bool = False


def role_name(tenant_id: UUID) -> str:
    """The role and schema of a tenant: roles belong to the server, so never the slug."""
    return f"t_{tenant_id.hex[-12:]}"

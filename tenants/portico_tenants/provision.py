"""Tenants come and change. Each of these is one transaction of the owner's, told to every process by NOTIFY.

Creating sends role, grants and all tables as one batch: it takes well under a second and leaves nothing if it fails.
How tenants go stands in `removal`.
"""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID
from zoneinfo import available_timezones

import asyncpg
import msgspec

from portico_core.errors import Conflict, Invalid, NotFound, Unavailable
from portico_core.ids import new_id
from portico_tenants import rights
from portico_tenants.migrations import script as scripts
from portico_tenants.owner import Owner
from portico_tenants.resolve import CHANNEL
from portico_tenants.tenant import Tenant, TenantState, role_name

HOST = re.compile(r"(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*")
SLUG = re.compile(r"[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?")
LANGUAGE = re.compile(r"[a-z]{2,3}([-_][A-Za-z0-9]{2,8})*")


class NewTenant(msgspec.Struct, frozen=True, kw_only=True):
    """A distributor to be. The first of `hosts` is the portal's primary address; `language` is its default."""

    slug: str
    name: str
    hosts: tuple[str, ...]
    time_zone: str = "UTC"
    base_currency: str = "USD"
    language: str = "en"
    stripe_account: str | None = None
    brand: dict[str, Any] = {}
    texts: dict[str, Any] = {}


class TenantExists(Conflict):
    """A tenant with this slug, host or Stripe account exists already."""


class SetUpNeeded(Unavailable):
    """The database has not been set up: run `portico database setup`."""


async def create_tenant(
    owner: asyncpg.Connection,
    app_login: str,
    new: NewTenant,
    *,
    tenant_id: UUID | None = None,
    script: scripts.TenantScript | None = None,
) -> Tenant:
    """Role, schema, tables and control rows in one transaction. Raises Invalid, TenantExists or SetUpNeeded."""
    _check(new)
    script = script or scripts.shipped()
    tenant_id = tenant_id or new_id()
    role = role_name(tenant_id)
    try:
        async with owner.transaction():
            await owner.execute(rights.of_tenant(role, app_login, owner.get_server_version().major) + script.sql)
            changed_at = await owner.fetchval(
                "INSERT INTO portico.tenant (id, slug, name, role, state, time_zone, base_currency, language,"
                " stripe_account, brand, texts, schema_revision)"
                " VALUES ($1, $2, $3, $4, 'active', $5, $6, $7, $8, $9, $10, $11) RETURNING changed_at",
                *(tenant_id, new.slug, new.name, role, new.time_zone, new.base_currency, new.language),
                *(new.stripe_account, _json(new.brand), _json(new.texts), script.revision),
            )
            await _set_hosts(owner, tenant_id, new.hosts)
            await tell(owner)
    except asyncpg.UniqueViolationError as error:
        raise TenantExists(_taken(error)) from error
    except (asyncpg.UndefinedObjectError, asyncpg.UndefinedTableError, asyncpg.InvalidSchemaNameError) as error:
        raise SetUpNeeded(f"{SetUpNeeded.__doc__} ({error})") from error
    return Tenant(
        id=tenant_id,
        role=role,
        state=TenantState.ACTIVE,
        host=new.hosts[0],
        version=changed_at.isoformat(),
        **{field: getattr(new, field) for field in NewTenant.__struct_fields__ if field != "hosts"},
    )


async def change_tenant(
    owner: asyncpg.Connection, slug: str, *, hosts: tuple[str, ...] | None = None, **values: Any
) -> None:
    """Change what is given of name, time zone, base currency, language, Stripe account, brand, texts and hosts."""
    known = set(NewTenant.__struct_fields__) - {"slug", "hosts"}
    if unknown := set(values) - known:
        raise TypeError(f"a tenant has no {', '.join(sorted(unknown))}")
    async with _changed(owner, slug) as row:
        documents = {field: msgspec.json.decode(row[field]) for field in ("brand", "texts")}
        present: dict[str, Any] = {field: row[field] for field in known} | documents
        merged = NewTenant(slug=slug, hosts=hosts or ("unchanged",), **(present | values))
        _check(merged)
        await owner.execute(
            "UPDATE portico.tenant SET name = $2, time_zone = $3, base_currency = $4, language = $5,"
            " stripe_account = $6, brand = $7, texts = $8 WHERE id = $1",
            *(row["id"], merged.name, merged.time_zone, merged.base_currency, merged.language),
            *(merged.stripe_account, _json(merged.brand), _json(merged.texts)),
        )
        if hosts is not None:
            await owner.execute("DELETE FROM portico.domain WHERE tenant_id = $1", row["id"])
            await _set_hosts(owner, row["id"], hosts)


async def suspend_tenant(owner: asyncpg.Connection, slug: str) -> None:
    """Its portal shows one page and its jobs rest; its data stays."""
    await set_state(owner, slug, TenantState.SUSPENDED)


async def resume_tenant(owner: asyncpg.Connection, slug: str) -> None:
    """Back to work."""
    await set_state(owner, slug, TenantState.ACTIVE)


async def tell(owner: Owner) -> None:
    """Every process reads its directory of tenants anew after the commit."""
    await owner.execute("SELECT pg_notify($1, '')", CHANNEL)


async def set_state(owner: asyncpg.Connection, slug: str, state: TenantState) -> asyncpg.Record:
    """Tell every process; the control row as it was before."""
    async with _changed(owner, slug) as row:
        if row["state"] == TenantState.DELETING and state != TenantState.DELETING:
            raise Conflict(f"{slug} is being deleted")
        await owner.execute("UPDATE portico.tenant SET state = $2 WHERE id = $1", row["id"], state.value)
    return row


@asynccontextmanager
async def _changed(owner: asyncpg.Connection, slug: str) -> AsyncIterator[asyncpg.Record]:
    """The tenant's control row, locked; marked as changed on leaving."""
    try:
        async with owner.transaction():
            row = await owner.fetchrow(
                "SELECT id, slug, name, role, state, time_zone, base_currency, language, stripe_account, brand,"
                " texts FROM portico.tenant WHERE slug = $1 FOR UPDATE",
                slug,
            )
            if row is None:
                raise NotFound(f"there is no tenant {slug}")
            yield row
            await owner.execute("UPDATE portico.tenant SET changed_at = clock_timestamp() WHERE id = $1", row["id"])
            await tell(owner)
    except asyncpg.UniqueViolationError as error:
        raise TenantExists(_taken(error)) from error


async def _set_hosts(owner: asyncpg.Connection, tenant_id: UUID, hosts: tuple[str, ...]) -> None:
    await owner.executemany(
        "INSERT INTO portico.domain (host, tenant_id, is_primary) VALUES ($1, $2, $3)",
        [(host, tenant_id, host == hosts[0]) for host in dict.fromkeys(hosts)],
    )


def _check(new: NewTenant) -> None:
    wrong: dict[str, str] = {}
    if not SLUG.fullmatch(new.slug):
        wrong["slug"] = "up to 40 small letters, digits and hyphens, a letter or digit at both ends"
    if not new.name.strip():
        wrong["name"] = "a name, as customers know it"
    if not new.hosts or not all(HOST.fullmatch(host) for host in new.hosts):
        wrong["hosts"] = "host names in small letters, without port, the primary one first"
    if new.time_zone not in available_timezones():
        wrong["time_zone"] = "an IANA name such as Europe/London"
    if not re.fullmatch(r"[A-Z]{3}", new.base_currency):
        wrong["base_currency"] = "an ISO code such as GBP"
    if not LANGUAGE.fullmatch(new.language):
        wrong["language"] = "a language tag such as en-GB"
    if wrong:
        raise Invalid("; ".join(f"{field}: {hint}" for field, hint in wrong.items()), wrong)


def _taken(error: asyncpg.UniqueViolationError) -> str:
    what = {
        "uq_tenant_slug": "slug",
        "uq_tenant_stripe_account": "Stripe account",
        "pk_domain": "host",
    }.get(error.constraint_name or "", "id")
    return f"another tenant has this {what}"


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()

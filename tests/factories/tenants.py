"""Tenants for tests. Roles belong to the server, so each gets an id of its own."""

import msgspec
from asyncpg import Connection

from portico_core.ids import new_id
from portico_core.settings import Settings
from portico_portal.schema import every_model, script_of_models
from portico_tenants.migrations import history
from portico_tenants.migrations.script import TenantScript
from portico_tenants.owner import app_login
from portico_tenants.provision import NewTenant, create_tenant
from portico_tenants.tenant import Tenant


async def make_tenant(owner: Connection, settings: Settings, **values: object) -> Tenant:
    """A committed tenant, whose tables are as the models are now; `values` are NewTenant's."""
    tenant_id = new_id()
    slug = f"t-{tenant_id.hex[-12:]}"
    new = NewTenant(slug=slug, name=f"Distributor {slug}", hosts=(f"{slug}.localhost",), stripe_account=f"acct_{slug}")
    return await create_tenant(
        owner,
        app_login(settings.database),
        msgspec.structs.replace(new, **values),
        tenant_id=tenant_id,
        script=script_of_models(),
    )


OBSTACLE = "nothing_newer"


async def make_tenant_behind(owner: Connection, settings: Settings) -> Tenant:
    """A tenant one revision behind, whose migration fails until `let_pass`."""
    steps = history.steps("tenant")
    script = TenantScript(steps[-2].revision, "".join(step.sql for step in steps[:-1]))
    slug = f"behind-{new_id().hex[-12:]}"
    new = NewTenant(slug=slug, name=f"Distributor {slug}", hosts=(f"{slug}.localhost",), stripe_account=f"acct_{slug}")
    tenant = await create_tenant(owner, app_login(settings.database), new, script=script)
    await owner.execute(
        f"ALTER TABLE {tenant.role}.alembic_version ADD CONSTRAINT {OBSTACLE}"
        f" CHECK (version_num <> '{steps[-1].revision}')"
    )
    return tenant


async def let_pass(owner: Connection, tenant: Tenant) -> None:
    """Clear away what its migration failed at."""
    await owner.execute(f"ALTER TABLE {tenant.role}.alembic_version DROP CONSTRAINT {OBSTACLE}")


async def clean_tenant(owner: Connection, tenant: Tenant) -> bool:
    """Empty all its tables. False where the tenant is no longer what it was made as."""
    row = await owner.fetchrow(
        "SELECT name, state, time_zone, base_currency, language, stripe_account, brand, changed_at"
        " FROM portico.tenant WHERE id = $1",
        tenant.id,
    )
    if row is None or row["changed_at"].isoformat() != tenant.version:
        return False
    tables = [table.name for table in every_model().tenant.sorted_tables]
    looks = ", ".join(f"CASE WHEN EXISTS (SELECT FROM {tenant.role}.{table}) THEN '{table}' END" for table in tables)
    used = await owner.fetchval(f"SELECT array_remove(ARRAY[{looks}], NULL)")
    if used:
        names = ", ".join(f"{tenant.role}.{table}" for table in used)
        await owner.execute(f"TRUNCATE {names} RESTART IDENTITY CASCADE")
    await owner.execute("DELETE FROM portico.due WHERE tenant_role = $1", tenant.role)
    return True

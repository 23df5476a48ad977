"""A tenant goes for good: its data, its schema, its role, its control rows."""

import asyncio

import asyncpg

from portico_core.errors import Unavailable
from portico_tenants.provision import set_state, tell
from portico_tenants.tenant import TenantState

BUSY_TRIES = 10


class StillBusy(Unavailable):
    """Sessions of the tenant did not end; try again."""


async def delete_tenant(owner: asyncpg.Connection, slug: str) -> bool:
    """Schema, role and control rows, for good. False where the role stays, being used in another database.

    First the tenant vanishes from every process and no transaction can become its role any more; then the schema is
    dropped as soon as those under way have ended. Interrupted, it can be run again. Raises StillBusy.
    """
    async with owner.transaction():
        row = await set_state(owner, slug, TenantState.DELETING)
        for (login,) in await owner.fetch(
            "SELECT quote_ident(member.rolname) FROM pg_auth_members m JOIN pg_roles granted ON granted.oid = m.roleid"
            " JOIN pg_roles member ON member.oid = m.member"
            " WHERE granted.rolname = $1 AND member.rolname <> current_user",
            row["role"],
        ):
            await owner.execute(f"REVOKE {row['role']} FROM {login}")
    await _drop_schema(owner, row["role"])
    kept = await _role_is_kept(owner, row["role"])
    async with owner.transaction():
        await owner.execute("DELETE FROM portico.due WHERE tenant_role = $1", row["role"])
        await owner.execute("DELETE FROM portico.tenant WHERE id = $1", row["id"])
        await tell(owner)
    return not kept


async def _drop_schema(owner: asyncpg.Connection, role: str) -> None:
    for left in reversed(range(BUSY_TRIES)):
        try:
            await owner.execute(f"DROP SCHEMA IF EXISTS {role} CASCADE")
            return
        except (asyncpg.LockNotAvailableError, asyncpg.DeadlockDetectedError) as error:
            if not left:
                raise StillBusy from error
            await asyncio.sleep(0.2)


async def _role_is_kept(owner: asyncpg.Connection, role: str) -> bool:
    try:
        async with owner.transaction():
            # Since PostgreSQL 16 the creator of a role may administer it without having its rights.
            await owner.execute(f"GRANT {role} TO CURRENT_USER; DROP OWNED BY {role}; DROP ROLE {role}")
    except asyncpg.UndefinedObjectError:
        return False
    except asyncpg.DependentObjectsStillExistError:
        return True
    return False

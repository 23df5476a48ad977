"""Who may do what in the database: the grants of a tenant's role and of the app login.

Role and schema of a tenant are `t_` and hex digits by construction, so they stand unquoted. A table that wants more
than a table says so in its `info["then"]`: SQL that the scripts and the migrations run right after creating it.
"""

from portico_core.db import CONTROL_SCHEMA
from portico_tenants.owner import quoted

FIRST_WITH_GRANT_OPTIONS = 16  # from there on a membership's INHERIT is a property of the grant, not of the role


def append_only(table: str) -> dict[str, tuple[str, ...]]:
    """The `info` of a table whose rows a tenant's role may add and read, never change or remove."""
    return {"then": (_in_own_schema(f"REVOKE UPDATE, DELETE ON {table} FROM %I"),)}


def read_only(table: str) -> dict[str, tuple[str, ...]]:
    """The `info` of a table that only the owner writes."""
    return {"then": (_in_own_schema(f"REVOKE INSERT, UPDATE, DELETE ON {table} FROM %I"),)}


def _in_own_schema(statement: str) -> str:
    # a tenant's role is named like its schema, and scripts and migrations run with that schema as search path
    return f"DO $$ BEGIN EXECUTE format('{statement}', current_schema()); END $$"


HINTS_AS_THEMSELVES = {
    "then": (
        # To everybody, since two thousand grantees do not fit into one row of pg_class; the policy names the role.
        f"GRANT INSERT ON {CONTROL_SCHEMA}.due TO PUBLIC",
        f"ALTER TABLE {CONTROL_SCHEMA}.due ENABLE ROW LEVEL SECURITY",
        f"CREATE POLICY as_themselves ON {CONTROL_SCHEMA}.due FOR INSERT WITH CHECK (tenant_role = current_user)",
        f"CREATE POLICY granted_readers ON {CONTROL_SCHEMA}.due FOR SELECT USING (true)",
        f"CREATE POLICY granted_workers ON {CONTROL_SCHEMA}.due FOR DELETE USING (true)",
    )
}

# How staff set what their portal shows: the tenant's role reads no list of tenants and changes no row of it, so this
# runs as the owner and decides itself. It takes the row from the role of the transaction, two columns by their name,
# and a document of bounded size; it answers with what stood there, or with nothing where it changed nothing.
PUBLISHES = {
    "then": (
        f"""CREATE FUNCTION {CONTROL_SCHEMA}.publish_own(what text, content jsonb) RETURNS jsonb
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT pg_notify('portico_tenants', '');
    WITH own AS (
        SELECT id, CASE what WHEN 'brand' THEN brand ELSE texts END AS before FROM {CONTROL_SCHEMA}.tenant
        WHERE role = current_setting('role') AND state = 'active' AND what IN ('brand', 'texts')
            AND jsonb_typeof(content) = 'object' AND length(content::text) <= 65536
        FOR UPDATE
    )
    UPDATE {CONTROL_SCHEMA}.tenant AS t SET
        brand = CASE what WHEN 'brand' THEN content ELSE t.brand END,
        texts = CASE what WHEN 'texts' THEN content ELSE t.texts END,
        changed_at = clock_timestamp()
    FROM own WHERE t.id = own.id RETURNING own.before
$$""",  # noqa: S608 - constants of ours
        f"GRANT EXECUTE ON FUNCTION {CONTROL_SCHEMA}.publish_own(text, jsonb) TO PUBLIC",
    )
}


def of_app(login: str) -> str:
    """What the app login may do in the control schema. May be run again at any time."""
    app = quoted(login)
    return f"""
        GRANT USAGE ON SCHEMA {CONTROL_SCHEMA} TO PUBLIC;
        GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {CONTROL_SCHEMA} TO {app};
        REVOKE INSERT, UPDATE, DELETE ON {CONTROL_SCHEMA}.tenant, {CONTROL_SCHEMA}.domain FROM {app};
        REVOKE INSERT, UPDATE ON {CONTROL_SCHEMA}.due FROM {app};
        REVOKE INSERT, UPDATE, DELETE ON {CONTROL_SCHEMA}.alembic_version FROM {app};
    """


def membership(role: str, login: str, server_major: int) -> str:
    """Lets the app login become the tenant's role, without holding its rights by itself."""
    options = " WITH INHERIT FALSE, SET TRUE" if server_major >= FIRST_WITH_GRANT_OPTIONS else ""
    return f"GRANT {role} TO {quoted(login)}{options};"


def of_tenant(role: str, login: str, server_major: int) -> str:
    """Role, schema and default privileges; to be run before the tables are made, in the transaction that does."""
    return f"""
        CREATE ROLE {role} NOLOGIN;
        {membership(role, login, server_major)}
        CREATE SCHEMA {role};
        GRANT USAGE ON SCHEMA {role} TO {role};
        ALTER DEFAULT PRIVILEGES IN SCHEMA {role} GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {role};
        ALTER DEFAULT PRIVILEGES IN SCHEMA {role} GRANT USAGE ON SEQUENCES TO {role};
        SET LOCAL search_path TO {role};
    """

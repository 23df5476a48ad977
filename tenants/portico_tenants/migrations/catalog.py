"""What a schema consists of, as comparable lines: columns, constraints, indexes, sequences, grants and policies.

Two schemas are alike if and only if their lines are; names of the schema and its role are left out of them. The order
of columns does not count: a migrated table has its newer columns last.
"""

import asyncpg

_LINES = """
WITH tables AS (
    SELECT oid, relname, relkind, relacl, relowner, relrowsecurity, relforcerowsecurity, relpersistence
    FROM pg_class WHERE relnamespace = to_regnamespace($1)
), roles AS (
    SELECT oid, CASE WHEN rolname = $1 THEN 'the tenant' WHEN rolname = current_user THEN 'the owner'
        ELSE rolname END AS name
    FROM pg_roles UNION ALL SELECT 0, 'everybody'
)
SELECT format('%s %s (kind %s, persistence %s, row security %s/%s, of %s)', 'relation', relname, relkind,
    relpersistence, relrowsecurity, relforcerowsecurity, roles.name)
FROM tables JOIN roles ON roles.oid = relowner
UNION ALL
SELECT format('column %s.%s %s%s%s%s%s', t.relname, a.attname, format_type(a.atttypid, a.atttypmod),
    CASE WHEN a.attnotnull THEN ' not null' END, ' default ' || pg_get_expr(d.adbin, d.adrelid),
    ' identity ' || nullif(a.attidentity::text, ''), ' generated ' || nullif(a.attgenerated::text, ''))
FROM tables t JOIN pg_attribute a ON a.attrelid = t.oid
LEFT JOIN pg_attrdef d ON (d.adrelid, d.adnum) = (t.oid, a.attnum)
WHERE t.relkind IN ('r', 'p', 'v', 'm') AND a.attnum > 0 AND NOT a.attisdropped
UNION ALL
SELECT format('constraint %s on %s: %s%s', c.conname, t.relname, pg_get_constraintdef(c.oid),
    CASE WHEN NOT c.convalidated THEN ' (not validated)' END)
FROM tables t JOIN pg_constraint c ON c.conrelid = t.oid
WHERE c.contype <> 'n'  -- NOT NULL is a constraint of its own since PostgreSQL 18; the column says it already
UNION ALL
SELECT format('index %s%s', pg_get_indexdef(i.indexrelid), CASE WHEN NOT i.indisvalid THEN ' (invalid)' END)
FROM tables t JOIN pg_index i ON i.indrelid = t.oid
UNION ALL
SELECT format('sequence %s from %s by %s', t.relname, s.seqstart, s.seqincrement)
FROM tables t JOIN pg_sequence s ON s.seqrelid = t.oid
UNION ALL
SELECT format('policy %s on %s for %s (%s) %s %s %s', p.polname, t.relname, p.polcmd, p.polpermissive,
    (SELECT string_agg(roles.name, ', ' ORDER BY roles.name) FROM roles WHERE roles.oid = ANY (p.polroles)),
    pg_get_expr(p.polqual, t.oid), pg_get_expr(p.polwithcheck, t.oid))
FROM tables t JOIN pg_policy p ON p.polrelid = t.oid
UNION ALL
SELECT format('trigger %s on %s: %s', g.tgname, t.relname, pg_get_triggerdef(g.oid))
FROM tables t JOIN pg_trigger g ON g.tgrelid = t.oid WHERE NOT g.tgisinternal
UNION ALL
SELECT format('function %s: %s', p.proname, md5(pg_get_functiondef(p.oid)))
FROM pg_proc p WHERE p.pronamespace = to_regnamespace($1) AND p.prokind = 'f'
UNION ALL
SELECT format('type %s (%s)', y.typname, y.typtype)
FROM pg_type y WHERE y.typnamespace = to_regnamespace($1) AND y.typtype IN ('e', 'd', 'r')
UNION ALL
SELECT format('%s may %s %s', roles.name, x.privilege_type, t.relname)
FROM tables t, aclexplode(coalesce(t.relacl, acldefault(CASE t.relkind WHEN 'S' THEN 's' ELSE 'r' END::"char",
    t.relowner))) x JOIN roles ON roles.oid = x.grantee
WHERE t.relkind IN ('r', 'p', 'v', 'm', 'S')
UNION ALL
SELECT format('%s may %s %s.%s', roles.name, x.privilege_type, t.relname, a.attname)
FROM tables t JOIN pg_attribute a ON a.attrelid = t.oid, aclexplode(a.attacl) x JOIN roles ON roles.oid = x.grantee
UNION ALL
SELECT format('%s may %s the schema', roles.name, x.privilege_type)
FROM pg_namespace n, aclexplode(n.nspacl) x JOIN roles ON roles.oid = x.grantee WHERE n.oid = to_regnamespace($1)
UNION ALL
SELECT format('%s may %s what will be made (%s)', roles.name, x.privilege_type, d.defaclobjtype)
FROM pg_default_acl d, aclexplode(d.defaclacl) x JOIN roles ON roles.oid = x.grantee
WHERE d.defaclnamespace = to_regnamespace($1)
"""


async def lines(connection: asyncpg.Connection, schema: str) -> frozenset[str]:
    """Everything in `schema`; empty where there is none."""
    rows = await connection.fetch(_LINES, schema)
    return frozenset(str(line).replace(f"{schema}.", "") for (line,) in rows)

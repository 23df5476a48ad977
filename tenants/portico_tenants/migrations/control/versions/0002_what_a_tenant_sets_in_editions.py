"""What a tenant sets, in editions."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "tenant",
        sa.Column("texts", postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False),
        schema="portico",
    )
    # Staff publish through this alone; `portico_tenants.rights` says why.
    op.execute(
        """
        CREATE FUNCTION portico.publish_own(what text, content jsonb) RETURNS jsonb
        LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
            SELECT pg_notify('portico_tenants', '');
            WITH own AS (
                SELECT id, CASE what WHEN 'brand' THEN brand ELSE texts END AS before FROM portico.tenant
                WHERE role = current_setting('role') AND state = 'active' AND what IN ('brand', 'texts')
                    AND jsonb_typeof(content) = 'object' AND length(content::text) <= 65536
                FOR UPDATE
            )
            UPDATE portico.tenant AS t SET
                brand = CASE what WHEN 'brand' THEN content ELSE t.brand END,
                texts = CASE what WHEN 'texts' THEN content ELSE t.texts END,
                changed_at = clock_timestamp()
            FROM own WHERE t.id = own.id RETURNING own.before
        $$
        """
    )
    op.execute("GRANT EXECUTE ON FUNCTION portico.publish_own(text, jsonb) TO PUBLIC")

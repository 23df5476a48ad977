"""First."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "due",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tenant_role", sa.Text(), server_default=sa.text("current_user"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_due")),
        schema="portico",
    )
    op.execute("GRANT INSERT ON portico.due TO PUBLIC")
    op.execute("ALTER TABLE portico.due ENABLE ROW LEVEL SECURITY")
    op.execute("CREATE POLICY as_themselves ON portico.due FOR INSERT WITH CHECK (tenant_role = current_user)")
    op.execute("CREATE POLICY granted_readers ON portico.due FOR SELECT USING (true)")
    op.execute("CREATE POLICY granted_workers ON portico.due FOR DELETE USING (true)")
    op.create_index(op.f("ix_due_due_at"), "due", ["due_at"], unique=False, schema="portico")
    op.create_table(
        "quarantined_event",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("source_account", sa.Text(), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quarantined_event")),
        sa.UniqueConstraint("source_account", "event_id", name=op.f("uq_quarantined_event_source_account_event_id")),
        schema="portico",
    )
    op.create_table(
        "tenant",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("time_zone", sa.Text(), nullable=False),
        sa.Column("base_currency", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("stripe_account", sa.Text(), nullable=True),
        sa.Column("brand", postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("schema_revision", sa.Text(), nullable=True),
        sa.Column("held_back", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("slug ~ '^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$'", name=op.f("ck_tenant_slug")),
        sa.CheckConstraint("state IN ('creating', 'active', 'suspended', 'deleting')", name=op.f("ck_tenant_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tenant")),
        sa.UniqueConstraint("role", name=op.f("uq_tenant_role")),
        sa.UniqueConstraint("slug", name=op.f("uq_tenant_slug")),
        sa.UniqueConstraint("stripe_account", name=op.f("uq_tenant_stripe_account")),
        schema="portico",
    )
    op.create_table(
        "domain",
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("is_primary", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["portico.tenant.id"], name=op.f("fk_domain_tenant_id_tenant"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("host", name=op.f("pk_domain")),
        schema="portico",
    )
    op.create_index(op.f("ix_domain_tenant_id"), "domain", ["tenant_id"], unique=False, schema="portico")
    op.create_table(
        "tenant_health",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("reported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("connection", sa.Text(), nullable=False),
        sa.Column("fresh_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("set_aside", sa.BigInteger(), nullable=False),
        sa.Column("postings_waiting", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["portico.tenant.id"], name=op.f("fk_tenant_health_tenant_id_tenant"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("tenant_id", name=op.f("pk_tenant_health")),
        schema="portico",
    )

"""Books compared, failing ERPs left alone, invoices read longest ago."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "comparison",
        sa.Column("side", sa.Text(), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("compared_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("payments", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("differences", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.CheckConstraint("side IN ('stripe', 'erp')", name=op.f("ck_comparison_side")),
        sa.PrimaryKeyConstraint("side", name=op.f("pk_comparison")),
    )
    op.create_table(
        "difference",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("payment_id", sa.Uuid(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("ours_minor", sa.BigInteger(), nullable=True),
        sa.Column("theirs_minor", sa.BigInteger(), nullable=True),
        sa.Column("theirs", sa.Text(), nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("gone_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["payment_id"], ["payment.id"], name=op.f("fk_difference_payment_id_payment")),
        sa.PrimaryKeyConstraint("kind", "subject", name=op.f("pk_difference")),
    )
    op.create_index(
        "ix_difference_live", "difference", ["payment_id"], unique=False, postgresql_where=sa.text("gone_at IS NULL")
    )
    op.add_column("connection", sa.Column("next_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("connection", sa.Column("failures", sa.BigInteger(), server_default=sa.text("0"), nullable=False))
    op.create_index(
        "ix_invoice_read", "invoice", ["read_at"], unique=False, postgresql_where=sa.text("state <> 'gone'")
    )

"""What a tenant sets, in editions."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "edition",
        sa.Column("number", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("content", postgresql.JSONB(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("what IN ('brand', 'texts')", name=op.f("ck_edition_what")),
        sa.ForeignKeyConstraint(
            ["made_by"], ["person.id"], name=op.f("fk_edition_made_by_person"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_edition")),
    )
    op.create_index(op.f("ix_edition_what_published_at"), "edition", ["what", "published_at"], unique=False)
    op.create_index(
        "uq_edition_draft", "edition", ["what"], unique=True, postgresql_where=sa.text("published_at IS NULL")
    )

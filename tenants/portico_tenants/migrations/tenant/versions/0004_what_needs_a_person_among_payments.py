"""What needs a person among payments."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_money_event_went_back",
        "money_event",
        ["payment_id"],
        unique=False,
        postgresql_where=sa.text("kind IN ('refunded', 'disputed')"),
    )
    op.create_index(
        "ix_payment_quarantined",
        "payment",
        ["number"],
        unique=False,
        postgresql_where=sa.text("state = 'quarantined' AND attended_at IS NULL"),
    )
    op.create_index(
        "ix_posting_refused", "posting", ["payment_id"], unique=False, postgresql_where=sa.text("state = 'refused'")
    )
    op.create_index(
        "ix_posting_unapplied", "posting", ["payment_id"], unique=False, postgresql_where=sa.text("unapplied_minor > 0")
    )

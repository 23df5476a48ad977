"""Claims and refusals of postings, payments out of reach, the currency of a difference's other side."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("difference", sa.Column("their_currency", sa.Text(), nullable=True))
    op.add_column("payment", sa.Column("out_of_reach_since", sa.DateTime(timezone=True), nullable=True))
    op.add_column("posting", sa.Column("refusals", sa.BigInteger(), server_default=sa.text("0"), nullable=False))
    op.add_column("posting", sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=True))

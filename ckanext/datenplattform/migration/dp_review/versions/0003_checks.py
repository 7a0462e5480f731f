"""What the automatic checks found, and what the data-protection officer refuted.

Revision ID: dpreview0003
Revises: dpreview0002
Create Date: 2026-11-23
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "dpreview0003"
down_revision = "dpreview0002"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "dp_review_check",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("package_id", sa.Text, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("content_hash", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("verdicts", JSONB, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("dp_review_check_content", "dp_review_check", ["package_id", "digest"], unique=True)
    op.create_table(
        "dp_review_refutation",
        sa.Column("package_id", sa.Text, primary_key=True),
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("event", sa.BigInteger, nullable=False),
    )


def downgrade():
    op.drop_table("dp_review_refutation")
    op.drop_table("dp_review_check")

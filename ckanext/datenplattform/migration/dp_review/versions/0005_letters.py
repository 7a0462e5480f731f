"""Mails of the review that are still to be sent.

Revision ID: dpreview0005
Revises: dpreview0004
Create Date: 2026-11-23
"""

import sqlalchemy as sa
from alembic import op

revision = "dpreview0005"
down_revision = "dpreview0004"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "dp_review_letter",
        sa.Column("id", sa.BigInteger, primary_key=True),
        sa.Column("user_id", sa.Text, nullable=False),
        sa.Column("package_id", sa.Text, nullable=False),
        sa.Column("case_id", sa.Text),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_dp_review_letter_user_id", "dp_review_letter", ["user_id"])
    op.create_index("dp_review_letter_once", "dp_review_letter", ["case_id", "user_id", "name"], unique=True)


def downgrade():
    op.drop_table("dp_review_letter")

"""Datasets that are published under a standing release of their source, and why others of it wait.

Revision ID: dpreview0006
Revises: dpreview0005
Create Date: 2026-11-23
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "dpreview0006"
down_revision = "dpreview0005"
branch_labels = None
depends_on = None


def upgrade():
    op.add_column("dp_review_case", sa.Column("under", sa.Text))
    op.create_index("dp_review_case_under", "dp_review_case", ["under"])
    op.create_table(
        "dp_review_outside",
        sa.Column("package_id", sa.Text, primary_key=True),
        sa.Column("source_id", sa.Text, nullable=False, index=True),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("why", JSONB, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    )


def downgrade():
    op.drop_table("dp_review_outside")
    op.drop_index("dp_review_case_under", "dp_review_case")
    op.drop_column("dp_review_case", "under")

"""What the search index does not know yet.

Revision ID: dpaccess0002
Revises: dpaccess0001
Create Date: 2026-11-23
"""

import sqlalchemy as sa
from alembic import op

revision = "dpaccess0002"
down_revision = "dpaccess0001"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "dp_index_behind",
        sa.Column("package_id", sa.Text, primary_key=True),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
    )


def downgrade():
    op.drop_table("dp_index_behind")

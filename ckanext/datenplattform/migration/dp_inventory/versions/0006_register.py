"""The public register.

Revision ID: dpinventory0006
Revises: dpinventory0005
Create Date: 2026-11-23
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "dpinventory0006"
down_revision = "dpinventory0005"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "dp_inventory_register",
        sa.Column("package_id", sa.Text, primary_key=True),
        sa.Column("entry", JSONB, nullable=False),
        sa.Column("decision_id", sa.Text, nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
    )


def downgrade():
    op.drop_table("dp_inventory_register")

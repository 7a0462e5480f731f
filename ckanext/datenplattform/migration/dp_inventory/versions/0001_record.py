"""The inventory record.

Revision ID: dpinventory0001
Revises:
Create Date: 2026-11-23
"""

import sqlalchemy as sa
from alembic import op

revision = "dpinventory0001"
down_revision = None
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)


def upgrade():
    op.create_table(
        "dp_inventory_record",
        sa.Column("package_id", sa.Text, primary_key=True),
        sa.Column("source", sa.Text),
        sa.Column("remote_id", sa.Text),
        sa.Column("responsible_function", sa.Text),
        sa.Column("responsible_email", sa.Text),
        sa.Column("source_system", sa.Text),
        sa.Column("source_class", sa.Text),
        sa.Column("personal_data", sa.Text),
        sa.Column("openness", sa.Text),
        sa.Column("openness_reason", sa.Text),
        sa.Column("confidentiality", sa.Text),
        sa.Column("created", TIME, nullable=False),
        sa.Column("modified", TIME, nullable=False),
        sa.Column("modified_by", sa.Text),
        sa.Column("vanished_at", TIME),
        sa.Column("archived_at", TIME),
    )
    op.create_index(
        "dp_inventory_record_remote", "dp_inventory_record", ["source", "remote_id"], unique=True
    )


def downgrade():
    op.drop_table("dp_inventory_record")

"""What the export keeps: the written form of each public dataset, of code-list entries, and since when it all stands.

Revision ID: dpdcat0001
Revises:
Create Date: 2026-11-23
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "dpdcat0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "dp_dcat_concept",
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("format", sa.Text, primary_key=True),
        sa.Column("text", sa.Text, nullable=False),
    )
    op.create_table(
        "dp_dcat_piece",
        sa.Column("package_id", sa.Text, primary_key=True),
        sa.Column("format", sa.Text, primary_key=True),
        sa.Column("stamp", sa.Text, nullable=False),
        sa.Column("node", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("concepts", ARRAY(sa.Text), nullable=False),
    )
    op.create_table(
        "dp_dcat_state",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
    )
    # read often and whole: packing would take longer than it saves
    op.execute("ALTER TABLE dp_dcat_piece ALTER COLUMN text SET STORAGE EXTERNAL")


def downgrade():
    for table in ("state", "piece", "concept"):
        op.drop_table(f"dp_dcat_{table}")

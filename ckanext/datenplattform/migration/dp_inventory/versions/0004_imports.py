"""Imports from spreadsheets.

Revision ID: dpinventory0004
Revises: dpinventory0003
Create Date: 2026-11-23
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "dpinventory0004"
down_revision = "dpinventory0003"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)


def upgrade():
    op.create_table(
        "dp_inventory_import",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("user_id", sa.Text, nullable=False, index=True),
        sa.Column("filename", sa.Text, nullable=False),
        sa.Column("sha256", sa.Text, nullable=False),
        sa.Column("language", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("created", TIME, nullable=False),
        sa.Column("alive", TIME, nullable=False),
        sa.Column("ended", TIME),
        sa.Column("done", sa.Integer, nullable=False, server_default="0"),
        sa.Column("total", sa.Integer, nullable=False, server_default="0"),
        sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
        sa.Column("units", JSONB),
        sa.Column("report", JSONB),
        sa.Column("written", JSONB),
        sa.Column("message", sa.Text),
    )
    op.create_table(
        "dp_inventory_import_file",
        sa.Column("import_id", sa.Text, primary_key=True),
        sa.Column("content", sa.LargeBinary, nullable=False),
    )


def downgrade():
    op.drop_table("dp_inventory_import_file")
    op.drop_table("dp_inventory_import")

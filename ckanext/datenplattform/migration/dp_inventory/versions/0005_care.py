"""Confirmation, requests, rounds.

Revision ID: dpinventory0005
Revises: dpinventory0004
Create Date: 2026-11-23
"""

import sqlalchemy as sa
from alembic import op

revision = "dpinventory0005"
down_revision = "dpinventory0004"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)


def upgrade():
    op.create_table(
        "dp_inventory_request",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("package_id", sa.Text, nullable=False),
        sa.Column("user_id", sa.Text, nullable=False),
        sa.Column("purpose", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("created", TIME, nullable=False),
        sa.Column("answered_at", TIME),
        sa.Column("answered_by", sa.Text),
        sa.Column("answer", sa.Text),
    )
    op.create_index("dp_inventory_request_package", "dp_inventory_request", ["package_id"])
    op.create_index("dp_inventory_request_user", "dp_inventory_request", ["user_id"])
    op.create_index(
        "dp_inventory_request_one_open", "dp_inventory_request", ["package_id", "user_id"], unique=True,
        postgresql_where=sa.text("state = 'open'"),
    )  # fmt: skip
    op.create_table(
        "dp_inventory_round",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("note", sa.Text),
        sa.Column("deadline", sa.Date, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("created", TIME, nullable=False),
        sa.Column("created_by", sa.Text),
    )
    op.create_table(
        "dp_inventory_round_unit",
        sa.Column("round_id", sa.Text, primary_key=True),
        sa.Column("unit_id", sa.Text, primary_key=True),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("note", sa.Text),
        sa.Column("reported_at", TIME),
        sa.Column("reported_by", sa.Text),
        sa.Column("signed_at", TIME),
        sa.Column("signed_by", sa.Text),
    )
    op.create_index("dp_inventory_round_unit_unit", "dp_inventory_round_unit", ["unit_id"])
    op.create_table(
        "dp_inventory_reminder",
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("kind", sa.Text, primary_key=True),
        sa.Column("unit_id", sa.Text, primary_key=True),
        sa.Column("recipient", sa.Text, primary_key=True),
        sa.Column("sent_at", TIME, nullable=False),
    )


def downgrade():
    for table in ("dp_inventory_reminder", "dp_inventory_round_unit", "dp_inventory_round", "dp_inventory_request"):
        op.drop_table(table)

"""A request for data names its last day.

Revision ID: dpinventory0008
Revises: dpinventory0007
Create Date: 2026-11-23
"""

import sqlalchemy as sa
from alembic import op

revision = "dpinventory0008"
down_revision = "dpinventory0007"
branch_labels = None
depends_on = None


def upgrade():
    op.add_column("dp_inventory_request", sa.Column("until", sa.Date))


def downgrade():
    op.drop_column("dp_inventory_request", "until")

"""Who uploaded a spreadsheet is told when its import has ended.

Revision ID: dpinventory0007
Revises: dpinventory0006
Create Date: 2026-11-23
"""

import sqlalchemy as sa
from alembic import op

revision = "dpinventory0007"
down_revision = "dpinventory0006"
branch_labels = None
depends_on = None


def upgrade():
    op.add_column("dp_inventory_import", sa.Column("mail", sa.Text))


def downgrade():
    op.drop_column("dp_inventory_import", "mail")

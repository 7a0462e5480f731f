"""The search of the inventory.

Revision ID: dpinventory0003
Revises: dpinventory0002
Create Date: 2026-11-23
"""

revision = "dpinventory0003"
down_revision = "dpinventory0002"
branch_labels = None
depends_on = None


def upgrade():
    pass


def downgrade():
    pass

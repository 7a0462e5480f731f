"""Imports from spreadsheets.

Revision ID: dpinventory0004
Revises: dpinventory0003
Create Date: 2026-11-23
"""

revision = "dpinventory0004"
down_revision = "dpinventory0003"
branch_labels = None
depends_on = None


def upgrade():
    pass


def downgrade():
    pass

"""Confirmation, requests, rounds.

Revision ID: dpinventory0005
Revises: dpinventory0004
Create Date: 2026-11-23
"""

revision = "dpinventory0005"
down_revision = "dpinventory0004"
branch_labels = None
depends_on = None


def upgrade():
    pass


def downgrade():
    pass

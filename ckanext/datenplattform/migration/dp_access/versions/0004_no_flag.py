"""The register keeps what was released; the flag beside it goes.

Revision ID: dpaccess0004
Revises: dpaccess0003
Create Date: 2026-11-23
"""

import sqlalchemy as sa
from alembic import op

revision = "dpaccess0004"
down_revision = "dpaccess0003"
branch_labels = None
depends_on = None


def upgrade():
    op.drop_column("dp_dataset_access", "entry_released")


def downgrade():
    op.add_column("dp_dataset_access", sa.Column("entry_released", sa.Boolean, nullable=False, server_default="false"))

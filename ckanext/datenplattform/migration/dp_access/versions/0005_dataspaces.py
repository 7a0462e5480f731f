"""A Datenraum says why, on which legal basis and under which conditions; its members have a role.

Revision ID: dpaccess0005
Revises: dpaccess0004
Create Date: 2026-11-23
"""

import sqlalchemy as sa
from alembic import op

revision = "dpaccess0005"
down_revision = "dpaccess0004"
branch_labels = None
depends_on = None

TEXTS = ("reason", "legal_basis", "conditions")


def upgrade():
    for name in TEXTS:
        op.add_column("dp_dataspace", sa.Column(name, sa.Text))
    # the dataset for whose granted requests it was made
    op.add_column("dp_dataspace", sa.Column("for_package", sa.Text, unique=True))
    op.add_column("dp_dataspace", sa.Column("ended", sa.DateTime(timezone=True)))
    op.add_column("dp_dataspace_member", sa.Column("role", sa.Text, nullable=False, server_default="read"))


def downgrade():
    op.drop_column("dp_dataspace_member", "role")
    for name in (*TEXTS, "for_package", "ended"):
        op.drop_column("dp_dataspace", name)

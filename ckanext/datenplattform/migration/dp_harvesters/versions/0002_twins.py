"""The same dataset from two sources: by which ids it is known, and which source has it.

Revision ID: 0002_dp_harvesters
Revises: 0001_dp_harvesters
"""

import sqlalchemy as sa
from alembic import op

revision = "0002_dp_harvesters"
down_revision = "0001_dp_harvesters"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # `ckan db create-from-model` may have made them from the model.
    present = sa.inspect(op.get_bind())
    if "covered_by" not in {column["name"] for column in present.get_columns("dp_harvest_record")}:
        op.add_column("dp_harvest_record", sa.Column("covered_by", sa.Text))
    if "dp_harvest_identity" not in present.get_table_names():
        op.create_table(
            "dp_harvest_identity",
            sa.Column("source_id", sa.Text, primary_key=True),
            sa.Column("remote_id", sa.Text, primary_key=True),
            sa.Column("identity", sa.Text, primary_key=True, index=True),
        )


def downgrade() -> None:
    op.drop_table("dp_harvest_identity")
    op.drop_column("dp_harvest_record", "covered_by")

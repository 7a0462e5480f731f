"""Of each stream: under which names its rows are written since when, and whether it is silent or gone.

Revision ID: 0003_dp_harvesters
Revises: 0002_dp_harvesters
"""

import sqlalchemy as sa
from alembic import op

revision = "0003_dp_harvesters"
down_revision = "0002_dp_harvesters"
branch_labels = None
depends_on = None

COLUMNS = (
    sa.Column("series", sa.Text),
    sa.Column("changed", sa.DateTime(timezone=True)),
    sa.Column("state", sa.Text, nullable=False, server_default=""),
)


def upgrade() -> None:
    # `ckan db create-from-model` may have made them from the model.
    present = {column["name"] for column in sa.inspect(op.get_bind()).get_columns("dp_harvest_stream")}
    for column in COLUMNS:
        if column.name not in present:
            op.add_column("dp_harvest_stream", column)


def downgrade() -> None:
    for column in COLUMNS:
        op.drop_column("dp_harvest_stream", column.name)

"""Memory of remote records and of how far each stream was read.

Revision ID: 0001_dp_harvesters
Revises:
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0001_dp_harvesters"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    # `ckan db create-from-model` may have made them from the model.
    present = sa.inspect(op.get_bind()).get_table_names()
    moment = sa.DateTime(timezone=True)
    if "dp_harvest_record" not in present:
        op.create_table(
            "dp_harvest_record",
            sa.Column("id", sa.Text, primary_key=True),
            sa.Column("source_id", sa.Text, nullable=False),
            sa.Column("remote_id", sa.Text, nullable=False),
            sa.Column("package_id", sa.Text, index=True),
            sa.Column("content_hash", sa.Text),
            sa.Column("first_seen", moment, nullable=False),
            sa.Column("last_seen", moment, nullable=False),
            sa.Column("last_changed", moment),
            sa.Column("last_object", sa.Text),
            sa.Column("missing_since", moment),
            sa.Column("vanished_at", moment),
            sa.Column("archived_at", moment),
            sa.Column("state", JSONB, nullable=False, server_default="{}"),
            sa.UniqueConstraint("source_id", "remote_id"),
        )
    if "dp_harvest_stream" not in present:
        op.create_table(
            "dp_harvest_stream",
            sa.Column("source_id", sa.Text, primary_key=True),
            sa.Column("remote_id", sa.Text, primary_key=True),
            sa.Column("stream", sa.Text, primary_key=True),
            sa.Column("watermark", moment),
            sa.Column("updated", moment, nullable=False),
        )


def downgrade() -> None:
    op.drop_table("dp_harvest_stream")
    op.drop_table("dp_harvest_record")

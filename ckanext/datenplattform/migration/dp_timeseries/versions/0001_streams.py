"""The register of streams: what each series of a table is.

Revision ID: dptimeseries0001
Revises:
Create Date: 2026-11-23
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "dptimeseries0001"
down_revision = None
branch_labels = None
depends_on = None


def _text(name):
    return sa.Column(name, sa.Text, nullable=False, server_default="")


def upgrade():
    op.create_table(
        "dp_series_stream",
        sa.Column("resource_id", sa.Text, primary_key=True),
        sa.Column("stream", sa.Text, primary_key=True),
        sa.Column("source_stream", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False, server_default="1"),
        _text("name"),
        _text("thing"),
        sa.Column("property", sa.Text),
        sa.Column("kind", sa.Text, nullable=False, server_default="number"),
        _text("unit"),
        sa.Column("factor", sa.Float, nullable=False, server_default="1"),
        sa.Column("shift", sa.Float, nullable=False, server_default="0"),
        _text("source_property"),
        _text("source_property_uri"),
        _text("source_unit"),
        _text("source_kind"),
        sa.Column("lon", sa.Float),
        sa.Column("lat", sa.Float),
        sa.Column("interval_seconds", sa.Integer),
        sa.Column("keep_days", sa.Integer),
        sa.Column("state", sa.Text, nullable=False, server_default="live"),
        sa.Column("state_since", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
        sa.Column("waiting", JSONB),
        sa.UniqueConstraint("resource_id", "source_stream", "version"),
    )
    op.create_index("ix_dp_series_stream_property", "dp_series_stream", ["property"])


def downgrade():
    op.drop_table("dp_series_stream")

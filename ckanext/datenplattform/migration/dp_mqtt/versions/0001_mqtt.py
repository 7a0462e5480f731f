"""MQTT sources: devices with their history, how the consumer is, what it could not use.

Revision ID: 0001_dp_mqtt
Revises:
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0001_dp_mqtt"
down_revision = None
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def _text(name: str, **more):
    return sa.Column(name, sa.Text, nullable=False, server_default="", **more)


def _count(name: str):
    return sa.Column(name, sa.BigInteger, nullable=False, server_default="0")


def upgrade() -> None:
    # `ckan db create-from-model` may have made them from the model.
    if "dp_mqtt_device" in sa.inspect(op.get_bind()).get_table_names():
        return
    op.create_table(
        "dp_mqtt_device",
        sa.Column("id", sa.Text, primary_key=True),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("source_id", "device", "field", "dataset", "stream")),
        *(_text(name) for name in ("name", "thing", "property", "unit")),
        sa.Column("factor", sa.Float, nullable=False, server_default="1"),
        sa.Column("lon", sa.Float),
        sa.Column("lat", sa.Float),
        sa.UniqueConstraint("source_id", "device", "field"),
    )
    op.create_table(
        "dp_mqtt_change",
        sa.Column("id", sa.BigInteger, primary_key=True),
        sa.Column("source_id", sa.Text, nullable=False, index=True),
        sa.Column("device", sa.Text, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        _text("user_id"),
        sa.Column("before", JSONB, nullable=False, server_default="[]"),
        sa.Column("after", JSONB, nullable=False, server_default="[]"),
    )
    op.create_table(
        "dp_mqtt_status",
        sa.Column("source_id", sa.Text, primary_key=True),
        *(sa.Column(name, MOMENT) for name in ("seen", "connected_since", "last_message", "error_at")),
        _text("error"),
        *(_count(name) for name in ("received", "written", "staged", "refused", "unknown")),
        sa.Column("topics", JSONB, nullable=False, server_default="[]"),
    )
    op.create_table(
        "dp_mqtt_unknown",
        sa.Column("source_id", sa.Text, primary_key=True),
        sa.Column("device", sa.Text, primary_key=True),
        _count("count"),
        sa.Column("first_seen", MOMENT, nullable=False),
        sa.Column("last_seen", MOMENT, nullable=False),
        sa.Column("samples", JSONB, nullable=False, server_default="{}"),
    )
    op.create_table(
        "dp_mqtt_problem",
        sa.Column("source_id", sa.Text, primary_key=True),
        sa.Column("reason", sa.Text, primary_key=True),
        sa.Column("topic", sa.Text, primary_key=True),
        _count("count"),
        sa.Column("last_seen", MOMENT, nullable=False),
        sa.Column("size", sa.Integer, nullable=False, server_default="0"),
        sa.Column("excerpt", sa.Text, nullable=False, server_default=""),
    )


def downgrade() -> None:
    for table in ("problem", "unknown", "status", "change", "device"):
        op.drop_table(f"dp_mqtt_{table}")

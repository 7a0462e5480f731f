"""Forecasts of free bays, and what they came to by day.

Revision ID: dptimeseries0003
Revises: dptimeseries0002
Create Date: 2026-11-23
"""

import sqlalchemy as sa
from alembic import op

revision = "dptimeseries0003"
down_revision = "dptimeseries0002"
branch_labels = None
depends_on = None


def _key(name, kind):
    return sa.Column(name, kind, primary_key=True)


def _number(name):
    return sa.Column(name, sa.Float, nullable=False)


def upgrade():
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "dp_forecast",
        _key("resource_id", sa.Text),
        _key("stream", sa.Text),
        sa.Column("horizon", sa.Integer, primary_key=True, autoincrement=False),
        _key("made", moment),
        sa.Column("target", moment, nullable=False),
        sa.Column("now", sa.Boolean, nullable=False),
        _number("profile"),
        _number("weight"),
        _number("probability"),
        sa.Column("outcome", sa.Boolean),
    )
    op.create_index("ix_dp_forecast_open", "dp_forecast", ["resource_id", "target"], postgresql_where=sa.text("outcome IS NULL"))
    op.create_index("ix_dp_forecast_made", "dp_forecast", ["resource_id", "made"])
    op.create_table(
        "dp_forecast_day",
        _key("resource_id", sa.Text),
        _key("stream", sa.Text),
        sa.Column("horizon", sa.Integer, primary_key=True, autoincrement=False),
        _key("day", sa.Date),
        sa.Column("count", sa.Integer, nullable=False),
        *map(_number, ("ours", "profile", "as_now", "pull", "spread")),
    )


def downgrade():
    op.drop_table("dp_forecast_day")
    op.drop_table("dp_forecast")

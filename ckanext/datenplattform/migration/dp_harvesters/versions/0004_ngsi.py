"""NGSI: subscriptions at brokers, entities that wait for a run, fetched contexts.

Revision ID: 0004_dp_harvesters
Revises: 0003_dp_harvesters
"""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0004_dp_harvesters"
down_revision = "0003_dp_harvesters"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def _texts(*names: str) -> list[Any]:
    return [sa.Column(name, sa.Text, nullable=False, server_default="") for name in names]


def _counts(*names: str) -> list[Any]:
    return [sa.Column(name, sa.BigInteger, nullable=False, server_default="0") for name in names]


def upgrade() -> None:
    # `ckan db create-from-model` may have made them from the model.
    present = sa.inspect(op.get_bind()).get_table_names()
    if "dp_ngsi_subscription" not in present:
        op.create_table(
            "dp_ngsi_subscription",
            sa.Column("source_id", sa.Text, primary_key=True),
            *_texts("broker_id", "nonce", "fingerprint"),
            sa.Column("since", MOMENT),
            sa.Column("expires", MOMENT),
            sa.Column("failing", sa.Boolean, nullable=False, server_default="false"),
            *_texts("error"),
            sa.Column("last_notification", MOMENT),
            *_counts("received", "written", "staged", "unusable"),
        )
    if "dp_ngsi_waiting" not in present:
        op.create_table(
            "dp_ngsi_waiting",
            sa.Column("source_id", sa.Text, primary_key=True),
            sa.Column("digest", sa.Text, primary_key=True),
            sa.Column("content", JSONB, nullable=False),
            sa.Column("received", MOMENT, nullable=False),
        )
    if "dp_ngsi_context" not in present:
        op.create_table(
            "dp_ngsi_context",
            sa.Column("url", sa.Text, primary_key=True),
            sa.Column("fetched", MOMENT, nullable=False),
            sa.Column("names", JSONB, nullable=False),
        )


def downgrade() -> None:
    for table in ("subscription", "waiting", "context"):
        op.drop_table(f"dp_ngsi_{table}")

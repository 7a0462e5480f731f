"""Alerts: rules, what they found, a log of each, and what is still to be sent.

Revision ID: dptimeseries0002
Revises: dptimeseries0001
Create Date: 2026-11-23
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "dptimeseries0002"
down_revision = "dptimeseries0001"
branch_labels = None
depends_on = None


def _text(name):
    return sa.Column(name, sa.Text, nullable=False, server_default="")


def _moment(name, required=False):
    default = {"server_default": sa.func.now()} if required else {}
    return sa.Column(name, sa.DateTime(timezone=True), nullable=not required, **default)


def _number(name):
    return sa.Column(name, sa.Integer, nullable=False, server_default="0")


def upgrade():
    op.create_table(
        "dp_alert_rule",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("package_id", sa.Text, nullable=False, index=True),
        sa.Column("resource_id", sa.Text, nullable=False, index=True),
        sa.Column("stream", sa.Text, nullable=False),
        _text("title"),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("threshold", sa.Float),
        sa.Column("margin", sa.Float, nullable=False, server_default="0"),
        _number("period"),
        _number("duration"),
        sa.Column("direction", sa.Text, nullable=False, server_default="both"),
        _text("quiet_from"),
        _text("quiet_to"),
        sa.Column("recipients", JSONB, nullable=False, server_default="[]"),
        sa.Column("mails_per_day", sa.Integer, nullable=False, server_default="3"),
        sa.Column("tell_end", sa.Boolean, nullable=False, server_default=sa.false()),
        _text("webhook"),
        _text("webhook_key"),
        _text("advice"),
        sa.Column("enabled", sa.Boolean, nullable=False, server_default=sa.true()),
        _text("created_by"),
        _moment("created", required=True),
        _moment("deleted"),
        sa.Column("phase", sa.Text, nullable=False, server_default="calm"),
        _moment("since"),
        _moment("seen"),
        sa.Column("last_row", sa.BigInteger, nullable=False, server_default="0"),
    )
    op.create_table(
        "dp_alert",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("rule_id", sa.Text, nullable=False, index=True),
        sa.Column("state", sa.Text, nullable=False, server_default="open"),
        _moment("since", required=True),
        _moment("opened", required=True),
        sa.Column("value", sa.Float),
        _moment("acknowledged"),
        _text("acknowledged_by"),
        _text("note"),
        _moment("closed"),
        _text("reason"),
    )
    # never two openings without a closing, whatever the code does
    op.create_index("dp_alert_one_open", "dp_alert", ["rule_id"], unique=True, postgresql_where=sa.text("state <> 'closed'"))
    op.create_table(
        "dp_alert_log",
        sa.Column("id", sa.BigInteger, primary_key=True),
        sa.Column("rule_id", sa.Text, nullable=False, index=True),
        sa.Column("alert_id", sa.Text),
        _moment("at", required=True),
        sa.Column("what", sa.Text, nullable=False),
        _text("person"),
        _text("note"),
    )
    op.create_table(
        "dp_alert_message",
        sa.Column("id", sa.BigInteger, primary_key=True),
        sa.Column("rule_id", sa.Text, nullable=False, index=True),
        sa.Column("alert_id", sa.Text, nullable=False),
        sa.Column("event", sa.Text, nullable=False),
        # a mail address; empty: the rule's webhook
        _text("address"),
        sa.Column("value", sa.Float),
        _moment("at", required=True),
        _moment("due", required=True),
        _number("attempts"),
        _moment("sent"),
        _moment("given_up"),
    )
    op.create_index("ix_dp_alert_message_due", "dp_alert_message", ["due"], postgresql_where=sa.text("sent IS NULL AND given_up IS NULL"))


def downgrade():
    for table in ("dp_alert_message", "dp_alert_log", "dp_alert", "dp_alert_rule"):
        op.drop_table(table)

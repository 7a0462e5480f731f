"""Cases, revisions, votes, events, editors.

Revision ID: dpreview0001
Revises:
Create Date: 2026-11-23
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "dpreview0001"
down_revision = None
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)


def upgrade():
    op.create_table(
        "dp_review_case",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("package_id", sa.Text, nullable=False, index=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("revision_id", sa.Text),
        sa.Column("content_hash", sa.Text, nullable=False),
        sa.Column("content", JSONB, nullable=False),
        sa.Column("files", JSONB, nullable=False),
        sa.Column("scope", JSONB),
        sa.Column("quorum", sa.Integer, nullable=False),
        sa.Column("comment", sa.Text),
        sa.Column("submitted_by", sa.Text, nullable=False),
        sa.Column("submitted_at", TIME, nullable=False),
        sa.Column("deadline", TIME, nullable=False),
        sa.Column("decided_at", TIME),
        sa.Column("reason", sa.Text),
    )
    op.create_index(
        "dp_review_case_one_open", "dp_review_case", ["package_id"], unique=True, postgresql_where=sa.text("state = 'in_review'")
    )
    op.create_table(
        "dp_review_revision",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("package_id", sa.Text, nullable=False, index=True),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("dataset", JSONB, nullable=False),
        sa.Column("content", JSONB, nullable=False),
        sa.Column("content_hash", sa.Text, nullable=False),
        sa.Column("files", JSONB, nullable=False),
        sa.Column("comment", sa.Text),
        sa.Column("created_by", sa.Text, nullable=False),
        sa.Column("created_at", TIME, nullable=False),
    )
    op.create_index(
        "dp_review_revision_one_pending", "dp_review_revision", ["package_id"], unique=True,
        postgresql_where=sa.text("state = 'pending'"),
    )
    op.create_table(
        "dp_review_vote",
        sa.Column("case_id", sa.Text, primary_key=True),
        sa.Column("user_id", sa.Text, primary_key=True),
        sa.Column("unit", sa.Text),
        sa.Column("vote", sa.Text, nullable=False),
        sa.Column("reason", sa.Text),
        sa.Column("at", TIME, nullable=False),
    )
    op.create_table(
        "dp_review_event",
        sa.Column("id", sa.BigInteger, primary_key=True, autoincrement=True),
        sa.Column("package_id", sa.Text, nullable=False, index=True),
        sa.Column("case_id", sa.Text, index=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("actor", sa.Text),
        sa.Column("at", TIME, nullable=False),
        sa.Column("text", sa.Text),
    )
    op.create_table(
        "dp_review_editor",
        sa.Column("package_id", sa.Text, primary_key=True),
        sa.Column("user_id", sa.Text, primary_key=True),
        sa.Column("at", TIME, nullable=False),
    )


def downgrade():
    for table in ("editor", "event", "vote", "revision", "case"):
        op.drop_table(f"dp_review_{table}")

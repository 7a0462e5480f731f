"""Milestones, the board's papers in versions that nobody changes, and citations.

Revision ID: dpreview0004
Revises: dpreview0003
Create Date: 2026-11-23
"""

import sqlalchemy as sa
from alembic import op

revision = "dpreview0004"
down_revision = "dpreview0003"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)
FUNCTION = """
CREATE FUNCTION dp_review_keep_versions() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'review: versions of papers are never changed or deleted'
        USING ERRCODE = 'insufficient_privilege';
END
$$;
"""
# also for a session that replays (session_replication_role)
TRIGGER = """
CREATE TRIGGER dp_review_keep_versions BEFORE UPDATE OR DELETE OR TRUNCATE ON dp_review_paper_version
FOR EACH STATEMENT EXECUTE FUNCTION dp_review_keep_versions();
ALTER TABLE dp_review_paper_version ENABLE ALWAYS TRIGGER dp_review_keep_versions;
"""


def upgrade():
    op.create_table(
        "dp_review_milestone",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("due", sa.Date, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("author", sa.Text, nullable=False),
        sa.Column("at", TIME, nullable=False),
    )
    op.create_table(
        "dp_review_paper",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, nullable=False, unique=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("created_at", TIME, nullable=False),
    )
    op.create_table(
        "dp_review_paper_version",
        sa.Column("paper_id", sa.Text, primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("valid_from", sa.Date, nullable=False),
        sa.Column("author", sa.Text, nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("hash", sa.Text, nullable=False),
    )
    op.create_table(
        "dp_review_citation",
        sa.Column("case_id", sa.Text, primary_key=True),
        sa.Column("paper_id", sa.Text, primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("event", sa.BigInteger, nullable=False),
    )
    op.create_index("dp_review_citation_paper", "dp_review_citation", ["paper_id"])
    op.execute(FUNCTION)
    op.execute(TRIGGER)


def downgrade():
    for table in ("citation", "paper_version", "paper", "milestone"):
        op.drop_table(f"dp_review_{table}")
    op.execute("DROP FUNCTION dp_review_keep_versions()")

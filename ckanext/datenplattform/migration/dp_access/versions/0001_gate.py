"""Publication, standing release, readers; and the trigger that is lock (c).

Revision ID: dpaccess0001
Revises:
Create Date: 2026-11-23
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "dpaccess0001"
down_revision = None
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)

# A BEFORE ROW trigger: it stops a write before Solr hears of it. A deferred constraint trigger would not.
TRIGGER = """
CREATE OR REPLACE FUNCTION dp_package_gate() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT 1 FROM dp_publication
        WHERE package_id = NEW.id AND since <= clock_timestamp() AND (until IS NULL OR until > clock_timestamp())
    ) THEN
        RAISE EXCEPTION 'datenplattform: dataset % has no decision to be public', NEW.id
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER dp_package_gate BEFORE INSERT OR UPDATE OF private, state ON package
FOR EACH ROW WHEN (NEW.private IS NOT TRUE AND NEW.state IS DISTINCT FROM 'deleted')
EXECUTE FUNCTION dp_package_gate();
"""


def upgrade():
    op.create_table(
        "dp_publication",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("package_id", sa.Text, nullable=False, index=True),
        sa.Column("content_hash", sa.Text, nullable=False),
        sa.Column("decision_id", sa.Text, nullable=False),
        sa.Column("since", TIME, nullable=False),
        sa.Column("until", TIME),
    )
    op.create_index(
        "dp_publication_one_open", "dp_publication", ["package_id"], unique=True, postgresql_where=sa.text("until IS NULL")
    )
    op.create_table(
        "dp_standing_release",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("package_id", sa.Text, nullable=False, index=True),
        sa.Column("scope", JSONB, nullable=False),
        sa.Column("decision_id", sa.Text, nullable=False),
        sa.Column("since", TIME, nullable=False),
        sa.Column("until", TIME),
    )
    op.create_table(
        "dp_dataset_access",
        sa.Column("package_id", sa.Text, primary_key=True),
        sa.Column("review_state", sa.Text),
        sa.Column("confidential", sa.Boolean, nullable=False, server_default="false"),
        sa.Column("entry_released", sa.Boolean, nullable=False, server_default="false"),
        sa.Column("locked_hash", sa.Text),
    )
    op.create_table(
        "dp_role",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("user_id", sa.Text, nullable=False, index=True),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("unit", sa.Text),
        sa.Column("since", TIME, nullable=False),
        sa.Column("until", TIME),
    )
    op.create_table(
        "dp_dataspace",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, nullable=False, unique=True),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("purpose", sa.Text, nullable=False),
        sa.Column("owner_org", sa.Text, nullable=False),
        sa.Column("created", TIME, nullable=False),
    )
    op.create_table(
        "dp_dataspace_member",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("dataspace_id", sa.Text, nullable=False, index=True),
        sa.Column("user_id", sa.Text, index=True),
        sa.Column("organization_id", sa.Text, index=True),
        sa.Column("since", TIME, nullable=False),
        sa.Column("until", TIME),
    )
    op.create_table(
        "dp_dataspace_dataset",
        sa.Column("dataspace_id", sa.Text, primary_key=True),
        sa.Column("package_id", sa.Text, primary_key=True, index=True),
    )
    op.execute(TRIGGER)


def downgrade():
    op.execute("DROP TRIGGER dp_package_gate ON package; DROP FUNCTION dp_package_gate()")
    for table in ("dataspace_dataset", "dataspace_member", "dataspace", "role", "dataset_access", "standing_release", "publication"):
        op.drop_table(f"dp_{table}")

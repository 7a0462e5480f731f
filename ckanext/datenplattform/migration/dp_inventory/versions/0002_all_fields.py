"""All fields of the record, and every change of them.

Revision ID: dpinventory0002
Revises: dpinventory0001
Create Date: 2026-11-23
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "dpinventory0002"
down_revision = "dpinventory0001"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)
TEXTS = (
    "deputy", "technical_contact", "provider", "storage_location", "access_form", "volume", "data_since",
    "quality_notes", "permanent_id", "legal_basis", "third_party_rights", "agreement", "integrity", "availability",
    "processing_record", "kritis", "business_secrets", "retention", "protected_interest", "uses", "musterdatensatz",
    "confirmed_by",
)  # fmt: skip
LISTS = ("derived_from", "part_of", "publication_duty", "personal_categories")
DATES = ("agreement_until", "openness_review_on", "due_on")
TABLE = "dp_inventory_record"


def upgrade():
    for names, kind in ((TEXTS, sa.Text), (LISTS, JSONB), (DATES, sa.Date)):
        for name in names:
            op.add_column(TABLE, sa.Column(name, kind))
    op.add_column(TABLE, sa.Column("confirmed_at", TIME))
    op.execute("UPDATE dp_inventory_record SET due_on = (created + interval '1 year')::date")
    op.create_index("ix_dp_inventory_record_due_on", TABLE, ["due_on"])
    op.create_table(
        "dp_inventory_change",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("package_id", sa.Text, nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("user_id", sa.Text),
        sa.Column("field", sa.Text, nullable=False),
        sa.Column("before", JSONB),
        sa.Column("after", JSONB),
    )
    op.create_index("dp_inventory_change_package", "dp_inventory_change", ["package_id", "at"])


def downgrade():
    op.drop_table("dp_inventory_change")
    op.drop_index("ix_dp_inventory_record_due_on", TABLE)
    for name in (*TEXTS, *LISTS, *DATES, "confirmed_at"):
        op.drop_column(TABLE, name)

"""Events are append-only and chained by hash; names and free text lie beside them. What a decision records.

Existing events are moved over in their order. How an event is hashed stands here as it was then; `events.py` has the
same, and a test compares them.

Revision ID: dpreview0002
Revises: dpreview0001
Create Date: 2026-11-23
"""

import hashlib
import json
import secrets

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "dpreview0002"
down_revision = "dpreview0001"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)
FUNCTION = """
CREATE FUNCTION dp_review_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'review: events are never changed or deleted'
        USING ERRCODE = 'insufficient_privilege';
END
$$;
"""
# also for a session that replays (session_replication_role)
TRIGGER = """
CREATE TRIGGER dp_review_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON dp_review_event
FOR EACH STATEMENT EXECUTE FUNCTION dp_review_append_only();
ALTER TABLE dp_review_event ENABLE ALWAYS TRIGGER dp_review_append_only;
"""
OPEN = "('submitted', 'checks', 'in_review', 'approved')"


def upgrade():
    op.rename_table("dp_review_event", "dp_review_event_before")
    for index in ("package_id", "case_id"):
        op.execute(f"ALTER INDEX ix_dp_review_event_{index} RENAME TO ix_dp_review_event_before_{index}")
    op.execute("ALTER TABLE dp_review_event_before RENAME CONSTRAINT dp_review_event_pkey TO dp_review_event_before_pkey")
    op.create_table(
        "dp_review_event",
        sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("package_id", sa.Text, nullable=False, index=True),
        sa.Column("case_id", sa.Text, index=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("actor", sa.Text, index=True),
        sa.Column("facts", JSONB, nullable=False),
        sa.Column("previous", sa.Text, nullable=False),
        sa.Column("hash", sa.Text, nullable=False, unique=True),
    )
    op.create_table(
        "dp_review_actor",
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("user_id", sa.Text, unique=True),
    )
    op.create_table(
        "dp_review_note",
        sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("text", sa.Text, nullable=False),
    )
    _decisions()
    _move(op.get_bind())
    op.drop_table("dp_review_event_before")
    op.execute(FUNCTION)
    op.execute(TRIGGER)


def _decisions():
    """What else a case and a vote record; who has recused."""
    for column in (
        sa.Column("rules", JSONB, nullable=False, server_default="{}"),
        sa.Column("rules_hash", sa.Text),
        sa.Column("track", sa.Text, nullable=False, server_default="normal"),
        sa.Column("duty", JSONB, nullable=False, server_default="[]"),
        sa.Column("dashboard", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("publish_at", TIME),
        sa.Column("checks", JSONB),
        sa.Column("interests", JSONB),
        sa.Column("mend_until", sa.Date),
    ):
        op.add_column("dp_review_case", column)
    op.add_column("dp_review_vote", sa.Column("interest", sa.Text))
    op.add_column("dp_review_vote", sa.Column("mend_until", sa.Date))
    op.add_column("dp_review_vote", sa.Column("event", sa.BigInteger))
    op.create_table(
        "dp_review_recusal",
        sa.Column("case_id", sa.Text, primary_key=True),
        sa.Column("user_id", sa.Text, primary_key=True),
        sa.Column("at", TIME, nullable=False),
    )
    op.drop_index("dp_review_case_one_open", "dp_review_case")
    op.create_index(
        "dp_review_case_one_open", "dp_review_case", ["package_id"], unique=True,
        postgresql_where=sa.text(f"state IN {OPEN}"),
    )


def _json(value):
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def _move(connection):
    actors = {}
    previous = ""
    rows = connection.execute(
        sa.text(
            "SELECT e.package_id, e.case_id, e.kind, e.actor, e.at AT TIME ZONE 'UTC' AS at, e.text, c.content_hash, c.content, c.scope"
            " FROM dp_review_event_before e LEFT JOIN dp_review_case c ON c.id = e.case_id ORDER BY e.id"
        )
    ).mappings().all()
    for number, row in enumerate(rows, 1):
        if row["actor"] and row["actor"] not in actors:
            actors[row["actor"]] = "person-" + secrets.token_hex(6)
            connection.execute(
                sa.text("INSERT INTO dp_review_actor (key, user_id) VALUES (:key, :user)"),
                {"key": actors[row["actor"]], "user": row["actor"]},
            )
        body = {
            "number": number,
            "at": row["at"].strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
            "package_id": row["package_id"],
            "case_id": row["case_id"],
            "kind": row["kind"],
            "actor": actors.get(row["actor"]),
            "facts": _facts(row),
        }
        digest = hashlib.sha256((previous + _json(body)).encode()).hexdigest()
        connection.execute(
            sa.text(
                "INSERT INTO dp_review_event (number, at, package_id, case_id, kind, actor, facts, previous, hash) VALUES"
                " (:number, CAST(:at AS timestamptz), :package_id, :case_id, :kind, :actor, CAST(:facts AS jsonb), :previous, :hash)"
            ),
            {**body, "facts": _json(body["facts"]), "previous": previous, "hash": digest},
        )
        if row["text"] and row["kind"] != "voted":
            connection.execute(
                sa.text("INSERT INTO dp_review_note (number, text) VALUES (:number, :text)"),
                {"number": number, "text": row["text"]},
            )
        previous = digest


def _facts(row):
    facts = {"moved": True}
    if row["kind"] == "voted":
        facts["vote"] = row["text"]
    if row["content_hash"] and row["kind"] in ("submitted", "published", "entry_published"):
        facts["content_hash"] = row["content_hash"]
    if row["kind"] == "entry_published":
        facts["entry_hash"] = _digest(row["content"]["entry"])
    if row["kind"] == "published" and row["scope"]:
        facts["scope_hash"] = _digest({key: value for key, value in row["scope"].items() if key != "until"})
    return facts


def _digest(value):
    return hashlib.sha256(_json(value).encode()).hexdigest()


def downgrade():
    op.execute("DROP TRIGGER dp_review_append_only ON dp_review_event")
    op.execute("DROP FUNCTION dp_review_append_only()")
    op.rename_table("dp_review_event", "dp_review_chain")
    for index in ("package_id", "case_id"):
        op.execute(f"ALTER INDEX ix_dp_review_event_{index} RENAME TO ix_dp_review_chain_{index}")
    op.execute("ALTER TABLE dp_review_chain RENAME CONSTRAINT dp_review_event_pkey TO dp_review_chain_pkey")
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
    op.execute(
        "INSERT INTO dp_review_event (package_id, case_id, kind, actor, at, text)"
        " SELECT e.package_id, e.case_id, e.kind, a.user_id, e.at, coalesce(e.facts ->> 'vote', n.text, '')"
        " FROM dp_review_chain e LEFT JOIN dp_review_actor a ON a.key = e.actor"
        " LEFT JOIN dp_review_note n ON n.number = e.number ORDER BY e.number"
    )
    for table in ("chain", "actor", "note", "recusal"):
        op.drop_table(f"dp_review_{table}")
    # there is one open state only before this migration; others go back to the unit
    op.execute("UPDATE dp_review_case SET state = 'withdrawn' WHERE state IN ('submitted', 'checks', 'approved', 'expired')")
    op.drop_index("dp_review_case_one_open", "dp_review_case")
    op.create_index(
        "dp_review_case_one_open", "dp_review_case", ["package_id"], unique=True, postgresql_where=sa.text("state = 'in_review'")
    )
    for column in ("rules", "rules_hash", "track", "duty", "dashboard", "publish_at", "checks", "interests", "mend_until"):
        op.drop_column("dp_review_case", column)
    for column in ("interest", "mend_until", "event"):
        op.drop_column("dp_review_vote", column)

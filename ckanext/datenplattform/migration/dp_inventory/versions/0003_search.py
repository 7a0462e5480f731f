"""The search of the inventory: German words, kept fresh by the database itself; and saved searches.

What may become public is in `dp_inventory_search`, what may not in a column of the record: a reader of the entry alone
is only ever matched with the first. The internal columns are those of `record.FIELDS` when this was written; a test
compares them.

Revision ID: dpinventory0003
Revises: dpinventory0002
Create Date: 2026-11-23
"""

import sqlalchemy as sa
from alembic import op
from alembic.util import CommandError
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TSVECTOR

revision = "dpinventory0003"
down_revision = "dpinventory0002"
branch_labels = None
depends_on = None

REFUSED = """
Die Suche im Inventar braucht die PostgreSQL-Erweiterungen „unaccent“ und „pg_trgm“; die Rolle von CKAN darf sie nicht einrichten.
Es wurde nichts geändert. Bitte einmal als Datenbank-Administrator in der Datenbank von CKAN ausführen und „ckan db upgrade“ wiederholen:

    CREATE EXTENSION IF NOT EXISTS unaccent;
    CREATE EXTENSION IF NOT EXISTS pg_trgm;

Kennt PostgreSQL die Erweiterungen nicht, fehlt auf dem Datenbankserver das Paket postgresql-contrib.
Meldung von PostgreSQL: """

INTERNAL = (
    "responsible_function", "responsible_email", "deputy", "technical_contact", "provider", "source_system",
    "storage_location", "volume", "data_since", "quality_notes", "permanent_id", "legal_basis", "third_party_rights",
    "agreement", "processing_record", "retention", "openness_reason", "uses", "musterdatensatz",
)  # fmt: skip

WORDS = """
CREATE TEXT SEARCH CONFIGURATION dp_german (COPY = german);
ALTER TEXT SEARCH CONFIGURATION dp_german ALTER MAPPING FOR hword, hword_part, word WITH unaccent, german_stem;
CREATE FUNCTION dp_inventory_plain(given text) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT trim(regexp_replace(lower(unaccent(left(given, 50000))), '[^[:alnum:]]+', ' ', 'g'))
$$;
CREATE FUNCTION dp_inventory_words(given text, weight "char") RETURNS tsvector LANGUAGE sql STABLE AS $$
    SELECT setweight(to_tsvector('dp_german', coalesce(dp_inventory_plain(given), '')), weight)
$$;
CREATE FUNCTION dp_inventory_codes(given text) RETURNS text[] LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    IF given IS NULL OR given = '' THEN RETURN '{}'; END IF;
    RETURN ARRAY(SELECT DISTINCT regexp_replace(code, '^.*[/#]', '') FROM jsonb_array_elements_text(given::jsonb) AS code
                 WHERE code <> '' ORDER BY 1);
EXCEPTION WHEN others THEN
    RETURN '{}';  -- not a list: whoever wrote it, a dataset must not fail for its search
END
$$;
"""

ENTRY = """
CREATE FUNCTION dp_inventory_refresh(dataset text) RETURNS void LANGUAGE sql AS $$
    INSERT INTO dp_inventory_search (package_id, entry, title_key, formats, themes)
    SELECT p.id,
        dp_inventory_words(p.title, 'A')
            || dp_inventory_words((SELECT string_agg(t.name, ' ') FROM package_tag pt JOIN tag t ON t.id = pt.tag_id
                                   WHERE pt.package_id = p.id AND pt.state = 'active'), 'B')
            || dp_inventory_words((SELECT g.title FROM "group" g WHERE g.id = p.owner_org), 'C')
            || dp_inventory_words(p.notes, 'D'),
        coalesce(dp_inventory_plain(coalesce(nullif(p.title, ''), p.name)), ''),
        ARRAY(SELECT DISTINCT upper(regexp_replace(trim(r.format), '^.*[/#]', '')) FROM resource r
              WHERE r.package_id = p.id AND r.state = 'active' AND trim(r.format) <> '' ORDER BY 1),
        dp_inventory_codes(p.extras ->> 'theme')
    FROM package p WHERE p.id = dataset AND coalesce(p.type, 'dataset') = 'dataset'
    ON CONFLICT (package_id) DO UPDATE SET entry = excluded.entry, title_key = excluded.title_key,
        formats = excluded.formats, themes = excluded.themes
$$;
CREATE FUNCTION dp_inventory_follow_package() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM dp_inventory_refresh(NEW.id);
    RETURN NULL;
END
$$;
CREATE FUNCTION dp_inventory_forget_package() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM dp_inventory_search WHERE package_id = OLD.id;
    RETURN NULL;
END
$$;
CREATE FUNCTION dp_inventory_follow_part() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN PERFORM dp_inventory_refresh(OLD.package_id); END IF;
    IF TG_OP <> 'DELETE' THEN PERFORM dp_inventory_refresh(NEW.package_id); END IF;
    RETURN NULL;
END
$$;
CREATE FUNCTION dp_inventory_follow_unit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM dp_inventory_refresh(id) FROM package WHERE owner_org = NEW.id;
    RETURN NULL;
END
$$;
CREATE FUNCTION dp_inventory_follow_tag() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM dp_inventory_refresh(package_id) FROM package_tag WHERE tag_id = NEW.id;
    RETURN NULL;
END
$$;
CREATE TRIGGER dp_inventory_package_new AFTER INSERT ON package
FOR EACH ROW EXECUTE FUNCTION dp_inventory_follow_package();
CREATE TRIGGER dp_inventory_package_changed AFTER UPDATE ON package
FOR EACH ROW WHEN ((OLD.title, OLD.name, OLD.notes, OLD.owner_org, OLD.type, OLD.extras ->> 'theme')
    IS DISTINCT FROM (NEW.title, NEW.name, NEW.notes, NEW.owner_org, NEW.type, NEW.extras ->> 'theme'))
EXECUTE FUNCTION dp_inventory_follow_package();
CREATE TRIGGER dp_inventory_package_gone AFTER DELETE ON package
FOR EACH ROW EXECUTE FUNCTION dp_inventory_forget_package();
CREATE TRIGGER dp_inventory_resource AFTER INSERT OR DELETE ON resource
FOR EACH ROW EXECUTE FUNCTION dp_inventory_follow_part();
CREATE TRIGGER dp_inventory_resource_changed AFTER UPDATE ON resource
FOR EACH ROW WHEN ((OLD.format, OLD.state, OLD.package_id) IS DISTINCT FROM (NEW.format, NEW.state, NEW.package_id))
EXECUTE FUNCTION dp_inventory_follow_part();
CREATE TRIGGER dp_inventory_package_tag AFTER INSERT OR UPDATE OR DELETE ON package_tag
FOR EACH ROW EXECUTE FUNCTION dp_inventory_follow_part();
CREATE TRIGGER dp_inventory_tag AFTER UPDATE ON tag
FOR EACH ROW WHEN (OLD.name IS DISTINCT FROM NEW.name) EXECUTE FUNCTION dp_inventory_follow_tag();
CREATE TRIGGER dp_inventory_unit AFTER UPDATE ON "group"
FOR EACH ROW WHEN (OLD.title IS DISTINCT FROM NEW.title) EXECUTE FUNCTION dp_inventory_follow_unit();
"""

RECORD = f"""
CREATE FUNCTION dp_inventory_record_words() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.search := dp_inventory_words(concat_ws(' ', {", ".join(f"NEW.{name}" for name in INTERNAL)}), 'D');
    RETURN NEW;
END
$$;
CREATE TRIGGER dp_inventory_record_words BEFORE INSERT OR UPDATE ON dp_inventory_record
FOR EACH ROW EXECUTE FUNCTION dp_inventory_record_words();
"""

FILL = """
SELECT count(dp_inventory_refresh(id)) FROM package;
UPDATE dp_inventory_record SET package_id = package_id;
"""

TRIGGERS = {
    "package": ("package_new", "package_changed", "package_gone"),
    "resource": ("resource", "resource_changed"),
    "package_tag": ("package_tag",),
    "tag": ("tag",),
    '"group"': ("unit",),
    "dp_inventory_record": ("record_words",),
}
FUNCTIONS = (
    "record_words()", "follow_tag()", "follow_unit()", "follow_part()", "forget_package()", "follow_package()",
    "refresh(text)", "codes(text)", 'words(text, "char")', "plain(text)",
)  # fmt: skip


def upgrade():
    try:
        op.execute("CREATE EXTENSION IF NOT EXISTS unaccent")
        op.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    except sa.exc.DBAPIError as problem:
        raise CommandError(f"{REFUSED}{problem.orig}") from problem
    op.create_table(
        "dp_inventory_search",
        sa.Column("package_id", sa.Text, primary_key=True),
        sa.Column("entry", TSVECTOR, nullable=False),
        sa.Column("title_key", sa.Text, nullable=False),
        sa.Column("formats", ARRAY(sa.Text), nullable=False),
        sa.Column("themes", ARRAY(sa.Text), nullable=False),
    )
    op.create_table(
        "dp_inventory_filter",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("user_id", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("query", JSONB, nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.UniqueConstraint("user_id", "name", name="dp_inventory_filter_own_name"),
    )
    op.add_column("dp_inventory_record", sa.Column("search", TSVECTOR))
    for sql in (WORDS, ENTRY, RECORD, FILL):
        op.execute(sql)
    op.create_index("dp_inventory_search_entry", "dp_inventory_search", ["entry"], postgresql_using="gin")
    op.create_index(
        "dp_inventory_search_title", "dp_inventory_search", ["title_key"],
        postgresql_using="gin", postgresql_ops={"title_key": "gin_trgm_ops"},
    )  # fmt: skip
    op.create_index("dp_inventory_record_search", "dp_inventory_record", ["search"], postgresql_using="gin")


def downgrade():
    for table, names in TRIGGERS.items():
        for name in names:
            op.execute(f"DROP TRIGGER dp_inventory_{name} ON {table}")
    for signature in FUNCTIONS:
        op.execute(f"DROP FUNCTION dp_inventory_{signature}")
    op.drop_column("dp_inventory_record", "search")
    op.drop_table("dp_inventory_filter")
    op.drop_table("dp_inventory_search")
    # the extensions stay: others may use them
    op.execute("DROP TEXT SEARCH CONFIGURATION dp_german")

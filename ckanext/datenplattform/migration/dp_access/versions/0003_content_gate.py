"""Lock (c) for content too: SQL changes nothing that is published, unless a decision is being carried out.

The material columns are those of room access (`content.py`) when this was written; a test compares them.

Revision ID: dpaccess0003
Revises: dpaccess0002
Create Date: 2026-11-23
"""

from alembic import op

revision = "dpaccess0003"
down_revision = "dpaccess0002"
branch_labels = None
depends_on = None

# what is taken away is let pass: nothing undecided becomes public by it
FUNCTIONS = """
CREATE FUNCTION dp_fixed(dataset text) RETURNS boolean LANGUAGE sql AS $$
    SELECT EXISTS (
        SELECT 1 FROM dp_publication
        WHERE package_id = dataset AND since <= clock_timestamp() AND (until IS NULL OR until > clock_timestamp())
    ) AND dataset <> ALL (string_to_array(coalesce(current_setting('datenplattform.releasing', true), ''), ','))
$$;
CREATE FUNCTION dp_clean(given jsonb, immaterial text[]) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
    SELECT coalesce(jsonb_object_agg(key, value), '{}') FROM jsonb_each(
        CASE WHEN jsonb_typeof(given) = 'object' THEN given - immaterial ELSE '{}' END
    ) WHERE value NOT IN ('null', '""', '[]', '{}')
$$;
CREATE FUNCTION dp_package_content(given jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
    SELECT dp_clean(given, ARRAY['metadata_created', 'metadata_modified', 'private', 'state',
            'creator_user_id', 'plugin_data', 'extras'])
        || jsonb_build_object('extras', dp_clean(given -> 'extras', ARRAY['modified']))
$$;
CREATE FUNCTION dp_resource_content(given jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
    SELECT dp_clean(given, ARRAY['metadata_modified', 'last_modified', 'created', 'position', 'size',
            'cache_url', 'cache_last_updated', 'extras'])
        || jsonb_build_object('extras', dp_clean(nullif(given ->> 'extras', '')::jsonb,
            ARRAY['datastore_active', 'modified', 'datastore_contains_all_records_of_source_file']))
$$;
CREATE FUNCTION dp_refuse_content(dataset text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'datenplattform: the content of dataset % was not decided', dataset
        USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE FUNCTION dp_package_content_gate() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT dp_fixed(NEW.id) THEN RETURN NEW; END IF;
    IF TG_OP = 'UPDATE' THEN
        IF dp_package_content(to_jsonb(OLD)) = dp_package_content(to_jsonb(NEW)) THEN RETURN NEW; END IF;
    END IF;
    PERFORM dp_refuse_content(NEW.id);
    RETURN NEW;
END
$$;
CREATE FUNCTION dp_resource_content_gate() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT dp_fixed(NEW.package_id) THEN RETURN NEW; END IF;
    IF TG_OP = 'UPDATE' THEN
        IF dp_resource_content(to_jsonb(OLD)) = dp_resource_content(to_jsonb(NEW)) THEN RETURN NEW; END IF;
    END IF;
    PERFORM dp_refuse_content(NEW.package_id);
    RETURN NEW;
END
$$;
CREATE FUNCTION dp_package_tag_content_gate() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF dp_fixed(NEW.package_id) THEN PERFORM dp_refuse_content(NEW.package_id); END IF;
    RETURN NEW;
END
$$;
CREATE FUNCTION dp_tag_content_gate() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    dataset text;
BEGIN
    SELECT package_id INTO dataset FROM package_tag
        WHERE tag_id = NEW.id AND state = 'active' AND dp_fixed(package_id) LIMIT 1;
    IF FOUND THEN PERFORM dp_refuse_content(dataset); END IF;
    RETURN NEW;
END
$$;
"""

# what is private is not compared: harvests pay a look into an index for each file
TRIGGERS = """
CREATE TRIGGER dp_package_content_gate BEFORE INSERT OR UPDATE ON package
FOR EACH ROW WHEN (NEW.private IS NOT TRUE AND NEW.state IS DISTINCT FROM 'deleted')
EXECUTE FUNCTION dp_package_content_gate();
CREATE TRIGGER dp_resource_content_gate BEFORE INSERT OR UPDATE ON resource
FOR EACH ROW WHEN (NEW.state IS NOT DISTINCT FROM 'active')
EXECUTE FUNCTION dp_resource_content_gate();
CREATE TRIGGER dp_package_tag_content_gate BEFORE INSERT OR UPDATE ON package_tag
FOR EACH ROW WHEN (NEW.state IS NOT DISTINCT FROM 'active')
EXECUTE FUNCTION dp_package_tag_content_gate();
CREATE TRIGGER dp_tag_content_gate BEFORE UPDATE OF id, name ON tag
FOR EACH ROW WHEN (OLD.name IS DISTINCT FROM NEW.name)
EXECUTE FUNCTION dp_tag_content_gate();
"""


def upgrade():
    op.execute(FUNCTIONS)
    op.execute(TRIGGERS)


def downgrade():
    for table in ("package", "resource", "package_tag", "tag"):
        op.execute(f"DROP TRIGGER dp_{table}_content_gate ON {table}")
        op.execute(f"DROP FUNCTION dp_{table}_content_gate()")
    for signature in (
        "dp_package_content(jsonb)", "dp_resource_content(jsonb)",
        "dp_refuse_content(text)", "dp_clean(jsonb, text[])", "dp_fixed(text)",
    ):  # fmt: skip
        op.execute(f"DROP FUNCTION {signature}")

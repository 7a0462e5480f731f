"""Lock (c) for content: raw SQL and bulk updates change nothing that is published, and only that.

The trigger judges rows, the board's hash the whole dataset: both must have the same idea of what is material.
"""

from __future__ import annotations

import re
from typing import Any

import ckan.model as model
import pytest
import sqlalchemy as sa

from ckanext.datenplattform.access import content, gate
from ckanext.datenplattform.access import shared as access
from tests import factories as f

pytestmark = pytest.mark.usefixtures("platform")


def sql(statement, **values):
    return model.Session.execute(sa.text(statement), values)


@pytest.fixture
def live(tmp_path):
    """(package id, resource id, tag id) of a published dataset with a file and a tag."""
    dataset = f.published_dataset(f.unit("amt"), tmp_path, tags=[{"name": "Baum"}])
    tag = sql("SELECT tag_id FROM package_tag WHERE package_id = :id", id=dataset["id"]).scalar()
    return dataset["id"], dataset["resources"][0]["id"], tag


WAYS = {
    "title": "UPDATE package SET title = 'Anders' WHERE id = :package",
    "all packages": "UPDATE package SET notes = 'Anders'",
    "licence": "UPDATE package SET license_id = 'cc-by/4.0' WHERE id = :package",
    "name": "UPDATE package SET name = 'anders' WHERE id = :package",
    "unit": "UPDATE package SET owner_org = 'anders' WHERE id = :package",
    "extras": """UPDATE package SET extras = extras || '{"contact": "Heimlich"}' WHERE id = :package""",
    "emptied": "UPDATE package SET notes = NULL WHERE id = :package",
    "together with an update time": "UPDATE package SET title = 'x', metadata_modified = now() WHERE id = :package",
    "address": "UPDATE resource SET url = 'https://example.org/x' WHERE id = :resource",
    "all files": "UPDATE resource SET name = 'Anders'",
    "checksum": "UPDATE resource SET hash = 'anders' WHERE id = :resource",
    "resource extras": """UPDATE resource SET extras = '{"documentation": "Heimlich"}' WHERE id = :resource""",
    "new file": "INSERT INTO resource (id, package_id, url, state, extras) VALUES ('neu', :package, 'x', 'active', '{}')",
    "file of another": "UPDATE resource SET package_id = :package WHERE id = :foreign",
    "file comes back": "UPDATE resource SET state = 'active' WHERE id = :gone",
    "tag renamed": "UPDATE tag SET name = 'Heimlich' WHERE id = :tag",
    "new tag": "INSERT INTO package_tag (id, package_id, tag_id, state) VALUES ('neu', :package, :other, 'active')",
    "another tag": "UPDATE package_tag SET tag_id = :other WHERE package_id = :package",
    "upsert": "INSERT INTO package (id, name, state) VALUES (:package, 'x', 'active') ON CONFLICT (id) DO UPDATE SET title = 'x'",
}


@pytest.fixture
def names(live):
    """Everything the statements name."""
    package, resource, tag = live
    other = f.dataset(f.unit(), tags=[{"name": "Strauch"}], resources=[{"url": "https://example.org/fremd"}])
    sql("INSERT INTO resource (id, package_id, url, state, extras) VALUES ('weg', :id, 'y', 'deleted', '{}')", id=package)
    strauch = sql("SELECT id FROM tag WHERE name = 'Strauch'").scalar()
    model.Session.commit()
    return {"package": package, "resource": resource, "tag": tag, "foreign": other["resources"][0]["id"],
            "gone": "weg", "other": strauch}  # fmt: skip


def test_sql_changes_nothing_published(names):
    before = access.content(names["package"])
    for way, statement in WAYS.items():
        used = {key: value for key, value in names.items() if f":{key}" in statement}
        with pytest.raises(access.GateRefused, match="review_revision_create"):
            sql(statement, **used)
            pytest.fail(way)
        model.Session.rollback()
        assert access.content(names["package"]) == before, way


def test_bulk_updates_change_nothing_published(live):
    package, resource, tag = live
    before = access.content(package)
    ways: list[tuple[Any, str, Any]] = [
        (model.Package, package, {"title": "Anders"}),
        (model.Resource, resource, {"url": "https://example.org/x"}),
        (model.Tag, tag, {"name": "Heimlich"}),
    ]
    for table, key, values in ways:
        with pytest.raises(access.GateRefused):
            model.Session.query(table).filter(table.id == key).update(values)
        model.Session.rollback()
        mapper: Any = sa.inspect(table)
        with pytest.raises(access.GateRefused):
            model.Session.bulk_update_mappings(mapper, [{"id": key, **values}])
        model.Session.rollback()
    assert access.content(package) == before


def test_a_renamed_tag_is_refused_in_model_code_too(live):
    """Lock (b) looks at datasets; a tag is none, so here the trigger is the lock."""
    package, _, tag = live
    before = access.content(package)
    model.Session.get(model.Tag, tag).name = "Heimlich"
    with pytest.raises(access.GateRefused):
        model.Session.commit()
    model.Session.rollback()
    assert access.content(package) == before


def test_what_is_no_content_passes(live):
    package, resource, _ = live
    expected = access.content_hash(package)
    for statement in (
        "UPDATE package SET metadata_modified = now(), creator_user_id = 'x', plugin_data = '{}' WHERE id = :package",
        """UPDATE package SET extras = extras || '{"modified": "2026-11-23", "leer": ""}' WHERE id = :package""",
        "UPDATE package SET version = '', author = NULL WHERE id = :package",
        "UPDATE resource SET position = 5, size = 7, last_modified = now(), created = now() WHERE id = :resource",
        "UPDATE resource SET extras = ((extras::jsonb) || '{\"datastore_active\": true}')::text WHERE id = :resource",
        "UPDATE resource SET cache_url = 'x', description = '' WHERE id = :resource AND description IS NULL",
        "UPDATE tag SET name = name",
    ):
        used = {key: value for key, value in (("package", package), ("resource", resource)) if f":{key}" in statement}
        sql(statement, **used)
        model.Session.commit()
        assert access.content_hash(package) == expected, statement


def test_what_is_not_published_is_free(live):
    """Harvests write thousands of private rows: none of them is held up."""
    other = f.dataset(f.unit(), tags=[{"name": "Strauch"}], resources=[{"url": "https://example.org/fremd"}])
    sql("UPDATE package SET title = 'Frei', extras = '{\"a\": \"b\"}' WHERE id = :id", id=other["id"])
    sql("UPDATE resource SET url = 'frei' WHERE package_id = :id", id=other["id"])
    sql("UPDATE tag SET name = 'Frei' WHERE name = 'Strauch'")
    model.Session.commit()
    f.act("review_withdraw", package_id=live[0], reason="Fehler")
    sql("UPDATE package SET title = 'Wieder frei' WHERE id = :id", id=live[0])
    model.Session.commit()
    f.act("package_delete", id=live[0])
    f.act("dataset_purge", id=live[0])


def test_taking_away_is_no_way_to_publish(live):
    """What vanishes by SQL makes nothing undecided public; hiding stays possible when everything else is broken."""
    package, resource, _ = live
    sql("UPDATE resource SET state = 'deleted' WHERE id = :id", id=resource)
    sql("DELETE FROM package_tag WHERE package_id = :id", id=package)
    sql("UPDATE package SET private = true WHERE id = :id", id=package)
    model.Session.commit()
    with pytest.raises(access.GateRefused):
        sql("UPDATE package SET private = false, title = 'Anders' WHERE id = :id", id=package)


def test_a_dataset_does_not_come_back_with_other_content():
    """A row that stands for a purged dataset lets no new one of the same id in."""
    made = f.published_dataset()
    sql("UPDATE package SET id = 'beiseite', private = true WHERE id = :id", id=made["id"])
    with pytest.raises(access.GateRefused):
        sql("INSERT INTO package (id, name, title, state, private) VALUES (:id, 'n', 'x', 'active', false)", id=made["id"])


def test_only_the_dataset_that_is_being_released_is_open(live):
    other = f.published_dataset()
    with gate.releasing(live[0]):
        sql("UPDATE package SET title = 'Beschlossen' WHERE id = :id", id=live[0])
        with pytest.raises(access.GateRefused), model.Session.begin_nested():
            sql("UPDATE package SET title = 'Heimlich' WHERE id = :id", id=other["id"])
        with gate.releasing(other["id"]):
            sql("UPDATE package SET title = 'Auch beschlossen' WHERE id = :id", id=other["id"])
        with pytest.raises(access.GateRefused), model.Session.begin_nested():
            sql("UPDATE package SET title = 'Nach der Tür' WHERE id = :id", id=other["id"])
    with pytest.raises(access.GateRefused):
        sql("UPDATE package SET title = 'Zu spät' WHERE id = :id", id=live[0])
    model.Session.rollback()


def test_an_error_leaves_nothing_open(live):
    with pytest.raises(RuntimeError), model.Session.begin_nested(), gate.releasing(live[0]):
        raise RuntimeError
    with pytest.raises(access.GateRefused):
        sql("UPDATE package SET title = 'Offen gelassen' WHERE id = :id", id=live[0])
    model.Session.rollback()
    with pytest.raises(RuntimeError), gate.releasing(live[0]):
        raise RuntimeError
    model.Session.rollback()
    with pytest.raises(access.GateRefused):
        sql("UPDATE package SET title = 'Offen gelassen' WHERE id = :id", id=live[0])


SAMPLE = {"TEXT": "'anders'", "VARCHAR": "'anders'", "INTEGER": "77", "BIGINT": "77", "TIMESTAMP": "now()"}


def test_the_trigger_and_the_hash_agree_on_every_column(live):
    """Column by column: the trigger refuses what changes the board's hash, and nothing else."""
    keys = {"package": live[0], "resource": live[1]}
    expected = access.content_hash(live[0])
    columns = sa.inspect(model.Session.get_bind())
    for table, key in keys.items():
        for column in columns.get_columns(table):
            name, kind = column["name"], str(column["type"]).partition("(")[0]
            # what decides about being public is another trigger's; these belong to the row itself
            if name in ("id", "package_id", "private", "state", "extras", "plugin_data"):
                continue
            statement = f"UPDATE {table} SET {name} = {SAMPLE[kind]} WHERE id = :id"
            sql(f"ALTER TABLE {table} DISABLE TRIGGER USER")
            sql(statement, id=key)
            material = access.content_hash(live[0]) != expected
            model.Session.rollback()
            try:
                sql(statement, id=key)
                refused = False
            except access.GateRefused:
                refused = True
            model.Session.rollback()
            assert refused == material, f"{table}.{name}"


def test_the_trigger_lists_what_the_hash_leaves_out():
    def listed(function):
        text = sql(f"SELECT prosrc FROM pg_proc WHERE proname = '{function}'").scalar()
        return [set(re.findall(r"'(\w+)'", part)) for part in re.findall(r"ARRAY\[(.*?)\]", text, re.DOTALL)]

    package, extras = listed("dp_package_content")
    assert package | {"id"} == content.IMMATERIAL_PACKAGE | {"extras"}
    assert extras == content.IMMATERIAL_EXTRAS
    resource, extras = listed("dp_resource_content")
    # a file's state counts: one that comes back is a new one
    assert resource == (content.IMMATERIAL_RESOURCE - {"state"}) | {"extras"}
    assert extras == content.IMMATERIAL_RESOURCE_EXTRAS

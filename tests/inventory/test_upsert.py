"""Datasets from sources: found again, always private, nothing written when nothing changed."""

import ckan.model as model
import ckan.plugins.toolkit as tk
import pytest

from tests import factories as f

pytestmark = pytest.mark.usefixtures("platform")


def test_created_private_with_record_and_file(tmp_path):
    unit = f.unit()
    made = f.harvested(unit, tmp_path)
    assert made["result"] == "created"
    package = f.act("package_show", id=made["id"])
    assert package["private"] is True
    assert package["state"] == "active"
    assert package["resources"][0]["id"] == made["resources"]["csv"]
    record = f.act("inventory_record_show", id=made["id"])
    assert record["responsible_function"] == "Sachgebiet Grün"
    assert record["remote_id"] == "1"
    assert record["missing"] == ["source_class", "source_system"]


def test_again_unchanged_writes_nothing(tmp_path):
    unit = f.unit()
    first = f.harvested(unit, tmp_path)
    before = model.Package.get(first["id"]).metadata_modified
    again = f.harvested(unit, tmp_path)
    assert again == {**first, "result": "unchanged"}
    model.Session.expire_all()
    assert model.Package.get(first["id"]).metadata_modified == before


def test_changed_file_is_updated_in_place(tmp_path, app):
    unit = f.unit()
    first = f.harvested(unit, tmp_path)
    second = f.harvested(unit, tmp_path, text="nr,art\n1,Eiche\n")
    assert second == {**first, "result": "updated"}


def test_what_a_person_entered_stays(tmp_path):
    unit = f.unit()
    first = f.harvested(unit, tmp_path)
    steward = f.editor_of(unit)
    f.act("inventory_record_patch", steward["name"], id=first["id"], responsible_function="Fachdienst Bäume")
    f.act("package_patch", steward["name"], id=first["id"], version="3")
    f.harvested(unit, tmp_path, text="nr,art\n2,Linde\n")
    assert f.act("inventory_record_show", id=first["id"])["responsible_function"] == "Fachdienst Bäume"
    assert f.act("package_show", id=first["id"])["version"] == "3"


def test_a_source_cannot_publish(tmp_path):
    made = f.harvested(f.unit(), tmp_path, private=False, state="active")
    assert f.act("package_show", id=made["id"])["private"] is True


def test_broken_dataset_leaves_nothing(tmp_path):
    unit = f.unit()
    with pytest.raises(tk.ValidationError):
        f.harvested(unit, tmp_path, owner_org="no-such-unit")
    assert model.Session.query(model.Package).count() == 0


def test_vanished_is_marked_not_deleted(tmp_path):
    made = f.harvested(f.unit(), tmp_path)
    marked = f.act("inventory_dataset_vanish", source="import:test", remote_id="1")
    assert marked["vanished_at"]
    assert marked["archived_at"] is None
    assert f.act("package_show", id=made["id"])["state"] == "active"


def test_clerk_sees_own_record_others_only_the_entry(tmp_path):
    unit = f.unit()
    made = f.harvested(unit, tmp_path)
    own, other = f.editor_of(unit), f.editor_of(f.unit("andere"))
    assert f.act("inventory_record_show", own["name"], id=made["id"])["source_system"] is None
    with pytest.raises(tk.NotAuthorized):
        f.act("inventory_record_show", other["name"], id=made["id"])
    with pytest.raises(tk.ObjectNotFound):
        f.act("inventory_record_show", f.user()["name"], id=made["id"])
    listed = f.act("inventory_record_list", other["name"])["results"]
    shown = {"id", "name", "title", "owner_org", "unit_title", "published", "level", "status", "notes", "formats", "changed"}
    assert [set(item) for item in listed] == [shown]
    with pytest.raises(tk.NotAuthorized):
        f.act("inventory_record_list", f.user()["name"])


@pytest.mark.parametrize("field", ["personal_data", "openness", "confidentiality", "source_class"])
def test_closed_lists(tmp_path, field):
    made = f.harvested(f.unit(), tmp_path)
    with pytest.raises(tk.ValidationError):
        f.act("inventory_record_patch", id=made["id"], **{field: "nonsense"})


def test_not_open_needs_a_reason(tmp_path):
    made = f.harvested(f.unit(), tmp_path)
    record = f.act("inventory_record_patch", id=made["id"], openness="internal")
    assert "openness_reason" in record["missing"]

"""Many new datasets of a source at once are what one by one makes."""

from __future__ import annotations

import json
from typing import Any

import ckan.model as model
import pytest
from ckan.lib.dictization.model_dictize import package_dictize
from ckan.lib.search import clear_all, rebuild
from ckan.lib.search.common import make_connection

from ckanext.datenplattform.dcat_ap_de.shared import parse
from ckanext.datenplattform.inventory import dictize
from ckanext.datenplattform.inventory import shared as inventory
from tests import factories
from tests.dcat_ap_de.shapes import SHARED, needs_shared

OWN = {"id", "name", "metadata_created", "metadata_modified", "package_id", "created", "last_modified"}
RECORD = {"source_class": "outside", "source_system": "Land", "personal_data": "none", "confidentiality": "high"}


def plain(item: Any) -> Any:
    """Without what is each dataset's own."""
    if isinstance(item, dict):
        return {key: plain(value) for key, value in item.items() if key not in OWN}
    if isinstance(item, list):
        return [plain(value) for value in item]
    return item


@needs_shared
@pytest.mark.parametrize("name", ["bremen", "brandenburg"])
def test_many_are_what_one_by_one_makes(platform: None, name: str):
    unit = factories.unit()["id"]
    records = list(parse(SHARED / "catalogues" / f"{name}.rdf"))[:12]
    given = {found.remote_id: {**found.dataset, "owner_org": unit} for found in records}

    made = inventory.create_many("viele", [inventory.Brought(key, value, RECORD) for key, value in given.items()])
    model.Session.commit()
    inventory.index_many([answer["id"] for answer in made.values()], lambda _done: None)

    for key, value in given.items():
        one = factories.act("inventory_dataset_upsert", source="einzeln", remote_id=key, dataset=value, record=RECORD)
        shown = [factories.act("package_show", id=answer["id"]) for answer in (one, made[key])]
        assert plain(shown[0]) == plain(shown[1])
        assert made[key]["resources"].keys() == one["resources"].keys()
        assert set(made[key]["resources"].values()) == {item["id"] for item in shown[1]["resources"]}
        found = [factories.act("inventory_record_show", id=answer["id"]) for answer in (one, made[key])]
        times = {"created", "modified", "source"}
        assert plain({k: v for k, v in found[0].items() if k not in times}) == plain({k: v for k, v in found[1].items() if k not in times})
        assert found[1]["source"] == "viele"
    assert factories.act("package_search", fq="dataset_type:dataset", include_private=True, rows=0)["count"] == 24
    # confidential by their record: nobody but the own unit
    assert factories.act("package_search", factories.user()["name"], include_private=True, rows=0)["count"] == 0


@needs_shared
def test_the_documents_of_many_are_those_of_ckan(platform: None):
    """Field by field what CKAN's indexer makes of each alone, also of a unit that was shut down."""
    unit = factories.unit()["id"]
    records = list(parse(SHARED / "catalogues" / "bremen.rdf"))[:30]
    items = [inventory.Brought(found.remote_id, {**found.dataset, "owner_org": unit}, RECORD) for found in records]
    ids = [answer["id"] for answer in inventory.create_many("viele", items).values()]
    orphan = inventory.create_many("q", [inventory.Brought("x", {"title": "Bäume", "owner_org": factories.unit()["id"]})])["x"]["id"]
    model.Group.get(model.Package.get(orphan).owner_org).state = "deleted"
    model.Session.commit()
    ids.append(orphan)

    many = _indexed(lambda: inventory.index_many(ids, lambda _done: None), ids)
    alone = _indexed(lambda: [rebuild(package_id) for package_id in ids], ids)

    assert list(many) == list(alone)
    assert len(many) == 31
    for package_id, document in alone.items():
        assert many[package_id] == document


@needs_shared
def test_the_dicts_of_many_are_those_of_ckan(platform: None):
    unit = factories.unit()["id"]
    records = list(parse(SHARED / "catalogues" / "brandenburg.rdf"))[:10]
    items = [inventory.Brought(found.remote_id, {**found.dataset, "owner_org": unit}) for found in records]
    ids = [answer["id"] for answer in inventory.create_many("viele", items).values()]
    group = factories.act("group_create", name="thema", title="Thema")
    factories.act("member_create", id=group["id"], object=ids[0], object_type="package", capacity="public")
    model.Session.add(model.PackageRelationship(subject_package_id=ids[1], object_package_id=ids[2], type="child_of"))
    model.Session.query(model.PackageTag).filter_by(package_id=ids[3]).update({"state": "deleted"})
    model.Session.commit()
    dictized = dictize.dictizer(ids)

    found = {}
    for package in model.Session.query(model.Package).filter(model.Package.id.in_(ids)):
        context: Any = {"model": model, "session": model.Session, "user": "", "ignore_auth": True, "package": package}
        found[package.id] = dictized(package, {**context})
        assert found[package.id] == package_dictize(package, context)

    assert len(found) == 10
    assert [item["name"] for item in found[ids[0]]["groups"]] == ["thema"]
    assert [len(found[ids[1]]["relationships_as_subject"]), len(found[ids[2]]["relationships_as_object"])] == [1, 1]
    assert found[ids[3]]["tags"] == []


def _indexed(index: Any, ids: list[str]) -> dict[str, dict[str, Any]]:
    """The documents that the index holds then, the dicts in them read."""
    clear_all()
    index()
    found = make_connection().search("*:*", rows=1000).docs
    kept = [{key: value for key, value in item.items() if key not in ("indexed_ts", "_version_", "timestamp")} for item in found]
    for item in kept:
        for name in ("data_dict", "validated_data_dict"):
            item[name] = json.loads(item[name])
    return {item["id"]: item for item in sorted(kept, key=lambda item: item["id"]) if item["id"] in ids}


def test_what_is_there_or_does_not_fit_is_left_out(platform: None):
    unit = factories.unit()["id"]
    good, bad = ({"title": title, "owner_org": unit, "resources": []} for title in ("Bäume", "Wege"))
    bad["resources"] = [{"key": "a", "url": "https://x.de/a", "size": "viele"}]
    wrong = inventory.Brought("drei", dict(good), {"confidentiality": "geheim"})
    items = [inventory.Brought("eins", good), inventory.Brought("zwei", bad), wrong]

    assert list(inventory.create_many("q", items)) == ["eins"]
    model.Session.commit()
    again = [inventory.Brought("eins", good), inventory.Brought("vier", dict(good)), inventory.Brought("fünf", dict(good))]
    made = inventory.create_many("q", again)
    model.Session.commit()

    assert sorted(made) == ["fünf", "vier"]
    names = [name for (name,) in model.Session.query(model.Package.name).filter_by(type="dataset")]
    assert len(set(names)) == 3
    assert all(package.private for package in model.Session.query(model.Package))


def test_no_local_file_comes_in(platform: None):
    given = {"title": "Bäume", "owner_org": factories.unit()["id"], "resources": [{"key": "a", "upload_path": "/etc/passwd"}]}

    assert inventory.create_many("q", [inventory.Brought("eins", given)]) == {}

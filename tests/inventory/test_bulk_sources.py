"""Many new datasets of a source at once are what one by one makes."""

from __future__ import annotations

from typing import Any

import ckan.model as model
import pytest

from ckanext.datenplattform.dcat_ap_de.shared import parse
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

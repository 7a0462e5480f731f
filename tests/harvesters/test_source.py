"""Sources: their settings, their form, what stays of them after a job."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
import pytest

from ckanext.datenplattform.harvesters import jobs, settings, sources
from ckanext.datenplattform.inventory import shared as inventory
from tests import factories
from tests.servers.process import Server

from .conftest import run


def test_after_a_job_the_source_still_knows_its_type(make_source: Callable[..., Any], mapserver: Server):
    """ckanext-harvest 1.6.3 indexes the source without `source_type` at the end of a job."""
    source = make_source("wfs", mapserver.url, layers=["spielplaetze"])
    run(source)

    for name in (source["id"], source["name"]):
        found = factories.act("harvest_source_show", id=name)
        assert found["source_type"] == "wfs"
        assert found["status"]["last_job"]["stats"]["added"] == 1
    listed = factories.act("package_search", include_private=True, fq="dataset_type:harvest")["results"]
    assert [result["source_type"] for result in listed] == ["wfs"]


def test_old_jobs_are_forgotten_but_not_those_with_errors(
    make_source: Callable[..., Any], mapserver: Server, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(jobs, "KEPT", 2)
    source = make_source("wfs", mapserver.url, layers=["spielplaetze"], download=False)
    first = run(source)
    factories.act("harvest_source_patch", id=source["id"], url="http://127.0.0.1:9/ows")
    failed = run(source)
    factories.act("harvest_source_patch", id=source["id"], url=mapserver.url)
    last = [run(source)["id"] for _ in range(4)]

    assert jobs.prune() == 3
    left = {job["id"] for job in factories.act("harvest_job_list", source_id=source["id"])}
    assert left == {failed["id"], *last[2:]}
    assert first["id"] not in left
    assert factories.act("harvest_source_show", id=source["id"])["status"]["total_datasets"] == 1
    assert run(source)["stats"]["not modified"] == 1


def test_settings_that_do_not_fit_are_refused_in_german_all_at_once(make_source: Callable[..., Any]):
    with pytest.raises(tk.ValidationError) as caught:
        make_source("wfs", "http://127.0.0.1:9/ows", page_size=0, wms_url="ftp://x", nonsense=1)

    reasons: Any = caught.value.error_dict
    errors = " ".join(reasons["config"])
    assert "ganze Zahl zwischen 1 und 100000" in errors
    assert "ftp://x" in errors
    assert "nonsense" in errors


def test_a_secret_is_stored_by_its_name_only(make_source: Callable[..., Any], ckan_config: Any):
    with pytest.raises(tk.ValidationError):
        make_source("wfs", "http://127.0.0.1:9/ows", access_key="eyJ.this is/the key itself")
    source = make_source("wfs", "http://127.0.0.1:9/ows", access_key="geo")

    assert json.loads(source["config"]) == {"access_key": "geo"}
    with pytest.raises(Exception, match="geo"):
        sources.secret("geo")


def test_the_form_has_real_fields_and_keeps_what_was_entered(app: Any, unit: dict[str, Any]):
    root = factories.sysadmin()
    headers = {"Authorization": factories.act("api_token_create", user=root["name"], name="t")["token"]}
    page = app.get("/harvest/new", headers=headers)
    assert page.status_code == 200
    assert 'name="setting-sensorthings-group_by"' in page.body
    assert 'name="config"' not in page.body

    data = {
        "url": "http://127.0.0.1:9/v1.1",
        "title": "Sensorik",
        "name": "sensorik",
        "source_type": "sensorthings",
        "frequency": "DAILY",
        "owner_org": unit["id"],
        "setting-sensorthings-group_by": "art",
        "setting-sensorthings-titles": "parken = Parkplätze",
        "setting-sensorthings-max_rows": "viele",
        "setting-wfs-page_size": "7",
        "save": "Save",
    }
    refused = app.post("/harvest/new", headers=headers, data=data)
    assert refused.status_code == 200
    assert "ganze Zahl" in refused.body
    assert "parken = Parkplätze" in refused.body
    assert model.Package.get("sensorik") is None

    app.post("/harvest/new", headers=headers, data={**data, "setting-sensorthings-max_rows": "5000"}, follow_redirects=False)
    found = factories.act("harvest_source_show", id="sensorik")
    assert json.loads(found["config"]) == {"group_by": "art", "titles": {"parken": "Parkplätze"}, "max_rows": 5000}
    assert found["private"] is True


def test_the_preview_shows_what_would_come_and_creates_nothing(
    app: Any, make_source: Callable[..., Any], mapserver: Server, unit: dict[str, Any]
):
    editor = factories.editor_of(unit)
    source = make_source("wfs", mapserver.url)
    before = model.Session.query(model.Package).count()

    found = factories.act("harvest_source_preview", editor["name"], id=source["id"])

    assert (found["total"], found["counts"]) == (4, {"new": 4})
    assert found["records"][0]["license_id"] == "dl-de/by-2-0"
    assert model.Session.query(model.Package).count() == before
    headers = {"Authorization": factories.act("api_token_create", user=editor["name"], name="t")["token"]}
    page = app.get(f"/harvest/preview/{source['name']}", headers=headers)
    assert page.status_code == 200
    assert "Baumkataster" in page.body
    assert "Vorschau" in page.body


def test_a_preview_of_a_dead_source_says_so(make_source: Callable[..., Any], unit: dict[str, Any]):
    source = make_source("wfs", "http://127.0.0.1:9/ows")

    with pytest.raises(tk.ValidationError) as caught:
        factories.act("harvest_source_preview", id=source["id"])
    reasons: Any = caught.value.error_dict
    assert "127.0.0.1:9" in reasons["url"][0]


def test_the_lists_of_choices_are_the_inventorys():
    fields = {field.name: field for field in settings.COMMON}

    assert [value for value, _ in fields["personal_data"].choices] == ["", *inventory.PERSONAL_DATA]
    assert [value for value, _ in fields["openness"].choices] == ["", *inventory.OPENNESS]


def test_every_type_has_labels_and_defaults_that_are_valid(platform: None):
    for harvester in sources.harvesters().values():
        assert settings.validate(harvester.all_fields(), {f.name: f.empty() for f in harvester.all_fields()}) == {}
        assert all(field.label for field in harvester.all_fields())

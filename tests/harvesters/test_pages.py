"""The pages of a source, in a real browser: made by the form, looked at, harvested by the button."""

from __future__ import annotations

import json
from typing import Any

import ckan.model as model
from ckanext.harvest.model import HarvestJob

from ckanext.datenplattform.harvesters import jobs
from tests import factories
from tests.browser import log_in, looked_at
from tests.servers.process import Server


def test_from_the_form_to_the_jobs_page(page: Any, mapserver: Server, unit: dict[str, Any]):
    editor = factories.editor_of(unit, "admin")
    log_in(page, editor["name"])

    page.goto("/harvest/new")
    page.fill("#field-title", "Geodatendienst")
    page.fill("#field-name", "geodatendienst")
    page.fill("#field-url", mapserver.url)
    page.check("#source-type-wfs")
    assert page.is_visible("[name='setting-wfs-layers']")
    assert not page.is_visible("[name='setting-sensorthings-group_by']")
    page.fill("[name='setting-wfs-layers']", "spielplaetze\nstadtteile")
    page.fill("[name='setting-wfs-layer_themes']", "spielplaetze")
    looked_at(page, "source-new", ours=False)
    page.click("button[name=save]")
    assert "Bitte schreiben Sie einen Eintrag je Zeile" in page.inner_text("#source-new")
    assert page.input_value("[name='setting-wfs-layers']") == "spielplaetze\nstadtteile"
    looked_at(page, "source-new-error", ours=False)
    page.fill("[name='setting-wfs-layer_themes']", "spielplaetze = SOCI")
    page.click("button[name=save]")

    source: Any = model.Package.get("geodatendienst")
    config = json.loads(factories.act("harvest_source_show", id=source.id)["config"])
    assert "public_source" not in config  # as it was ticked: the default
    assert config["layers"] == ["spielplaetze", "stadtteile"]
    assert config["layer_themes"] == {"spielplaetze": "SOCI"}

    page.goto("/harvest/admin/geodatendienst")
    looked_at(page, "source-admin", ours=False)
    page.click("text=Vorschau")
    assert "Die Quelle nennt 2 Einträge" in page.inner_text("main")
    assert "GeoJSON" in page.inner_text("main table")
    looked_at(page, "source-preview", ours=False)

    page.goto("/harvest/admin/geodatendienst")
    page.click("text=Jetzt abholen")
    model.Session.rollback()
    job: Any = model.Session.query(HarvestJob).filter_by(source_id=source.id).one()
    assert job.status == "Running"  # sent to the consumers; here one plays both
    _work(job)

    page.goto(f"/harvest/geodatendienst/job/{job.id}")
    assert "2 neu" in " ".join(page.inner_text("main").split())
    looked_at(page, "source-job", ours=False)
    page.goto("/harvest/geodatendienst/job")
    looked_at(page, "source-jobs", ours=False)
    page.goto("/harvest/geodatendienst")
    assert "Spielplätze" in page.inner_text("main")
    page.goto("/harvest")
    assert "2 Datensätze" in page.inner_text("main")
    looked_at(page, "sources", ours=False)


def _work(job: Any) -> None:
    from ckanext.harvest import queue
    from ckanext.harvest.model import HarvestObject

    from ckanext.datenplattform.harvesters import sources

    harvester = sources.harvesters()["wfs"]
    for object_id in queue.gather_stage(harvester, job):
        queue.fetch_and_import_stages(harvester, HarvestObject.get(object_id))
    jobs.finish(job.source_id)

"""The pages of a source, in a real browser: made by the form, looked at, harvested by the button."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import ckan.model as model
from axe_playwright_python.sync_playwright import Axe
from ckanext.harvest.model import HarvestJob

from ckanext.datenplattform.harvesters import jobs
from tests import factories
from tests.browser import log_in
from tests.servers.process import Server


def _looked_at(page: Any, name: str) -> None:
    """No finding of axe; a picture where somebody wants one (DATENPLATTFORM_PICTURES names a folder)."""
    folder = os.environ.get("DATENPLATTFORM_PICTURES")
    if folder:
        page.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=True)
    found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}).response["violations"]
    assert [(v["id"], [node["html"][:200] for node in v["nodes"]]) for v in found] == []


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
    _looked_at(page, "source-new")
    page.click("button[name=save]")
    assert "Bitte schreiben Sie einen Eintrag je Zeile" in page.inner_text("#source-new")
    assert page.input_value("[name='setting-wfs-layers']") == "spielplaetze\nstadtteile"
    _looked_at(page, "source-new-error")
    page.fill("[name='setting-wfs-layer_themes']", "spielplaetze = SOCI")
    page.click("button[name=save]")

    source: Any = model.Package.get("geodatendienst")
    config = json.loads(factories.act("harvest_source_show", id=source.id)["config"])
    assert "public_source" not in config  # as it was ticked: the default
    assert config["layers"] == ["spielplaetze", "stadtteile"]
    assert config["layer_themes"] == {"spielplaetze": "SOCI"}

    page.goto("/harvest/admin/geodatendienst")
    _looked_at(page, "source-admin")
    page.click("text=Vorschau")
    assert "Die Quelle nennt 2 Einträge" in page.inner_text("main")
    assert "GeoJSON" in page.inner_text("main table")
    _looked_at(page, "source-preview")

    page.goto("/harvest/admin/geodatendienst")
    page.click("text=Jetzt abholen")
    model.Session.rollback()
    job: Any = model.Session.query(HarvestJob).filter_by(source_id=source.id).one()
    assert job.status == "Running"  # sent to the consumers; here one plays both
    _work(job)

    page.goto(f"/harvest/geodatendienst/job/{job.id}")
    assert "2 neu" in " ".join(page.inner_text("main").split())
    _looked_at(page, "source-job")
    page.goto("/harvest/geodatendienst/job")
    _looked_at(page, "source-jobs")
    page.goto("/harvest/geodatendienst")
    assert "Spielplätze" in page.inner_text("main")
    page.goto("/harvest")
    assert "2 Datensätze" in page.inner_text("main")
    _looked_at(page, "sources")


def _work(job: Any) -> None:
    from ckanext.harvest import queue
    from ckanext.harvest.model import HarvestObject

    from ckanext.datenplattform.harvesters import sources

    harvester = sources.harvesters()["wfs"]
    for object_id in queue.gather_stage(harvester, job):
        queue.fetch_and_import_stages(harvester, HarvestObject.get(object_id))
    jobs.finish(job.source_id)

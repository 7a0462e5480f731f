"""WFS from a real MapServer into private datasets with files."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ckanext.datenplattform.inventory import shared as inventory
from tests.servers.process import Server

from .conftest import datasets, errors, run


def _file(resource: dict[str, Any]) -> Path:
    path = inventory.stored(resource)
    assert path is not None
    return path


def test_a_dataset_for_each_layer_with_files_and_services(make_source: Callable[..., Any], mapserver: Server):
    source = make_source("wfs", mapserver.url, page_size=120, wms_url=mapserver.url, layer_themes={"baumkataster": "ENVI"})

    job = run(source)

    assert errors(job) == []
    assert job["stats"]["added"] == 4
    found = datasets(source)
    assert set(found) == {"ms:baumkataster", "ms:stadtteile", "ms:behindertenparkplaetze", "ms:spielplaetze"}
    trees = found["ms:baumkataster"]
    assert (trees["title"], trees["private"], trees["license_id"], trees["theme"]) == (
        "Baumkataster",
        True,
        "dl-de/by-2-0",
        ["ENVI"],
    )
    assert trees["contact"][0]["email"] == "geodaten@example.org"
    assert [r["format"] for r in trees["resources"]] == ["CSV", "GeoJSON", "WFS", "WMS"]

    collection = json.loads(_file(trees["resources"][1]).read_text())
    assert len(collection["features"]) == 300
    lon, lat = collection["features"][0]["geometry"]["coordinates"]
    assert 8 < lon < 9
    assert 51 < lat < 53
    rows = list(csv.DictReader(io.StringIO(_file(trees["resources"][0]).read_text("utf-8-sig"))))
    assert len(rows) == 300
    assert float(rows[0]["lon"]) == lon
    assert rows[0]["baum_nr"] == "B00001"
    districts = list(csv.DictReader(io.StringIO(_file(found["ms:stadtteile"]["resources"][0]).read_text("utf-8-sig"))))
    assert districts[0]["geometry_wkt"].startswith("POLYGON ((8.")

    before = {r["id"]: _file(r).stat().st_mtime_ns for d in found.values() for r in d["resources"][:2]}
    again = run(source)
    assert again["stats"]["not modified"] == 4
    after = {r["id"]: _file(r).stat().st_mtime_ns for d in datasets(source).values() for r in d["resources"][:2]}
    assert before == after

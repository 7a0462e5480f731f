"""SensorThings from a real server into private datasets with their series."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests import factories
from tests.servers.process import Server

from .conftest import datasets, errors, run


def _rows(resource_id: str, **query: Any) -> dict[str, Any]:
    return factories.act("datastore_search", resource_id=resource_id, **query)


def test_a_dataset_for_each_kind_with_all_measurements(make_source: Callable[..., Any], sensorthings_server: Server):
    source = make_source("sensorthings", sensorthings_server.url, public_source=True)

    job = run(source)

    assert errors(job) == []
    assert job["stats"]["added"] == 4
    found = datasets(source)
    assert set(found) == {"parking", "tree", "traffic", "groundwater"}
    assert all(d["private"] and d["license_id"] == "dl-de/by-2-0" for d in found.values())
    assert found["tree"]["title"] == "Bodenfeuchte an Jungbäumen"
    formats = [r["format"] for r in found["traffic"]["resources"]]
    assert formats == ["CSV", "GeoJSON", "SensorThings"]
    series = found["traffic"]["resources"][0]
    assert series["url"].endswith(f"/datastore/dump/{series['id']}")
    rows = _rows(series["id"], limit=1, sort="time asc")
    assert rows["total"] == 12 * 192
    first = rows["records"][0]
    assert first["unit"] == "1"
    assert first["time"].startswith("20")
    assert 8 < first["lon"] < 9

    again = run(source)

    assert errors(again) == []
    assert again["stats"]["not modified"] == 4
    assert _rows(series["id"], limit=0)["total"] == 12 * 192

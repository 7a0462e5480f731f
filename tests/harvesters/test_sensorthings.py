"""SensorThings from a real server into private datasets with their series."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk

from ckanext.datenplattform.access import shared as access
from tests import factories
from tests.servers import seed_sensorthings
from tests.servers.fault import FaultServer
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


def test_the_second_run_asks_only_for_what_is_newer(
    make_source: Callable[..., Any], own_sensorthings_server: Server, place: Any, fault_server: FaultServer
):
    fault_server.upstream = own_sensorthings_server.url
    source = make_source("sensorthings", fault_server.url("proxy"), things_filter="properties/kind eq 'traffic'", overlap_minutes=15)
    run(source)
    series = datasets(source)["traffic"]["resources"][0]["id"]
    assert _rows(series, limit=0)["total"] == 12 * 48

    until = int(time.time()) + 2 * 900
    added = seed_sensorthings.seed(own_sensorthings_server.url, place, days=0.1, until=until).observations
    fault_server.hits.clear()
    job = run(source)

    assert errors(job) == []
    assert _rows(series, limit=0)["total"] > 12 * 48
    assert added
    asked = [hit for hit in fault_server.hits if "Observations" in hit]
    assert len(asked) == 12  # one page for each stream, and no guessing at the dialect
    assert all("%24filter=resultTime+ge+" in hit for hit in asked)


def test_rows_of_a_published_series_wait_for_a_decision(make_source: Callable[..., Any], own_sensorthings_server: Server, place: Any):
    source = make_source("sensorthings", own_sensorthings_server.url, things_filter="properties/kind eq 'groundwater'")
    run(source)
    package = datasets(source)["groundwater"]
    series = package["resources"][0]["id"]
    before = _rows(series, limit=0)["total"]
    decided = access.content_hash(package["id"])
    assert decided
    access.publish(package["id"], decided, "decision-1")
    model.Session.commit()

    seed_sensorthings.seed(own_sensorthings_server.url, place, days=0.1, until=int(time.time()) + 2 * 900)
    job = run(source)

    assert errors(job) == []
    assert _rows(series, limit=0)["total"] == before
    [remarks] = [entry["remarks"] for entry in job["report"]["remarks"].values()]
    assert "warten auf eine Entscheidung" in remarks[0]
    waiting = factories.act("timeseries_waiting_show", resource_id=series)["rows"]
    assert waiting
    assert run(source)["report"]["remarks"] == {}  # the same rows again are nothing new
    assert factories.act("package_show", id=package["id"])["private"] is False

    tk.get_action("timeseries_waiting_release")({"ignore_auth": True}, {"resource_id": series})
    assert _rows(series, limit=0)["total"] == before + waiting

"""NGSI-LD: entities and their history, from a broker written from the specification."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import datetime, timezone
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
import pytest

from ckanext.datenplattform.harvesters import memory
from ckanext.datenplattform.timeseries import shared as timeseries
from tests import factories
from tests.servers.ngsi_ld import CONTEXT, Broker, fixed, measured, place

from .conftest import datasets, errors, run

TREE = "urn:ngsi-ld:Tree:{}"


@pytest.fixture
def broker() -> Iterator[Broker]:
    """An empty broker."""
    with Broker() as found:
        yield found


def at(minute: int) -> str:
    """A moment of the morning of 1 March 2026."""
    return f"2026-03-01T08:{minute:02}:00Z"


def tree(broker: Broker, number: int = 1, *temperatures: tuple[int, Any]) -> dict[str, Any]:
    """A tree with a history of soil temperatures: minute, value."""
    history = [measured(at(minute), value, unitCode="CEL") for minute, value in temperatures]
    return broker.put(TREE.format(number), "Tree", name=fixed(f"Baum {number}"), location=place(8.04, 52.27), soilTemperature=history)


def rows(source: dict[str, Any], kind: str = "Tree") -> list[dict[str, Any]]:
    """The rows of a type, by series and time."""
    series = datasets(source)[kind]["resources"][0]["id"]
    return factories.act("datastore_search", resource_id=series, sort="stream, time", limit=32_000)["records"]


def values(source: dict[str, Any], kind: str = "Tree") -> dict[tuple[str, str], Any]:
    """(end of the series' name, minute) → value."""
    return {(row["stream"].removeprefix("urn:ngsi-ld:"), row["time"][14:16]): row["value"] for row in rows(source, kind)}


def remarks(job: dict[str, Any]) -> list[str]:
    """All remarks of a job."""
    return [text for entry in job["report"]["remarks"].values() for text in entry["remarks"]]


def channel(source: dict[str, Any], kind: str, attribute: str) -> timeseries.Channel:
    """How the register has a series."""
    from ckanext.datenplattform.timeseries.model import SeriesStream

    resource = datasets(source)[kind]["resources"][0]["id"]
    query = model.Session.query(SeriesStream).filter_by(resource_id=resource)
    return next(item for item in query if item.source_stream.endswith(f":{attribute}"))


def test_first_then_unchanged_then_more(make_source: Callable[..., Any], broker: Broker):
    for number in range(1, 6):
        tree(broker, number, (0, 7), (15, 7.5))
    source = make_source("ngsi-ld", broker.url)

    first = run(source)

    assert errors(first) == []
    assert len(rows(source)) == 10
    dataset, written = datasets(source)["Tree"], memory.record(source["id"], "Tree").content_hash
    assert dataset["private"] is True
    assert rows(source)[0]["thing"] == "Baum 1"
    assert (rows(source)[0]["lon"], rows(source)[0]["lat"], rows(source)[0]["unit"]) == (8.04, 52.27, "Cel")
    assert channel(source, "Tree", "soilTemperature").property == "soil_temperature"

    again = run(source)
    assert again["stats"]["not modified"] == 1
    assert datasets(source)["Tree"]["metadata_modified"] == dataset["metadata_modified"]

    # late, corrected, new: all by (series, time)
    history = broker.entities[TREE.format(1)]["soilTemperature"]
    history += [measured(at(5), 7.2, unitCode="CEL"), measured(at(30), 8, unitCode="CEL")]
    history[0]["value"] = 6.5
    run(source)
    assert [row["value"] for row in rows(source)[:4]] == [6.5, 7.2, 7.5, 8]
    assert len(rows(source)) == 12
    # a new value is no change of the dataset
    model.Session.expire_all()
    assert memory.record(source["id"], "Tree").content_hash == written


@pytest.mark.parametrize("simple", [True, False])
@pytest.mark.parametrize("instances", [0, 3])
def test_long_histories_come_page_by_page_and_from_where_they_were_read(
    make_source: Callable[..., Any], broker: Broker, simple: bool, instances: int
):
    broker.simple, broker.instances = simple, instances
    tree(broker, 1, *((minute, minute) for minute in range(10)))
    source = make_source("ngsi-ld", broker.url, overlap_minutes=0)

    assert errors(run(source)) == []
    assert [row["value"] for row in rows(source)] == list(range(10))

    broker.asked.clear()
    tree(broker, 1, *((minute, minute) for minute in range(12)))
    run(source)
    assert [row["value"] for row in rows(source)] == list(range(12))
    asked = [address for address in broker.asked if "/temporal/" in address]
    assert all("timerel=after" in address for address in asked)
    assert len(asked) == 1


def test_a_long_history_in_steps(make_source: Callable[..., Any], broker: Broker):
    broker.instances = 3
    tree(broker, 1, *((minute, minute) for minute in range(10)))
    source = make_source("ngsi-ld", broker.url, overlap_minutes=0, max_rows=5, interval_minutes=60)

    counts = []
    for _ in range(3):
        assert errors(run(source)) == []
        counts.append(len(rows(source)))

    assert counts == [6, 10, 10]


@pytest.mark.parametrize("status", [404, 405, 501])
def test_without_a_history_the_present_values_are_kept(make_source: Callable[..., Any], broker: Broker, status: int):
    broker.temporal = status
    tree(broker, 1, (0, 7))
    tree(broker, 2, (0, 8))
    source = make_source("ngsi-ld", broker.url)

    assert errors(run(source)) == []
    tree(broker, 1, (15, 7.5))
    run(source)

    name = "soilTemperature"
    assert values(source) == {(f"Tree:1:{name}", "00"): 7, (f"Tree:1:{name}", "15"): 7.5, (f"Tree:2:{name}", "00"): 8}


def test_the_four_models_are_harmonised(make_source: Callable[..., Any], broker: Broker):
    parking = broker.put(
        "urn:ngsi-ld:OffStreetParking:1", "OffStreetParking", totalSpotNumber=fixed(414), occupancyModified=fixed(at(0)),
        availableSpotNumber=[measured(at(0), 132)], occupancy=[measured(at(0), 0.68)], status=[measured(at(0), "open")],
    )  # fmt: skip
    broker.put(
        "urn:ngsi-ld:TrafficFlowObserved:1", "TrafficFlowObserved", dateObserved=fixed("2026-03-01T08:00:00Z/2026-03-01T08:15:00Z"),
        intensity=fixed(197), averageVehicleSpeed=fixed(15.0) | {"unitCode": "MTS"}, congested=fixed(False), refRoadSegment={
            "type": "Relationship", "object": "urn:ngsi-ld:RoadSegment:1"},
    )  # fmt: skip
    broker.put("urn:ngsi-ld:WaterObserved:1", "WaterObserved", height=[measured(at(0), 3.52)], flow=[measured(at(0), float("nan"))])
    broker.put(TREE.format(1), "Tree", soilMoistureVwc=[measured(at(0), 0.25)])
    source = make_source("ngsi-ld", broker.url, columns="refRoadSegment = strasse", history=True)
    # without a time of their own such values are in no history
    flat = make_source("ngsi-ld", broker.url, columns="refRoadSegment = strasse", history=False)

    assert errors(run(source)) == errors(run(flat)) == []

    found = {row["stream"].rpartition(":")[2]: row for kind in datasets(flat) for row in rows(flat, kind)}
    assert {name: (row["value"], row.get("value_text"), row["unit"]) for name, row in found.items()} == {
        "availableSpotNumber": (132, None, "1"),
        "occupancy": (68, None, "%"),
        "status": (None, "open", ""),
        "intensity": (197, None, "1"),
        "averageVehicleSpeed": (54, None, "km/h"),
        "congested": (0, "false", ""),
        "height": (352, None, "cm"),
        "flow": (None, None, "m3/s"),
        "soilMoistureVwc": (25, None, "%"),
    }
    assert found["flow"]["quality"] == "nan"
    assert (found["intensity"]["time_end"][11:16], found["intensity"]["strasse"]) == ("08:15", "urn:ngsi-ld:RoadSegment:1")
    codes = {
        (kind, name): channel(flat, kind, name).property
        for kind, name in (
            ("OffStreetParking", "availableSpotNumber"), ("OffStreetParking", "occupancy"), ("TrafficFlowObserved", "intensity"),
            ("TrafficFlowObserved", "averageVehicleSpeed"), ("WaterObserved", "height"), ("WaterObserved", "flow"),
            ("Tree", "soilMoistureVwc"),
        )
    }  # fmt: skip
    assert list(codes.values()) == ["free_spaces", None, "vehicle_count", "vehicle_speed", "water_level", "water_flow", "soil_moisture"]
    # by the history the same values in the same units
    assert [row["value"] for row in rows(source, "OffStreetParking") if row["stream"].endswith("occupancy")] == [68]
    assert parking["totalSpotNumber"]["value"] == 414


def test_only_the_types_and_entities_that_were_chosen(make_source: Callable[..., Any], broker: Broker):
    for number in range(1, 4):
        tree(broker, number, (0, number))["district"] = fixed("Mitte" if number < 3 else "Nord")
    broker.put("urn:ngsi-ld:Person:1", "Person", name=fixed("Erika Mustermann"), height=[measured(at(0), 1.7)])
    chosen = make_source(
        "ngsi-ld", broker.url, types="Tree", condition='district=="Mitte"', group_by="district", titles="Tree/Mitte = Bäume"
    )
    everything = make_source("ngsi-ld", broker.url)

    run(chosen)

    assert {kind: dataset["title"] for kind, dataset in datasets(chosen).items()} == {"Tree/Mitte": "Bäume"}
    assert len(rows(chosen, "Tree/Mitte")) == 2
    run(everything)
    assert set(datasets(everything)) == {"Person", "Tree"}


def test_a_vanished_entity_and_one_that_returns(make_source: Callable[..., Any], broker: Broker):
    for number in (1, 2):
        tree(broker, number, (0, number))
    source = make_source("ngsi-ld", broker.url, silent_hours=0)
    run(source)

    gone = broker.entities.pop(TREE.format(2))
    told = remarks(run(source))

    assert any("nennt" in text and "Tree:2" in text for text in told), told
    assert len(rows(source)) == 2
    broker.entities[gone["id"]] = gone
    assert any("wieder" in text for text in remarks(run(source)))


def test_another_unit_or_type_begins_a_new_series(make_source: Callable[..., Any], broker: Broker):
    water = broker.put("urn:ngsi-ld:WaterObserved:1", "WaterObserved", height=[measured(at(0), 3.5, unitCode="MTR")])
    source = make_source("ngsi-ld", broker.url)
    run(source)

    water["height"].append(measured(at(15), 360, unitCode="CMT"))
    run(source)
    assert [float(row["value"]) for row in rows(source, "WaterObserved")] == [350, 360]
    water["height"].append(measured(at(30), 1013, unitCode="A97"))
    told = remarks(run(source))

    assert any("~2" in text for text in told), told
    assert [(row["stream"][-2:], float(row["value"]), row["unit"]) for row in rows(source, "WaterObserved")][2:] == [("~2", 1013, "hPa")]


def test_context_tenant_and_clock_are_told_to_the_broker(make_source: Callable[..., Any], broker: Broker):
    late = measured(at(0), 7) | {"modifiedAt": at(9)}
    broker.put(TREE.format(1), "Tree", soilTemperature=[late])
    source = make_source("ngsi-ld", broker.url, context=CONTEXT, tenant="stadt", clock="modifiedAt")

    assert errors(run(source)) == []

    assert CONTEXT in broker.headers["Link"]
    assert broker.headers["NGSILD-Tenant"] == "stadt"
    assert [row["time"][14:16] for row in rows(source)] == ["09"]
    # the @context itself was asked for by nobody: the broker is the only host that the tests allow
    assert all(address.startswith("/ngsi-ld/v1/") for address in broker.asked)


def test_a_preview_says_what_would_come(make_source: Callable[..., Any], broker: Broker):
    tree(broker, 1, (0, 7))
    source = make_source("ngsi-ld", broker.url)

    found = factories.act("harvest_source_preview", id=source["id"])

    assert "Tree" in json.dumps(found)
    assert "soilTemperature [Cel]" in json.dumps(found, ensure_ascii=False)
    assert datasets(source) == {}


def test_nobody_sees_anything_before_the_decision(make_source: Callable[..., Any], broker: Broker):
    tree(broker, 1, (0, 7))
    source = make_source("ngsi-ld", broker.url)
    run(source)
    dataset = datasets(source)["Tree"]

    for action, data in (
        ("package_show", {"id": dataset["id"]}),
        ("datastore_search", {"resource_id": dataset["resources"][0]["id"]}),
        ("resource_show", {"id": dataset["resources"][0]["id"]}),
    ):
        with pytest.raises((tk.ObjectNotFound, tk.NotAuthorized)):
            tk.get_action(action)({"user": ""}, dict(data))


def test_a_clock_that_runs_ahead_hides_nothing(make_source: Callable[..., Any], broker: Broker):
    ahead = measured("2126-03-01T08:00:00Z", 99)
    broker.put(TREE.format(1), "Tree", soilTemperature=[ahead, measured(at(0), 7)])
    source = make_source("ngsi-ld", broker.url)
    run(source)

    broker.entities[TREE.format(1)]["soilTemperature"].append(measured(datetime.now(timezone.utc).isoformat(), 8))
    run(source)

    assert sorted(row["value"] for row in rows(source)) == [7, 8, 99]

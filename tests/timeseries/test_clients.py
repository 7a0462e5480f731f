"""Stock clients read us: a SensorThings client, pandas, GDAL (the library by which QGIS reads), and another portal's harvester."""

from __future__ import annotations

import io
import json
import urllib.request
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import frost_sta_client as fsc
import numpy
import pandas
import pyogrio
import pytest
from frost_sta_client.model.datastream import Datastream
from frost_sta_client.model.thing import Thing

from ckanext.datenplattform.timeseries import shared, streams
from ckanext.datenplattform.timeseries.shared import Stream
from ckanext.datenplattform.timeseries.sta import ids
from tests import factories
from tests.harvesters.conftest import datasets, errors, make_source, run, unit  # noqa: F401 - fixtures

from .sta_scene import FIELDS, NAMES, START, make_series, publish


@pytest.fixture
def address(live_site: str) -> str:
    """The running portal with one published dataset `pegel` and one that is not."""
    publish(make_series(factories.unit(), "pegel")["id"])
    make_series(factories.unit(), "geheim", 1000)
    return live_site


def test_a_sensorthings_client_reads_the_face(address: str):
    service: Any = fsc.SensorThingsService(f"{address}/sta/v1.1")
    things = list(service.things().query().orderby("name", "ASC").top(1).list())
    assert [thing.name for thing in things] == ["Brücke 1", "Brücke 2", "Bus", "Platz"]

    by_link = list(things[0].get_datastreams().query().list())
    assert [found.name for found in by_link] == ["Pegel 1"]
    found = service.datastreams().find(by_link[0].id)
    assert (found.unit_of_measurement.symbol, found.unit_of_measurement.definition) == ("cm", "ucum:cm")

    expanded = list(service.datastreams().query().filter("name eq 'Pegel 2'").expand("Thing,ObservedProperty,Sensor").list())
    assert [each.thing.name for each in expanded] == ["Brücke 2"]
    assert expanded[0].observed_property.name == "Wasserstand"
    assert expanded[0].sensor.name == "Titel pegel"
    assert isinstance(expanded[0], Datastream)
    assert isinstance(expanded[0].thing, Thing)

    # filtered, in pages that the client follows by itself
    observations = found.get_observations().query().filter("phenomenonTime ge 2026-03-28T22:00:00Z").orderby("phenomenonTime", "asc").top(5)
    read = [(each.phenomenon_time, each.result) for each in observations.list()]
    assert [result for _, result in read] == [n + 0.5 for n in range(8, 32)]
    assert pandas.Timestamp(read[0][0]) == pandas.Timestamp("2026-03-28T22:00:00Z")
    counted = service.observations().query().filter("result gt 30").count().top(1).list()
    assert counted.count == 4


def test_pandas_reads_the_daten_api_by_its_address(address: str):
    table = pandas.read_csv(f"{address}/api/daten/v1/pegel/observations.csv?streams=pegel-1,pegel-2", parse_dates=["time"])
    assert len(table) == 64
    assert table["value"].sum() == 2 * sum(n + 0.5 for n in range(32))
    assert table["time"].min() == pandas.Timestamp(START)
    assert set(table["unit"]) == {"cm"}
    hours = pandas.read_csv(f"{address}/api/daten/v1/pegel/observations.csv?streams=pegel-1&interval=1h", parse_dates=["time"])
    own = table[table["stream"] == "pegel-1"].resample("1h", on="time")["value"].mean()
    assert list(hours["mean"]) == list(own)
    german = pandas.read_csv(f"{address}/api/daten/v1/pegel/observations.csv?streams=pegel-1&excel=1", sep=";", decimal=",")
    assert list(german["value"]) == [n + 0.5 for n in range(32)]


def test_pandas_reads_parquet_and_json(address: str):
    with urllib.request.urlopen(f"{address}/api/daten/v1/pegel/observations.parquet?streams=pegel-1") as answer:
        table = pandas.read_parquet(io.BytesIO(answer.read()))
    assert list(table["value"]) == [n + 0.5 for n in range(32)]
    assert table["time"].iloc[0] == pandas.Timestamp(START)


def test_gdal_reads_the_latest_values_as_a_map(address: str):
    """As QGIS does when it is given the address."""
    url = f"{address}/api/daten/v1/pegel/latest.geojson"
    meta, _, geometry, columns = pyogrio.raw.read(url)
    found = dict(zip(meta["fields"], columns, strict=True))
    assert meta["crs"] == "EPSG:4326"
    assert meta["geometry_type"] == "Point"
    assert sorted(found["name"]) == ["Brücke 1", "Brücke 2", "Platz"]
    levels = dict(zip(found["name"], found["water_level_value"], strict=True))
    assert levels["Brücke 1"] == 31.5
    # little-endian WKB of a point: a byte, a number, then longitude and latitude
    points = {name: tuple(numpy.frombuffer(shape[5:21], "<f8")) for name, shape in zip(found["name"], geometry, strict=True)}
    assert points == {"Brücke 1": (9.0, 52.0), "Brücke 2": (10.0, 52.0), "Platz": (8.0, 52.0)}


def _facts(resource_id: str) -> dict[str, dict[str, Any]]:
    return {stream: found for (_, stream), found in streams.registered([resource_id]).items()}


def _rows(resource_id: str) -> list[dict[str, Any]]:
    return factories.act("datastore_search", resource_id=resource_id, sort="stream, time", limit=32_000)["records"]


def _types(organization: dict[str, Any]) -> dict[str, Any]:
    """A dataset with series of every type."""
    made = factories.dataset(organization, name="arten", title="Alle Arten", notes="Von allem etwas.",
                             resources=[{"name": "Werte", "url_type": "datastore", "url": "x"}])  # fmt: skip
    resource = made["resources"][0]["id"]
    shared.ensure_table(resource, FIELDS)
    shared.describe_streams(resource, [
        Stream(stream="1.5 m", name="Luft", thing="Mast", property="Lufttemperatur", unit="°C", kind="number", lon=8.1, lat=52.1),
        Stream(stream="rad", name="Räder", thing="Mast", property="Fahrräder", unit="1", kind="count", lon=8.1, lat=52.1),
        Stream(stream="wind", name="Wind", thing="Mast", property="Windrichtung", unit="deg", kind="number", lon=8.1, lat=52.1),
        Stream(stream="tor", name="Tor", thing="Tor", property="Tor offen", kind="boolean"),
        Stream(stream="bus", name="Bus", thing="Bus", property="Ruckeln", property_uri="http://example.org/ruckeln", unit="Punkte"),
    ])  # fmt: skip
    rows: list[list[Any]] = []
    for n in range(250):
        time, place = START + timedelta(minutes=15 * n), {"type": "Point", "coordinates": [8 + n / 1000, 52.5]}
        rows += [["1.5 m", time, n / 8 - 3, None, None, None, time + timedelta(seconds=3), None, "Mitte"],
                 ["rad", time, n, None, None, time + timedelta(minutes=15), None, None, None],
                 ["wind", time, n, *[None] * 6], ["tor", time, n % 2, ("false", "true")[n % 2], *[None] * 5],
                 ["bus", time, n, *[None] * 5, place, None]]  # fmt: skip
    rows = [[*row[:7], _json(row[7]), row[8]] for row in rows]
    shared.write_rows(resource, rows, NAMES)
    return {"id": made["id"], "resource": resource}


def _json(value: Any) -> Any:
    return None if value is None else json.dumps(value)


@pytest.mark.parametrize("moving", [False, True])
def test_another_portal_harvests_the_same(live_site: str, make_source: Callable[..., Any], moving: bool):
    made = _types(factories.unit())
    publish(made["id"])
    source = make_source(
        "sensorthings", f"{live_site}/sta/v1.1", group_by="dataset", columns={"stadtteil": "stadtteil"}, moving=moving
    )

    job = run(source)

    assert errors(job) == []
    [found] = datasets(source).values()
    assert (found["title"], found["license_id"]) == ("Alle Arten", "dl-de/by-2-0")
    theirs = found["resources"][0]["id"]
    facts, others = _facts(made["resource"]), _facts(theirs)
    names = {stream: ids.joined(made["resource"], stream) for stream in facts}
    assert set(others) == set(names.values())
    for stream, name in names.items():
        for fact in ("name", "thing", "property", "kind", "unit", "lon", "lat"):
            assert others[name][fact] == facts[stream][fact], (stream, fact)
    ours = {(names[row["stream"]], row["time"]): row for row in _rows(made["resource"])}
    read = {(row["stream"], row["time"]): row for row in _rows(theirs)}
    assert len(read) == len(ours) == 1250
    for key, row in ours.items():
        for column in ("value", "value_text", "time_end", "result_time", "stadtteil"):
            assert read[key].get(column) == row[column], (key, column)
        if moving and row["geometry"]:
            assert (read[key]["geometry"], read[key]["lon"]) == (row["geometry"], row["geometry"]["coordinates"][0])

    # and again: nothing is new
    again = run(source)
    assert errors(again) == []
    assert again["stats"]["not modified"] == 1
    assert len(_rows(theirs)) == 1250

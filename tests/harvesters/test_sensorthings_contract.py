"""What SensorThings can say beyond the real server's reach: from a server written from the standard."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import ckan.plugins.toolkit as tk
import pytest

from tests import factories
from tests.servers.sta_contract import CELSIUS, TEMPERATURE, ContractServer, Stream, Thing

from .conftest import datasets, errors, run

HUMIDITY = {"name": "Luftfeuchte", "definition": "http://example.org/humidity"}
POINT = {"type": "Point", "coordinates": [8.04, 52.27]}


@pytest.fixture
def server() -> Iterator[ContractServer]:
    """An empty server."""
    with ContractServer() as found:
        yield found


def rows(source: dict[str, Any], kind: str = "station") -> list[dict[str, Any]]:
    """The rows of a kind's series, by series and time."""
    series = datasets(source)[kind]["resources"][0]["id"]
    return factories.act("datastore_search", resource_id=series, sort="stream, time", limit=32_000)["records"]


def at(minute: int, result: Any, **more: Any) -> dict[str, Any]:
    """An Observation of the morning of 1 March 2026."""
    return {"phenomenonTime": f"2026-03-01T08:{minute:02}:00Z", "result": result, **more}


def station(*streams: Stream, **more: Any) -> Thing:
    """A Thing with a place and streams."""
    return Thing(**{"id": 1, "name": "Station", "properties": {"kind": "station"}, "places": [POINT], "streams": list(streams), **more})


def remarks(job: dict[str, Any]) -> list[str]:
    """All remarks of a job."""
    return [text for entry in job["report"]["remarks"].values() for text in entry["remarks"]]


@pytest.mark.parametrize("expands", [True, False])
@pytest.mark.parametrize("arrays", [True, False])
def test_each_property_of_a_multidatastream_is_a_series(
    make_source: Callable[..., Any], server: ContractServer, expands: bool, arrays: bool
):
    server.expands, server.arrays = expands, arrays
    weather = Stream(
        1, "Wetter", ["Measurement", "Measurement"], [CELSIUS, {"name": "Prozent", "symbol": "%"}], [TEMPERATURE, HUMIDITY],
        rows=[at(0, [7.5, 81]), at(15, [7.0, "NaN"]), at(30, 5), at(45, [6.5])],
    )  # fmt: skip
    server.things = [station(weather, Stream(1, "Gehäuse", rows=[at(0, 20)]))]
    source = make_source("sensorthings", server.url)

    assert errors(run(source)) == []

    found = {(row["stream"], row["time"][14:16]): (row["value"], row["property"], row["unit"], row["quality"]) for row in rows(source)}
    assert found["1", "00"][0] == 20
    assert found["multi-1-1", "00"][:2] == (7.5, "Lufttemperatur")
    assert found["multi-1-2", "00"][:3] == (81, "Luftfeuchte", "%")
    assert found["multi-1-2", "15"][::3] == (None, "nan")
    # a result that is no list of two belongs to nobody
    assert [found[f"multi-1-{part}", minute][::3] for part in (1, 2) for minute in ("30", "45")] == [(None, "invalid")] * 4


def test_ids_of_both_sorts_times_of_both_sorts_and_intervals(make_source: Callable[..., Any], server: ContractServer):
    period = {"phenomenonTime": "2026-03-29T02:00:00+00:00/2026-03-29T04:15:00+02:00", "resultTime": "2026-03-29T02:20:00Z", "result": 4}
    server.things = [
        station(Stream(5, "Zahl", "CountObservation", rows=[period])),
        station(Stream("it's", "Wort", rows=[at(0, 1)]), id="a'b", name="Zwei"),
    ]
    source = make_source("sensorthings", server.url)

    assert errors(run(source)) == []

    first, second = rows(source)
    assert (first["stream"], first["value"], first["thing"]) == ("5", 4, "Station")
    assert [first[name][11:16] for name in ("time", "time_end", "result_time")] == ["02:00", "02:15", "02:20"]
    assert (second["stream"], second["thing"]) == ("it's", "Zwei")


def test_results_of_every_type(make_source: Callable[..., Any], server: ContractServer):
    place = {"type": "LineString", "coordinates": [[8.0, 52.0], [8.1, 52.1]]}
    server.things = [
        station(
            Stream("a", "Messung", rows=[at(0, 1.5), at(1, float("nan")), at(2, float("inf")), at(3, None), at(4, {"x": 1})]),
            Stream("b", "Zählung", "CountObservation", rows=[at(0, 7.0), at(1, "8")]),
            Stream("c", "Stufe", "CategoryObservation", rows=[at(0, "hoch"), at(1, "=1+1")]),
            Stream("d", "Schalter", "TruthObservation", rows=[at(0, True), at(1, False)]),
            Stream("e", "Weg", "GeometryObservation", rows=[at(0, place), at(1, "kaputt")]),
        )
    ]
    source = make_source("sensorthings", server.url)

    assert errors(run(source)) == []

    found = {(row["stream"], int(row["time"][14:16])): row for row in rows(source)}
    assert [(found["a", n]["value"], found["a", n]["quality"]) for n in range(5)] == [
        (1.5, None), (None, "nan"), (None, "nan"), (None, None), (None, "invalid"),
    ]  # fmt: skip
    assert [str(found["b", n]["value"]) for n in range(2)] == ["7", "8"]
    assert [found["c", n]["value_text"] for n in range(2)] == ["hoch", "=1+1"]
    assert [(found["d", n]["value"], found["d", n]["value_text"]) for n in range(2)] == [(1, "true"), (0, "false")]
    assert found["e", 0]["geometry"] == place
    assert (found["e", 1]["geometry"], found["e", 1]["quality"]) == (None, "invalid")


@pytest.mark.parametrize("expands", [True, False])
def test_things_that_move_have_a_place_for_each_measurement(make_source: Callable[..., Any], server: ContractServer, expands: bool):
    server.expands = expands
    area = {"type": "Polygon", "coordinates": [[[8.0, 52.0], [8.2, 52.0], [8.2, 52.2], [8.0, 52.2], [8.0, 52.0]]]}
    point = {"type": "Point", "coordinates": [8.1, 52.1]}
    moving = [at(0, 1, feature=point), at(1, 2, feature={"type": "Feature", "geometry": area}), at(2, 3)]
    server.things = [station(Stream(1, "Bus", rows=moving))]
    source = make_source("sensorthings", server.url, moving=True)

    assert errors(run(source)) == []

    first, second, third = rows(source)
    assert (first["lon"], first["lat"], first["geometry"]) == (8.1, 52.1, point)
    assert (second["lon"], second["lat"], second["geometry"]) == (8.1, 52.1, area)
    # nobody said where it was: then where the Thing is
    assert (third["lon"], third["lat"]) == (8.04, 52.27)


@pytest.mark.parametrize(
    ("place", "middle"),
    [
        ({"type": "Feature", "geometry": POINT}, (8.04, 52.27)),
        ({"type": "LineString", "coordinates": [[8.0, 52.0], [8.2, 52.4]]}, (8.1, 52.2)),
        ({"type": "MultiPoint", "coordinates": [[8.0, 52.0], [8.2, 52.4]]}, (8.1, 52.2)),
        ({"type": "GeometryCollection", "geometries": [POINT]}, (8.04, 52.27)),
        ({"type": "FeatureCollection", "features": [{"type": "Feature", "geometry": POINT}]}, (8.04, 52.27)),
        ({"type": "Point", "coordinates": []}, (None, None)),
        ({"type": "FeatureCollection", "features": "kaputt"}, (None, None)),
        ("POINT (8 52)", (None, None)),
    ],
)
def test_places_of_any_type(make_source: Callable[..., Any], server: ContractServer, place: Any, middle: tuple[Any, Any]):
    server.things = [station(Stream(1, "S", rows=[at(0, 1)]), places=[place])]
    source = make_source("sensorthings", server.url)

    assert errors(run(source)) == []

    [row] = rows(source)
    assert (row["lon"], row["lat"]) == middle


def test_properties_become_columns(make_source: Callable[..., Any], server: ContractServer):
    server.things = [
        station(
            Stream(1, "S", rows=[at(0, 1, parameters={"battery": 3.6}), at(1, 2)], properties={"depth": 30}),
            properties={"kind": "station", "district": "Mitte"},
        )
    ]
    columns = {"district": "stadtteil", "depth": "tiefe", "battery": "batterie", "nothing": "nichts"}
    source = make_source("sensorthings", server.url, columns=columns)

    assert errors(run(source)) == []

    first, second = rows(source)
    assert (first["stadtteil"], first["tiefe"], first["batterie"], first["nichts"]) == ("Mitte", "30", "3.6", None)
    assert (second["stadtteil"], second["batterie"]) == ("Mitte", None)


def test_three_sources_with_things_of_the_same_kind_and_title(make_source: Callable[..., Any], server: ContractServer):
    server.things = [station(Stream(1, "S", rows=[at(0, 1)]))]
    sources = [make_source("sensorthings", server.url, max_rows=1_000 + number) for number in range(3)]

    assert [errors(run(source)) for source in sources] == [[], [], []]

    assert len({datasets(source)["station"]["name"] for source in sources}) == 3


@pytest.mark.parametrize("name", ["value", "_id", "Straße", "a b", "x" * 64, "1a", "value_text"])
def test_columns_have_names_of_their_own(make_source: Callable[..., Any], server: ContractServer, name: str):
    with pytest.raises(tk.ValidationError) as caught:
        make_source("sensorthings", server.url, columns={"district": name})

    reasons: Any = caught.value.error_dict
    assert "kann nicht der Name einer Spalte sein" in " ".join(reasons["config"])

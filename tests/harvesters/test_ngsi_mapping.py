"""What an entity becomes: pure."""

from __future__ import annotations

from typing import Any

import pytest

from ckanext.datenplattform.harvesters.ngsi_mapping import content, history, thing_content
from ckanext.datenplattform.harvesters.ngsi_models import UNITS, short
from ckanext.datenplattform.timeseries.units import dimension

AT = "2026-03-01T08:00:00Z"


def streams(kind: str, terms: dict[str, str] | None = None, **attributes: Any) -> dict[str, dict[str, Any]]:
    """Name of the attribute → series, of an entity."""
    thing = thing_content({"id": "urn:ngsi-ld:X:1", "type": kind, **attributes}, kind, terms or {})
    return {stream["property"]["name"]: stream for stream in thing["streams"]}


def prop(value: Any, **more: Any) -> dict[str, Any]:
    """A Property."""
    return {"type": "Property", "value": value, **more}


@pytest.mark.parametrize("code", sorted(UNITS))
def test_every_unit_is_one_that_can_be_converted(code: str):
    assert dimension(UNITS[code])


def test_unknown_types_give_series_of_what_has_a_time():
    found = streams(
        "Bench",
        warm=prop(True, observedAt=AT), load=prop(12, observedAt=AT, unitCode="KGM"), temperature=prop(7.5, observedAt=AT, unitCode="CEL"),
        state=prop("free", observedAt=AT), colour=prop("green"), legs=prop(4),
        opened=prop({"@type": "DateTime", "@value": AT}, observedAt=AT),
        owner={"type": "Relationship", "object": "urn:ngsi-ld:Person:1", "observedAt": AT}, list=prop([1, 2], observedAt=AT),
    )  # fmt: skip

    assert {name: stream["type"] for name, stream in found.items()} == {
        "warm": "OM_TruthObservation", "load": "OM_Measurement", "temperature": "OM_Measurement", "state": "OM_CategoryObservation",
    }  # fmt: skip
    assert found["temperature"]["unit"]["definition"] == "ucum:Cel"
    # not in the table: as the source wrote it
    assert found["load"]["unit"] == {"name": "KGM", "symbol": "KGM", "definition": None}


def test_an_observation_as_a_whole_has_one_period_for_all_its_numbers():
    found = streams(
        "TrafficFlowObserved",
        intensity=prop(197),
        averageVehicleSpeed=prop(52.6, observedAt="2026-03-01T09:00:00Z"),
        noise=prop(61),
        dateObserved=prop("2026-03-01T08:00:00Z/2026-03-01T08:15:00Z"),
    )

    assert found["intensity"]["current"] == [AT, "2026-03-01T08:15:00Z", 197]
    assert found["averageVehicleSpeed"]["current"] == ["2026-03-01T09:00:00Z", None, 52.6]
    assert found["averageVehicleSpeed"]["unit"]["definition"] == "ucum:km/h"
    assert found["noise"]["current"][2] == 61


@pytest.mark.parametrize(("code", "unit", "scale"), [("", "%", 100), ("C62", "%", 100), ("P1", "%", 1)])
def test_shares_are_kept_in_per_cent(code: str, unit: str, scale: int):
    found = streams("Tree", soilMoistureVwc=prop(0.25, observedAt=AT, **({"unitCode": code} if code else {})))

    assert (found["soilMoistureVwc"]["unit"]["symbol"], found["soilMoistureVwc"]["scale"]) == (unit, scale)


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("https://smartdatamodels.org/dataModel.Parking/availableSpotNumber", "availableSpotNumber"),
        ("https://uri.etsi.org/ngsi-ld/default-context/x", "x"),
        ("https://uri.etsi.org/ngsi-ld/location", "location"),
        ("https://example.org/other/availableSpotNumber", "https://example.org/other/availableSpotNumber"),
        ("availableSpotNumber", "availableSpotNumber"),
    ],
)
def test_only_known_vocabularies_are_shortened(name: str, wanted: str):
    assert short(name) == wanted


def test_the_operator_may_say_what_a_name_means():
    found = streams("OffStreetParking", {"freiePlaetze": "availableSpotNumber"}, freiePlaetze=prop(12))

    assert found["availableSpotNumber"]["attribute"] == "freiePlaetze"
    assert found["availableSpotNumber"]["type"] == "OM_CountObservation"


def test_name_place_and_properties():
    thing = thing_content(
        {
            "id": "urn:ngsi-ld:Tree:7",
            "type": "Tree",
            "name": {"type": "LanguageProperty", "languageMap": {"en": "Lime", "de": "Linde"}},
            "location": {"type": "GeoProperty", "value": '{"type": "Point", "coordinates": [8.04, 52.27]}'},
            "refPark": {"type": "Relationship", "object": ["urn:ngsi-ld:Park:1", "urn:ngsi-ld:Park:2"]},
            "address": prop({"streetAddress": "Weg 1"}),
            "planted": prop("2001-05-01T00:00:00Z"),
            "species": {"value": "Tilia"},
        },
        "Tree",
        {},
    )

    assert (thing["name"], thing["lon"], thing["lat"], thing["streams"]) == ("Linde", 8.04, 52.27, [])
    assert thing["properties"] == {"refPark": "urn:ngsi-ld:Park:1, urn:ngsi-ld:Park:2", "species": "Tilia"}


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ({"@type": "DateTime", "@value": AT}, AT),
        ({"languageMap": {"@none": "urn:ngsi-ld:null"}}, None),
        ({"languageMap": {"fr": "Tilleul"}}, "Tilleul"),
        ("urn:ngsi-ld:null", None),
        ({"x": 1}, {"x": 1}),
    ],
)
def test_values(given: Any, wanted: Any):
    assert content(given) == wanted


@pytest.mark.parametrize(
    "attribute",
    [
        {"type": "Property", "values": [[2, "2026-03-01T09:00:00Z"], [1, AT]]},
        [prop(2, observedAt="2026-03-01T09:00:00Z"), prop(1, observedAt=AT), prop(9, observedAt=AT, datasetId="urn:d:2")],
        [{"type": "Property", "values": [[1, AT], [2, "2026-03-01T09:00:00Z"]]}, {"datasetId": "urn:d:2", "values": [[9, AT]]}],
    ],
)
@pytest.mark.parametrize("name", ["height", "https://smartdatamodels.org/dataModel.Environment/height"])
def test_both_forms_of_a_history(attribute: Any, name: str):
    stream = streams("WaterObserved", height=prop(1))["height"]

    rows = history({"id": "urn:ngsi-ld:X:1", name: attribute}, stream)

    assert [(row.time, row.result) for row in rows] == [(AT, 1), ("2026-03-01T09:00:00Z", 2)]


@pytest.mark.parametrize("body", [None, [], "x", {}, {"height": 5}, {"height": [5, [1]]}, {"height": {"values": [1, [2]]}}])
def test_a_history_that_is_none(body: Any):
    assert history(body, streams("WaterObserved", height=prop(1))["height"]) == []


def test_an_entity_without_end_stays_small():
    found = {f"a{n}": prop(n, observedAt=AT) for n in range(5000)} | {f"b{n}": prop("x" * 10_000) for n in range(5000)}
    thing = thing_content({"id": "urn:ngsi-ld:X:1", "type": "X", **found}, "X", {})

    assert len(thing["streams"]) == 100
    assert sum(len(text) for text in thing["properties"].values()) == 50 * 500

"""NGSIv2 by a setting: what an entity becomes, and a broker written from the specification."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from ckanext.datenplattform.harvesters.ngsi_v2 import as_ld
from tests.servers.ngsi_v2 import BrokerV2, attribute

from .conftest import datasets, errors, run
from .test_ngsi_ld import at, channel, rows

PARKING = "parkhaus-1"


@pytest.fixture
def broker() -> Iterator[BrokerV2]:
    """An empty broker."""
    with BrokerV2() as found:
        yield found


def parking(broker: BrokerV2, time: str, free: Any, id: str = PARKING) -> None:
    """A car park as an IoT agent writes it."""
    broker.put(
        id, "OffStreetParking", name=attribute("Parkhaus am Markt", "Text"), location=attribute("52.27, 8.04", "geo:point"),
        availableSpotNumber=attribute(free, timestamp=time), refZone=attribute("zone-1", "Relationship"),
    )  # fmt: skip


def test_attributes_places_and_metadata():
    found = as_ld(
        {
            "id": "a", "type": "T", "broken": 5,
            "warm": attribute(7.5, TimeInstant=at(0), unitCode="CEL", dateModified=at(9)),
            "ref": attribute("b", "Relationship"),
            "point": attribute("52.27,8.04", "geo:point"),
            "line": attribute(["52,8", "53,9"], "geo:line"),
            "box": attribute(["52,8", "53,9"], "geo:box"),
            "shape": attribute({"type": "Point", "coordinates": [8, 52]}, "geo:json"),
            "bad": attribute("somewhere", "geo:point"),
            "odd": {"value": 1, "metadata": "x"},
        }
    )  # fmt: skip

    assert found["warm"] == {"type": "Property", "value": 7.5, "observedAt": at(0), "modifiedAt": at(9), "unitCode": "CEL"}
    assert found["ref"] == {"type": "Relationship", "object": "b"}
    assert found["point"]["value"] == {"type": "Point", "coordinates": [8.04, 52.27]}
    assert found["line"]["value"]["coordinates"] == [[8, 52], [9, 53]]
    assert found["box"]["value"]["coordinates"] == [[[8, 52], [9, 52], [9, 53], [8, 53], [8, 52]]]
    assert found["shape"]["value"]["coordinates"] == [8, 52]
    assert found["bad"]["value"] is None
    assert found["odd"] == {"type": "Property", "value": 1}
    assert "broken" not in found


def test_present_values_page_by_page(make_source: Callable[..., Any], broker: BrokerV2):
    for number in range(1, 6):
        parking(broker, at(0), 100 + number, f"p-{number}")
    source = make_source("ngsi-ld", broker.url, version="ngsiv2", tenant="stadt", service_path="/parken/#", columns="refZone = zone")

    assert errors(run(source)) == []
    parking(broker, at(15), 90, "p-1")
    assert errors(run(source)) == []

    found = rows(source, "OffStreetParking")
    assert [(row["stream"], row["time"][14:16], row["value"]) for row in found][:3] == [
        ("p-1:availableSpotNumber", "00", 101), ("p-1:availableSpotNumber", "15", 90), ("p-2:availableSpotNumber", "00", 102),
    ]  # fmt: skip
    assert len(found) == 6
    assert (found[0]["lon"], found[0]["lat"], found[0]["thing"], found[0]["zone"]) == (8.04, 52.27, "Parkhaus am Markt", "zone-1")
    assert channel(source, "OffStreetParking", "availableSpotNumber").property == "free_spaces"
    assert (broker.headers["Fiware-Service"], broker.headers["Fiware-ServicePath"]) == ("stadt", "/parken/#")
    assert all(address.startswith("/v2/") for address in broker.asked)
    assert not any("temporal" in address for address in broker.asked)


def test_the_time_when_the_broker_got_it(make_source: Callable[..., Any], broker: BrokerV2):
    broker.put("a", "Tree", soilTemperature=attribute(7.5, unitCode="CEL", dateModified=at(9)))
    source = make_source("ngsi-ld", broker.url, version="ngsiv2", clock="modifiedAt")

    assert errors(run(source)) == []
    assert [(row["time"][14:16], row["value"], row["unit"]) for row in rows(source)] == [("09", 7.5, "Cel")]


def test_a_missing_page_and_a_wrong_answer_change_nothing(make_source: Callable[..., Any], broker: BrokerV2):
    for number in range(1, 4):
        parking(broker, at(0), number, f"p-{number}")
    source = make_source("ngsi-ld", broker.url, version="ngsiv2", public_source=True)
    run(source)
    dataset = datasets(source)["OffStreetParking"]
    assert {r["format"] for r in dataset["resources"]} >= {"NGSIv2"}

    broker.fault = lambda address: "skip" if "offset=2" in address else None
    assert "angekündigt" in errors(run(source))[0]
    broker.fault = lambda address: "html" if "/entities" in address else None
    assert "Webseite" in errors(run(source))[0]
    assert len(rows(source, "OffStreetParking")) == 3
    assert datasets(source)["OffStreetParking"]["metadata_modified"] == dataset["metadata_modified"]


@pytest.mark.parametrize("path", ["trees", "/a b", "/a\r\nX: y", "/" + "a" * 60, "/../x"])
def test_a_bad_service_path_is_said(make_source: Callable[..., Any], broker: BrokerV2, path: str):
    source = make_source("ngsi-ld", broker.url, version="ngsiv2", service_path=path)

    assert "/#" in errors(run(source))[0]
    assert broker.asked == []

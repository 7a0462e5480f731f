"""The SensorThings server answers as ``tests.servers.sensorthings`` says: the facts a harvester relies on."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.servers import live, process, seed_sensorthings, sensorthings
from tests.servers.fixtures import run_dir
from tests.servers.process import Server
from tests.servers.seed_sensorthings import Client, SeedError
from tests.servers.synthetic import KINDS, Place


@pytest.fixture(scope="module")
def client(sensorthings_server: Server) -> Client:
    return Client(sensorthings_server.url)


@pytest.fixture(scope="module")
def stream(client: Client) -> str:
    return seed_sensorthings.stream_ids(client)["groundwater-01/level"]


def _times(page: dict) -> list[str]:
    return [row[g["components"].index("phenomenonTime")] for g in page["value"] for row in g["dataArray"]]


def test_service_root_lists_collections_and_needs_its_slash(client: Client):
    root = client.get("")

    assert {"Things", "Datastreams", "Observations"} <= {entry["name"] for entry in root["value"]}
    assert any(uri.endswith("/data-array") for uri in root["serverSettings"]["conformance"])
    # Without the slash: redirected.
    assert Client(client.url.removesuffix("/v1.1")).get("v1.1")["value"] == root["value"]


def test_things_carry_kind_place_and_streams(client: Client, place: Place):
    things = client.get("Things", expand="Locations,Datastreams/ObservedProperty", top="100")["value"]

    assert len(things) == 23
    assert {t["properties"]["kind"] for t in things} == set(KINDS)
    assert sum(len(t["Datastreams"]) for t in things) == 40
    for thing in things:
        assert thing["properties"]["kind_title"] == KINDS[thing["properties"]["kind"]][0]
        assert thing["properties"]["synthetic"] is True
        lon, lat = thing["Locations"][0]["location"]["coordinates"]
        assert abs(lon - place.lon) < 0.1
        assert abs(lat - place.lat) < 0.1
        for datastream in thing["Datastreams"]:
            assert datastream["unitOfMeasurement"]["definition"].startswith("ucum:")
            assert datastream["ObservedProperty"]["definition"].startswith("http")
            assert "phenomenonTime" not in datastream  # the server never fills it in


def test_paging_ends_and_a_full_last_page_has_a_next_link(client: Client, sensorthings_server: Server):
    url, pages, seen = f"{sensorthings_server.url}/Datastreams?$top=20&$orderby=id", 0, []
    while url:
        page = client.get(url.removeprefix(f"{client.url}/"))
        seen += [d["@iot.id"] for d in page["value"]]
        url, pages = page.get("@iot.nextLink"), pages + 1

    assert (len(seen), len(set(seen)), pages) == (40, 40, 3)
    assert page["value"] == []


def test_top_has_limits(client: Client):
    with pytest.raises(SeedError, match="422"):
        client.get("Things", top="101")
    with pytest.raises(SeedError, match="422"):
        client.get("Observations", top="10001", resultFormat="dataArray")


def test_observations_as_data_array(client: Client, stream: str):
    query = {"filter": f"Datastream/id eq {stream}", "orderby": "resultTime", "resultFormat": "dataArray"}

    page = client.get("Observations", top="150", count="true", **query)
    rest = client.get("Observations", top="150", skip="150", **query)

    assert page["@iot.count"] == 192
    assert page["value"][0]["components"][:4] == ["id", "phenomenonTime", "result", "resultTime"]
    assert stream in page["value"][0]["Datastream@iot.navigationLink"]
    times = _times(page) + _times(rest)
    assert len(times) == len(set(times)) == 192
    assert times == sorted(times)
    assert times[0].endswith("+00:00")
    assert "@iot.nextLink" in page
    assert "@iot.nextLink" not in rest


def test_nested_paths_repeat_a_row_at_the_page_boundary(client: Client, stream: str):
    path = f"Datastreams('{stream}')/Observations"
    first = client.get(path, top="100", orderby="resultTime", resultFormat="dataArray")
    second = client.get(path, top="100", skip="100", orderby="resultTime", resultFormat="dataArray")

    assert _times(first)[-1] == _times(second)[0]
    assert len(_times(first) + _times(second)) == 193


def test_filter_by_time(client: Client, stream: str):
    middle = "2000-01-01T00:00:00Z"
    everything = client.get(
        "Observations", filter=f"Datastream/id eq {stream} and resultTime gt {middle}", count="true"
    )
    nothing = client.get(
        "Observations", filter=f"Datastream/id eq {stream} and phenomenonTime lt {middle}", count="true"
    )

    assert everything["@iot.count"] == 192
    assert nothing["@iot.count"] == 0


def test_a_quoted_id_in_a_filter_finds_nothing(client: Client, stream: str):
    assert client.get("Observations", filter=f"Datastream/id eq '{stream}'")["value"] == []


def test_order_by_phenomenon_time_is_an_error(client: Client):
    with pytest.raises(SeedError, match="500"):
        client.get("Observations", orderby="phenomenonTime", top="1")


def test_unknown_ids_are_404(client: Client):
    with pytest.raises(SeedError, match="404"):
        client.get("Things('00000000-0000-0000-0000-000000000000')")


def test_a_refused_observation_is_told_though_the_server_says_created(client: Client, stream: str):
    rows = {"components": ["phenomenonTime", "result"], "dataArray": [["x", 1], ["y", 2]]}
    answer = client.post("CreateObservations", [{"Datastream": {"@iot.id": stream}, **rows}])[1]

    assert answer == ["error", "error"]


def test_seeding_again_adds_only_what_is_missing(own_sensorthings_server: Server, place: Place):
    client = Client(own_sensorthings_server.url)
    stream = seed_sensorthings.stream_ids(client)["tree-01/soil_moisture_30"]
    first, last = seed_sensorthings.bounds(client, stream)
    assert first is not None
    assert last is not None

    again = seed_sensorthings.seed(client.url, place, days=0.5, until=last + 900)
    wider = seed_sensorthings.seed(client.url, place, days=0.5 + 4 / 96, until=last + 3 * 900)

    assert (again.things, again.datastreams, again.observations) == (0, 0, 0)
    assert (wider.things, wider.datastreams, wider.observations) == (0, 0, 40 * 4)
    assert client.get("Observations", count="true", top="1")["@iot.count"] == 40 * (48 + 4)
    assert seed_sensorthings.bounds(client, stream) == (first - 2 * 900, last + 2 * 900)


def test_live_data_arrive_and_stop(own_sensorthings_server: Server, place: Place, tmp_path: Path):
    client = Client(own_sensorthings_server.url)
    before = client.get("Observations", count="true", top="1")["@iot.count"]

    running = live.start(tmp_path, own_sensorthings_server.url, place, every=0.5)
    end = time.monotonic() + 20
    while client.get("Observations", count="true", top="1")["@iot.count"] < before + 16 and time.monotonic() < end:
        time.sleep(0.2)

    assert live.stop(tmp_path)
    assert process.running_pid(running.pidfile) is None
    assert process.tail(running.log) == ""
    assert client.get("Observations", count="true", top="1")["@iot.count"] >= before + 16


def test_a_stopped_server_keeps_its_data(tmp_path: Path, sensorthings_server: Server):
    port = process.free_port()
    first = sensorthings.start(tmp_path, run_dir(), port)
    Client(first.url).post("Things", {"name": "Eins", "description": "bleibt"})

    assert sensorthings.start(tmp_path, run_dir(), port) == first
    assert sensorthings.stop(tmp_path)
    assert not sensorthings.stop(tmp_path)
    assert not process.answers_http(f"{first.url}/")
    second = sensorthings.start(tmp_path, run_dir(), port)

    try:
        assert second.pid != first.pid
        assert [t["name"] for t in Client(second.url).all("Things")] == ["Eins"]
    finally:
        sensorthings.stop(tmp_path)

"""The made-up sensors and map layers: always the same, and plausible."""

from __future__ import annotations

import itertools
import math
from statistics import mean

from tests.servers import live, mapserver_data, synthetic
from tests.servers.fixtures import TEST_PLACE
from tests.servers.projection import utm32

MONDAY = 1_762_732_800  # 2025-11-10T00:00:00Z


def _streams() -> dict[str, synthetic.Stream]:
    return {s.key: s for thing in synthetic.things(TEST_PLACE) for s in thing.streams}


def test_every_thing_says_that_it_is_synthetic():
    things = synthetic.things(TEST_PLACE)

    assert (len(things), sum(len(t.streams) for t in things)) == (23, 40)
    assert {t.kind for t in things} == set(synthetic.KINDS)
    assert all(t.properties["synthetic"] is True and t.description.startswith("Synthetische Daten") for t in things)
    assert len({t.key for t in things}) == 23
    assert len({s.key for t in things for s in t.streams}) == 40


def test_same_seed_same_data_other_seed_other_data():
    assert synthetic.things(TEST_PLACE) == synthetic.things(TEST_PLACE)
    stream = _streams()["groundwater-01/level"]
    times = range(MONDAY, MONDAY + 86400, 900)

    first = [synthetic.value(stream, t) for t in times]

    assert first == [synthetic.value(stream, t) for t in times]
    assert first != [synthetic.value(stream, t, seed=2) for t in times]


def test_sensors_stand_in_the_town():
    for thing in synthetic.things(TEST_PLACE):
        x, y = utm32(thing.lon, thing.lat)
        assert math.dist((x, y), utm32(TEST_PLACE.lon, TEST_PLACE.lat)) < 5500


def test_curves_are_plausible():
    streams = _streams()

    def day(key: str, begin: int, end: int, start: int = MONDAY) -> list[float]:
        return [synthetic.value(streams[key], t) for t in range(start + begin * 3600, start + end * 3600, 900)]

    # Rush hour in the town is 7 to 8 o'clock local time, one hour earlier in UTC (winter).
    assert mean(day("traffic-01/car", 6, 8)) > 5 * mean(day("traffic-01/car", 0, 3))
    assert mean(day("traffic-01/car", 6, 8)) > 2 * mean(day("traffic-01/car", 6, 8, MONDAY + 6 * 86400))
    assert set(day("parking-01/occupancy", 0, 24)) == {0.0, 1.0}
    for depth in (30, 60, 90):
        assert all(5 < v < 45 for v in day(f"tree-01/soil_moisture_{depth}", 0, 24 * 14))
    level = day("groundwater-01/level", 0, 24)
    assert max(abs(a - b) for a, b in itertools.pairwise(level)) < 0.05


def test_live_makes_up_for_what_nobody_posted():
    streams = _streams()
    now = MONDAY + 3 * 900 + 17

    assert live.due(streams["groundwater-01/level"], MONDAY, now) == [MONDAY + 900, MONDAY + 1800, MONDAY + 2700]
    # The count of the 15 minutes from 00:45 is not over yet.
    assert live.due(streams["traffic-01/car"], MONDAY, now) == [MONDAY + 900, MONDAY + 1800]
    assert live.due(streams["parking-01/occupancy"], MONDAY + 2700, now + 60) == [MONDAY + 2760]
    assert live.due(streams["parking-01/occupancy"], MONDAY + 2760, now + 60) == []


def test_districts_cover_the_town_without_overlap():
    features = mapserver_data.features_of(TEST_PLACE)

    assert [f["properties"]["name"] for f in features["stadtteile"]] == list(TEST_PLACE.districts)
    whole = math.pi * mapserver_data.RADIUS**2 / 10000
    assert math.isclose(sum(f["properties"]["flaeche_ha"] for f in features["stadtteile"]), whole, rel_tol=0.003)
    assert features == mapserver_data.features_of(TEST_PLACE)

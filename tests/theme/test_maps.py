"""GeoJSON from anywhere: what is shown, what is said, what is left out."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ckanext.datenplattform.theme import maps

POINT = {"type": "Point", "coordinates": [8.05, 52.28]}
SQUARE = {"type": "Polygon", "coordinates": [[[8.0, 52.2], [8.1, 52.2], [8.1, 52.3], [8.0, 52.3], [8.0, 52.2]]]}


def titles(geometry: Any) -> list[str]:
    return [feature["properties"]["title"] for feature in maps.features(geometry, "Stadt")]


@pytest.mark.parametrize(
    ("geometry", "around"),
    [
        (POINT, (8.05, 52.28, 8.05, 52.28)),
        (SQUARE, (8.0, 52.2, 8.1, 52.3)),
        ({"type": "LineString", "coordinates": [[8, 52], [9, 53, 100]]}, (8, 52, 9, 53)),
        ({"type": "MultiPolygon", "coordinates": [SQUARE["coordinates"], [[[9, 53], [9.5, 53], [9, 53.5]]]]}, (8.0, 52.2, 9.5, 53.5)),
        ({"type": "GeometryCollection", "geometries": [POINT, SQUARE]}, (8.0, 52.2, 8.1, 52.3)),
        ({"type": "FeatureCollection", "features": [{"type": "Feature", "geometry": POINT}]}, (8.05, 52.28, 8.05, 52.28)),
    ],
)
def test_every_kind_of_geometry(geometry, around):
    assert maps.box(maps.features(geometry)) == maps.Box(*around)


@pytest.mark.parametrize(
    "geometry",
    [
        None, 7, "Point", [], {}, {"type": "Point"}, {"type": "Point", "coordinates": []}, {"type": "Point", "coordinates": [8]},
        {"type": "Point", "coordinates": ["8", "52"]}, {"type": "Point", "coordinates": [True, 52]},
        {"type": "Point", "coordinates": [float("nan"), 52]}, {"type": "Point", "coordinates": [8, float("inf")]},
        # metres of EPSG:25832
        {"type": "Point", "coordinates": [434000.0, 5791000.0]},
        {"type": "Polygon", "coordinates": []}, {"type": "Polygon", "coordinates": [[]]}, {"type": "Polygon", "coordinates": [8, 52]},
        {"type": "Polygon", "coordinates": {"a": 1}}, {"type": ["Point"], "coordinates": [8, 52]},
        {"type": "Circle", "coordinates": [8, 52]},
        {"type": "Feature", "geometry": None}, {"type": "FeatureCollection", "features": "none"},
    ],
)  # fmt: skip
def test_what_is_no_geometry_on_the_globe_is_left_out(geometry):
    assert maps.features(geometry) == []
    assert maps.box(maps.features({"type": "GeometryCollection", "geometries": [geometry, POINT]})) == maps.Box(8.05, 52.28, 8.05, 52.28)


def test_only_titles_and_positions_go_to_the_page():
    feature = {"type": "Feature", "id": "secret", "properties": {"title": "Hafen", "phone": "secret"}, "geometry": {**POINT, "x": "secret"}}
    heights = {"type": "LineString", "coordinates": [[8.12345678, 52, "secret"], [9, 53, 12.5, {"m": "secret"}]]}
    found = maps.features({"type": "GeometryCollection", "geometries": [feature, heights]}, "Stadt")
    assert "secret" not in json.dumps(found)
    assert found[0] == {"type": "Feature", "properties": {"title": "Hafen"}, "geometry": POINT}
    assert found[1]["geometry"]["coordinates"] == [[8.123457, 52], [9, 53]]


def test_a_title_that_is_no_text_is_replaced():
    assert titles({"type": "Feature", "geometry": POINT, "properties": {"title": {"html": "<b>"}}}) == ["Stadt"]


def test_too_many_positions_become_their_rectangle():
    line = {"type": "LineString", "coordinates": [[8 + number / 1e5, 52.0] for number in range(maps.MOST_POSITIONS)] + [[8.0, 52.5]]}
    found = maps.features(line)
    assert found[0]["geometry"] == maps.rectangle(maps.Box(8.0, 52.0, 8.04999, 52.5))


def test_of_very_many_features_the_first_are_shown():
    many = {"type": "GeometryCollection", "geometries": [POINT] * 10_000}
    assert len(maps.features(many)) == maps.MOST_FEATURES


def test_collections_in_collections_end():
    nested: dict[str, Any] = POINT
    for _ in range(500):
        nested = {"type": "GeometryCollection", "geometries": [nested]}
    assert maps.features(nested) == []


def test_size_of_a_rectangle():
    # by the formula for great circles (haversine, 6,371 km): 0.1° along 52.25° N are 6,807 m, 0.1° of longitude 11,119 m
    width, height = maps.Box(8.0, 52.2, 8.1, 52.3).size()
    assert width == pytest.approx(6807, rel=0.001)
    assert height == pytest.approx(11119, rel=0.001)


def test_places_of_a_dataset():
    places = [
        {"text": "Hafen", "geom": json.dumps(POINT), "bbox": json.dumps(SQUARE)},
        {"bbox": json.dumps(SQUARE)},
        {"text": "Mitte", "geom": "{", "centroid": json.dumps(POINT)},
        {"text": "nur ein Name"},
        "kein Ort",
    ]
    found = maps.of_places(places, "Bäume")["features"]
    assert [(feature["properties"]["title"], feature["geometry"]["type"]) for feature in found] == [
        ("Hafen", "Point"), ("Bäume", "Polygon"), ("Mitte", "Point")
    ]  # fmt: skip


@pytest.mark.parametrize("text", ["[" * 100_000, '{"coordinates":' + "[" * 100_000, "NaN", '{"type":"Point","coordinates":[NaN,1]}'])
def test_hostile_json_is_passed_over(text):
    assert maps.of_places([{"geom": text}], "x")["features"] == []


@pytest.mark.parametrize("places", [None, "", {}, 7, [None]])
def test_a_dataset_without_places(places):
    assert maps.of_places(places, "x")["features"] == []

"""The pure parts: observations to rows, licences, coordinates, addresses, settings."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.datenplattform.harvesters import geo, settings
from ckanext.datenplattform.harvesters.addresses import base_of, with_query
from ckanext.datenplattform.harvesters.licences import recognise
from ckanext.datenplattform.harvesters.records import RemoteRecord, content_hash, from_json, to_json
from ckanext.datenplattform.harvesters.sensorthings_client import Dialect, Observation, _quoted, moment
from ckanext.datenplattform.harvesters.sensorthings_rows import RowMaker, Table, columns, only_truth
from ckanext.datenplattform.harvesters.wfs_download import inert, wgs84


def _table(*things: dict[str, Any]) -> Table:
    truth = only_truth(things)
    return Table(tuple(column["id"] for column in columns(things, truth=truth, moving=False, extra={})), truth)


def _maker(kind: str = "OM_Measurement", **properties: Any) -> tuple[RowMaker, Table]:
    stream = {
        "id": "7",
        "type": kind,
        "properties": properties,
        "property": {"name": "x"},
        "unit": {"symbol": "m", "name": ""},
    }
    thing = {"name": "T", "lon": 8.0, "lat": 52.0, "streams": [stream]}
    table = _table(thing)
    return RowMaker(thing, stream, table, {}), table


def _row(kind: str, observation: Observation, **properties: Any) -> dict[str, Any]:
    maker, table = _maker(kind, **properties)
    [row] = maker.rows(observation)
    return dict(zip(table.names, row, strict=True))


@pytest.mark.parametrize(
    ("kind", "result", "expected"),
    [
        ("OM_Measurement", 1.5, (1.5, None, None)),
        ("OM_Measurement", "1.5", (1.5, None, None)),
        ("OM_Measurement", math.nan, (None, None, "nan")),
        ("OM_Measurement", "kaputt", (None, None, "invalid")),
        ("OM_Measurement", [1, 2], (None, None, "invalid")),
        ("OM_Measurement", None, (None, None, None)),
        ("OM_TruthObservation", True, (True, None, None)),
        ("OM_TruthObservation", "false", (False, None, None)),
        ("OM_TruthObservation", 1, (True, None, None)),
        ("OM_TruthObservation", "vielleicht", (None, None, "invalid")),
        ("OM_CategoryObservation", "hoch", (None, "hoch", None)),
        ("OM_CategoryObservation", 1.0, (1.0, "belegt", None)),
        ("OM_CategoryObservation", True, (1, "true", None)),
    ],
)
def test_results_keep_their_type(kind: str, result: Any, expected: tuple[Any, Any, Any]):
    row = _row(kind, Observation("2026-03-29T02:00:00Z", None, result, None), categories={"1": "belegt"})

    assert (row["value"], row.get("value_text"), row["quality"]) == expected


def test_times_with_z_offset_and_interval():
    row = _row("OM_Measurement", Observation("2026-03-29T02:00:00Z", "2026-03-29T04:15:00+02:00", 1, None))

    assert row["time"] == moment("2026-03-29T02:00:00+00:00")
    assert (row["time_end"] - row["time"]).total_seconds() == 900
    maker, _ = _maker()
    assert maker.rows(Observation("gestern", None, 1, None)) == []
    assert maker.rows(Observation("2026-03-29T02:00:00", None, 1, None)) == []


def test_the_value_is_boolean_only_where_all_streams_are():
    def kinds(*types: str) -> dict[str, str]:
        things = [{"streams": [{"type": t} for t in types]}]
        return {column["id"]: column["type"] for column in columns(things, truth=only_truth(things), moving=False, extra={})}

    assert kinds("OM_TruthObservation")["value"] == "boolean"
    assert kinds("OM_Measurement", "OM_CountObservation")["value"] == "numeric"
    assert "value_text" not in kinds("OM_Measurement")
    assert "value_text" in kinds("OM_Measurement", "OM_TruthObservation")
    assert "value_text" in kinds("OM_CategoryObservation")


@pytest.mark.parametrize(
    ("texts", "code"),
    [
        (["Datenlizenz Deutschland – Namensnennung – Version 2.0"], "dl-de/by-2-0"),
        (["Es gilt die Datenlizenz Deutschland - Namensnennung - Version 2.0."], "dl-de/by-2-0"),
        (
            ["Nutzungsbedingungen: Datenlizenz Deutschland Namensnennung 2.0, https://www.govdata.de/dl-de/by-2-0"],
            "dl-de/by-2-0",
        ),
        (['{"id": "dl-zero-de/2.0", "name": "Zero", "quelle": "Stadt"}'], "dl-de/zero-2-0"),
        (["Die Daten stehen unter CC BY 4.0 bereit"], "cc-by/4.0"),
        (["https://creativecommons.org/licenses/by/4.0/"], "cc-by/4.0"),
        (["CC BY-NC 4.0"], "cc-by-nc/4.0"),
        (["Creative Commons Namensnennung"], None),
        (["none", "keine", "", None], None),
        (["Es gelten keine Zugriffsbeschränkungen"], None),
        (["dl-de/by-2-0", "dl-de/zero-2-0"], None),
    ],
)
def test_licences_are_recognised_never_guessed(texts: list[str | None], code: str | None):
    assert recognise(texts)[0] == code


def test_coordinates_written_latitude_first_are_turned():
    box = (8.0, 52.0, 8.2, 52.4)
    point = {"type": "Point", "coordinates": [52.3, 8.1, 60]}

    assert geo.is_swapped([point], box) is True
    assert geo.swap(point) == {"type": "Point", "coordinates": [8.1, 52.3, 60]}
    assert geo.is_swapped([geo.swap(point)], box) is False
    assert geo.is_swapped([{"type": "Point", "coordinates": [435000.0, 5790000.0]}], box) is None


_numbers = st.floats(-80, 80, allow_nan=False)
_points = st.tuples(_numbers, _numbers).map(list)
_geometries = st.one_of(
    _points.map(lambda p: {"type": "Point", "coordinates": p}),
    st.lists(_points, min_size=2).map(lambda p: {"type": "LineString", "coordinates": p}),
    st.lists(st.lists(_points, min_size=4), min_size=1).map(lambda p: {"type": "Polygon", "coordinates": p}),
)


@given(_geometries)
def test_turning_twice_changes_nothing_and_the_box_holds_all(geometry: dict[str, Any]):
    assert geo.swap(geo.swap(geometry)) == geometry
    box = geo.bbox_of_points([geometry])
    assert box is not None
    assert all(box[0] <= x <= box[2] and box[1] <= y <= box[3] for x, y in geo.positions(geometry))
    assert geo.wkt(geometry).startswith(geometry["type"].upper() + " (")


def test_crs84_is_asked_for_where_it_is_offered():
    assert wgs84(["urn:ogc:def:crs:EPSG::25832", "urn:ogc:def:crs:OGC:1.3:CRS84"]).endswith("CRS84")
    assert wgs84(["urn:ogc:def:crs:EPSG::25832", "urn:ogc:def:crs:EPSG::4326"]) == "urn:ogc:def:crs:EPSG::4326"
    assert wgs84([]) == "EPSG:4326"


@pytest.mark.parametrize("cell", ["=1+1", "+cmd", "-x", "@SUM(A1)", "\t=1", " =1"])
def test_cells_are_no_formulas(cell: str):
    assert str(inert(cell)).startswith("'")


@pytest.mark.parametrize("cell", ["-5", "-1,5", "+49", -5, 1.5, None, "Baum", True])
def test_numbers_and_words_stay_what_they_are(cell: Any):
    assert inert(cell) == cell


def test_addresses_keep_what_is_not_ours():
    url = "https://x.example/ows?map=/a/b.map&REQUEST=GetCapabilities&Service=WFS#top"

    assert base_of(url) == "https://x.example/ows?map=/a/b.map"
    assert with_query(url, SERVICE="WMS", REQUEST="GetMap") == "https://x.example/ows?map=/a/b.map&SERVICE=WMS&REQUEST=GetMap#top"


def test_next_links_are_quoted_only_where_the_server_did_not():
    assert _quoted("http://x/O?$filter=a gt 2026+00:00") == "http://x/O?$filter=a%20gt%202026%2B00:00"
    assert _quoted("http://x/O?%24filter=a+gt+1") == "http://x/O?%24filter=a+gt+1"


def test_a_dialect_survives_and_gets_simpler():
    assert Dialect.load(Dialect("resultTime", False, 100).dump()) == Dialect("resultTime", False, 100)
    assert Dialect.load({"unknown": 1}) == Dialect()
    assert list(Dialect().simpler())[-1] == Dialect("", False, 0)


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


@given(st.dictionaries(st.text(), _json))
def test_a_record_survives_between_the_steps_and_its_hash_knows_no_order(content: dict[str, Any]):
    record = RemoteRecord("id", content, "t", warnings=["w"])
    back = from_json(to_json(record))

    assert (back.remote_id, back.content, back.warnings) == ("id", content, ["w"])
    assert content_hash(back.content) == content_hash(dict(reversed(list(content.items()))))


@given(st.dictionaries(st.sampled_from([field.name for field in settings.COMMON]), _json))
def test_whatever_is_entered_is_cleaned_or_refused_with_reasons(given: dict[str, Any]):
    invalid = None
    try:
        cleaned = settings.validate(settings.COMMON, given)
    except settings.Invalid as error:
        cleaned, invalid = {}, error
    if invalid is None:
        assert settings.validate(settings.COMMON, cleaned) == cleaned
    else:
        assert set(invalid.errors) <= set(given)
        assert all(invalid.errors.values())

"""MapServer answers as a WFS and WMS harvester expects, and the peculiarities one must know."""

from __future__ import annotations

import json
import math
import urllib.error
import urllib.parse
import urllib.request
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from tests.servers import mapserver as mapserver_process
from tests.servers import mapserver_data, process
from tests.servers.process import Server
from tests.servers.projection import utm32
from tests.servers.synthetic import Place

WFS = "{http://www.opengis.net/wfs/2.0}"
OWS = "{http://www.opengis.net/ows/1.1}"
WMS = "{http://www.opengis.net/wms}"


def _get(server: Server, **query: str) -> tuple[int, str, bytes]:
    try:
        with urllib.request.urlopen(f"{server.url}?{urllib.parse.urlencode(query)}", timeout=30) as answer:
            return answer.status, answer.headers["Content-Type"], answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers["Content-Type"], error.read()


def _wfs(server: Server, request: str, **query: str) -> tuple[int, str, bytes]:
    return _get(server, SERVICE="WFS", VERSION="2.0.0", REQUEST=request, **query)


def _features(server: Server, layer: str, **query: str) -> dict:
    status, kind, body = _wfs(server, "GetFeature", TYPENAMES=f"ms:{layer}", OUTPUTFORMAT="geojson", **query)
    assert (status, kind) == (200, "application/json; subtype=geojson")
    return json.loads(body)


def _text(element: ElementTree.Element, path: str) -> str:
    found = element.findtext(path)
    assert found is not None, path
    return found


def test_wfs_capabilities_name_layers_licence_and_contact(mapserver: Server, place: Place):
    status, _, body = _wfs(mapserver, "GetCapabilities")
    root = ElementTree.fromstring(body)

    assert status == 200
    types = {_text(t, f"{WFS}Name"): t for t in root.iter(f"{WFS}FeatureType")}
    assert set(types) == {f"ms:{layer.name}" for layer in mapserver_data.LAYERS}
    for layer in mapserver_data.LAYERS:
        found = types[f"ms:{layer.name}"]
        assert _text(found, f"{WFS}Title") == layer.title
        assert "Synthetische Daten" in _text(found, f"{WFS}Abstract")
        assert _text(found, f"{WFS}DefaultCRS") == "urn:ogc:def:crs:EPSG::25832"
        assert layer.keywords[0] in [k.text for k in found.iter(f"{OWS}Keyword")]
        west, south = map(float, _text(found, f".//{OWS}LowerCorner").split())
        assert (abs(west - place.lon) < 0.1, abs(south - place.lat) < 0.1) == (True, True)
    assert mapserver_data.LICENCE in _text(root, f".//{OWS}AccessConstraints")
    assert mapserver_data.LICENCE_URL in _text(root, f".//{OWS}Fees")
    assert _text(root, f".//{OWS}ProviderName") == f"Stadt {place.name}"


def test_wms_capabilities_name_the_same_layers(mapserver: Server):
    _, _, body = _get(mapserver, SERVICE="WMS", VERSION="1.3.0", REQUEST="GetCapabilities")
    root = ElementTree.fromstring(body)

    layers = root.findall(f".//{WMS}Layer/{WMS}Layer")
    assert {_text(layer, f"{WMS}Title") for layer in layers} == {layer.title for layer in mapserver_data.LAYERS}
    assert "EPSG:25832" in [crs.text for crs in root.iter(f"{WMS}CRS")]


def test_wms_draws_a_map(mapserver: Server, place: Place):
    x, y = utm32(place.lon, place.lat)
    status, kind, body = _get(
        mapserver, SERVICE="WMS", VERSION="1.3.0", REQUEST="GetMap", LAYERS="stadtteile,baumkataster", STYLES="",
        CRS="EPSG:25832", BBOX=f"{x - 500},{y - 500},{x + 500},{y + 500}", WIDTH="200", HEIGHT="200",
        FORMAT="image/png",
    )  # fmt: skip

    assert (status, kind, body[:4]) == (200, "image/png", b"\x89PNG")
    assert len(body) > 500


@pytest.mark.parametrize(
    ("layer", "count"), [("baumkataster", 300), ("stadtteile", 8), ("behindertenparkplaetze", 60), ("spielplaetze", 40)]
)
def test_all_features_as_geojson(mapserver: Server, layer: str, count: int):
    collection = _features(mapserver, layer)

    assert len(collection["features"]) == collection["numberMatched"] == count
    assert collection["crs"]["properties"]["name"] == "urn:ogc:def:crs:EPSG::25832"
    assert "id" not in collection["features"][0]  # no id of the feature itself: GML has it, GeoJSON has not


def test_trees_have_what_a_tree_register_has(mapserver: Server, place: Place):
    for tree in _features(mapserver, "baumkataster", COUNT="20")["features"]:
        known = tree["properties"]
        assert set(known) == {
            "baum_nr", "art_deutsch", "art_botanisch", "pflanzjahr", "hoehe_m", "stammumfang_cm", "stadtteil",
        }  # fmt: skip
        assert 1900 < known["pflanzjahr"] <= 2026
        assert 0 < known["hoehe_m"] < 40
        assert known["stadtteil"] in place.districts


def test_paging_gives_each_feature_once(mapserver: Server):
    pages = [
        [
            f["properties"]["baum_nr"]
            for f in _features(mapserver, "baumkataster", COUNT="120", STARTINDEX=str(i))["features"]
        ]
        for i in (0, 120, 240, 360)
    ]

    assert [len(page) for page in pages] == [120, 120, 60, 0]
    assert len({number for page in pages for number in page}) == 300
    # A page does not say how many there are: that is asked by resultType=hits.
    assert "numberMatched" not in _features(mapserver, "baumkataster", COUNT="120")
    _, _, body = _wfs(mapserver, "GetFeature", TYPENAMES="ms:baumkataster", RESULTTYPE="hits")
    assert ElementTree.fromstring(body).get("numberMatched") == "300"


def test_gml_pages_link_to_the_next(mapserver: Server):
    _, kind, body = _wfs(mapserver, "GetFeature", TYPENAMES="ms:baumkataster", COUNT="2")
    root = ElementTree.fromstring(body)

    assert kind.startswith("text/xml")
    assert (root.get("numberMatched"), root.get("numberReturned")) == ("unknown", "2")
    assert "STARTINDEX=2" in str(root.get("next"))
    assert len(root.findall(f"{WFS}member")) == 2


def test_geographic_coordinates_are_longitude_latitude_and_agree_with_proj(mapserver: Server):
    metres = _features(mapserver, "baumkataster", COUNT="50")["features"]
    for name in ("EPSG:4326", "urn:ogc:def:crs:EPSG::4326"):
        degrees = _features(mapserver, "baumkataster", COUNT="50", SRSNAME=name)
        assert "crs" not in degrees  # as RFC 7946 wants it
        for ours, theirs in zip(degrees["features"], metres, strict=True):
            projected = utm32(*ours["geometry"]["coordinates"])
            assert math.dist(projected, theirs["geometry"]["coordinates"]) < 0.02  # 7 decimals are a centimetre


def test_csv_carries_the_geometry_as_wkt(mapserver: Server):
    status, kind, body = _wfs(mapserver, "GetFeature", TYPENAMES="ms:spielplaetze", OUTPUTFORMAT="csv", COUNT="1")

    assert (status, kind) == (200, "text/csv")
    assert body.decode().splitlines()[0].split(",")[:3] == ["WKT", "nr", "name"]


def test_errors_are_exception_reports(mapserver: Server):
    unknown = _wfs(mapserver, "GetFeature", TYPENAMES="ms:nix")
    # The format's name is "geojson" or its full media type; "application/json" alone is refused.
    media_type = _wfs(mapserver, "GetFeature", TYPENAMES="ms:stadtteile", OUTPUTFORMAT="application/json")
    wms = _get(mapserver, SERVICE="WMS", VERSION="1.3.0", REQUEST="Nix")

    assert [unknown[0], media_type[0]] == [400, 400]
    assert b"ExceptionReport" in unknown[2]
    assert (wms[0], b"ServiceException" in wms[2]) == (200, True)
    assert _get(mapserver)[:2] == (200, "text/html")  # no query at all: a page that says so


def test_a_request_cannot_name_another_map(mapserver: Server):
    _, kind, body = _wfs(mapserver, "GetCapabilities", MAP="/etc/passwd")

    assert kind == "text/html"
    assert b"not configured for full paths" in body


def test_two_servers_side_by_side_and_stop(mapserver: Server, tmp_path: Path):
    port = process.free_port()
    other = mapserver_process.start(tmp_path, port, Place("Anderswo", 13.4, 52.5, ("Eins", "Zwei")), trees=10)
    try:
        assert mapserver_process.start(tmp_path, port, Place("Anderswo", 13.4, 52.5)) == other
        assert len(_features(other, "stadtteile")["features"]) == 2
        assert len(_features(mapserver, "stadtteile")["features"]) == 8
    finally:
        assert mapserver_process.stop(tmp_path)
    assert process.running_pid(other.pidfile) is None
    assert not process.answers_http(other.url)

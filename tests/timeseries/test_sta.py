"""The SensorThings face: what it tells of published series, along which ways, and what it refuses."""

from __future__ import annotations

import gzip
import json
from functools import partial
from typing import Any
from urllib.parse import quote

import ckan.model as model
import ckan.plugins.toolkit as tk
import pytest
from hypothesis import given, settings

from ckanext.datenplattform.access import shared as access
from ckanext.datenplattform.timeseries.sta import ids, matching
from tests import factories

from .sta_scene import CANARY, CONDITIONS, ENTITY_FILTERS, FILTERS, PLACE, REFUSED, make_series, publish
from .test_sta_filters import written

ROOT = "/sta/v1.1"
KINDS = ("Things", "Locations", "Datastreams", "Sensors", "ObservedProperties", "Observations", "FeaturesOfInterest")


@pytest.fixture
def series(request: pytest.FixtureRequest, with_plugins: None, reset_db: Any, reset_index: Any) -> dict[str, Any]:
    """A published dataset and a hidden one; made once for this file, whose tests only read unless they say so."""
    module: Any = request.module
    if getattr(module, "_made", None) is None:
        reset_db()
        reset_index()
        made = make_series(factories.unit(), "pegel")
        publish(made["id"])
        module._made = {**made, "hidden": make_series(factories.unit(), "geheim", 1000)}
    return module._made


def get(app: Any, path: str, status: int = 200, /, **headers: str) -> Any:
    """The answer to a path below the root."""
    return app.get(f"{ROOT}/{quote(path, safe='/?&=$(),%;')}", headers=headers, status=status)


def pages(app: Any, path: str) -> list[Any]:
    """All of a collection, page by page."""
    found, address = [], f"{ROOT}/{quote(path, safe='/?&=$(),%;')}"
    while address:
        answer = app.get(address, status=200).json
        found += answer["value"]
        address = _path(answer["@iot.nextLink"]) if "@iot.nextLink" in answer else ""
    return found


def stream(series: dict[str, Any], name: str = "pegel-1") -> str:
    """The address of a Datastream."""
    return f"Datastreams('{ids.joined(series['resource'], name)}')"


def test_the_root_names_all_sets_and_every_link_leads_to_what_it_says(app: Any, series: dict[str, Any]):
    root = app.get(ROOT, status=200).json
    assert [item["name"] for item in root["value"]] == [
        "Things", "Locations", "HistoricalLocations", "Datastreams", "Sensors", "ObservedProperties", "Observations", "FeaturesOfInterest",
    ]  # fmt: skip
    assert "http://www.opengis.net/spec/iot_sensing/1.1/req/datamodel/thing/properties" in root["serverSettings"]["conformance"]
    for item in root["value"]:
        assert app.get(f"/sta{item['url'].partition('/sta')[2]}", status=200).json["value"] or item["name"] == "HistoricalLocations"
    # from each set along each link of its first entities, and by each entity's own address
    plural = {"Thing": "Things", "Sensor": "Sensors", "ObservedProperty": "ObservedProperties", "Datastream": "Datastreams",
              "FeatureOfInterest": "FeaturesOfInterest", "Location": "Locations"}  # fmt: skip
    for kind in KINDS:
        for entity in get(app, f"{kind}?$top=4").json["value"]:
            assert app.get(_path(entity["@iot.selfLink"]), status=200).json == entity
            links = {key.partition("@")[0]: value for key, value in entity.items() if key.endswith("@iot.navigationLink")}
            assert links
            for name, link in links.items():
                answer = app.get(_path(link), status=200).json
                if name in plural:
                    assert get(app, f"{plural[name]}('{answer['@iot.id']}')").json == answer
                else:
                    assert isinstance(answer["value"], list)
                    assert answer["value"] or name == "HistoricalLocations" or kind == "Things"


def _path(link: str) -> str:
    return f"/sta{link.partition('/sta')[2]}"


def test_what_a_series_is(app: Any, series: dict[str, Any]):
    found = get(app, f"{stream(series)}?$expand=Thing/Locations,ObservedProperty,Sensor").json
    assert found["name"] == "Pegel 1"
    assert found["observationType"].endswith("OM_Measurement")
    assert found["unitOfMeasurement"] == {"name": "cm", "symbol": "cm", "definition": "ucum:cm"}
    assert found["phenomenonTime"] == "2026-03-28T20:00:00Z/2026-03-29T03:45:00Z"
    assert found["Thing"]["name"] == "Brücke 1"
    assert found["Thing"]["properties"]["dataset"] == "pegel"
    assert found["Thing"]["properties"]["licence"] == "dl-de/by-2-0"
    assert found["Thing"]["Locations"][0]["location"] == {"type": "Point", "coordinates": [9.0, 52.0]}
    assert found["ObservedProperty"]["properties"]["code"] == "water_level"
    assert found["Sensor"]["name"] == "Titel pegel"
    own = get(app, f"{stream(series, 'bus')}/ObservedProperty").json
    assert (own["name"], own["definition"]) == ("Ruckeln", "http://example.org/ruckeln")
    # of what is described but has no value nothing is told
    assert CANARY not in json.dumps(pages(app, "Datastreams")) + json.dumps(pages(app, "Things"))


def test_what_was_measured(app: Any, series: dict[str, Any]):
    first = get(app, f"{stream(series)}/Observations?$top=1").json["value"][0]
    assert {key: value for key, value in first.items() if "@" not in key} == {
        "phenomenonTime": "2026-03-28T20:00:00Z", "resultTime": "2026-03-28T20:00:05Z", "result": 0.5, "parameters": {"stadtteil": "Mitte"},
    }  # fmt: skip
    assert [item["result"] for item in get(app, f"{stream(series, PLACE)}/Observations").json["value"]] == [
        "frei", "belegt", "frei", "belegt", "frei",
    ]  # fmt: skip
    moved, rested = get(app, f"{stream(series, 'bus')}/Observations?$expand=FeatureOfInterest").json["value"]
    assert (moved["phenomenonTime"], moved["result"]) == ("2026-03-28T20:00:00Z/2026-03-28T20:05:00Z", None)
    assert moved["resultQuality"] == "nan"
    assert moved["FeatureOfInterest"]["feature"] == {"type": "Point", "coordinates": [8.5, 52.5]}
    assert rested["FeatureOfInterest"]["feature"]["geometry"] is None
    of_moved = app.get(_path(moved["FeatureOfInterest"]["Observations@iot.navigationLink"])).json["value"]
    assert [item["@iot.id"] for item in of_moved] == [moved["@iot.id"]]

    # single properties and references
    assert get(app, f"{stream(series)}/name").json == {"name": "Pegel 1"}
    raw = get(app, f"{stream(series)}/name/$value")
    assert (raw.get_data(as_text=True), raw.content_type) == ("Pegel 1", "text/plain; charset=utf-8")
    assert get(app, f"{stream(series)}/unitOfMeasurement/symbol").json == {"symbol": "cm"}
    get(app, f"{stream(series, 'bus')}/unitOfMeasurement/definition", 204)
    get(app, f"{stream(series)}/gibtesnicht", 404)
    found = get(app, "Things/$ref").json["value"]
    assert len(found) == 4
    assert all(set(item) == {"@iot.selfLink"} for item in found)


def test_pages_are_everything_once_and_in_order(app: Any, series: dict[str, Any]):
    for order in ("", "&$orderby=phenomenonTime asc", "&$orderby=phenomenonTime desc"):
        for path in (f"{stream(series)}/Observations", "Observations"):
            whole = get(app, f"{path}?$top=1000{order}").json["value"]
            assert len(whole) == (32 if "Data" in path else 71)
            read = pages(app, f"{path}?$top=6{order}")
            assert [item["@iot.id"] for item in read] == [item["@iot.id"] for item in whole]
            times = [item["phenomenonTime"].partition("/")[0] for item in whole]
            if order or "Data" in path:
                assert times == sorted(times, reverse="desc" in order)
            passed = get(app, f"{path}?$top=5&$skip=3{order}").json["value"]
            assert [item["@iot.id"] for item in passed] == [item["@iot.id"] for item in whole[3:8]]

    # entities come in the order asked
    names = [item["name"] for item in pages(app, "Datastreams?$orderby=name desc&$top=1")]
    assert names == ["Platz", "Pegel 2", "Pegel 1", "Bus"]
    counted = get(app, "Datastreams?$count=true&$top=0").json
    assert counted == {"@iot.count": 4, "value": []}
    assert get(app, "Observations?$count=true&$top=1&$filter=result gt 30").json["@iot.count"] == 4
    assert [item["name"] for item in pages(app, "Datastreams?$orderby=Thing/name,name")] == ["Pegel 1", "Pegel 2", "Bus", "Platz"]


def test_observations_and_entities_are_filtered(app: Any, series: dict[str, Any]):
    counts = {where: len(app.get(f"{ROOT}/Observations?$top=1000&$filter={quote(where, safe='+%')}", status=200).json["value"])
             for where, _ in FILTERS}  # fmt: skip
    assert counts == dict(FILTERS)
    assert {path: len(get(app, path).json["value"]) for path, _ in ENTITY_FILTERS} == dict(ENTITY_FILTERS)
    found = get(app, f"Observations?$top=1000&$filter=Datastream/id eq '{ids.joined(series['resource'], 'pegel-2')}'").json["value"]
    assert len(found) == 32
    one = get(app, f"Observations?$filter=id eq '{found[3]['@iot.id']}'").json["value"]
    assert [item["@iot.id"] for item in one] == [found[3]["@iot.id"]]


def test_the_database_filters_as_the_language_means(app: Any, series: dict[str, Any]):
    """Whatever is asked of Observations: SQL finds just those that fit by the rules for entities at hand."""
    both = " or ".join(f"Datastream/id eq '{ids.joined(series['resource'], name)}'" for name in ("pegel-1", "pegel-2"))
    whole = pages(app, f"Observations?$top=1000&$filter={both}")
    assert len(whole) == 64

    def look(item: dict[str, Any], path: tuple[str, ...]) -> Any:
        return item.get("parameters", {}).get(path[1]) if len(path) == 2 else item.get(path[0])

    @settings(max_examples=40, deadline=None)
    @given(CONDITIONS)
    def same(condition: Any) -> None:
        address = f"{ROOT}/Observations?$top=1000&$filter={quote(f'({both}) and {written(condition)}', safe='')}"
        found = app.get(address, status=200).json["value"]
        fitting = [item["@iot.id"] for item in whole if matching.fits(condition, partial(look, item))]
        assert [item["@iot.id"] for item in found] == fitting

    same()


def test_chosen_and_expanded(app: Any, series: dict[str, Any]):
    assert get(app, "Things?$select=name,id&$top=1&$orderby=name").json["value"] == [
        {"@iot.id": ids.joined(series["resource"], "Brücke 1"), "name": "Brücke 1"}
    ]
    found = get(
        app, "Things?$filter=startswith(name,'Br')&$expand=Locations($select=location),"
        "Datastreams($select=name;$expand=Observations($orderby=phenomenonTime desc;$top=2;$count=true;$select=result))",
    ).json["value"]  # fmt: skip
    latest = found[1]["Datastreams"][0]
    assert latest["name"] == "Pegel 2"
    assert [item["result"] for item in latest["Observations"]] == [31.5, 30.5]
    assert latest["Observations@iot.count"] == 32
    following = app.get(_path(latest["Observations@iot.nextLink"])).json["value"]
    assert [item["result"] for item in following] == [29.5, 28.5]

    # and as an array
    first, *others = get(app, "Observations?$resultFormat=dataArray&$top=1000").json["value"]
    assert len(others) == 3
    assert sum(len(item["dataArray"]) for item in (first, *others)) == 71
    rows = {item["Datastream@iot.navigationLink"]: item for item in (first, *others)}
    levels = next(item for link, item in rows.items() if "pegel-1" in link)
    row = dict(zip(levels["components"], levels["dataArray"][0], strict=True))
    assert (row["phenomenonTime"], row["result"]) == ("2026-03-28T20:00:00Z", 0.5)
    get(app, "Things?$resultFormat=dataArray", 400)


def test_what_cannot_be_answered_is_refused_in_words(app: Any, series: dict[str, Any]):
    problems = []
    for path, status in REFUSED:
        answer = get(app, path, None)  # type: ignore[arg-type]
        body = answer.get_data(as_text=True)
        if answer.status_code != status or (status != 404 and not json.loads(body).get("message")):
            problems.append((path[:60], answer.status_code, body[:200]))
    assert problems == []
    assert len(get(app, "Observations?$top=1000").json["value"]) == 71
    # a token is good for its question only
    token = get(app, "Observations?$top=3").json["@iot.nextLink"].partition("skiptoken=")[2]
    assert len(get(app, f"Observations?$top=5&$skiptoken={token}").json["value"]) == 5
    for path in (f"{stream(series)}/Observations?$top=3", "Observations?$orderby=phenomenonTime desc", "Observations?$filter=result gt 1"):
        get(app, f"{path}&$skiptoken={token}", 400)


def test_pages_have_a_limit_by_caller_and_it_can_be_turned_off(app: Any, series: dict[str, Any], monkeypatch: pytest.MonkeyPatch):
    for name, value in (("page_rows", 10), ("page_rows_signed_in", 20)):
        monkeypatch.setitem(tk.config, f"ckanext.datenplattform.timeseries.{name}", value)
    token = factories.act("api_token_create", user=factories.user()["name"], name="t")["token"]
    assert len(get(app, "Observations?$top=1000").json["value"]) == 10
    assert len(get(app, "Observations?$top=1000", 200, Authorization=token).json["value"]) == 20

    monkeypatch.setitem(tk.config, "ckanext.datenplattform.timeseries.sta", False)
    for path in ("", "Things", "Observations"):
        get(app, path, 404)


def test_it_only_reads_and_answers_as_the_daten_api_does(app: Any, series: dict[str, Any]):
    token = factories.act("api_token_create", user=factories.sysadmin()["name"], name="t")["token"]
    for method in ("post", "put", "patch", "delete"):
        for headers in ({}, {"Authorization": token}):
            answer = app.test_client().open(f"{ROOT}/Things", method=method.upper(), headers=headers, json={"name": "x"})
            assert answer.status_code == 405
    assert len(get(app, "Things").json["value"]) == 4
    assert app.test_client().head(f"{ROOT}/Things").status_code == 200

    # packed, and what is known already is not sent again
    answer = get(app, "Observations", 200, **{"Accept-Encoding": "gzip"})
    assert json.loads(gzip.decompress(answer.data))["value"]
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    tag = answer.headers["ETag"]
    assert get(app, "Observations", 304, **{"If-None-Match": tag}).data == b""
    assert get(app, "Observations?$top=1", 200, **{"If-None-Match": tag}).json["value"]


def test_what_is_hidden_is_not_found_word_for_word(app: Any, series: dict[str, Any]):
    hidden, strangers = series["hidden"], [{}]
    for person in (factories.user(), factories.editor_of(factories.unit("anderes"))):
        strangers.append({"Authorization": factories.act("api_token_create", user=person["name"], name="t")["token"]})
    root = {"Authorization": factories.act("api_token_create", user=factories.sysadmin()["name"], name="t")["token"]}
    listed = {kind: get(app, f"{kind}?$top=1000", 200, **root).json["value"] for kind in KINDS}
    shown = {kind: [item for item in found if hidden["resource"] in item["@iot.id"]] for kind, found in listed.items()}
    assert all(shown.values())
    tried = [item for found in shown.values() for item in found[:1]]
    for headers in strangers:
        missing = get(app, "Things('gab-es-nie')", 404, **headers).get_data()
        for item in tried:
            for more in ("", "/name", *(f"/{key.partition('@')[0]}" for key in item if key.endswith("navigationLink"))):
                assert app.get(_path(item["@iot.selfLink"]) + more, headers=headers, status=404).get_data() == missing
        told = "".join(get(app, f"{kind}?$top=1000&$count=true", 200, **headers).get_data(as_text=True) for kind in KINDS)
        assert not [word for word in ("geheim", hidden["resource"], CANARY, "1000.5") if word in told]


def test_a_withdrawal_holds_at_once(app: Any, series: dict[str, Any]):
    """Changes what the other tests read: the last one."""
    following = _path(get(app, "Observations?$top=3").json["@iot.nextLink"])
    tag = app.get(following).headers["ETag"]
    access.unpublish(series["id"])
    model.Session.commit()
    assert app.get(following, headers={"If-None-Match": tag}, status=200).json == {"value": []}
    get(app, stream(series), 404)
    assert get(app, "Things").json == {"value": []}
    # a table that is gone is no error
    root = {"Authorization": factories.act("api_token_create", user=factories.sysadmin()["name"], name="t")["token"]}
    assert len(get(app, "Sensors", 200, **root).json["value"]) == 2
    factories.act("datastore_delete", resource_id=series["hidden"]["resource"], force=True)
    assert len(get(app, "Sensors", 200, **root).json["value"]) == 1
    globals()["_made"] = None

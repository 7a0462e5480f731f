"""The Daten-API: what it answers, page by page, in which formats, to whom."""

from __future__ import annotations

import csv
import gzip
import io
import json
from datetime import datetime, timedelta, timezone
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
import pyarrow.parquet as pq
import pytest

from ckanext.datenplattform.access import shared as access
from ckanext.datenplattform.timeseries import cursor as cursors
from ckanext.datenplattform.timeseries import shared
from ckanext.datenplattform.timeseries.model import SeriesStream
from ckanext.datenplattform.timeseries.shared import Stream
from tests import factories

START = datetime(2026, 3, 28, 20, tzinfo=timezone.utc)
FIELDS = [{"id": name, "type": kind} for name, kind in (
    ("stream", "text"), ("time", "timestamptz"), ("value", "numeric"), ("value_text", "text"), ("quality", "text"),
    ("thing", "text"), ("unit", "text"),
)]  # fmt: skip
CANARY = "Leckvogel"
API = "/api/daten/v1"


def _series(organization: dict[str, Any], name: str, level: int = 0) -> dict[str, Any]:
    """A private dataset with two water levels and a parking lot, eight hours in quarters."""
    made = factories.dataset(organization, name=name, resources=[{"name": "Messwerte", "url_type": "datastore", "url": "x"}])
    resource = made["resources"][0]["id"]
    shared.ensure_table(resource, FIELDS)
    shared.describe_streams(resource, [
        *(Stream(stream=f"{name}-{number}", name=f"=Pegel {number}", thing=f"Brücke {number}", property="Wasserstand", unit="cm",
                 lon=8.0 + number, lat=52.0, interval_seconds=900) for number in (1, 2)),
        Stream(stream="platz, 1", name="Platz", property="Belegung", kind="category", lon=8.0, lat=52.0),
    ])  # fmt: skip
    rows = [[f"{name}-{number}", START + timedelta(minutes=15 * n), level + n, None, None, CANARY, "cm"]
            for number in (1, 2) for n in range(32)]  # fmt: skip
    rows += [["platz, 1", START + timedelta(hours=n), n % 2, ("frei", "belegt")[n % 2], None, None, None] for n in range(5)]
    shared.write_rows(resource, rows, [field["id"] for field in FIELDS])
    return {"id": made["id"], "resource": resource, "name": name}


def _publish(package: str) -> None:
    access.publish(package, access.content_hash(package) or "", "decision-1")
    model.Session.commit()
    access.reindex([package])


@pytest.fixture
def open_series(platform: None) -> dict[str, Any]:
    made = _series(factories.unit(), "pegel")
    _publish(made["id"])
    return made


def _get(app: Any, path: str, status: int = 200, /, **headers: str) -> Any:
    return app.get(f"{API}/{path}", headers=headers, status=status)


def test_values_in_pages_are_all_values_once_and_in_order(app: Any, open_series: dict[str, Any]):
    whole = _get(app, "pegel/observations").json
    assert len(whole["rows"]) == 69
    assert whole["next"] is None
    assert whole["rows"][0] == {"stream": "pegel-1", "time": "2026-03-28T20:00:00Z", "value": 0, "value_text": None, "quality": None}
    assert {item["unit"] for item in whole["series"]} == {"cm", ""}

    read, path = [], "pegel/observations?limit=7"
    while path:
        answer = _get(app, path)
        read += answer.json["rows"]
        following = answer.json["next"]
        assert (f'<{following}>; rel="next"' == answer.headers.get("Link")) or following is None
        path = following.partition(f"{API}/")[2] if following else ""
    assert read == whole["rows"]


@pytest.mark.parametrize("interval", ["15m", "1h", "1d"])
def test_intervals_in_pages_are_the_same_as_at_once(app: Any, open_series: dict[str, Any], interval: str):
    whole = _get(app, f"pegel/observations?interval={interval}").json["rows"]
    read, after = [], None
    while after is not False:
        data = {"dataset": "pegel", "interval": interval, "limit": 3, **({"cursor": after} if after else {})}
        page = factories.anonymous("timeseries_query", **data)
        read += page["rows"]
        after = page["next"] or False
    assert [(row["stream"], row["mean"], row["share"]) for row in read] == [(row["stream"], row["mean"], row["share"]) for row in whole]


def test_what_an_hour_and_a_day_came_to(app: Any, open_series: dict[str, Any]):
    hours = _get(app, "pegel/observations?streams=pegel-1&interval=1h").json["rows"]
    assert len(hours) == 8
    first = {"stream": "pegel-1", "time": "2026-03-28T20:00:00Z", "count": 4, "mean": 1.5, "min": 0, "max": 3, "last": 3}
    assert {key: hours[0][key] for key in first} == first
    days = _get(app, "pegel/observations?stream=platz,%201&interval=1d&timezone=Europe/Berlin&aggregate=count,share").json["rows"]
    assert days == [
        {"stream": "platz, 1", "time": "2026-03-28T00:00:00+01:00", "count": 3, "share": {"frei": 0.666667, "belegt": 0.333333}},
        {"stream": "platz, 1", "time": "2026-03-29T00:00:00+01:00", "count": 2, "share": {"belegt": 1.0}},
    ]


def test_times_bound_the_answer(app: Any, open_series: dict[str, Any]):
    query = "pegel/observations?streams=pegel-1&from=2026-03-28T21:00:00+01:00&to=2026-03-28T20:30:00Z"
    assert [row["value"] for row in _get(app, query).json["rows"]] == [0, 1]
    # a day is the town's; its first value comes an hour before UTC's
    assert _get(app, "pegel/observations?streams=pegel-1&from=2026-03-29").json["rows"][0]["time"] == "2026-03-28T23:00:00Z"


@pytest.mark.parametrize(
    "query",
    ["from=gestern", "from=2026-03-28T21:00:00", "to=0001-01-01T00:00:00%2B14:00", "interval=2h", "limit=0", "limit=viele", "limit=-1",
     "timezone=Mond", "timezone=../../etc/passwd", "cursor=x", "cursor=ä", "aggregate=summe", "from=2026-02-30", "cursor=" + "A" * 5000,
     "streams=" + ",".join(map(str, range(1001))), "limit=" + "9" * 400],
)  # fmt: skip
def test_bad_questions_are_refused_in_words(app: Any, open_series: dict[str, Any], query: str):
    error = _get(app, f"pegel/observations?{query}", 400).json["error"]
    assert error["message"]
    assert error["errors"]


@pytest.mark.parametrize(
    "query",
    ["streams='; DROP TABLE x; --", "streams=%25s", "streams={over}", "streams=\\", "property=%00", "streams=%00",
     "stream=%00", "cursor=%00"],
)  # fmt: skip
def test_odd_names_find_nothing(app: Any, open_series: dict[str, Any], query: str):
    answer = app.get(f"{API}/pegel/observations?{query}")
    assert answer.status_code in (200, 400)
    if answer.status_code == 200:
        assert answer.json["rows"] == []
    assert len(_get(app, "pegel/observations").json["rows"]) == 69
    app.get(f"{API}/%00/observations", status=404)


def test_a_cursor_is_good_for_its_question_only(app: Any, open_series: dict[str, Any]):
    following = factories.anonymous("timeseries_query", dataset="pegel", limit=3)["next"]
    assert factories.anonymous("timeseries_query", dataset="pegel", limit=5, cursor=following)["rows"][0]["value"] == 3
    for changed in ({"interval": "1h"}, {"streams": "pegel-2"}, {"from": "2026-03-28T20:15:00Z"}, {"cursor": following[:-2] + "AA"}):
        with pytest.raises(tk.ValidationError):
            factories.anonymous("timeseries_query", **{"dataset": "pegel", "limit": 3, "cursor": following, **changed})


def test_cursors_are_sealed():
    made = cursors.make(["r", "s", "t"], ["question"], "secret")
    assert cursors.read(made, ["question"], "secret") == ["r", "s", "t"]
    for question, secret, text in ((["other"], "secret", made), (["question"], "other", made), (["question"], "secret", made[:-1]),
                                   (["question"], "secret", ""), (["question"], "secret", "a" * 3000)):  # fmt: skip
        with pytest.raises(cursors.BadCursor):
            cursors.read(text, question, secret)


@pytest.mark.ckan_config("ckanext.datenplattform.timeseries.page_rows", 10)
@pytest.mark.ckan_config("ckanext.datenplattform.timeseries.page_rows_signed_in", 20)
def test_pages_have_a_limit_by_caller(app: Any, open_series: dict[str, Any]):
    token = factories.act("api_token_create", user=factories.user()["name"], name="t")["token"]
    assert len(_get(app, "pegel/observations?limit=1000").json["rows"]) == 10
    assert len(_get(app, "pegel/observations?limit=1000", Authorization=token).json["rows"]) == 20


def test_series_and_latest_values(app: Any, open_series: dict[str, Any]):
    found = {item["stream"]: item for item in _get(app, "pegel/streams").json["series"]}
    assert set(found) == {"pegel-1", "pegel-2", "platz, 1"}
    assert found["pegel-1"]["property"] == "water_level"
    assert found["pegel-1"]["state"] == "silent"
    assert (found["pegel-1"]["first"], found["pegel-1"]["last"]) == ("2026-03-28T20:00:00+00:00", "2026-03-29T03:45:00+00:00")
    latest = {item["stream"]: item for item in _get(app, "pegel/latest?timezone=Europe/Berlin").json["series"]}
    assert latest["pegel-1"]["value"] == 31
    assert latest["pegel-1"]["time"] == "2026-03-29T05:45:00+02:00"
    assert latest["platz, 1"]["value_text"] == "frei"
    places = _get(app, "pegel/latest.geojson").json
    assert places["type"] == "FeatureCollection"
    assert [feature["geometry"]["coordinates"] for feature in places["features"]] == [[9.0, 52.0], [10.0, 52.0], [8.0, 52.0]]
    assert places["features"][0]["properties"]["water_level_value"] == 31


def test_a_clock_that_runs_ahead_hides_nothing(app: Any, open_series: dict[str, Any]):
    access.unpublish(open_series["id"])
    model.Session.commit()
    far = [["pegel-1", "9999-12-30T00:00:00Z", 99], ["pegel-2", datetime.now(timezone.utc), 77]]
    shared.write_rows(open_series["resource"], far, ["stream", "time", "value"])
    latest = {item["stream"]: item for item in factories.act("timeseries_latest", dataset="pegel")}
    assert latest["pegel-1"]["value"] == 31
    assert (latest["pegel-2"]["value"], latest["pegel-2"]["state"]) == (77, "live")


def test_a_property_is_asked_over_all_datasets_that_one_may_see(app: Any, open_series: dict[str, Any]):
    _series(factories.unit(), "geheim", 1000)
    _publish(_series(factories.unit(), "zweiter", 500)["id"])

    answer = _get(app, "observations?property=water_level&interval=1d").json
    assert {row["dataset"] for row in answer["rows"]} == {"pegel", "zweiter"}
    assert "geheim" not in json.dumps(answer)
    assert {item["dataset"] for item in _get(app, "latest?property=water_level").json["series"]} == {"pegel", "zweiter"}
    _get(app, "observations", 400)
    assert _get(app, "observations?property=unbekannt").json["rows"] == []


def test_csv_reads_as_a_table_and_for_excel(app: Any, open_series: dict[str, Any]):
    rows = list(csv.DictReader(io.StringIO(_get(app, "pegel/observations.csv?streams=pegel-1").get_data(as_text=True))))
    assert rows[1] == {"stream": "pegel-1", "time": "2026-03-28T20:15:00+00:00", "value": "1", "value_text": "", "quality": "",
                       "property": "water_level", "unit": "cm"}  # fmt: skip
    excel = _get(app, "pegel/observations.csv?streams=pegel-1&interval=1h&aggregate=mean&excel=1&timezone=Europe/Berlin").data
    assert excel.startswith(b"\xef\xbb\xbf")
    assert "pegel-1;2026-03-28 21:00:00;1,5;water_level;cm" in excel.decode("utf-8-sig")
    # a name that a spreadsheet would take for a formula
    assert "'=Pegel 1" in _get(app, "pegel/streams.csv").get_data(as_text=True)


def test_parquet_keeps_types(app: Any, open_series: dict[str, Any]):
    table = pq.read_table(io.BytesIO(_get(app, "pegel/observations.parquet").data))
    assert table.num_rows == 69
    assert {name: str(table.schema.field(name).type) for name in ("stream", "time", "value")} == {
        "stream": "string", "time": "timestamp[us, tz=UTC]", "value": "double",
    }  # fmt: skip
    assert _get(app, "pegel/observations.parquet?from=2030-01-01").status_code == 200


def test_unknown_formats_are_not_found(app: Any, open_series: dict[str, Any]):
    for path in ("pegel/observations.exe", "pegel/streams.parquet", "pegel/observations?format=x", "pegel/unsinn"):
        _get(app, path, 404)


def test_answers_are_packed_and_known_ones_not_sent_again(app: Any, open_series: dict[str, Any]):
    answer = _get(app, "pegel/observations", **{"Accept-Encoding": "gzip"})
    assert json.loads(gzip.decompress(answer.data))["rows"]
    tag = answer.headers["ETag"]
    assert _get(app, "pegel/observations", 304, **{"If-None-Match": tag}).data == b""
    assert _get(app, "pegel/observations?limit=3", **{"If-None-Match": tag}).status_code == 200

    # what is told of a series is part of the answer
    named = model.Session.query(SeriesStream).filter_by(resource_id=open_series["resource"], stream="pegel-1").one()
    named.name = "Pegel am Markt"
    model.Session.commit()
    renamed = _get(app, "pegel/observations", **{"If-None-Match": tag})
    assert "Pegel am Markt" in renamed.get_data(as_text=True)
    tag = renamed.headers["ETag"]

    access.unpublish(open_series["id"])
    model.Session.commit()
    _get(app, "pegel/observations", 404, **{"If-None-Match": tag})
    shared.write_rows(open_series["resource"], [["pegel-1", START, 4711]], ["stream", "time", "value"])
    _publish(open_series["id"])
    assert _get(app, "pegel/observations", **{"If-None-Match": tag}).json["rows"][0]["value"] == 4711


def test_a_question_that_takes_too_long_is_given_up(app: Any, open_series: dict[str, Any], monkeypatch: pytest.MonkeyPatch):
    from ckanext.datenplattform.timeseries import query

    with pytest.raises(query.TooSlow), query.reading("UTC", 1) as cursor:
        cursor.execute("SELECT pg_sleep(3)")
    with pytest.raises(Exception, match="read-only"), query.reading("UTC", 5) as cursor:
        cursor.execute("DELETE FROM dp_staging.dp_rollup")


HIDDEN = ("observations", "observations.csv", "observations.parquet", "observations?interval=1d", "latest", "latest.geojson",
          "streams", "live")  # fmt: skip


def test_what_is_hidden_is_not_found_word_for_word(app: Any, platform: None):
    unit = factories.unit()
    made = _series(unit, "geheim")
    strangers = [{}]
    for person in (factories.user(), factories.editor_of(factories.unit("anderes"))):
        strangers.append({"Authorization": factories.act("api_token_create", user=person["name"], name="t")["token"]})
    editor = {"Authorization": factories.act("api_token_create", user=factories.editor_of(unit)["name"], name="t")["token"]}
    for headers in strangers:
        for what in HIDDEN:
            told = {app.get(f"{API}/{name}/{what}", headers=headers, status=404).get_data(as_text=True).replace(name, "NAME")
                    for name in ("geheim", made["id"], "gab-es-nie")}  # fmt: skip
            assert len(told) == 1, what
            assert CANARY not in told.pop()
        for action in ("timeseries_query", "timeseries_latest", "timeseries_streams"):
            answers = [app.get(f"/api/3/action/{action}?{key}={value}", headers=headers, status=404).json["error"]
                       for key, value in (("dataset", "geheim"), ("resource_id", made["resource"]), ("dataset", "gab-es-nie"))]  # fmt: skip
            assert answers[0] == answers[1] == answers[2]
        assert "geheim" not in app.get(f"{API}/observations?property=water_level", headers=headers).get_data(as_text=True)
    assert len(app.get(f"{API}/geheim/observations", headers=editor).json["rows"]) == 69


def test_a_withdrawal_ends_cursors_at_once(app: Any, open_series: dict[str, Any]):
    following = _get(app, "pegel/observations?limit=3").json["next"].partition(f"{API}/")[2]
    assert _get(app, following).json["rows"]
    access.unpublish(open_series["id"])
    model.Session.commit()
    assert "pegel-1" not in _get(app, following, 404).get_data(as_text=True)
    _get(app, "pegel/live", 404)
    assert "pegel" not in json.dumps(_get(app, "observations?property=water_level").json["rows"])


def test_rows_and_names_that_wait_are_nowhere(app: Any, open_series: dict[str, Any]):
    new = Stream(stream=CANARY, name=CANARY, thing=CANARY, property="Wasserstand", unit="cm", lon=1.0, lat=1.0)
    shared.describe_streams(open_series["resource"], [new])
    shared.write_rows(open_series["resource"], [[CANARY, START, 4711]], ["stream", "time", "value"])
    for path in ("pegel/streams", "pegel/latest", "pegel/latest.geojson", "pegel/observations", "pegel/observations?interval=1d",
                 "observations?property=water_level", "streams?property=water_level"):  # fmt: skip
        text = _get(app, path).get_data(as_text=True)
        assert CANARY not in text, path
        assert "4711" not in text, path


def test_the_description_names_what_there_is(app: Any, open_series: dict[str, Any]):
    document = _get(app, "openapi.json").json
    assert document["openapi"].startswith("3.1")
    for path, item in document["paths"].items():
        assert item["get"]["summary"]
        if not path.endswith("/live"):
            asked = path.removeprefix("/").replace("{dataset}", "pegel")
            _get(app, asked + ("" if "{dataset}" in path else "?property=water_level"))
    page = app.get(API, headers={"Accept-Language": "de"}, follow_redirects=True).get_data(as_text=True)
    assert "observations.csv?interval=1d" in page


def test_it_answers_and_takes_new_values_without_the_search_index(app: Any, open_series: dict[str, Any], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(tk.config, "solr_url", "http://127.0.0.1:9/solr/ckan")
    before = _get(app, "pegel/latest").json["series"]
    access.grant_standing_release(open_series["id"], {}, "decision-1", None)
    model.Session.commit()
    row = {"stream": "pegel-1", "time": START + timedelta(days=1), "value": 77}

    assert shared.write_rows(open_series["resource"], [row]) == {"written": 1, "staged": 0}

    assert len(_get(app, "pegel/observations").json["rows"]) == 70
    after = _get(app, "pegel/latest").json["series"]
    assert [item["value"] for item in after if item["stream"] == "pegel-1"] == [77]
    assert len(after) == len(before)

"""Over several runs: what is late, repeated, corrected, silent, gone, or no longer what it was."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from tests import factories
from tests.servers.sta_contract import CELSIUS, ContractServer, Stream

from .conftest import errors, run
from .test_sensorthings_contract import at, remarks, rows, station

METRES = {"name": "Meter", "symbol": "m", "definition": "ucum:m"}
CENTIMETRES = {"name": "Zentimeter", "symbol": "cm", "definition": "ucum:cm"}
LEVEL = {"name": "Pegel", "definition": "http://example.org/level"}


@pytest.fixture
def server() -> Iterator[ContractServer]:
    """An empty server."""
    with ContractServer() as found:
        yield found


def values(source: dict[str, Any]) -> dict[tuple[str, str], Any]:
    """(series, minute) → value."""
    return {(row["stream"], row["time"][14:16]): row["value"] for row in rows(source)}


def test_late_repeated_and_corrected_observations(make_source: Callable[..., Any], server: ContractServer):
    level = Stream(1, "Pegel", rows=[at(0, 1), at(30, 3, resultTime="2026-03-01T08:40:00Z")])
    server.things = [station(level)]
    source = make_source("sensorthings", server.url)
    run(source)

    level.rows += [at(15, 2), at(0, 1), at(30, 99, resultTime="2026-03-01T08:31:00Z"), at(45, 4), at(45, 4)]
    level.rows[0]["result"] = 1.5
    again = run(source)

    assert errors(again) == []
    # the result of 08:31 came late and is older than that of 08:40
    assert values(source) == {("1", "00"): 1, ("1", "15"): 2, ("1", "30"): 3, ("1", "45"): 4}
    level.rows[0]["resultTime"] = "2026-03-01T09:00:00Z"
    run(source)
    assert values(source)["1", "00"] == 1.5
    assert run(source)["stats"]["not modified"] == 1


@pytest.mark.parametrize("orders", [("phenomenonTime", "resultTime"), ("resultTime",), ()])
@pytest.mark.parametrize("descending", [False, True])
def test_however_a_server_sorts_all_comes_in_steps_and_once(
    make_source: Callable[..., Any], server: ContractServer, orders: tuple[str, ...], descending: bool
):
    """Three runs of at most 60, then nothing new; results without a time of their own among them."""
    server.orders, server.largest = orders, 10
    start = datetime(2026, 3, 1, tzinfo=timezone.utc)
    times = [(start + timedelta(minutes=n)).isoformat() for n in range(150)]
    found = [{"phenomenonTime": time, "result": n, "resultTime": None if n % 50 == 49 else time} for n, time in enumerate(times)]
    server.things = [station(Stream(1, "S", rows=found[::-1] if descending else found))]
    source = make_source("sensorthings", server.url, max_rows=60, overlap_minutes=5)

    runs = 0
    while runs < 6:
        job, runs = run(source), runs + 1
        assert errors(job) == []
        if job["stats"]["not modified"]:
            break

    assert [row["value"] for row in rows(source)] == list(range(150))
    assert runs < 6
    server.things[0].streams[0].rows.append({"phenomenonTime": "2026-03-01T02:31:00Z", "result": 150})
    run(source)
    assert len(rows(source)) == 151


def test_a_server_that_ignores_the_order_loses_nothing(make_source: Callable[..., Any], server: ContractServer):
    """It takes `$orderby` and answers newest first all the same."""
    found = [at(minute, minute) for minute in range(60)]
    stream = Stream(1, "S", rows=found[::-1])
    server.things, server.largest = [station(stream)], 10
    plain = server.rows
    server.rows = lambda stream, path, query: plain(stream, path, {k: v for k, v in query.items() if k != "$orderby"})  # type: ignore[method-assign]
    source = make_source("sensorthings", server.url, max_rows=25)

    assert errors(run(source)) == []

    assert len(rows(source)) == 60


def test_no_stream_starves_behind_a_limit(make_source: Callable[..., Any], server: ContractServer):
    server.things = [station(*(Stream(n, f"S{n}", rows=[at(minute, minute) for minute in range(20)]) for n in range(6)))]
    source = make_source("sensorthings", server.url, max_rows=40)

    jobs = [run(source) for _ in range(4)]

    assert len(rows(source)) == 120
    assert "nächste Lauf" in " ".join(remarks(jobs[0]))


def test_the_start_date_and_the_interval_count(make_source: Callable[..., Any], server: ContractServer):
    old = {"phenomenonTime": "2026-02-27T08:00:00Z", "resultTime": "2026-03-01T08:00:00Z", "result": 0}
    level = Stream(1, "Pegel", rows=[old, at(0, 1)])
    server.things, server.orders = [station(level)], ("resultTime",)
    source = make_source("sensorthings", server.url, start_date="2026-02-28", interval_minutes=60)
    run(source)
    assert list(values(source).values()) == [1]

    level.rows.append(at(15, 2))
    server.asked.clear()
    run(source)

    assert len(rows(source)) == 1
    assert not any("/rows" in path for path in server.asked)


def test_a_unit_that_can_be_converted_stays_the_same_series(make_source: Callable[..., Any], server: ContractServer):
    level = Stream(1, "Pegel", unit=METRES, observed=LEVEL, rows=[at(0, 1.25)])
    server.things = [station(level)]
    source = make_source("sensorthings", server.url)
    run(source)
    unit = rows(source)[0]["unit"]

    level.unit = CENTIMETRES
    level.rows = [at(0, 125), at(15, 130)]
    job = run(source)

    assert (errors(job), remarks(job)) == ([], [])
    assert {row["unit"] for row in rows(source)} == {unit}
    first, second = (row["value"] for row in rows(source))
    assert first == pytest.approx(1.25 if unit == "m" else 125)
    assert second / first == pytest.approx(130 / 125)


def test_what_was_measured_before_the_unit_changed_is_not_converted_anew(make_source: Callable[..., Any], server: ContractServer):
    level = Stream(1, "Pegel", unit=METRES, observed=LEVEL, rows=[at(0, 1), at(15, 2)])
    server.things = [station(level)]
    source = make_source("sensorthings", server.url)
    run(source)
    before = rows(source)

    # the server says another unit now and leaves its old numbers as they are
    level.unit = CENTIMETRES
    level.rows.append(at(30, 300))
    job = run(source)

    assert (errors(job), remarks(job)) == ([], [])
    assert rows(source)[:2] == before
    assert rows(source)[2]["value"] / before[1]["value"] == pytest.approx(1.5)
    level.rows.append(at(45, 400))
    run(source)
    assert rows(source)[3]["value"] / before[1]["value"] == pytest.approx(2)


def test_a_unit_that_becomes_another_begins_a_new_series(make_source: Callable[..., Any], server: ContractServer):
    level = Stream(1, "Pegel", unit=METRES, observed=LEVEL, rows=[at(0, 1), at(15, 2)])
    server.things = [station(level)]
    source = make_source("sensorthings", server.url)
    run(source)
    before = rows(source)

    level.unit = CELSIUS
    level.rows = [at(0, 70), at(15, 80), at(30, 9)]
    job = run(source)

    assert errors(job) == []
    [remark] = remarks(job)
    assert "hat den Typ oder die Einheit der Messreihe „Pegel“ geändert" in remark
    assert "1~2" in remark
    found = rows(source)
    assert [row for row in found if row["stream"] == "1"] == before
    assert [(row["stream"], row["value"], row["unit"]) for row in found[2:]] == [("1~2", 9, "Cel")]
    assert remarks(run(source)) == []
    level.rows.append(at(45, 10))
    run(source)
    assert [row["value"] for row in rows(source) if row["stream"] == "1~2"] == [9, 10]


def test_a_stream_that_changes_its_type_begins_a_new_series(make_source: Callable[..., Any], server: ContractServer):
    bay = Stream(1, "Platz 1", "TruthObservation", rows=[at(0, True), at(15, False)])
    server.things = [station(bay)]
    source = make_source("sensorthings", server.url)
    run(source)
    assert [row["value"] for row in rows(source)] == [True, False]

    bay.kind = "CategoryObservation"
    bay.rows += [at(30, "gesperrt")]
    assert errors(run(source)) == []
    bay.kind, bay.rows = "Measurement", [*bay.rows, at(45, 0.5)]
    assert errors(run(source)) == []

    found = rows(source)
    assert [(row["stream"], row["value"]) for row in found[:2]] == [("1", True), ("1", False)]
    later = [(row["time"][14:16], row.get("value_text"), row["value_number"]) for row in found[2:]]
    assert later == [("30", "gesperrt", None), ("45", None, 0.5)]
    assert len({row["stream"] for row in found}) > 1


def test_a_new_type_waits_while_the_table_is_public_and_nothing_is_lost(make_source: Callable[..., Any], server: ContractServer):
    import ckan.model as model

    from ckanext.datenplattform.access import shared as access
    from ckanext.datenplattform.timeseries import shared as timeseries

    from .conftest import datasets

    bay = Stream(1, "Platz 1", "TruthObservation", rows=[at(0, True)])
    server.things = [station(bay)]
    source = make_source("sensorthings", server.url)
    run(source)
    package = datasets(source)["station"]["id"]
    decided = access.content_hash(package)
    assert decided
    access.publish(package, decided, "decision-1")
    model.Session.commit()

    bay.kind, bay.rows = "CategoryObservation", [*bay.rows, at(30, "gesperrt")]
    job = run(source)

    assert errors(job) == []
    assert "warten auf eine Entscheidung" in " ".join(remarks(job))
    assert [row["value"] for row in rows(source)] == [True]
    # the source has forgotten them; the board decides
    bay.rows = []
    resource = datasets(source)["station"]["resources"][0]["id"]
    assert timeseries.new_columns(resource) == ["value_number", "value_text"]
    access.grant_standing_release(package, {"columns": [*timeseries.columns_of(resource), "value_text"]}, "decision-2", None)
    model.Session.commit()
    assert timeseries.let_through(resource)["written"] == 1
    assert [row.get("value_text") for row in rows(source)] == [None, "gesperrt"]
    assert timeseries.new_columns(resource) == ["value_number"]


def test_silent_and_vanished_streams_are_marked_and_come_back(make_source: Callable[..., Any], server: ContractServer):
    now = datetime.now(timezone.utc)
    fresh = {"phenomenonTime": (now - timedelta(minutes=5)).isoformat(), "result": 1}
    alive, quiet, gone = (Stream(n, f"S{n}", rows=[dict(fresh)]) for n in (1, 2, 3))
    quiet.rows = [{"phenomenonTime": (now - timedelta(hours=30)).isoformat(), "result": 1}]
    server.things = [station(alive, quiet, gone)]
    source = make_source("sensorthings", server.url)

    first = run(source)
    assert any("seit mehr als 24 Stunden" in text and "S2" in text and "S1" not in text for text in remarks(first)), remarks(first)
    server.things = [station(alive, quiet)]
    second = run(source)
    assert ["nennt die Quelle nicht mehr" in text for text in remarks(second)] == [True], remarks(second)
    assert remarks(run(source)) == []
    assert {row["stream"] for row in rows(source)} == {"1", "2", "3"}

    quiet.rows.append(dict(fresh))
    server.things = [station(alive, quiet, gone)]
    last = run(source)

    assert any("liefern wieder" in text and "S2" in text for text in remarks(last)), remarks(last)
    assert any("liefern wieder" in text and "S3" in text for text in remarks(last)), remarks(last)


def test_clocks_ahead_and_behind_hide_nothing(make_source: Callable[..., Any], server: ContractServer):
    now = datetime.now(timezone.utc).replace(microsecond=0)

    def when(hours: float, result: int) -> dict[str, Any]:
        return {"phenomenonTime": (now + timedelta(hours=hours)).isoformat(), "result": result}

    stream = Stream(1, "S", rows=[when(-3, 1), when(24 * 365, 2)])
    server.things = [station(stream)]
    source = make_source("sensorthings", server.url)
    run(source)
    # the clock is set right, then goes an hour late
    stream.rows += [when(-0.01, 3), when(-1, 4)]
    run(source)

    assert [row["value"] for row in rows(source)] == [1, 4, 3, 2]


def test_the_preview_says_which_series_would_come(app: Any, make_source: Callable[..., Any], server: ContractServer):
    weather = Stream(7, "Wetter", ["Measurement", "Measurement"], [CELSIUS, METRES], [LEVEL, {"name": "Wind", "definition": ""}])
    server.things = [station(Stream(1, "Pegel", unit=METRES, observed=LEVEL), weather)]
    source = make_source("sensorthings", server.url, columns={"district": "stadtteil"})

    [record] = factories.act("harvest_source_preview", id=source["id"])["records"]

    said = json.dumps(record["facts"], ensure_ascii=False)
    assert "Messorte: 1, Messreihen: 3" in said
    assert "Pegel [m]" in said
    assert "Wind [m]" in said
    assert "stadtteil" in said
    headers = {"Authorization": factories.act("api_token_create", user=factories.sysadmin()["name"], name="t")["token"]}
    page = app.get(f"/harvest/preview/{source['name']}", headers=headers)
    assert page.status_code == 200
    assert "Messorte: 1, Messreihen: 3" in page.body
    assert not any("/rows" in path for path in server.asked)

"""Forecasts as a whole: made, stored, scored, told to who may know."""

from __future__ import annotations

import random
from datetime import datetime, timedelta, timezone
from typing import Any

import ckan.model as model
import pytest
from click.testing import CliRunner
from sqlalchemy import select

from ckanext.datenplattform.access import shared as access
from ckanext.datenplattform.core.cli import datenplattform
from ckanext.datenplattform.timeseries import shared
from ckanext.datenplattform.timeseries.forecast import records
from ckanext.datenplattform.timeseries.forecast import run as work
from ckanext.datenplattform.timeseries.forecast.records import Forecast, ForecastDay
from ckanext.datenplattform.timeseries.shared import Stream
from tests import factories

NAMES = ["stream", "time", "value"]
FIELDS = [{"id": "stream", "type": "text"}, {"id": "time", "type": "timestamptz"}, {"id": "value", "type": "numeric"}]
START = datetime(2026, 3, 1, tzinfo=timezone.utc)


def _quarters(start: datetime, count: int) -> list[datetime]:
    return [start + timedelta(minutes=15 * n) for n in range(count)]


@pytest.fixture
def bays(platform: None) -> dict[str, str]:
    """A dataset with a bay and what is no bay; no rows yet."""
    made = factories.dataset(factories.unit(), name="parken", resources=[{"name": "Belegung", "url_type": "datastore", "url": "x"}])
    resource = made["resources"][0]["id"]
    shared.ensure_table(resource, FIELDS)
    shared.describe_streams(resource, [
        Stream(stream="bucht", name="Stellplatz 1", property="Belegung", kind="category", lon=8.0, lat=52.0, interval_seconds=900),
        Stream(stream="pegel", name="Pegel", property="Wasserstand", unit="cm"),
    ])  # fmt: skip
    return {"package": made["id"], "resource": resource}


def _publish(package: str) -> None:
    access.publish(package, access.content_hash(package) or "", "decision-1")
    model.Session.commit()


def _write(resource: str, states: dict[datetime, Any], stream: str = "bucht") -> None:
    shared.write_rows(resource, [[stream, time, value] for time, value in states.items()], NAMES)


def _stored() -> list[Any]:
    columns = Forecast.__table__.c
    query = select(columns.horizon, columns.made, columns.now, columns.profile, columns.probability, columns.outcome)
    return list(model.Session.execute(query.order_by(columns.made, columns.horizon)))


def test_a_forecast_is_stored_and_scored_when_its_time_has_come(bays: dict[str, str]):
    _write(bays["resource"], dict.fromkeys(_quarters(START, 9), 0))
    now = START + timedelta(hours=2)
    assert work.run(now) == {"series": 1, "scored": 0, "made": 3, "removed": 0}
    assert [(row.horizon, row.now, row.outcome) for row in _stored()] == [(15, True, None), (30, True, None), (60, True, None)]
    # a second timer does not make them twice
    assert work.run(now + timedelta(minutes=1))["made"] == 0

    # a quarter of an hour later nobody knows yet whether the state at that minute was the last word
    later = now + timedelta(minutes=16)
    assert work.run(later)["scored"] == 0
    _write(bays["resource"], {now + timedelta(minutes=10): 1, now + timedelta(minutes=20): 0, now + timedelta(minutes=31): 0})
    assert work.run(now + timedelta(minutes=32))["scored"] == 2 + 1
    scored = {row.horizon: row.outcome for row in _stored() if row.made == now}
    assert scored == {15: False, 30: True, 60: None}
    day = model.Session.query(ForecastDay).filter_by(stream="bucht", horizon=15).one()
    assert day.count >= 1
    assert day.as_now >= 1


def test_nothing_that_lies_ahead_is_looked_at(bays: dict[str, str]):
    """The same forecasts and scores, whether or not the table knows what comes."""
    luck, states = random.Random(3), {}
    for time in _quarters(START, 96 * 16):
        states[time] = int(luck.random() < (0.2 if time.hour < 8 else 0.7))
    moments = [START + timedelta(days=14, hours=6, minutes=7 + 30 * n) for n in range(6)]
    _write(bays["resource"], states)
    for now in moments:
        work.run(now)
    known_all = _stored()
    model.Session.query(Forecast).delete()
    model.Session.query(ForecastDay).delete()
    model.Session.commit()

    shared.remove_rows(bays["resource"], "bucht", since=moments[0])
    for now in moments:
        _write(bays["resource"], {time: value for time, value in states.items() if time <= now})
        work.run(now)
    assert _stored() == known_all
    assert any(row.outcome is not None for row in known_all)


def test_gaps_make_no_forecast_and_no_score(bays: dict[str, str]):
    _write(bays["resource"], dict.fromkeys(_quarters(START, 9), 0))
    now = START + timedelta(hours=2)
    work.run(now)
    # silent for a day: what was forecast is never scored, nothing new is forecast, and nobody is told an old state
    assert work.run(now + timedelta(hours=5))["made"] == 0
    _write(bays["resource"], {now + timedelta(hours=24): 1})
    assert work.run(now + timedelta(hours=24, minutes=1)) == {"series": 1, "scored": 0 + 3, "made": 3, "removed": 0}
    # an unknown state is no state
    shared.write_rows(bays["resource"], [["bucht", now + timedelta(hours=24, minutes=15), None]], NAMES)
    assert work.run(now + timedelta(hours=24, minutes=16))["made"] == 0


def test_what_is_usual_comes_from_the_same_time_of_the_week(bays: dict[str, str]):
    """Three weeks across the change of the clock; free from eight to nine in the town, whatever UTC says."""
    quarters = _quarters(datetime(2026, 3, 16, 0, tzinfo=timezone.utc), 96 * 20)
    _write(bays["resource"], {time: int((time.hour + (2 if time >= datetime(2026, 3, 29, 1, tzinfo=timezone.utc) else 1)) % 24 != 8)
                              for time in quarters})  # fmt: skip
    work.run(datetime(2026, 4, 1, 5, 45, tzinfo=timezone.utc))  # a Wednesday, 7:45
    found = {row.horizon: row.profile for row in _stored()}
    assert found[15] > 0.7  # 8:00
    assert found[30] > 0.7
    assert found[60] > 0.7  # 8:45
    work.run(datetime(2026, 4, 1, 7, 0, tzinfo=timezone.utc))
    assert all(row.profile < 0.3 for row in _stored() if row.made.hour == 7)


def _settle(resource: str, ours: float, profile: float, as_now: float, days: int = 20) -> None:
    """Days on which each forecast was off by so much, instead of what was there."""
    today = datetime.now(timezone.utc).date()
    model.Session.query(ForecastDay).delete()
    model.Session.add_all(
        ForecastDay(resource_id=resource, stream="bucht", horizon=horizon, day=today - timedelta(days=n), count=90, ours=90 * ours,
                    profile=90 * profile, as_now=90 * as_now, pull=9.0, spread=18.0)
        for n in range(days) for horizon in (15, 30, 60)
    )  # fmt: skip
    model.Session.commit()


def test_only_what_is_better_is_offered_and_says_how_good_it_was(app: Any, bays: dict[str, str]):
    now = datetime.now(timezone.utc)
    _write(bays["resource"], dict.fromkeys(_quarters(now - timedelta(hours=2), 8), 0))
    _publish(bays["package"])
    work.run(now)
    told = factories.anonymous("timeseries_forecast", dataset="parken")
    assert [bay["stream"] for bay in told] == ["bucht"]
    assert [(item["minutes"], item["offered"], item["probability"]) for item in told[0]["horizons"]] == [
        (15, False, None), (30, False, None), (60, False, None),
    ]  # fmt: skip
    assert "0" in told[0]["horizons"][0]["note"]

    _settle(bays["resource"], 0.1, 0.2, 0.15)
    item = app.get("/api/daten/v1/parken/forecast?timezone=Europe/Berlin").json["series"][0]["horizons"][1]
    stored = {row.horizon: row.probability for row in _stored()}
    assert item["offered"]
    assert item["probability"] == pytest.approx(stored[30], abs=1e-3)
    assert (item["brier"], item["brier_profile"], item["brier_as_now"], item["days"], item["count"]) == (0.1, 0.2, 0.15, 20, 1800)
    assert datetime.fromisoformat(item["time"]) - datetime.fromisoformat(item["made"]) == timedelta(minutes=30)
    lines = app.get("/api/daten/v1/parken/forecast.csv").get_data(as_text=True).splitlines()
    assert len(lines) == 4
    assert "probability" in lines[0]


def test_why_nothing_is_offered_is_said_in_words(app: Any, bays: dict[str, str]):
    _publish(bays["package"])
    for scores, word in (((0.2, 0.1, 0.3), "üblich"), ((0.2, 0.3, 0.1), "jetzt")):
        _settle(bays["resource"], *scores)
        item = app.get("/de/api/daten/v1/parken/forecast").json["series"][0]["horizons"][0]
        assert (item["offered"], item["probability"]) == (False, None)
        assert word in item["note"]


def test_an_old_forecast_is_not_told(app: Any, bays: dict[str, str]):
    then = datetime.now(timezone.utc) - timedelta(minutes=40)
    _write(bays["resource"], dict.fromkeys(_quarters(then - timedelta(hours=2), 9), 0))
    _publish(bays["package"])
    _settle(bays["resource"], 0.1, 0.2, 0.2)
    work.run(then)
    item = app.get("/api/daten/v1/parken/forecast").json["series"][0]["horizons"][2]
    assert (item["offered"], item["probability"]) == (True, None)
    assert item["note"]


def test_a_hidden_and_a_withdrawn_dataset_have_no_forecast(app: Any, bays: dict[str, str]):
    app.get("/api/daten/v1/parken/forecast", status=404)
    assert factories.act("timeseries_forecast", dataset="parken")
    _publish(bays["package"])
    app.get("/api/daten/v1/parken/forecast", status=200)
    access.unpublish(bays["package"])
    model.Session.commit()
    app.get("/api/daten/v1/parken/forecast", status=404)


def test_old_forecasts_go_and_what_is_left_of_a_deleted_table(bays: dict[str, str]):
    _write(bays["resource"], dict.fromkeys(_quarters(START, 9), 0))
    work.run(START + timedelta(hours=2))
    assert records.forget(START + timedelta(days=29), 30) == 0
    assert records.forget(START + timedelta(days=31), 30) == 3
    work.run(START + timedelta(hours=2, minutes=5))
    factories.act("package_delete", id=bays["package"])
    factories.act("dataset_purge", id=bays["package"])
    assert work.run(START + timedelta(hours=3))["removed"] == 3
    assert _stored() == []


def test_the_command_says_what_it_did(bays: dict[str, str]):
    now = datetime.now(timezone.utc)
    _write(bays["resource"], dict.fromkeys(_quarters(now - timedelta(hours=2), 8), 0))
    said = CliRunner().invoke(datenplattform, ["forecast", "run"])
    assert said.exit_code == 0, said.output
    assert "3" in said.output
    assert len(_stored()) == 3

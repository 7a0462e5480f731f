"""Rollups are what a plain computation over all rows gives, whatever came in which order."""

from __future__ import annotations

import json
import math
from collections import defaultdict
from datetime import datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import ckan.model as model
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from ckanext.datenplattform.access import shared as access
from ckanext.datenplattform.timeseries import shared, store
from ckanext.datenplattform.timeseries.shared import Stream
from tests import factories

BERLIN = ZoneInfo("Europe/Berlin")
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
# around the hour that does not exist, and around the one that there is twice
STARTS = (datetime(2026, 3, 28, 20, tzinfo=timezone.utc), datetime(2026, 10, 24, 20, tzinfo=timezone.utc))
FIELDS = [{"id": name, "type": kind} for name, kind in (
    ("stream", "text"), ("time", "timestamptz"), ("value", "numeric"), ("value_text", "text"), ("quality", "text"),
)]  # fmt: skip
NAMES = [field["id"] for field in FIELDS]


@pytest.fixture
def resource(platform: None) -> str:
    made = factories.dataset(factories.unit(), resources=[{"name": "Messwerte", "url_type": "datastore", "url": "x"}])
    found = made["resources"][0]["id"]
    shared.ensure_table(found, FIELDS)
    shared.describe_streams(found, [Stream(stream="zahl", kind="number"), Stream(stream="richtung", property="Windrichtung", unit="deg"),
                                    Stream(stream="platz", property="Belegung", kind="category")])  # fmt: skip
    return found


def _bucket(step: str, time: datetime) -> datetime:
    if step == "1d":
        local = time.astimezone(BERLIN)
        return datetime(local.year, local.month, local.day, tzinfo=BERLIN).astimezone(timezone.utc)
    length = timedelta(minutes=15 if step == "15m" else 60)
    return EPOCH + (time - EPOCH) // length * length


def naive(rows: dict[tuple[str, datetime], tuple[Any, Any]]) -> dict[tuple[str, str, datetime], dict[str, Any]]:
    """All rollups of all rows, computed the slow way."""
    found: dict[tuple[str, str, datetime], dict[str, Any]] = defaultdict(lambda: {"values": [], "states": defaultdict(float)})
    for stream in {key[0] for key in rows}:
        series = sorted((time, *rows[stream, time]) for name, time in rows if name == stream)
        for number, (time, value, text) in enumerate(series):
            for step in ("15m", "1h", "1d"):
                if value is not None or text is not None:
                    found[step, stream, _bucket(step, time)]["values"].append((time, value, text))
            state = text if text is not None else None if value is None else str(value)
            if stream != "platz" or number + 1 == len(series) or state is None:
                continue
            end, at = min(series[number + 1][0], time + timedelta(hours=24)), time
            while at < end:
                until = min(end, _bucket("15m", at) + timedelta(minutes=15))
                for step in ("15m", "1h", "1d"):
                    found[step, stream, _bucket(step, at)]["states"][state] += (until - at).total_seconds()
                at = until
    return dict(found)


def _kept(resource: str) -> dict[tuple[str, str, datetime], Any]:
    with store.transaction() as cursor:
        cursor.execute(
            """SELECT step, stream, bucket, count, numbers, total, least, greatest, last, last_text, sines, cosines,
               (SELECT jsonb_object_agg(state, seconds)::text FROM dp_staging.dp_rollup_state s WHERE s.resource_id = r.resource_id
                AND s.step = r.step AND s.stream = r.stream AND s.bucket = r.bucket) FROM dp_staging.dp_rollup r WHERE resource_id = %s""",
            (resource,),
        )
        return {(row[0], row[1], row[2].astimezone(timezone.utc)): row[3:] for row in cursor.fetchall()}


def _compare(resource: str, rows: dict[tuple[str, datetime], tuple[Any, Any]]) -> None:
    wanted, kept = naive(rows), _kept(resource)
    assert set(kept) == set(wanted)
    for (step, stream, bucket), facts in wanted.items():
        count, numbers, total, least, greatest, last, last_text, sines, cosines, states = kept[step, stream, bucket]
        values = facts["values"]
        plain = [value for _, value, _ in values if value is not None]
        assert (count, numbers) == (len(values), len(plain))
        assert (total, least, greatest) == ((sum(plain), min(plain), max(plain)) if plain else (None, None, None))
        if values:
            assert last == values[-1][1]
            if stream == "platz":
                assert last_text == (values[-1][2] if values[-1][2] is not None else str(values[-1][1]))
        if stream == "richtung" and plain:
            assert sines == pytest.approx(sum(math.sin(math.radians(value)) for value in plain), abs=1e-9)
            assert cosines == pytest.approx(sum(math.cos(math.radians(value)) for value in plain), abs=1e-9)
        else:
            assert sines is None
        assert (json.loads(states) if states else {}) == facts["states"]


ROWS = st.lists(
    st.tuples(
        st.sampled_from(["zahl", "richtung", "platz"]),
        st.integers(0, 40 * 60),  # minutes: two days at the most
        st.one_of(st.integers(0, 359), st.just(float("nan")), st.none()),
        st.sampled_from([None, None, "frei", "belegt"]),
    ),
    max_size=25,
)  # fmt: skip


@settings(max_examples=25, deadline=None, suppress_health_check=(HealthCheck.function_scoped_fixture, HealthCheck.too_slow))
@given(start=st.sampled_from(STARTS), batches=st.lists(ROWS, min_size=1, max_size=4), repeat=st.booleans(), gone=st.integers(0, 40 * 60))
# a state that ends more than a day after it began was in force for that day
@example(STARTS[0], [[("platz", 0, 0, None)], [("platz", 1441, 0, None)]], False, 0)
def test_rollups_are_what_the_rows_come_to(resource: str, start: datetime, batches: list[Any], repeat: bool, gone: int):
    with store.transaction() as cursor:
        cursor.execute(f'DELETE FROM "{resource}"; DELETE FROM dp_staging.dp_rollup; DELETE FROM dp_staging.dp_rollup_state')
    rows: dict[tuple[str, datetime], tuple[Any, Any]] = {}
    for batch in [*batches, batches[-1]] if repeat else batches:
        written = []
        for stream, minutes, value, text in batch:
            time, text = start + timedelta(minutes=minutes), text if stream == "platz" else None
            written.append([stream, time, value, text, None])
            rows[stream, time] = (None if value is None or math.isnan(value) else value, text)
        shared.write_rows(resource, written, NAMES)
        _compare(resource, rows)

    until = start + timedelta(minutes=gone)
    shared.remove_rows(resource, "platz", until=until)
    rows = {key: row for key, row in rows.items() if key[0] != "platz" or key[1] >= until}
    _compare(resource, rows)
    before = _kept(resource)
    shared.rebuild_rollups(resource)
    assert _kept(resource) == before


def test_days_are_as_long_as_the_towns(resource: str):
    times = [(f"zahl-{number}", start + timedelta(minutes=15 * n)) for number, start in enumerate(STARTS) for n in range(192)]
    quarters = [[stream, time, 1, None, None] for stream, time in times]
    shared.write_rows(resource, quarters, NAMES)

    days = {bucket: row[0] for (step, _, bucket), row in _kept(resource).items() if step == "1d"}
    assert days[datetime(2026, 3, 28, 23, tzinfo=timezone.utc)] == 23 * 4
    assert days[datetime(2026, 10, 24, 22, tzinfo=timezone.utc)] == 25 * 4


def test_rows_that_wait_are_in_no_rollup_until_they_are_released(resource: str):
    package: Any = model.Resource.get(resource).package_id
    access.publish(package, access.content_hash(package) or "", "decision-1")
    model.Session.commit()
    shared.write_rows(resource, [["zahl", STARTS[0], 4711, None, None]], NAMES)
    assert _kept(resource) == {}

    shared.release_waiting(resource)
    assert {row[2] for row in _kept(resource).values()} == {4711}

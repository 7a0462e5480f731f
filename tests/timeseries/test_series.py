"""Series in a real DataStore: upsert, order of arrival, waiting rows, release."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ckanext.datenplattform.access import shared as access
from ckanext.datenplattform.timeseries import retention, shared, store
from tests import factories

START = datetime(2026, 3, 29, 0, 30, tzinfo=timezone.utc)
FIELDS = [
    {"id": "stream", "type": "text"},
    {"id": "time", "type": "timestamptz"},
    {"id": "value", "type": "numeric"},
    {"id": "quality", "type": "text"},
    {"id": "result_time", "type": "timestamptz"},
]


@pytest.fixture
def series(platform: None) -> dict[str, Any]:
    """A private dataset with an empty series: ``{"package", "resource"}``."""
    made = factories.dataset(factories.unit(), resources=[{"name": "Messwerte", "url_type": "datastore", "url": "x"}])
    resource = made["resources"][0]["id"]
    shared.ensure_table(resource, FIELDS)
    return {"package": made["id"], "resource": resource}


@pytest.fixture
def two(platform: None) -> tuple[str, str]:
    """Two empty series: one as it is made here, one as CKAN alone makes it."""
    unit, found = factories.unit(), []
    for _ in range(2):
        made = factories.dataset(unit, resources=[{"name": "Messwerte", "url_type": "datastore", "url": "x"}])
        found.append(made["resources"][0]["id"])
        shared.ensure_table(found[-1], FIELDS)
    with store.transaction() as cursor:
        cursor.execute(f'ALTER TABLE "{found[1]}" ALTER COLUMN _full_text DROP DEFAULT')
    return found[0], found[1]


def _row(minutes: float, value: Any, stream: str = "a", result: int | None = None, **more: Any) -> dict[str, Any]:
    result_time = None if result is None else START + timedelta(minutes=result)
    return {
        "stream": stream,
        "time": START + timedelta(minutes=minutes),
        "value": value,
        "result_time": result_time,
        **more,
    }


def _values(resource: str, **query: Any) -> list[Any]:
    found = factories.act("datastore_search", resource_id=resource, sort="stream, time", limit=1000, **query)["records"]
    return [record["value"] for record in found]


def _publish(package: str, scope: dict[str, Any] | None = None) -> None:
    decided = access.content_hash(package)
    assert decided
    access.publish(package, decided, "decision-1")
    if scope is not None:
        access.grant_standing_release(package, scope, "decision-1", None)
    model.Session.commit()


def test_the_same_rows_again_change_nothing(series: dict[str, Any]):
    rows = [_row(15 * n, n) for n in range(10)]

    assert shared.write_rows(series["resource"], rows) == {"written": 10, "staged": 0}
    assert shared.write_rows(series["resource"], rows) == {"written": 0, "staged": 0}
    assert _values(series["resource"]) == list(range(10))


@pytest.mark.parametrize("order", [1, -1])
def test_a_correction_wins_in_whatever_order_it_arrives(series: dict[str, Any], order: int):
    both = [[_row(0, 1, result=0)], [_row(0, 2, result=5)]][::order]
    for rows in both:
        shared.write_rows(series["resource"], rows)
    assert _values(series["resource"]) == [2]

    shared.write_rows(series["resource"], [row for rows in both for row in rows])
    assert _values(series["resource"]) == [2]


ROW = st.tuples(st.sampled_from("ab"), st.integers(0, 5), st.none() | st.integers(0, 3), st.none() | st.integers(0, 2))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(ROW, max_size=6), max_size=5))
def test_batches_that_were_copied_straight_in_end_as_merged_ones_do(two: tuple[str, str], batches: list[list[tuple[Any, ...]]]):
    """One table takes the short way where it may, the other never: a table that was not lightened has none."""
    columns = ["stream", "time", "value", "result_time"]
    with store.transaction() as cursor:
        for resource in two:
            cursor.execute(f'DELETE FROM "{resource}"; DELETE FROM dp_staging.dp_rollup WHERE resource_id = \'{resource}\'')
    for batch in batches:
        rows = [tuple(_row(minutes, value, stream, result)[name] for name in columns) for stream, minutes, value, result in batch]
        assert shared.write_rows(two[0], rows, columns) == shared.write_rows(two[1], rows, columns)
    with store.transaction() as cursor:
        found = []
        for resource in two:
            cursor.execute(f'SELECT stream, time, value, result_time FROM "{resource}" ORDER BY stream, time')
            rows = cursor.fetchall()
            cursor.execute(
                "SELECT step, stream, bucket, count, total, least, greatest, last FROM dp_staging.dp_rollup "
                "WHERE resource_id = %s ORDER BY 1, 2, 3", (resource,),
            )  # fmt: skip
            found.append((rows, cursor.fetchall()))
    assert found[0] == found[1]


def test_only_rows_for_an_empty_time_go_straight_in(two: tuple[str, str]):
    columns = ["stream", "time", "value"]

    def appended(resource: str, *rows: Any) -> bool:
        with store.transaction() as cursor:
            store.begin(cursor, resource)
            return store.append(cursor, resource, columns, list(rows)) is not None

    assert appended(two[0], ("a", START, 1), ("b", START, 1))
    assert not appended(two[0], ("a", START, 1))
    assert not appended(two[0], ("c", START, 1), ("c", START, 2))
    assert appended(two[0], ("a", START + timedelta(hours=1), 1), ("c", START, 1))
    assert not appended(two[1], ("a", START, 1))


def test_what_retention_has_removed_does_not_come_back_straight_either(series: dict[str, Any]):
    shared.write_rows(series["resource"], [_row(0, 1)])
    shared.describe_streams(series["resource"], [shared.Stream(stream="a")])
    retention.keep(series["resource"], 1)
    retention.thin(START + timedelta(days=9))

    assert shared.write_rows(series["resource"], [_row(0, 1), _row(15, 2)]) == {"written": 0, "staged": 0}
    assert shared.write_rows(series["resource"], [_row(20 * 1440, 3)]) == {"written": 1, "staged": 0}


def test_late_rows_across_the_clock_change_and_far_in_the_future_have_one_place(series: dict[str, Any]):
    shared.write_rows(
        series["resource"],
        [
            {"stream": "a", "time": "2026-03-29T03:00:00+02:00", "value": 2},
            {"stream": "a", "time": "2026-03-29T01:59:00+01:00", "value": 1},
            {"stream": "a", "time": "2026-03-29T01:00:00Z", "value": 3},
            {"stream": "a", "time": "9999-12-31T00:00:00Z", "value": 9},
            {"stream": "a", "time": "2026-01-01T00:00:00Z", "value": float("nan")},
        ],
    )

    assert _values(series["resource"]) == [None, 1, 3, 9]
    assert factories.act("datastore_search", resource_id=series["resource"], filters={"quality": "nan"})["total"] == 1


def test_a_batch_is_there_wholly_or_not_at_all(series: dict[str, Any]):
    with pytest.raises(ValueError, match="offset"):
        shared.write_rows(series["resource"], [_row(0, 1), {"stream": "a", "time": "kaputt", "value": 2}])
    with pytest.raises(Exception, match="numeric"):
        shared.write_rows(series["resource"], [_row(0, 1), _row(15, "viel")])

    assert _values(series["resource"]) == []


def test_the_number_of_rows_is_right_after_each_batch(series: dict[str, Any]):
    for count in (1, 2, 3):
        shared.write_rows(series["resource"], [_row(15 * count, count)])
        assert factories.act("datastore_search", resource_id=series["resource"], limit=0)["total"] == count


def test_the_full_text_trigger_has_nothing_to_do(series: dict[str, Any]):
    shared.write_rows(series["resource"], [_row(0, 1)])
    with store.transaction() as cursor:
        cursor.execute(f'SELECT _full_text::text FROM "{series["resource"]}"')
        assert cursor.fetchall() == [("",)]


def test_names_with_quotes_and_percent_signs_are_names(series: dict[str, Any]):
    odd = 'a\'; DROP TABLE x; -- %s \\ "b"'
    shared.write_rows(series["resource"], [_row(0, 1, odd)])

    assert factories.act("datastore_search", resource_id=series["resource"])["records"][0]["stream"] == odd


def test_rows_of_a_published_series_wait(series: dict[str, Any]):
    shared.write_rows(series["resource"], [_row(0, 1)])
    _publish(series["package"])

    assert shared.write_rows(series["resource"], [_row(0, 1), _row(15, 2)]) == {"written": 0, "staged": 1}
    assert _values(series["resource"]) == [1]
    found = factories.act("timeseries_waiting_show", resource_id=series["resource"])
    assert (found["rows"], [stream["stream"] for stream in found["streams"]]) == (1, ["a"])

    released = tk.get_action("timeseries_waiting_release")({"ignore_auth": True}, {"resource_id": series["resource"]})
    assert released == {"released": 1}
    assert _values(series["resource"]) == [1, 2]
    assert factories.act("timeseries_waiting_show", resource_id=series["resource"])["rows"] == 0


def test_a_standing_release_lets_through_what_it_names(series: dict[str, Any]):
    _publish(series["package"], {"streams": ["a"], "columns": None, "resolution_seconds": 900, "licence": None})

    done = shared.write_rows(series["resource"], [_row(0, 1), _row(7, 2), _row(0, 3, "b")])

    assert done == {"written": 1, "staged": 2}
    assert _values(series["resource"]) == [1]
    assert shared.release_waiting(series["resource"], ["b"]) == 1
    assert _values(series["resource"]) == [1, 3]
    assert shared.discard_waiting(series["resource"]) == 1


def test_columns_outside_a_standing_release_stay_outside(series: dict[str, Any]):
    _publish(series["package"], {"streams": None, "columns": ["value"], "resolution_seconds": None, "licence": None})

    done = shared.write_rows(series["resource"], [_row(0, 1, quality="geheim"), _row(15, 2)])

    assert done == {"written": 2, "staged": 1}
    records = factories.act("datastore_search", resource_id=series["resource"])["records"]
    assert [(r["value"], r["quality"]) for r in records] == [(1, None), (2, None)]


def test_a_withdrawn_series_takes_rows_again(series: dict[str, Any]):
    _publish(series["package"])
    access.unpublish(series["package"])
    model.Session.commit()

    assert shared.write_rows(series["resource"], [_row(0, 1)]) == {"written": 1, "staged": 0}


def test_waiting_rows_are_released_by_nobody_but_the_review(series: dict[str, Any]):
    for user in (factories.sysadmin()["name"], factories.user()["name"], ""):
        with pytest.raises(tk.NotAuthorized):
            factories.act("timeseries_waiting_release", user, resource_id=series["resource"])


def test_waiting_rows_are_seen_by_editors_only(series: dict[str, Any]):
    for user in (factories.user()["name"], ""):
        with pytest.raises((tk.NotAuthorized, tk.ObjectNotFound)):
            factories.act("timeseries_waiting_show", user, resource_id=series["resource"])


def test_waiting_rows_cannot_be_read_through_the_datastore(series: dict[str, Any]):
    _publish(series["package"])
    shared.write_rows(series["resource"], [_row(0, 4711)])

    assert factories.anonymous("datastore_search", resource_id=series["resource"])["total"] == 0
    with pytest.raises(tk.ObjectNotFound):
        factories.anonymous("datastore_search", resource_id="dp_waiting")

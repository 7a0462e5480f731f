"""Old single values go, what they came to stays."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from ckanext.datenplattform.timeseries import retention, shared, store
from ckanext.datenplattform.timeseries.shared import Stream
from tests import factories

NOW = datetime(2026, 6, 1, 12, tzinfo=timezone.utc)
FIELDS = [{"id": "stream", "type": "text"}, {"id": "time", "type": "timestamptz"}, {"id": "value", "type": "numeric"}]
ROWS = [[stream, NOW - timedelta(days=days), days] for stream in ("a", "b") for days in (1, 20, 400)]
NAMES = ["stream", "time", "value"]


@pytest.fixture
def resource(platform: None) -> str:
    made = factories.dataset(factories.unit(), resources=[{"name": "Messwerte", "url_type": "datastore", "url": "x"}])
    found = made["resources"][0]["id"]
    shared.ensure_table(found, FIELDS)
    shared.describe_streams(found, [Stream(stream="a"), Stream(stream="b")])
    shared.write_rows(found, ROWS, NAMES)
    return found


def _values(resource: str) -> list[Any]:
    found = factories.act("datastore_search", resource_id=resource, sort="stream, time")
    assert found["total"] == len(found["records"])
    return [(row["stream"], row["value"]) for row in found["records"]]


def _rollups(resource: str) -> list[Any]:
    with store.transaction() as cursor:
        cursor.execute("SELECT step, stream, bucket, total FROM dp_staging.dp_rollup WHERE resource_id = %s ORDER BY 1, 2, 3", (resource,))
        return cursor.fetchall()


def test_all_is_kept_unless_somebody_says_otherwise(resource: str):
    assert retention.thin(NOW)["rows"] == 0
    assert len(_values(resource)) == 6


def test_what_is_old_goes_and_does_not_come_back(resource: str):
    before = _rollups(resource)
    assert retention.keep(resource, 30, "a") == 1

    assert retention.thin(NOW)["rows"] == 1
    assert _values(resource) == [("a", 20), ("a", 1), ("b", 400), ("b", 20), ("b", 1)]
    assert _rollups(resource) == before

    assert shared.write_rows(resource, ROWS, NAMES) == {"written": 0, "staged": 0}
    assert shared.write_rows(resource, [["a", NOW - timedelta(days=1), 5]], NAMES)["written"] == 1
    assert len(_rollups(resource)) == len(before)
    assert ("a", NOW - timedelta(days=400)) not in [(row[1], row[2]) for row in _rollups(resource) if row[3] != 400]


@pytest.mark.ckan_config("ckanext.datenplattform.timeseries.keep_days", 10)
def test_a_series_of_its_own_rule_is_not_bound_by_the_general_one(resource: str):
    retention.keep(resource, 0, "b")

    assert retention.thin(NOW)["rows"] == 2
    assert _values(resource) == [("a", 1), ("b", 400), ("b", 20), ("b", 1)]


def test_rollups_of_a_table_that_is_gone_go_too(resource: str):
    factories.act("datastore_delete", resource_id=resource, force=True)

    assert retention.thin(NOW)["orphans"] >= 1
    assert _rollups(resource) == []

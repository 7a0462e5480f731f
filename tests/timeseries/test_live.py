"""New values as they come: at once, none lost, only to those who may see them."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from typing import Any

import ckan.model as model
import pytest

from ckanext.datenplattform.access import shared as access
from ckanext.datenplattform.timeseries import live, shared
from tests import factories

START = datetime(2026, 3, 1, tzinfo=timezone.utc)
FIELDS = [{"id": "stream", "type": "text"}, {"id": "time", "type": "timestamptz"}, {"id": "value", "type": "numeric"}]
NAMES = ["stream", "time", "value"]


@pytest.fixture
def made(platform: None) -> Any:
    """A published series with one row; its standing release lets all through."""
    dataset = factories.dataset(factories.unit(), name="pegel", resources=[{"name": "x", "url_type": "datastore", "url": "x"}])
    resource = dataset["resources"][0]["id"]
    shared.ensure_table(resource, FIELDS)
    shared.write_rows(resource, [["a", START, 1]], NAMES)
    access.publish(dataset["id"], access.content_hash(dataset["id"]) or "", "decision-1")
    access.grant_standing_release(dataset["id"], {"streams": None, "columns": None, "resolution_seconds": None}, "decision-1", None)
    model.Session.commit()
    return {"id": dataset["id"], "resource": resource}


@pytest.fixture
def follow(made: Any) -> Iterator[Any]:
    """Begin to follow; readers are closed at the end."""
    opened: list[live.Events] = []

    def begin(after: str | None = None, streams: tuple[str, ...] | None = None) -> live.Events:
        found = live.events({made["resource"]: streams}, "", after)
        assert found is not None
        opened.append(found)
        return found

    yield begin
    for reader in opened:
        reader.close()


def _values(reader: live.Events, count: int, seconds: float = 20) -> tuple[list[Any], str]:
    """The next values, and the id of the last event."""
    found, last, end = [], "", time.monotonic() + seconds
    while len(found) < count and time.monotonic() < end:
        for event in next(reader).decode().split("\n\n"):
            lines = dict(line.split(": ", 1) for line in event.split("\n") if ": " in line and not line.startswith(":"))
            if lines.get("event") == "value":
                found.append(json.loads(lines["data"])["value"])
                last = lines["id"]
    return found, last


@pytest.mark.ckan_config("ckanext.datenplattform.timeseries.live_readers", 5)
def test_new_and_corrected_values_come_at_once_and_in_order(made: Any, follow: Any):
    reader = follow()
    next(reader)
    next(reader)

    shared.write_rows(made["resource"], [["a", START + timedelta(minutes=n), n] for n in (1, 2)], NAMES)
    shared.write_rows(made["resource"], [["a", START, 7]], NAMES)
    began = time.monotonic()
    values, last = _values(reader, 3)

    assert values == [1, 2, 7]
    assert time.monotonic() - began < 2
    shared.write_rows(made["resource"], [["a", START, 7]], NAMES)  # nothing new
    shared.write_rows(made["resource"], [["b", START, 8]], NAMES)
    assert _values(follow(after=last), 1)[0] == [8]
    assert _values(follow(after="0", streams=("b",)), 1)[0] == [8]


def test_who_connects_again_has_missed_nothing(made: Any, follow: Any):
    """Two write at once, the reader leaves and comes back all the time."""

    def write(stream: str) -> None:
        for n in range(60):
            shared.write_rows(made["resource"], [[stream, START + timedelta(minutes=n), n]], NAMES)

    writers = [threading.Thread(target=write, args=(stream,)) for stream in ("c", "d")]
    for writer in writers:
        writer.start()
    read: list[Any] = []
    after = "1"
    end = time.monotonic() + 60
    while len(read) < 120 and time.monotonic() < end:
        reader = live.events({made["resource"]: None}, "", after)
        assert reader is not None
        values, last = _values(reader, 1, 10)
        reader.close()
        read += values
        after = last or after
    for writer in writers:
        writer.join()
    assert sorted(read) == sorted([*range(60), *range(60)])


def test_a_withdrawal_ends_it(made: Any, follow: Any):
    reader = follow()
    next(reader)
    next(reader)
    access.unpublish(made["id"])
    model.Session.commit()
    shared.write_rows(made["resource"], [["a", START + timedelta(minutes=1), 4711]], NAMES)

    rest = b"".join(reader)
    assert b"event: end" in rest
    assert b"4711" not in rest


def test_readers_are_counted_and_give_their_place_back(made: Any, follow: Any):
    first, second = follow(), follow()
    assert live.events({made["resource"]: None}, "", None) is None
    first.close()
    first.close()  # twice is once
    third = live.events({made["resource"]: None}, "", None)
    assert third is not None
    assert live.events({made["resource"]: None}, "", None) is None
    third.close()
    second.close()


@pytest.mark.ckan_config("ckanext.datenplattform.timeseries.live_seconds", 1)
def test_it_ends_by_itself_and_tells_by_http(app: Any, made: Any):
    answer = app.get("/api/daten/v1/pegel/live?after=0")
    assert answer.headers["Content-Type"].startswith("text/event-stream")
    assert b'data: {"stream":"a","time":"2026-03-01T00:00:00Z","value":1}' in answer.data


@pytest.mark.ckan_config("ckanext.datenplattform.timeseries.live_readers", 0)
def test_too_many_are_asked_to_come_again(app: Any, made: Any):
    answer = app.get("/api/daten/v1/pegel/live", status=503)
    assert answer.headers["Retry-After"]
    assert answer.json["error"]["message"]

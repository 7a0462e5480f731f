"""A year of real bicycle counts: from the real SensorThings server to each day's sum, across both changes of the clock."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import date, datetime
from pathlib import Path
from typing import Any

import psycopg2
import pytest
from ckan.plugins import toolkit as tk

from tests.servers import process, seed_muenster, sensorthings
from tests.servers.fixtures import run_dir
from tests.servers.process import Server

from .conftest import datasets, errors, run
from .test_sensorthings_contract import remarks

FOLDER = Path(os.environ.get("DATENPLATTFORM_SHARED", "../shared")) / "iot" / "muenster"
#: Both stations, all their directions together.
CHANNELS = ["100031297", "300037925"]


@pytest.fixture
def empty_server(tmp_path: Path) -> Iterator[Server]:
    """A SensorThings server with nothing in it."""
    server = sensorthings.start(tmp_path / "sensorthings", run_dir(), process.free_port())
    yield server
    sensorthings.stop(tmp_path / "sensorthings")


def test_every_day_of_a_year_is_as_the_files_have_it(make_source: Callable[..., Any], empty_server: Server):
    if not FOLDER.is_dir():
        pytest.skip("the real counts are missing: set DATENPLATTFORM_SHARED")
    ids = seed_muenster.seed(empty_server, FOLDER, CHANNELS)
    source = make_source("sensorthings", empty_server.url, max_rows=25_000, columns={"status": "status"})

    runs = []
    while len(runs) < 6:
        runs.append(run(source))
        assert errors(runs[-1]) == []
        if runs[-1]["stats"]["not modified"]:
            break

    # 65,000 in steps of 25,000, and one that finds nothing new
    assert len(runs) == 4
    assert sum("nächste Lauf" in text for job in runs for text in remarks(job)) == 2
    series = datasets(source)["bicycle"]["resources"][0]["id"]
    for channel, stream in ids.items():
        counts = list(seed_muenster.read(FOLDER, channel))
        days: Counter[date] = Counter()
        for count in counts:
            days[count.local.date()] += count.number
        found = _query("SELECT (time AT TIME ZONE 'Europe/Berlin')::date, sum(value) FROM {} WHERE stream = %s GROUP BY 1", series, stream)
        assert {day: int(total) for day, total in found} == dict(days)
        assert [(time, int(value), status) for time, value, status in _query(
            "SELECT time, value, status FROM {} WHERE stream = %s ORDER BY time", series, stream
        )] == [(count.time, count.number, count.status) for count in counts]  # fmt: skip

    march = _local(series, ids["100031297"], "2025-03-30")
    assert len(march) == 92
    assert not any(time.hour == 2 for time in march)
    october = _local(series, ids["100031297"], "2025-10-26")
    # the file has the hour from two to three once, with the counts of both: 210 where the hours beside it have 208 and 56
    assert len(october) == 96
    assert sum(value for time, value in october.items() if time.hour == 2) == 210
    assert not _query(
        "SELECT FROM {} WHERE stream = %s AND time >= '2025-10-26T01:00Z' AND time < '2025-10-26T02:00Z'", series, ids["100031297"]
    )


def _local(series: str, stream: str, day: str) -> dict[datetime, int]:
    found = _query(
        "SELECT time AT TIME ZONE 'Europe/Berlin', value::int FROM {} WHERE stream = %s AND (time AT TIME ZONE 'Europe/Berlin')::date = %s",
        series, stream, day,
    )  # fmt: skip
    return dict(found)


def _query(text: str, series: str, *values: Any) -> list[Any]:
    url = tk.config["ckan.datastore.write_url"].replace("postgresql+psycopg2://", "postgresql://")
    with closing(psycopg2.connect(url)) as connection, connection.cursor() as cursor:
        cursor.execute("SET timezone = 'UTC'")
        cursor.execute(text.format(f'"{series}"'), values)
        return cursor.fetchall()

"""Claim about harvesting series: of a first harvest from the real SensorThings server, at least 70 % is the server's own time.

    bin/bench timeseries_harvest

The server (django-ogc-sensorthings on SQLite) holds 40 streams of synthetic sensors with 20,000 observations. A harvest is a
whole job: listing, dataset and inventory record, all rows into the DataStore. Right after each job the very requests that it
made are sent again, one after the other on one connection, by `http.client` alone, and their answers are read and thrown away:
that is the server's own time. Correctness first: number and sum of the rows are those of the server's database.
"""

from __future__ import annotations

import http.client
import json
import os
import sqlite3
import statistics
import tempfile
import time
import urllib.parse
from contextlib import closing
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from bench.claims import Claim
from tests.servers import process, seed_muenster, seed_sensorthings, sensorthings, synthetic
from tests.servers.fixtures import TEST_PLACE, run_dir

ROWS = int(os.environ.get("DATENPLATTFORM_BENCH_ROWS", "20000"))
ROUNDS = 3
STREAMS = 40
START = datetime(2025, 1, 1, tzinfo=timezone.utc)


def _act(action: str, **data: Any) -> Any:
    import ckan.plugins.toolkit as tk

    site = tk.get_action("get_site_user")({"ignore_auth": True}, {})["name"]
    return tk.get_action(action)({"user": site, "ignore_auth": True}, data)


def _fill(server: Any) -> None:
    """The sensors by the server's API, their observations straight into its database."""
    seed_sensorthings.seed(server.url, TEST_PLACE, days=0)
    streams = {stream.key: stream for thing in synthetic.things(TEST_PLACE) for stream in thing.streams}
    ids = seed_sensorthings.stream_ids(seed_sensorthings.Client(server.url))
    assert len(ids) == STREAMS
    times = [START + timedelta(minutes=15 * number) for number in range(ROWS // STREAMS)]
    with sqlite3.connect(server.pidfile.with_name("sensorthings.sqlite3"), timeout=60) as database:
        for key, datastream in ids.items():
            values = [(when, synthetic.value(streams[key], int(when.timestamp())), None) for when in times]
            seed_muenster.insert(database, datastream, values)


def _asked(urls: list[str]) -> float:
    """Seconds that the server needs for these requests, from the first byte sent to the last one read."""
    parts = urllib.parse.urlsplit(urls[0])
    seconds = 0.0
    with closing(http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=120)) as connection:
        for url in urls:
            began = time.perf_counter()
            connection.request("GET", url.removeprefix(f"http://{parts.netloc}"), headers={"Accept": "application/json"})
            answer = connection.getresponse()
            answer.read()
            seconds += time.perf_counter() - began
    return seconds


def _harvest(server: Any, number: int) -> tuple[float, list[str], str]:
    """One first harvest: seconds, the addresses asked for, id of the source. One address with one config is one source."""
    import requests

    from ckanext.datenplattform.harvesters import jobs
    from ckanext.datenplattform.harvesters.web import Web

    source = _act(
        "harvest_source_create", name=f"bench-sta-{number}", title=f"Bench {number}", url=server.url, source_type="sensorthings",
        owner_org="bench-sta", frequency="MANUAL", config=json.dumps({"max_rows": 900_000 + number}),
    )  # fmt: skip
    asked: list[str] = []
    plain = Web.get

    def noting(self: Web, url: str, params: Any = None, accept: str | None = None) -> Any:
        asked.append(str(requests.Request("GET", url, params=params).prepare().url))
        return plain(self, url, params, accept)

    Web.get = noting  # type: ignore[method-assign]
    try:
        began = time.perf_counter()
        job = jobs.run_source(source["id"])
        seconds = time.perf_counter() - began
    finally:
        Web.get = plain  # type: ignore[method-assign]
    report = _act("harvest_job_report", id=job["id"])
    assert not report["gather_errors"], report
    assert not report["object_errors"], report
    return seconds, asked, source["id"]


def _correct(server: Any, source_id: str) -> None:
    from ckanext.datastore.backend.postgres import get_write_engine
    from sqlalchemy import text

    from ckanext.datenplattform.harvesters import memory

    found = [0, 0.0]
    with get_write_engine().connect() as connection:
        for row in memory.records(source_id).values():
            table = row.state["resources"]["series"]
            count, total = connection.execute(text(f'SELECT count(*), coalesce(sum(value), 0) FROM "{table}"')).one()
            found = [found[0] + count, found[1] + float(total)]
    with sqlite3.connect(server.pidfile.with_name("sensorthings.sqlite3")) as database:
        [(count, total)] = database.execute("SELECT count(*), sum(result) FROM sensorthings_v1_1_django_backend_observation").fetchall()
    assert found[0] == count == ROWS // STREAMS * STREAMS, (found, count)
    assert abs(found[1] - total) < 1e-6 * abs(total), (found, total)


def claims() -> list[Claim]:
    """The server's share of a harvest."""
    from bench import site

    site.clean()
    _act("organization_create", name="bench-sta", title="Bench")
    own: list[float] = []
    whole: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        server = sensorthings.start(Path(folder), run_dir(), process.free_port())
        try:
            _fill(server)
            for number in range(ROUNDS):
                seconds, asked, source_id = _harvest(server, number)
                _correct(server, source_id)
                whole.append(seconds)
                own.append(_asked(asked))
        finally:
            sensorthings.stop(Path(folder))
    return [
        Claim(f"the server's own time in a harvest of {ROWS:,} rows", statistics.median(own), statistics.median(whole), 0.7, unit="s"),
    ]

"""Servers, databases and workers that die in the midst of a series: what was written stays, nothing is lost, nothing twice."""

from __future__ import annotations

import os
import signal
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import datetime, timedelta, timezone
from typing import Any

import ckan.model as model
import psycopg2
import pytest
from ckan.plugins import toolkit as tk
from ckanext.harvest import queue

from ckanext.datenplattform.core import config as core_config
from ckanext.datenplattform.harvesters import jobs, memory, sensorthings_series
from tests import factories
from tests.servers import seed_muenster, seed_sensorthings, sensorthings
from tests.servers.fault import FaultServer
from tests.servers.fixtures import run_dir
from tests.servers.process import Server
from tests.servers.sta_contract import ContractServer, Stream

from .conftest import datasets, errors, run
from .test_sensorthings_contract import remarks, rows, station
from .test_workers import _finished, _job, _until, worker  # noqa: F401 - a fixture


@pytest.fixture
def server() -> Iterator[ContractServer]:
    """A server with two streams of 250 rows."""
    start = datetime(2026, 3, 1, tzinfo=timezone.utc)
    with ContractServer() as found:
        streams = [
            Stream(n, f"S{n}", rows=[{"phenomenonTime": (start + timedelta(minutes=m)).isoformat(), "result": m} for m in range(250)])
            for n in (1, 2)
        ]
        found.things = [station(*streams)]
        yield found


def of_first(name: int | str) -> Callable[[str], int | str | None]:
    """A fault of the first stream only."""
    return lambda path: name if path.startswith("/stream/0/0/") else None


@pytest.mark.parametrize(("fault", "word"), [("same", "dieselbe Seite"), ("repeat", "dieselbe Seite"), (500, "Fehler 500"), (403, "403")])
def test_one_broken_stream_does_not_stop_the_others(make_source: Callable[..., Any], server: ContractServer, fault: int | str, word: str):
    server.fault = of_first(fault)
    source = make_source("sensorthings", server.url, silent_hours=0)

    job = run(source)

    assert errors(job) == []
    assert [word in text and "„S1“" in text for text in remarks(job)] == [True]
    assert sum(row["stream"] == "2" for row in rows(source)) == 250
    assert len(server.asked) < 100
    server.fault = lambda _: None
    assert remarks(run(source)) == []
    assert len(rows(source)) == 500


def test_when_all_streams_fail_the_job_says_so(make_source: Callable[..., Any], server: ContractServer):
    server.fault = lambda _: 503
    source = make_source("sensorthings", server.url, silent_hours=0)

    [message] = errors(run(source))

    assert "503" in message


def test_an_answer_of_100_megabytes_is_not_read_to_its_end(
    make_source: Callable[..., Any], server: ContractServer, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(core_config, "max_bytes", lambda: 20_000_000)
    server.fault = of_first("large")
    source = make_source("sensorthings", server.url, max_megabytes=500, silent_hours=0)

    job = run(source)

    assert errors(job) == []
    assert ["größer als die erlaubten 20 MB" in text for text in remarks(job)] == [True]
    assert {row["stream"] for row in rows(source)} == {"2"}


def test_a_run_that_weighs_too_much_keeps_what_it_has(make_source: Callable[..., Any], server: ContractServer):
    server.fault = lambda path: "large" if path.startswith("/stream/0/1/") else None
    source = make_source("sensorthings", server.url, max_megabytes=5)

    [message] = errors(run(source))

    assert "5 MB" in message
    assert len(rows(source)) == 250


def test_a_server_killed_in_mid_page(make_source: Callable[..., Any], own_sensorthings_server: Server, monkeypatch: pytest.MonkeyPatch):
    """The real one, by SIGKILL."""
    monkeypatch.setattr(sensorthings_series, "BATCH", 50)
    real, read = sensorthings_series.RowMaker.rows, []

    def killing(self: Any, observation: Any) -> Any:
        read.append(1)
        if len(read) == 130:
            os.kill(own_sensorthings_server.pid, signal.SIGKILL)
        return real(self, observation)

    monkeypatch.setattr(sensorthings_series.RowMaker, "rows", killing)
    source = make_source("sensorthings", own_sensorthings_server.url, things_filter="properties/kind eq 'groundwater'")

    [message] = errors(run(source))

    assert "nicht erreich" in message or "brach" in message
    series = datasets(source)["groundwater"]["resources"][0]["id"]
    assert 0 < factories.act("datastore_search", resource_id=series, limit=0)["total"] < 8 * 48
    port = int(own_sensorthings_server.url.rpartition(":")[2].partition("/")[0])
    sensorthings.start(own_sensorthings_server.pidfile.parent, run_dir(), port)
    again = run(source)
    assert (errors(again), again["report"]["remarks"]) == ([], {})
    assert factories.act("datastore_search", resource_id=series, limit=0)["total"] == 8 * 48


def test_postgresql_kills_the_connection_in_mid_batch(make_source: Callable[..., Any], own_sensorthings_server: Server, place: Any):
    source = make_source("sensorthings", own_sensorthings_server.url, things_filter="properties/kind eq 'groundwater'")
    run(source)
    series = datasets(source)["groundwater"]["resources"][0]["id"]
    before = factories.act("datastore_search", resource_id=series, limit=0)["total"]
    added = seed_sensorthings.seed(
        own_sensorthings_server.url, place, days=0.1, until=int(time.time()) + 2 * 900, kinds=("groundwater",)
    ).observations
    assert added
    killed: list[int] = []

    def kill() -> None:
        """While the batch waits for a lock on its table, end its connection."""
        with closing(psycopg2.connect(_plain(tk.config["ckan.datastore.write_url"]))) as other, other.cursor() as cursor:
            cursor.execute(f'LOCK TABLE "{series}" IN SHARE ROW EXCLUSIVE MODE')
            locked.set()
            end = time.monotonic() + 120
            while not killed and time.monotonic() < end:
                cursor.execute(
                    "SELECT pid FROM pg_locks WHERE NOT granted AND relation = %s::regclass AND pg_terminate_backend(pid)", (f'"{series}"',)
                )
                killed.extend(pid for (pid,) in cursor.fetchall())
                time.sleep(0.05)
            other.rollback()

    locked, thread = threading.Event(), threading.Thread(target=kill)
    thread.start()
    locked.wait(30)
    job = run(source)
    thread.join(130)

    assert killed
    [message] = errors(job)
    assert "Verbindung zur Datenbank" in message
    last = run(source)
    assert (errors(last), remarks(last)) == ([], [])
    assert factories.act("datastore_search", resource_id=series, limit=0)["total"] == before + added


def test_a_worker_killed_in_mid_backlog(
    make_source: Callable[..., Any],
    own_sensorthings_server: Server,
    worker: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
):
    """40,000 observations, the source falls silent after the first batch, kill -9: each is there once."""
    monkeypatch.setattr(jobs, "GRACE", 0)
    backlog_of, pages = 40_000, 33
    kind, stream = "parking", next(iter(seed_sensorthings.stream_ids(seed_sensorthings.Client(own_sensorthings_server.url)).items()))
    assert stream[0].startswith(kind)
    start = datetime(2024, 1, 1, tzinfo=timezone.utc)
    backlog: list[Any] = [(start + timedelta(minutes=n), n % 2, None) for n in range(backlog_of)]
    with sqlite3.connect(own_sensorthings_server.pidfile.with_name("sensorthings.sqlite3"), timeout=60) as database:
        seed_muenster.insert(database, stream[1], backlog)
    total = backlog_of + 8 * 48
    asked: list[str] = []

    def silent_after_some_pages(path: str) -> str | None:
        asked.extend([path] if "Observations" in path else [])
        return "hang" if len(asked) > pages else None

    with FaultServer(upstream=own_sensorthings_server.url) as server:
        server.fault = silent_after_some_pages
        source = make_source("sensorthings", server.url("proxy"), things_filter=f"properties/kind eq '{kind}'")
        tk.get_action("harvest_job_create")({"user": factories.system(), "ignore_auth": True}, {"source_id": source["id"]})
        worker("harvester", "gather-consumer")
        _until(lambda: _job(source).gather_finished)

        fetcher = worker("harvester", "fetch-consumer")
        _until(lambda: len(asked) > pages and _written(source), 180)
        os.kill(fetcher.pid, signal.SIGKILL)
        fetcher.wait(10)
        assert 0 < _written(source) < total

        server.fault = None
        queue.get_connection().delete(queue.get_fetch_routing_key())
        model.Session.rollback()
        assert jobs.resubmit()["objects"] == 1
        worker("harvester", "fetch-consumer")
        worker("datenplattform", "harvest", "schedule", "--every", "1")
        _until(lambda: _finished(source), 300)

    assert _written(source) == total


def _written(source: dict[str, Any]) -> int:
    """Rows in the table of the only series, as the database counts them."""
    model.Session.rollback()
    series = next((row.state.get("resources", {}).get("series") for row in memory.records(source["id"]).values()), None)
    if not series:
        return 0
    with closing(psycopg2.connect(_plain(tk.config["ckan.datastore.write_url"]))) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass(%s)", (f'public."{series}"',))
        [(table,)] = cursor.fetchall()
        if table is None:
            return 0
        cursor.execute(f'SELECT count(*) FROM "{series}"')
        [(count,)] = cursor.fetchall()
        return count


def _plain(url: str) -> str:
    return url.replace("postgresql+psycopg2://", "postgresql://")

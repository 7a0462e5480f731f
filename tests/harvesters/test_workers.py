"""Real gather and fetch consumers; some are killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
import pytest
from ckanext.harvest import queue
from ckanext.harvest.model import HarvestJob, HarvestObject

from ckanext.datenplattform.harvesters import jobs, memory
from tests import factories
from tests.servers.process import Server

from .conftest import datasets

CKAN = [str(Path(sys.executable).parent / "ckan")]


@pytest.fixture
def worker(request: pytest.FixtureRequest, tmp_path: Path, platform: None) -> Iterator[Callable[..., subprocess.Popen[bytes]]]:
    """Start ``ckan …`` on the test's database; ended after the test."""
    queue.purge_queues()
    for key in queue.get_connection().scan_iter("ckanext-harvest:*"):
        queue.get_connection().delete(key)
    started: list[subprocess.Popen[bytes]] = []
    ini = request.config.option.ckan_ini

    def start(*arguments: str) -> subprocess.Popen[bytes]:
        log = (tmp_path / f"worker-{len(started)}.log").open("wb")
        env = {**os.environ, "CKAN_SQLALCHEMY_URL": tk.config["sqlalchemy.url"]}
        process = subprocess.Popen([*CKAN, "-c", ini, *arguments], stdout=log, stderr=subprocess.STDOUT, env=env)
        started.append(process)
        return process

    yield start
    for process in started:
        if process.poll() is None:
            process.kill()
        process.wait(10)
    queue.purge_queues()


def _until(condition: Callable[[], Any], seconds: float = 120) -> Any:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        model.Session.rollback()
        model.Session.expire_all()
        if found := condition():
            return found
        time.sleep(0.2)
    raise AssertionError("it took too long")


def _job(source: dict[str, Any]) -> Any:
    return model.Session.query(HarvestJob).filter_by(source_id=source["id"]).order_by(HarvestJob.created.desc()).first()


def _finished(source: dict[str, Any]) -> bool:
    job = _job(source)
    return bool(job and job.status == "Finished")


def test_by_schedule_with_real_consumers(make_source: Callable[..., Any], mapserver: Server, worker: Callable[..., Any]):
    worker("harvester", "gather-consumer")
    worker("harvester", "fetch-consumer")
    source = make_source("wfs", mapserver.url, frequency="DAILY", max_megabytes=100)
    dead = make_source("wfs", "http://127.0.0.1:9/ows", frequency="DAILY", title="Tote Quelle")
    worker("datenplattform", "harvest", "schedule", "--every", "1")

    _until(lambda: _finished(source) and _finished(dead))

    assert len(datasets(source)) == 4
    [error] = factories.act("harvest_job_report", id=_job(dead).id)["gather_errors"]
    assert error["message"].startswith("Quelle „Tote Quelle“: ")
    assert "nicht erreichbar" in error["message"]


def test_by_button_with_killed_workers(
    app: Any,
    make_source: Callable[..., Any],
    mapserver: Server,
    worker: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
):
    """kill -9 of the gatherer and of the fetcher in the middle, and an emptied Redis: each record exactly once."""
    monkeypatch.setattr(jobs, "GRACE", 0)
    source = make_source("wfs", mapserver.url, page_size=5)
    headers = {"Authorization": factories.act("api_token_create", user=factories.sysadmin()["name"], name="t")["token"]}
    answer = app.post(f"/harvest/refresh/{source['id']}", headers=headers, follow_redirects=False)
    assert answer.status_code == 302

    # The gatherer took the message and died: Redis no longer holds it.
    assert queue.get_connection().lpop(queue.get_gather_routing_key())
    assert jobs.resubmit() == {"jobs": 1, "objects": 0}
    worker("harvester", "gather-consumer")
    _until(lambda: _job(source).gather_finished)
    assert model.Session.query(HarvestObject).filter_by(harvest_job_id=_job(source).id).count() == 4

    fetcher = worker("harvester", "fetch-consumer")
    _until(lambda: model.Session.query(HarvestObject).filter(HarvestObject.state.in_(("FETCH", "IMPORT"))).first())
    os.kill(fetcher.pid, signal.SIGKILL)
    fetcher.wait(10)
    queue.get_connection().delete(queue.get_fetch_routing_key())
    left = model.Session.query(HarvestObject).filter(HarvestObject.state.in_(jobs.IN_PROGRESS)).count()
    assert left

    model.Session.rollback()
    assert jobs.resubmit()["objects"] == left
    worker("harvester", "fetch-consumer")
    worker("harvester", "fetch-consumer")
    worker("datenplattform", "harvest", "schedule", "--every", "1")
    _until(lambda: _finished(source))

    assert len(datasets(source)) == 4
    assert model.Session.query(model.Package).filter_by(type="dataset").count() == 4
    states = {obj.state for obj in model.Session.query(HarvestObject).filter_by(harvest_job_id=_job(source).id)}
    assert states == {"COMPLETE"}


def test_the_same_import_twice_makes_one_dataset(make_source: Callable[..., Any], mapserver: Server, worker: Callable[..., Any]):
    source = make_source("wfs", mapserver.url, layers=["baumkataster"], page_size=20)
    tk.get_action("harvest_job_create")({"user": factories.system(), "ignore_auth": True}, {"source_id": source["id"]})
    worker("harvester", "gather-consumer")
    _until(lambda: _job(source).gather_finished)
    redis = queue.get_connection()
    [message] = redis.lrange(queue.get_fetch_routing_key(), 0, -1)
    redis.rpush(queue.get_fetch_routing_key(), message)
    worker("harvester", "fetch-consumer")
    worker("harvester", "fetch-consumer")

    _until(lambda: redis.llen(queue.get_fetch_routing_key()) == 0 and memory.record(source["id"], "ms:baumkataster").last_object)
    _until(lambda: not list(redis.scan_iter(queue.get_fetch_routing_key() + ":*")))

    assert model.Session.query(model.Package).filter_by(type="dataset").count() == 1
    assert [obj.state for obj in model.Session.query(HarvestObject)] == ["COMPLETE"]


@pytest.mark.usefixtures("with_plugins")
def test_a_consumer_waits_on_one_connection_as_long_as_nothing_comes():
    """Longer than the five seconds after which redis-py gives up by itself; what comes then is not lost."""
    got: list[Any] = []
    waiting = threading.Thread(target=lambda: got.append(queue.get_connection().blpop("dp-test-nothing", timeout=30)), daemon=True)
    waiting.start()
    other = queue.get_connection()

    def who() -> list[str]:
        return [client["id"] for client in other.client_list() if client["cmd"] == "blpop"]

    _until(who, 5)
    [first] = who()
    time.sleep(6)
    assert who() == [first]
    other.rpush("dp-test-nothing", "work")
    waiting.join(5)
    assert got == [("dp-test-nothing", "work")]

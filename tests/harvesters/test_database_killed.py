"""A process of the real PostgreSQL is killed (SIGKILL) in the middle of a batch: the server throws away its memory and recovers from its
log. What was acknowledged is there, what was not is not, and a replay changes nothing (shared/hardening.md, case 4).

The tests' server is told not to wait for its disk; here commits are written to the operating system before they are acknowledged, as they
are in operation.
"""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import ckan.model as model
import psycopg2
import pytest
from ckanext.datastore.backend.postgres import get_read_engine, get_write_engine
from sqlalchemy.exc import SQLAlchemyError

from ckanext.datenplattform.timeseries import shared
from tests import factories

from . import mqtt_scene as scene
from .mqtt_scene import START, Sender, World
from .test_mqtt import certificates, sender, world  # noqa: F401 - fixtures

FIELDS = [{"id": "stream", "type": "text"}, {"id": "time", "type": "timestamptz"}, {"id": "value", "type": "numeric"}]


@pytest.fixture
def durable(platform: None, ckan_config: Any) -> Iterator[str]:
    """Address of the database; new connections wait until a commit has left the server."""
    url = ckan_config["ckan.datastore.write_url"]
    _tell(url, "ALTER ROLE CURRENT_USER SET synchronous_commit = on")
    _forget()
    yield url
    _back(url)
    _tell(url, "ALTER ROLE CURRENT_USER RESET synchronous_commit")
    _forget()


def _tell(url: str, statement: str) -> None:
    with closing(psycopg2.connect(url)) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(statement)


def _forget() -> None:
    """Connections that may be dead."""
    with contextlib.suppress(SQLAlchemyError, psycopg2.Error):
        model.Session.remove()
    model.Session.registry.clear()
    model.meta.engine.dispose()  # type: ignore[union-attr]
    get_write_engine().dispose()
    get_read_engine().dispose()


def _back(url: str) -> None:
    """Wait until the server has recovered."""
    end = time.monotonic() + 60
    while True:
        try:
            psycopg2.connect(url).close()
        except psycopg2.OperationalError:
            assert time.monotonic() < end
            time.sleep(0.1)
        else:
            return _forget()


class Killer(threading.Thread):
    """Holds the lock of a series, and kills the server's process that comes to wait for it: in the middle of its batch."""

    def __init__(self, url: str, resource: str) -> None:
        super().__init__()
        self.url, self.resource = url, resource
        self.locked, self.killed = threading.Event(), 0

    def run(self) -> None:
        with closing(psycopg2.connect(self.url)) as connection, connection.cursor() as cursor:
            cursor.execute(f'LOCK TABLE "{self.resource}" IN SHARE ROW EXCLUSIVE MODE')
            self.locked.set()
            end = time.monotonic() + 60
            while not self.killed and time.monotonic() < end:
                cursor.execute("SELECT pid FROM pg_locks WHERE NOT granted AND relation = %s::regclass", (f'"{self.resource}"',))
                for (pid,) in cursor.fetchall():
                    assert Path(f"/proc/{pid}/cmdline").read_bytes().startswith(b"postgres:"), "the database runs elsewhere"
                    os.kill(pid, signal.SIGKILL)
                    self.killed = pid
                time.sleep(0.02)

    def __enter__(self) -> Killer:
        self.start()
        assert self.locked.wait(30)
        return self

    def __exit__(self, *_: object) -> None:
        self.join(70)
        assert self.killed
        _back(self.url)


def test_acknowledged_batches_are_there_others_not_and_a_replay_changes_nothing(durable: str):
    made = factories.dataset(factories.unit(), resources=[{"name": "Messwerte", "url_type": "datastore", "url": "x"}])
    resource = made["resources"][0]["id"]
    shared.ensure_table(resource, FIELDS)
    rows = [{"stream": "a", "time": START + timedelta(minutes=n), "value": n} for n in range(300)]
    assert [shared.write_rows(resource, rows[first : first + 100])["written"] for first in (0, 100)] == [100, 100]

    with Killer(durable, resource), pytest.raises((psycopg2.Error, SQLAlchemyError)):
        shared.write_rows(resource, rows[200:])

    assert scene.numbers(resource) == list(range(200))
    assert shared.write_rows(resource, rows)["written"] == 100
    assert shared.write_rows(resource, rows)["written"] == 0
    assert scene.numbers(resource) == list(range(300))
    [rollup] = _rollups(resource)
    assert rollup == (300, sum(range(300)))


def _rollups(resource: str) -> list[tuple[Any, ...]]:
    with scene.store.transaction() as cursor:
        cursor.execute("SELECT sum(count), sum(total) FROM dp_staging.dp_rollup WHERE resource_id = %s AND step = '1h'", (resource,))
        return cursor.fetchall()


def test_messages_are_read_once_although_the_database_dies(durable: str, world: World, sender: Sender):
    source = world.source()
    scene.assign(source)
    with scene.receiving(source):
        resource = scene.resource_of(source)
        sender.readings(0, 300)
        scene.until(lambda: len(scene.numbers(resource)) == 300, 60)
        with Killer(durable, resource):
            sender.readings(300, 300)
        sender.confirmed()
        scene.until(lambda: len(scene.numbers(resource)) == 600, 60, lambda: scene.status(source))
    assert scene.numbers(resource) == list(range(600))

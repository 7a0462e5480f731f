"""The disk of the real database is full in the middle of a harvest (shared/hardening.md, case 9): a clear error, reads go on, what was
acknowledged stays, and with more room the rest comes, each row once. Needs root: the table lies on a disk of 256 kB."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import psycopg2
import pytest

from ckanext.datenplattform.harvesters import sensorthings_series
from tests import factories
from tests.servers import seed_muenster, seed_sensorthings
from tests.servers.process import Server

from .conftest import datasets, errors, run

SPACE = "dp_test_full"
#: Measurements that come later, for each of the eight series.
BACKLOG = 400


class Disk:
    """A disk on which tables of the DataStore can lie."""

    def __init__(self, folder: Path, stack: dict[str, Any]) -> None:
        self.folder = folder
        self._login = {"host": "127.0.0.1", "port": stack["ports"]["postgres"], "user": "postgres", "dbname": "datastore",
                       "password": stack["passwords"]["postgres"]}  # fmt: skip
        self._there: list[str] = []

    def mount(self, *options: str) -> None:
        subprocess.run(["mount", *options, str(self.folder)], check=True)

    def tell(self, statement: str) -> None:
        with closing(psycopg2.connect(**self._login)) as connection:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute(statement)

    def take(self, table: str) -> None:
        self.tell(f'ALTER TABLE "{table}" SET TABLESPACE {SPACE}')
        self._there.append(table)

    def close(self) -> None:
        for table in self._there:
            self.tell(f'ALTER TABLE IF EXISTS "{table}" SET TABLESPACE pg_default')
        self.tell(f"DROP TABLESPACE IF EXISTS {SPACE}")


@pytest.fixture
def disk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Disk]:
    file = Path(request.config.option.ckan_ini).parent / "stack.json"
    if os.geteuid() or not file.exists():
        pytest.skip("needs root and a database of bin/test")
    made = Disk(tmp_path / "disk", json.loads(file.read_text()))
    made.folder.mkdir()
    try:
        made.mount("-t", "tmpfs", "-o", "size=256k", "tmpfs")
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("no disk can be mounted here")
    try:
        shutil.chown(made.folder, "postgres")
        made.tell(f"CREATE TABLESPACE {SPACE} LOCATION '{made.folder}'")
        yield made
    finally:
        made.close()
        subprocess.run(["umount", str(made.folder)], check=True)


def test_a_full_disk_is_told_reads_go_on_and_the_rest_comes_later(
    disk: Disk, make_source: Callable[..., Any], own_sensorthings_server: Server, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(sensorthings_series, "BATCH", 200)
    source = make_source("sensorthings", own_sensorthings_server.url, things_filter="properties/kind eq 'groundwater'")
    assert errors(run(source)) == []
    series = datasets(source)["groundwater"]["resources"][0]["id"]

    def rows() -> int:
        return factories.act("datastore_search", resource_id=series, limit=0)["total"]

    before = rows()
    disk.take(series)
    streams = seed_sensorthings.stream_ids(seed_sensorthings.Client(own_sensorthings_server.url))
    now = datetime.now(timezone.utc)
    backlog: list[Any] = [(now + timedelta(seconds=number), float(number), None) for number in range(BACKLOG)]
    with sqlite3.connect(own_sensorthings_server.pidfile.with_name("sensorthings.sqlite3"), timeout=60) as database:
        for key, stream in streams.items():
            if key.startswith("groundwater"):
                seed_muenster.insert(database, stream, backlog)

    told = errors(run(source))

    assert told
    assert all("kein Platz mehr" in message for message in told)
    assert before < rows() < before + 8 * BACKLOG
    assert factories.act("timeseries_latest", resource_id=series)
    disk.mount("-o", "remount,size=64m")
    assert errors(run(source)) == []
    assert rows() == before + 8 * BACKLOG

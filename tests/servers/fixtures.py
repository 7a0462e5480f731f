"""Pytest fixtures: the source servers, started once per session on free ports.

Registered by ``tests/conftest.py`` (``pytest_plugins = ["tests.servers.fixtures"]``). Environment:

- ``DATENPLATTFORM_STACK_DIR``: folder of this test run's services; the servers' data go below it (default: a temporary
  folder). Each session makes a folder of its own there, ``sources-<pid>``, and clears what dead sessions left.
- ``DATENPLATTFORM_RUN_DIR``: folder of what all stacks share, here the SensorThings environment (default ``.run``).
- ``DATENPLATTFORM_TEST_DAYS``: days of observations in the SensorThings server (default 2: 7,680 observations).
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers import mapserver as mapserver_process
from tests.servers import process, seed_sensorthings, sensorthings
from tests.servers.fault import FaultServer
from tests.servers.process import Server
from tests.servers.synthetic import Place

#: Neither of the two example municipalities.
TEST_PLACE = Place(
    "Teststadt", 8.5, 51.9,
    ("Altstadt", "Nordstadt", "Südstadt", "Oststadt", "Weststadt", "Am Wald", "Mühlenviertel", "Hafen"),
)  # fmt: skip


def run_dir() -> Path:
    """The folder of what all stacks share."""
    return Path(os.environ.get("DATENPLATTFORM_RUN_DIR") or process.CHECKOUT / ".run")


@pytest.fixture(scope="session")
def sources_dir(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder that holds this session's source servers, removed at the end."""
    stack = os.environ.get("DATENPLATTFORM_STACK_DIR")
    if not stack:
        yield tmp_path_factory.mktemp("sources")
        return
    base = Path(stack)
    for left in base.glob("sources-*"):
        if not Path(f"/proc/{left.name.partition('-')[2]}").exists():
            _clear(left)
    folder = base / f"sources-{os.getpid()}"
    folder.mkdir(parents=True, exist_ok=True)
    yield folder
    _clear(folder)


@pytest.fixture(scope="session")
def place() -> Place:
    """The town the test servers know."""
    return TEST_PLACE


@pytest.fixture(scope="session")
def sensorthings_server(sources_dir: Path, place: Place) -> Iterator[Server]:
    """A SensorThings server with 23 Things, 40 Datastreams and two days of observations. ``url`` ends in ``/v1.1``.

    Shared by the whole session: a test that writes into it or stops it uses :func:`own_sensorthings_server`.
    """
    yield from _sensorthings(
        sources_dir / "sensorthings", place, float(os.environ.get("DATENPLATTFORM_TEST_DAYS", "2"))
    )


@pytest.fixture
def own_sensorthings_server(tmp_path: Path, place: Place) -> Iterator[Server]:
    """A SensorThings server for one test, which may change or kill it: half a day of observations (1,920)."""
    yield from _sensorthings(tmp_path / "sensorthings", place, 0.5)


@pytest.fixture(scope="session")
def mapserver(sources_dir: Path, place: Place) -> Iterator[Server]:
    """A WFS and WMS server with four layers: 300 trees, 8 districts, 60 parking places, 40 playgrounds.

    Skips when MapServer is not installed and ``DATENPLATTFORM_STACK_DIR`` is not set (``bin/test`` installs it).
    """
    if mapserver_process.binary() is None and "DATENPLATTFORM_STACK_DIR" not in os.environ:
        pytest.skip("MapServer is missing: apt-get install mapserver-bin")
    folder = sources_dir / "mapserver"
    server = mapserver_process.start(folder, process.free_port(), place, trees=300)
    yield server
    mapserver_process.stop(folder)


@pytest.fixture
def fault_server() -> Iterator[FaultServer]:
    """A server that misbehaves; allow its host and port in ``ckanext.datenplattform.core.http.allowed_hosts``."""
    with FaultServer() as server:
        yield server


def _sensorthings(folder: Path, place: Place, days: float) -> Iterator[Server]:
    server = sensorthings.start(folder, run_dir(), process.free_port())
    try:
        seed_sensorthings.seed(server.url, place, days=days)
        yield server
    finally:
        sensorthings.stop(folder)


def _clear(folder: Path) -> None:
    """Stop what still runs in a session's folder, and remove it."""
    for pidfile in folder.glob("*/*.pid"):
        if process.stop(pidfile):
            print(f"stopped a left-over {pidfile.stem}", file=sys.stderr)
    shutil.rmtree(folder, ignore_errors=True)

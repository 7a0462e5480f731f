"""A real OGC SensorThings 1.1 server: django-ogc-sensorthings 1.2.0 on SQLite, run by uvicorn.

``start(data_dir, run_dir, port)`` / ``stop(data_dir)``. Standard library only; the server itself runs in a
virtual environment of its own, ``<run_dir>/venv-sensorthings``. Fill it with ``seed_sensorthings``.

Facts about this server that a client must know (each found by trying it)
-------------------------------------------------------------------------
Addresses
    The service root is ``…/v1.1/``; ``…/v1.1`` is a redirect to it (301). Links in answers are absolute and
    built from a configured base URL, not from the request's Host header.
Ids
    UUIDs (version 7) as strings in ``@iot.id``; in a path quoted, ``Things('…')`` (unquoted is 404); in
    ``$filter`` *unquoted*, ``Datastream/id eq 01a2…``: quoted, the filter finds nothing and answers 200.
    ``@iot.id`` is no valid name in ``$filter`` or ``$orderby`` (400), ``id`` is.
Paging
    Default 100. ``$top`` above 100 is 422, above 10,000 with ``$resultFormat=dataArray``. ``@iot.nextLink`` is
    given whenever a page is full, so the last page may be empty; it is not percent-encoded (blanks, quotes), and a
    ``+00:00`` in a filter therefore breaks on page two: write times with ``Z``.
    Nested paths, ``Datastreams('…')/Observations``, repeat the last row of page one at the start of page two
    (a window function that counts from one): 1,345 rows for 1,344. ``Observations?$filter=Datastream/id eq …``
    does not, and reads twice as fast.
Order
    None by default (nested paths: newest first). ``$orderby=phenomenonTime`` is 500, ``resultTime`` and ``id``
    work. dataArray always orders by Datastream first, whatever is asked.
Filter
    Times are *unquoted* (``resultTime gt 2026-11-23T00:00:00Z``); quoted they are compared as text, silently
    wrong. ``phenomenonTime`` works in ``$filter``. ``properties/kind eq 'parking'`` works.
dataArray
    Components are ``id, phenomenonTime, result, resultTime, validTime, resultQuality, parameters`` (``id``, not
    ``@iot.id``). ``Datastream@iot.navigationLink`` is the Datastream's own address. ``$select`` makes an answer four
    times slower (a query per row): do not use it.
Values
    ``result`` is always a float, so a category is a number with its meaning elsewhere (here
    ``properties.categories`` of the Datastream). Times come back as ``2026-11-23T00:00:00+00:00``. An Observation's
    ``phenomenonTime`` is an instant, intervals are refused with 500. A Datastream's ``phenomenonTime`` and
    ``resultTime`` are never filled in: ask for its first and last Observation. Keys without value are left out.
Expand
    ``Things?$expand=Locations,Datastreams/ObservedProperty`` works; below an ``$expand`` at most 100 are given,
    with ``Datastreams@iot.nextLink`` when there are that many.
Writing
    ``POST CreateObservations`` takes ``[{"Datastream": {"@iot.id"}, "components", "dataArray"}]``, up to 10,000
    rows, and always answers 201: a group that failed is ``"error"`` for each of its rows (all or none of a group is
    stored). It does not mind the same time twice.
Errors
    JSON ``{"detail": …}`` (a text, or a list for 422), no ``message`` and no ``code``.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.servers import process
from tests.servers.process import Server, ServerError

HERE = Path(__file__).resolve().parent
REQUIREMENTS = HERE / "sensorthings-requirements.txt"
SITE = HERE / "sta_site"
NAME = "sensorthings"


def ensure_venv(run_dir: Path | str) -> Path:
    """Make ``<run_dir>/venv-sensorthings`` hold exactly what the requirements file names; returns its python.

    Does nothing (a few ms) when a marker in it carries the file's hash. Demo and tests share it: a lock lets one
    install at a time. Raises :class:`ServerError` with pip's last lines.
    """
    run_dir = Path(run_dir)
    venv = run_dir / "venv-sensorthings"
    python, marker = venv / "bin" / "python", venv / ".requirements-sha256"
    wanted = hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()
    run_dir.mkdir(parents=True, exist_ok=True)
    with _locked(run_dir / "venv-sensorthings.lock"):
        # os.path.exists follows the link: a venv whose base interpreter is gone is made anew.
        known = marker.read_text().strip() if marker.exists() and os.path.exists(python) else ""
        if known == wanted:
            return python
        if not known:
            _run([sys.executable, "-m", "venv", "--clear", str(venv)])
        _run([str(python), "-m", "pip", "install", "--quiet", "--no-deps", "--disable-pip-version-check",
              "-r", str(REQUIREMENTS)])  # fmt: skip
        marker.write_text(wanted + "\n")
    return python


def start(data_dir: Path | str, run_dir: Path | str, port: int, *, timeout: float = 30.0) -> Server:
    """Start the server on 127.0.0.1:``port`` and wait until it answers; one that runs already is returned as it is.

    Its database, pid file and log are ``<data_dir>/sensorthings.{sqlite3,pid,log}``. ``Server.url`` is the service
    root without its last slash (``http://127.0.0.1:<port>/v1.1``).
    """
    data_dir = Path(data_dir).resolve()
    url = f"http://127.0.0.1:{port}/v1.1"
    pidfile, log = data_dir / f"{NAME}.pid", data_dir / f"{NAME}.log"
    pid = process.running_pid(pidfile)
    if pid is not None:
        if process.answers_http(f"{url}/"):
            return Server(NAME, url, pid, pidfile, log)
        process.stop(pidfile)

    process.require_free(port)
    python = ensure_venv(run_dir)
    data_dir.mkdir(parents=True, exist_ok=True)
    env = {
        "DJANGO_SETTINGS_MODULE": "sta_settings",
        "PYTHONPATH": str(SITE),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONWARNINGS": "",
        "DATENPLATTFORM_STA_DB": str(data_dir / f"{NAME}.sqlite3"),
        "DATENPLATTFORM_STA_URL": f"http://127.0.0.1:{port}",
    }
    _run([str(python), "-m", "django", "migrate", "--verbosity", "0"], env=env)
    argv = [str(python), "-m", "uvicorn", "sta_asgi:application", "--host", "127.0.0.1", "--port", str(port),
            "--no-access-log", "--lifespan", "off", "--log-level", "warning"]  # fmt: skip
    pid, pidfile, log = process.spawn(NAME, argv, folder=data_dir, env=env)
    try:
        process.wait_for_http(f"{url}/", pid=pid, log=log, timeout=timeout)
    except ServerError:
        process.stop(pidfile)
        raise
    return Server(NAME, url, pid, pidfile, log)


def stop(data_dir: Path | str) -> bool:
    """Stop the server of ``data_dir``; True when one was running. Its data stay."""
    return process.stop(Path(data_dir) / f"{NAME}.pid")


def _run(argv: list[str], env: dict[str, str] | None = None) -> None:
    done = subprocess.run(
        argv, env={**os.environ, **(env or {})}, capture_output=True, text=True, errors="replace", check=False
    )
    if done.returncode:
        raise ServerError(f"{' '.join(argv)} failed:\n{(done.stdout + done.stderr)[-2000:]}")


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield

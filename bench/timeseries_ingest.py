"""Claims about writing: a million rows, idempotent, against a bare COPY into the same indexed table, and against datastore_upsert.

    bin/bench timeseries_ingest

Correctness first: what we wrote is what COPY wrote, and writing it again changes nothing. Both sides without rollups; those are timed
apart. Ours runs in a process of its own, whose peak memory counts: batches of 20,000, each a transaction, as a harvester writes.
DATENPLATTFORM_BENCH_ROWS changes the million.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from typing import Any

from bench.claims import Claim

ROWS = int(os.environ.get("DATENPLATTFORM_BENCH_ROWS", "1000000"))
BATCH, STREAMS, SAMPLE, ROUNDS, MEGABYTE = 20_000, 40, 1000, 3, 1_000_000
NAMES = ["stream", "time", "value", "quality"]
FIELDS = [{"id": name, "type": kind} for name, kind in zip(NAMES, ("text", "timestamptz", "numeric", "text"), strict=True)]
START = datetime(2025, 1, 1, tzinfo=timezone.utc)
SAME = 'SELECT count(*), sum(hashtext(ROW(stream, time, value, quality)::text)::bigint) FROM "{}"'


def rows(count: int) -> Iterator[list[Any]]:
    """Forty streams, a value every quarter of an hour, as they come from a source: time by time."""
    for number in range(count):
        step, stream = divmod(number, STREAMS)
        yield [f"stream-{stream:02d}", START + timedelta(minutes=15 * step), (number * 7919) % 1000 / 10, None]


def act(action: str, **data: Any) -> Any:
    """An action of CKAN as the system."""
    import ckan.plugins.toolkit as tk

    site = tk.get_action("get_site_user")({"ignore_auth": True}, {})["name"]
    return tk.get_action(action)({"user": site, "ignore_auth": True}, data)


def table(unit: str, name: str) -> str:
    """A private dataset with an empty series; the id of its resource."""
    from ckanext.datenplattform.timeseries import shared

    made = act("package_create", name=name, title=name, notes=name, owner_org=unit, private=True,
               resources=[{"name": "Messwerte", "url_type": "datastore", "url": "x"}])  # fmt: skip
    found = made["resources"][0]["id"]
    shared.ensure_table(found, FIELDS)
    return found


def _ours(target: str, count: int) -> float:
    """Seconds to write all rows without rollups."""
    import itertools

    from ckanext.datenplattform.timeseries import shared, store, tables

    def finish(cursor: Any, table: str, *_: Any) -> None:
        store.forget_count(cursor, table)
        tables.told(cursor, table)

    store.finish = finish
    incoming, seconds = rows(count), 0.0
    # like the lines of the other side, the rows are ready
    while batch := list(itertools.islice(incoming, BATCH)):
        started = time.perf_counter()
        shared.write_rows(target, batch, NAMES)
        seconds += time.perf_counter() - started
    return seconds


def _copied(target: str, count: int) -> float:
    """Seconds of a bare COPY into a table with the same columns and indexes; its lines are ready."""
    from ckanext.datenplattform.timeseries import store
    from ckanext.datenplattform.timeseries.rows import Reader, as_text

    lines = list(as_text(rows(count), NAMES))
    with store.transaction() as cursor:
        cursor.execute(f'CREATE TABLE "{target}-copy" (LIKE "{target}" INCLUDING ALL)')
    started = time.perf_counter()
    with store.transaction() as cursor:
        copy = f'COPY "{target}-copy" (stream, time, value, quality) FROM STDIN'
        cursor.copy_expert(copy, Reader(iter(lines)), size=1 << 16)
    return time.perf_counter() - started


def _in_a_process(ini: str, target: str, count: int) -> dict[str, float]:
    command = [sys.executable, "-m", "bench.timeseries_ingest", ini, target, str(count)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise AssertionError(done.stderr[-2000:])
    return json.loads(done.stdout.splitlines()[-1])


def _same(one: str, other: str) -> None:
    from ckanext.datenplattform.timeseries import store

    with store.transaction() as cursor:
        found = []
        for name in (one, other):
            cursor.execute(SAME.format(name))
            found.append(cursor.fetchone())
    assert found[0] == found[1], found


def _drop(*names: str) -> None:
    from ckanext.datenplattform.timeseries import store

    with store.transaction() as cursor:
        for name in names:
            cursor.execute(f'DROP TABLE IF EXISTS "{name}"')


def claims() -> list[Claim]:
    """Rates of writing, memory, and the time of the rollups."""
    import ckan.plugins.toolkit as tk

    from bench import site
    from ckanext.datenplattform.timeseries import shared

    ini = tk.config["__file__"]
    site.clean()
    act("organization_create", name="bench-series", title="Reihen")
    probe = table("bench-series", "probe")
    _copied(probe, 5000)
    for _ in range(2):
        assert shared.write_rows(probe, list(rows(5000)), NAMES)["written"] in (5000, 0)
        _same(probe, f"{probe}-copy")
    assert shared.write_rows(probe, list(rows(5000)), NAMES) == {"written": 0, "staged": 0}
    _drop(f"{probe}-copy")

    ours: list[float] = []
    theirs: list[float] = []
    api: list[float] = []
    peaks: list[float] = []
    target = ""
    for number in range(ROUNDS):
        if target:
            _drop(target)
        target = table("bench-series", f"reihe-{number}")
        theirs.append(ROWS / _copied(target, ROWS))
        done = _in_a_process(ini, target, ROWS)
        ours.append(ROWS / done["seconds"])
        peaks.append(done["peak"])
        _same(target, f"{target}-copy")
        _drop(f"{target}-copy")
        stock = table("bench-series", f"stock-{number}")
        records = [dict(zip(NAMES, [row[0], row[1].isoformat(), *row[2:]], strict=True)) for row in rows(SAMPLE)]
        started = time.perf_counter()
        act("datastore_upsert", resource_id=stock, records=records, method="upsert", force=True)
        api.append(SAMPLE / (time.perf_counter() - started))
    started = time.perf_counter()
    shared.rebuild_rollups(target)
    built = time.perf_counter() - started
    return [
        Claim(f"idempotent ingest of {ROWS:,} rows, against COPY", statistics.median(ours), statistics.median(theirs), 0.5, unit="rows/s"),
        Claim("idempotent ingest, against datastore_upsert", statistics.median(ours), statistics.median(api), 20, unit="rows/s"),
        Claim("memory of the writer", max(peaks) / MEGABYTE, None, 300, "budget", "MB"),
        Claim(f"rollups of {ROWS:,} rows, all at once", built, None, 120 * max(1.0, ROWS / 1e6), "budget", "s"),
    ]


def main() -> None:
    """Write into a table: ini file, table, number of rows."""
    from ckan.cli import load_config
    from ckan.config.middleware import make_app

    ini, target, count = sys.argv[1:]
    app = make_app(load_config(ini))
    with app._wsgi_app.app_context():
        seconds = _ours(target, int(count))
    print(json.dumps({"seconds": seconds, "peak": _peak()}))


def _peak() -> int:
    """Most bytes that this process held. (What getrusage tells of a process begins with what its parent held.)"""
    with open("/proc/self/status", encoding="ascii") as file:
        return next(int(line.split()[1]) * 1024 for line in file if line.startswith("VmHWM"))


if __name__ == "__main__":
    main()

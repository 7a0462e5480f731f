"""Claims about reading: the Daten-API through the whole portal against the same SQL by psycopg; windows and pages in large tables.

    bin/bench timeseries_query

Correctness first: API and SQL tell the same. Latest values and seven days by the hour of forty series, p95 of both sides, alternating.
A chart (a week of one series by the hour, and a day of its single values) in a table of DATENPLATTFORM_BENCH_ROWS rows (10 M) against
one of 100,000; the page behind 500 pages against the first.
"""

from __future__ import annotations

import json
import os
import statistics
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from bench.claims import Claim, percentile
from bench.timeseries_ingest import NAMES, START, STREAMS, act, rows, table

ROWS = int(os.environ.get("DATENPLATTFORM_BENCH_ROWS", "10000000"))
SMALL, ASKED, PAGE = 100_000, 40, 100
# a row as `bench.timeseries_ingest.rows` makes it, before those; the index is made when all are there, as a copy of a database does
FILL = """SET LOCAL work_mem = '256MB'; SET LOCAL maintenance_work_mem = '512MB';
INSERT INTO "{0}" (stream, time, value)
SELECT 'stream-' || lpad((n % {1})::text, 2, '0'), timestamptz '2025-01-01 00:00+00' - interval '15 minutes' * (n / {1} + 1),
       (n::bigint * 7919) % 1000 / 10.0 FROM generate_series(0, {2} - 1) n"""
HOURS = """INSERT INTO dp_staging.dp_rollup (resource_id, step, stream, bucket, count, numbers, total, least, greatest, last, last_time)
SELECT '{0}', '1h', stream, date_bin('1 hour', time, 'epoch') b, count(*), count(value), sum(value), min(value), max(value), max(value),
       max(time) FROM "{0}" GROUP BY stream, b ORDER BY stream, b"""
LATEST = """SELECT q.* FROM unnest(%s::text[]) s(stream) CROSS JOIN LATERAL (SELECT stream, time, value, quality FROM "{0}" t
WHERE t.stream = s.stream AND time <= now() + interval '15 minutes' ORDER BY time DESC LIMIT 1) q"""
WEEK = """SELECT stream, bucket, count, (total / nullif(numbers, 0))::float8, least, greatest, last, last_text FROM dp_staging.dp_rollup
WHERE resource_id = %s AND step = '1h' AND stream = ANY(%s) AND bucket >= %s AND bucket < %s ORDER BY stream, bucket LIMIT 10001"""


def _timed(work: Callable[[], Any]) -> tuple[float, Any]:
    started = time.perf_counter()
    found = work()
    return (time.perf_counter() - started) * 1000, found


def _fill(table_: str) -> None:
    """All rows of the large table but the last 100,000, and their hours."""
    from ckanext.datenplattform.timeseries import store

    with store.transaction() as cursor:
        cursor.execute("SELECT indexname, indexdef FROM pg_indexes WHERE tablename = %s AND indexdef LIKE %s", (table_, "%stream%"))
        [(name, definition)] = cursor.fetchall()
        cursor.execute(f'DROP INDEX "{name}"')
        cursor.execute(FILL.format(table_, STREAMS, ROWS - SMALL))
        cursor.execute(definition)
        cursor.execute(HOURS.format(table_))


def _publish(dataset: str) -> None:
    """What is measured is what a citizen asks: open data, without an account."""
    import ckan.model as model

    from ckanext.datenplattform.access import shared as access

    package: Any = model.Package.get(dataset)
    access.publish(package.id, access.content_hash(package.id) or "", "bench")
    model.Session.commit()


def claims() -> list[Claim]:
    """The API against SQL, large tables against small ones."""
    import ckan.plugins.toolkit as tk
    import psycopg2
    from sqlalchemy.engine import make_url

    from bench import site
    from ckanext.datenplattform.timeseries import shared, store

    site.clean()
    act("organization_create", name="bench-series", title="Reihen")
    small, large = table("bench-series", "klein"), table("bench-series", "gross")
    shared.write_rows(small, list(rows(SMALL)), NAMES)
    _fill(large)
    shared.write_rows(large, list(rows(SMALL)), NAMES)
    with store.transaction() as cursor:
        cursor.execute(f'ANALYZE "{small}"; ANALYZE "{large}"; ANALYZE dp_staging.dp_rollup')
    for dataset in ("klein", "gross"):
        _publish(dataset)
    names = [f"stream-{number:02d}" for number in range(STREAMS)]
    since, until = START + timedelta(days=7), START + timedelta(days=14)
    url = make_url(tk.config["ckan.datastore.write_url"])
    connection = psycopg2.connect(host=url.host, port=url.port, user=url.username, password=url.password, dbname=url.database)

    def sql(query: str, *given: Any) -> list[Any]:
        with connection, connection.cursor() as cursor:
            cursor.execute(query, given)
            return cursor.fetchall()

    def api(path: str) -> Any:
        return json.loads(site.get(f"/api/daten/v1/{path}", "")[0])

    week = f"klein/observations?interval=1h&aggregate=count,mean,min,max,last,state&limit=10000&from={_iso(since)}&to={_iso(until)}"
    told, known = api(week)["rows"], sql(WEEK, small, names, since, until)
    assert [(row["stream"], row["mean"], row["max"]) for row in told] == [(row[0], row[3], float(row[5])) for row in known]
    newest = {item["stream"]: item["value"] for item in api("klein/latest")["series"]}
    assert newest == {row[0]: float(row[2]) for row in sql(LATEST.format(small), names)}

    found: list[Claim] = []
    for name, ask, query in (
        ("latest values of 40 series", lambda: api("klein/latest"), lambda: sql(LATEST.format(small), names)),
        ("7 days by the hour of 40 series", lambda: api(week), lambda: sql(WEEK, small, names, since, until)),
    ):
        ours, theirs = [], []
        for _ in range(ASKED):
            theirs.append(_timed(query)[0])
            ours.append(_timed(ask)[0])
        # as rates, so that "at most three times as long" is a floor
        found.append(Claim(f"{name}, p95 (per second)", 1000 / percentile(ours, 0.95), 1000 / percentile(theirs, 0.95), 1 / 3, unit="/s"))

    def chart(dataset: str) -> None:
        api(f"{dataset}/observations?streams=stream-07&interval=1h&from={_iso(since)}&to={_iso(until)}")
        api(f"{dataset}/observations?streams=stream-07&from={_iso(since)}&to={_iso(since + timedelta(days=1))}")

    spent: dict[str, list[float]] = {"klein": [], "gross": []}
    for _ in range(ASKED):
        for dataset, times in spent.items():
            times.append(_timed(lambda dataset=dataset: chart(dataset))[0])
    middle = {dataset: statistics.median(times) for dataset, times in spent.items()}
    ours, theirs = (1000 / middle[dataset] for dataset in ("gross", "klein"))
    found.append(Claim(f"a chart in {ROWS:,} rows, against 100,000 (per second)", ours, theirs, 0.5, unit="/s"))

    first, path, pages = f"gross/observations?limit={PAGE}", "", 0
    path = first
    while pages < 499:
        path = api(path)["next"].partition("/api/daten/v1/")[2]
        pages += 1
    near = statistics.median(_timed(lambda: api(first))[0] for _ in range(ASKED))
    far = statistics.median(_timed(lambda: api(path))[0] for _ in range(ASKED))
    found.append(Claim("the 500th page, against the first (per second)", 1000 / far, 1000 / near, 0.5, unit="/s"))
    connection.close()
    return found


def _iso(moment: Any) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")

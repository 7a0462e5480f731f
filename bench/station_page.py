"""Claims about the page on the spot: fast however many values there are, and small.

    bin/bench station

Correctness first: the page of a series says the same whether its table holds DATENPLATTFORM_BENCH_ROWS rows (10 M) or a week. Then
both by turns through the whole portal; the 95th percentile and the bytes are budgets.
"""

from __future__ import annotations

import os
import re
import statistics
import time
from datetime import datetime, timedelta, timezone

from bench.claims import Claim, percentile
from bench.timeseries_ingest import NAMES, STREAMS, act, table

ROWS, ASKED = int(os.environ.get("DATENPLATTFORM_BENCH_ROWS", "10000000")), 40
# older rows and their hours, past the platform
FILL = """INSERT INTO "{0}" (stream, time, value)
SELECT 'stream-' || lpad((n % {1})::text, 2, '0'), timestamptz '{3}' - interval '15 minutes' * (n / {1} + 1), n % 100
FROM generate_series(0, {2} - 1) n"""
HOURS = """INSERT INTO dp_staging.dp_rollup (resource_id, step, stream, bucket, count, numbers, total, least, greatest, last, last_time)
SELECT '{0}', '1h', 'stream-' || lpad((n % {1})::text, 2, '0'), timestamptz '{3}' - interval '1 hour' * (n / {1} + 1), 4, 4, 200, 0, 99, 50,
       timestamptz '{3}' - interval '1 hour' * (n / {1} + 1) FROM generate_series(0, {2} / 4 - 1) n"""


def _make(name: str, older: int, now: datetime) -> None:
    import ckan.model as model

    from ckanext.datenplattform.access import shared as access
    from ckanext.datenplattform.timeseries import shared, store

    target = table("bench-vor-ort", name)
    first = (now - timedelta(days=9)).replace(minute=0, second=0, microsecond=0)
    if older:
        with store.transaction() as cursor:
            cursor.execute("SELECT indexname, indexdef FROM pg_indexes WHERE tablename = %s AND indexdef LIKE %s", (target, "%stream%"))
            [(index, definition)] = cursor.fetchall()
            cursor.execute(f'DROP INDEX "{index}"')
            cursor.execute(FILL.format(target, STREAMS, older, first.isoformat()))
            cursor.execute(definition)
            cursor.execute(HOURS.format(target, STREAMS, older, first.isoformat()))
    streams = [f"stream-{number:02d}" for number in range(STREAMS)]
    shared.describe_streams(target, [shared.Stream(stream=one, thing=f"Pegel {one}", property="Wasserstand", unit="cm") for one in streams])
    steps = int((now - first) / timedelta(minutes=15))
    newer = [[one, first + timedelta(minutes=15 * n), (n * 7) % 90, None] for n in range(steps) for one in streams]
    shared.write_rows(target, newer, NAMES)
    with store.transaction() as cursor:
        cursor.execute(f'ANALYZE "{target}"; ANALYZE dp_staging.dp_rollup')
    package: str = model.Package.get(name).id  # type: ignore[union-attr]
    access.publish(package, access.content_hash(package) or "", "bench")
    model.Session.commit()


def claims() -> list[Claim]:
    """The page in a large table against one of a week."""
    from bench import site
    from ckanext.datenplattform.timeseries.info import stations

    site.clean()
    act("organization_create", name="bench-vor-ort", title="Reihen")
    # both end at the same minute, however long the large one takes
    now = datetime.now(timezone.utc)
    _make("klein", 0, now)
    _make("gross", ROWS, now)
    address = f"/vor-ort/{{}}/{stations.code('stream-07')}"

    def page(dataset: str) -> bytes:
        return site.get(address.format(dataset), "")[0].encode()

    # the chart ends at the present minute: the table is the same
    told = [re.findall(r"<table.*</table>", page(dataset).decode(), re.DOTALL) for dataset in ("klein", "gross")]
    assert told[0] == told[1]
    assert told[0]
    spent: dict[str, list[float]] = {"klein": [], "gross": []}
    for _ in range(ASKED):
        for dataset, times in spent.items():
            started = time.perf_counter()
            page(dataset)
            times.append((time.perf_counter() - started) * 1000)
    rates = [1000 / statistics.median(spent[dataset]) for dataset in ("gross", "klein")]
    return [
        Claim(f"page on the spot in {ROWS:,} rows, against one of a week (per second)", *rates, 0.5, unit="/s"),
        Claim(f"page on the spot in {ROWS:,} rows, p95", percentile(spent["gross"], 0.95), None, 300, "budget", "ms"),
        Claim("page on the spot, unpacked", len(page("gross")) / 1000, None, 100, "budget", "kB"),
    ]

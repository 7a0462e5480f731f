"""A claim about the forecast: one run for a hundred bays with half a year of quarters, within a budget.

    bin/bench forecast

Correctness first: each bay gets its three forecasts, with the profile that its quarters have.
"""

from __future__ import annotations

import statistics
import time
from datetime import datetime, timedelta, timezone

from bench.claims import Claim
from bench.timeseries_ingest import NAMES, act, table

BAYS, WEEKS, ROUNDS = 100, 26, 3
# as if each bay had been free for a third of each quarter, past the platform
QUARTERS = """INSERT INTO dp_staging.dp_rollup_state (resource_id, step, stream, bucket, state, seconds)
SELECT '{0}', '15m', 'bucht-' || b, date_bin('15 minutes', now(), 'epoch') - interval '15 minutes' * n, s.state, s.seconds
FROM generate_series(1, {1}) b, generate_series(96, {2}) n, (VALUES ('0.0', 300), ('1.0', 600)) s(state, seconds)"""


def claims() -> list[Claim]:
    """Seconds of one run."""
    import ckan.model as model

    from bench import site
    from ckanext.datenplattform.timeseries import shared, store
    from ckanext.datenplattform.timeseries.forecast import run as work
    from ckanext.datenplattform.timeseries.forecast.records import Forecast

    site.clean()
    act("organization_create", name="bench-forecast", title="Parken")
    target = table("bench-forecast", "stellplaetze")
    bays = [f"bucht-{number}" for number in range(1, BAYS + 1)]
    shared.describe_streams(target, [shared.Stream(stream=bay, property="Belegung", kind="category", interval_seconds=900) for bay in bays])
    now = datetime.now(timezone.utc)
    shared.write_rows(target, [[bay, now - timedelta(minutes=15 * n), 0, None] for bay in bays for n in range(8)], NAMES)
    with store.transaction() as cursor:
        cursor.execute(QUARTERS.format(target, BAYS, 96 * 7 * WEEKS + 200))
        cursor.execute("ANALYZE dp_staging.dp_rollup_state")
    spent = []
    for number in range(ROUNDS):
        started = time.perf_counter()
        made = work.run(now + timedelta(minutes=11 * number))["made"]
        spent.append(time.perf_counter() - started)
        assert made == 3 * BAYS
    assert all(0.3 < found.profile < 0.4 for found in model.Session.query(Forecast))
    return [Claim(f"one run of the forecast, {BAYS} bays, {WEEKS} weeks of quarters", statistics.median(spent), None, 20, "budget", "s")]

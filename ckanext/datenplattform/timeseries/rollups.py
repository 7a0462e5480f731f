"""Rollups: what a quarter of an hour, an hour and a day came to, kept up to date with each batch for touched buckets only.

Quarters and hours are UTC's, days those of the municipality (23 or 25 hours long when the clock changes). Quarters are made
from rows, hours and days from quarters: rows that retention has removed are no longer needed. For each bucket:

* count of values; mean, min, max, last of numbers; for angles the circular mean (direction of the sum of the unit vectors)
* for states the seconds that each was in force: a state holds until the next value of the stream, a day at most, and the
  last value of all counts nothing yet. A value that is unknown ends a state.

Everything is computed from the rows as they stand, so late, repeated and corrected rows end in the same numbers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from psycopg2 import sql

from . import tables
from .tables import CHANGED, ROLLUP, STATES

#: Longest time that a state holds without a new value.
HOLD = "24 hours"
QUARTER = "15 minutes"
_TOUCHED, _BUCKETS = sql.Identifier("dp_touched"), sql.Identifier("dp_buckets")
# a bucket is found by an index, however new the tables are and whatever the planner thinks of their size; what it then takes for
# dear is not worth compiling
_BY_INDEX = "SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off; SET LOCAL jit = off"


@dataclass(frozen=True)
class Special:
    """Streams whose values are no plain numbers, and the time zone of days (name of the tz database)."""

    states: tuple[str, ...] = ()
    angles: tuple[str, ...] = ()
    zone: str = "UTC"

    def of(self, types: Mapping[str, str]) -> _Values:
        """How to read the values of a table with these column types."""
        kind = types.get("value", "")
        text = sql.SQL("v.value_text") if "value_text" in types else sql.SQL("NULL::text")
        plain = kind in ("boolean", "text")
        number = {"boolean": "v.value::int::numeric", "text": "NULL::numeric"}.get(kind, "v.value::numeric")
        return _Values(sql.SQL(number), sql.SQL("coalesce({text}, v.value::text)").format(text=text), text, plain)


@dataclass(frozen=True)
class _Values:
    number: sql.Composable
    state: sql.Composable
    text: sql.Composable
    all_states: bool


def follow(cursor: Any, resource_id: str, special: Special) -> None:
    """Bring the rollups of a table up to date with the rows in ``dp_changed`` (inserted, updated or deleted)."""
    types = tables.types(cursor, resource_id)
    if "value" not in types:
        return
    cursor.execute(_BY_INDEX)
    table, values = tables.name(resource_id), special.of(types)
    states = sql.Literal(list(special.states))
    is_state = sql.SQL("true") if values.all_states else sql.SQL("c.stream = ANY({states})").format(states=states)
    cursor.execute(
        sql.SQL("""
        DROP TABLE IF EXISTS {touched};
        CREATE TEMP TABLE {touched} ON COMMIT DROP AS
        SELECT DISTINCT stream, date_bin({quarter}, time, 'epoch') AS bucket FROM {changed} c WHERE NOT {is_state};
        INSERT INTO {touched}
        SELECT DISTINCT c.stream, b.bucket FROM {changed} c
        CROSS JOIN LATERAL (SELECT max(v.time) AS time FROM {table} v WHERE v.stream = c.stream AND v.time < c.time) before
        CROSS JOIN LATERAL (SELECT min(v.time) AS time FROM {table} v WHERE v.stream = c.stream AND v.time > c.time) after
        CROSS JOIN LATERAL (
            SELECT generate_series(date_bin({quarter}, before.time, 'epoch'),
                                   date_bin({quarter}, least(before.time + {hold}::interval, c.time), 'epoch'), {quarter})
            UNION SELECT generate_series(date_bin({quarter}, c.time, 'epoch'),
                                         date_bin({quarter}, least(after.time, c.time + {hold}::interval), 'epoch'), {quarter})
        ) AS b(bucket)
        WHERE {is_state};
        ANALYZE {touched};
        """).format(
            touched=_TOUCHED, changed=CHANGED, table=table, is_state=is_state, quarter=sql.Literal(QUARTER), hold=sql.Literal(HOLD)
        )
    )  # fmt: skip
    _quarters(cursor, resource_id, special, values)
    epoch = sql.SQL("date_bin('1 hour', {bucket}, 'epoch')")
    _coarser(cursor, resource_id, "1h", epoch, sql.SQL("{bucket} + interval '1 hour'"))
    zone = sql.Literal(special.zone)
    day = sql.SQL("date_trunc('day', {{bucket}}, {zone})").format(zone=zone).as_string(cursor)
    end = sql.SQL("(({{bucket}} AT TIME ZONE {zone}) + interval '1 day') AT TIME ZONE {zone}").format(zone=zone).as_string(cursor)
    _coarser(cursor, resource_id, "1d", sql.SQL(day), sql.SQL(end))


def rebuild(cursor: Any, resource_id: str, special: Special, streams: Sequence[str] | None = None) -> None:
    """Compute the rollups (of ``streams``, None: all) anew from the rows that are there. What retention has removed stays."""
    tables.changed(cursor)
    cursor.execute(
        sql.SQL("INSERT INTO {changed} SELECT stream, time FROM {table} WHERE {all} OR stream = ANY(%s)").format(
            changed=CHANGED, table=tables.name(resource_id), all=sql.Literal(streams is None)
        ),
        (list(streams or ()),),
    )
    if cursor.rowcount:
        follow(cursor, resource_id, special)


def _quarters(cursor: Any, resource_id: str, special: Special, values: _Values) -> None:
    parts = {
        "rollup": ROLLUP, "state_table": STATES, "touched": _TOUCHED, "table": tables.name(resource_id), "number": values.number,
        "text": values.text, "state": values.state, "quarter": sql.Literal(QUARTER), "hold": sql.Literal(HOLD),
        "resource": sql.Literal(resource_id), "angles": sql.Literal(list(special.angles)),
        "is_state": sql.SQL("true") if values.all_states else sql.SQL("t.stream = ANY({0})").format(sql.Literal(list(special.states))),
    }  # fmt: skip
    _forget(cursor, ROLLUP, _TOUCHED, resource_id, "15m")
    cursor.execute(
        sql.SQL("""
        INSERT INTO {rollup} (resource_id, step, stream, bucket, count, numbers, total, least, greatest, last, last_text, last_time,
                              sines, cosines)
        SELECT {resource}, '15m', t.stream, t.bucket, x.* FROM {touched} t CROSS JOIN LATERAL (
            SELECT count(*) AS count, count(v.n) AS numbers, sum(v.n), min(v.n), max(v.n), (array_agg(v.n ORDER BY v.time DESC))[1],
                   (array_agg(v.said ORDER BY v.time DESC))[1], max(v.time),
                   sum(sind(v.n::float8)) FILTER (WHERE t.stream = ANY({angles})),
                   sum(cosd(v.n::float8)) FILTER (WHERE t.stream = ANY({angles}))
            FROM (SELECT v.time, {number} AS n, CASE WHEN {is_state} THEN {state} ELSE {text} END AS said FROM {table} v
                  WHERE v.stream = t.stream AND v.time >= t.bucket AND v.time < t.bucket + {quarter}::interval
                    AND (v.value IS NOT NULL OR {text} IS NOT NULL)) v) x
        WHERE x.count > 0;
        """).format(**parts)
    )
    if not values.all_states and not special.states:
        return
    _forget(cursor, STATES, _TOUCHED, resource_id, "15m")
    cursor.execute(
        sql.SQL("""
        INSERT INTO {state_table} (resource_id, step, stream, bucket, state, seconds)
        SELECT {resource}, '15m', t.stream, t.bucket, x.* FROM {touched} t CROSS JOIN LATERAL (
            SELECT s.state, sum(extract(epoch FROM least(s.until, t.bucket + {quarter}::interval) - greatest(s.time, t.bucket)))
            FROM (
            SELECT v.time, {state} AS state, least(v.time + {hold}::interval, (
                SELECT min(n.time) FROM {table} n WHERE n.stream = t.stream AND n.time > v.time)) AS until,
                (SELECT min(n.time) FROM {table} n WHERE n.stream = t.stream AND n.time > v.time) IS NOT NULL AS ended
            FROM {table} v
            WHERE v.stream = t.stream AND v.time < t.bucket + {quarter}::interval AND v.time >= coalesce((
                SELECT max(b.time) FROM {table} b
                WHERE b.stream = t.stream AND b.time <= t.bucket AND b.time > t.bucket - {hold}::interval), t.bucket)) s
            WHERE s.ended AND s.state IS NOT NULL AND s.until > t.bucket GROUP BY s.state) x
        WHERE {is_state};
        -- a state goes on through buckets without a value
        INSERT INTO {rollup} (resource_id, step, stream, bucket, count, numbers)
        SELECT DISTINCT {resource}, '15m', t.stream, t.bucket, 0, 0 FROM {touched} t JOIN {state_table} r
        ON r.resource_id = {resource} AND r.step = '15m' AND r.stream = t.stream AND r.bucket = t.bucket
        ON CONFLICT DO NOTHING;
        """).format(**parts)
    )


def _coarser(cursor: Any, resource_id: str, step: str, start: sql.SQL, end: sql.SQL) -> None:
    """Hours or days from quarters; ``start`` and ``end`` of the bucket as SQL of ``{bucket}``."""
    parts = {
        "rollup": ROLLUP, "state_table": STATES, "touched": _TOUCHED, "buckets": _BUCKETS,
        "resource": sql.Literal(resource_id), "step": sql.Literal(step),
        "start": start.format(bucket=sql.SQL("t.bucket")), "end": end.format(bucket=sql.SQL("b.bucket")),
    }  # fmt: skip
    cursor.execute(
        sql.SQL("""
        DROP TABLE IF EXISTS {buckets};
        CREATE TEMP TABLE {buckets} ON COMMIT DROP AS SELECT DISTINCT t.stream, {start} AS bucket FROM {touched} t;
        ANALYZE {buckets};
        """).format(**parts)
    )
    _forget(cursor, ROLLUP, _BUCKETS, resource_id, step)
    _forget(cursor, STATES, _BUCKETS, resource_id, step)
    cursor.execute(
        sql.SQL("""
        INSERT INTO {rollup} (resource_id, step, stream, bucket, count, numbers, total, least, greatest, last, last_text, last_time,
                              sines, cosines)
        SELECT {resource}, {step}, b.stream, b.bucket, x.* FROM {buckets} b CROSS JOIN LATERAL (
            SELECT sum(r.count) AS count, sum(r.numbers), sum(r.total), min(r.least), max(r.greatest),
                   (array_agg(r.last ORDER BY r.last_time DESC NULLS LAST))[1],
                   (array_agg(r.last_text ORDER BY r.last_time DESC NULLS LAST))[1],
                   max(r.last_time), sum(r.sines), sum(r.cosines)
            FROM {rollup} r WHERE r.resource_id = {resource} AND r.step = '15m' AND r.stream = b.stream
                 AND r.bucket >= b.bucket AND r.bucket < {end}) x
        WHERE x.count IS NOT NULL;
        INSERT INTO {state_table} (resource_id, step, stream, bucket, state, seconds)
        SELECT {resource}, {step}, b.stream, b.bucket, x.* FROM {buckets} b CROSS JOIN LATERAL (
            SELECT r.state, sum(r.seconds) FROM {state_table} r
            WHERE r.resource_id = {resource} AND r.step = '15m' AND r.stream = b.stream AND r.bucket >= b.bucket AND r.bucket < {end}
            GROUP BY r.state) x;
        """).format(**parts)
    )


def _forget(cursor: Any, table: sql.Identifier, buckets: sql.Identifier, resource_id: str, step: str) -> None:
    """Delete what stands for these buckets, each found by the index."""
    cursor.execute(
        sql.SQL("""DELETE FROM {table} WHERE ctid = ANY(ARRAY(
            SELECT r.ctid FROM {buckets} b CROSS JOIN LATERAL (
                SELECT r.ctid FROM {table} r WHERE r.resource_id = %s AND r.step = %s AND r.stream = b.stream AND r.bucket = b.bucket
                OFFSET 0) r))""").format(table=table, buckets=buckets),
        (resource_id, step),
    )

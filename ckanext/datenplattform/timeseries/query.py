"""Reading series: rows or rollups in the order of table, stream and time, page by page; the latest values; which series there are.

Every question is put to one index, from the place where the last page ended: the 500th page costs what the first does. All
values are parameters; nothing that comes from outside becomes SQL.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any, NamedTuple

import psycopg2
from psycopg2 import sql

from . import store, tables
from .tables import ROLLUP, STATES

INTERVALS = ("raw", "15m", "1h", "1d")
AGGREGATES = ("count", "mean", "min", "max", "last", "state", "share")
#: What describes the series rather than the value: it stands in the register, once.
DESCRIBING = frozenset({"thing", "property", "unit", "lon", "lat", "result_time"})
#: A clock that runs ahead does not hide what is measured now.
AHEAD = "15 minutes"
_BOUNDS = (datetime(2, 1, 1, tzinfo=timezone.utc), datetime(9999, 12, 31, tzinfo=timezone.utc))
_MEAN = """CASE WHEN r.sines IS NULL THEN (r.total / nullif(r.numbers, 0))::float8
    WHEN abs(r.sines) + abs(r.cosines) < 1e-9 * r.numbers THEN NULL
    WHEN atan2d(r.sines, r.cosines) < 0 THEN atan2d(r.sines, r.cosines) + 360 ELSE atan2d(r.sines, r.cosines) END"""
# a state is told in words; where there are none, there is no share to look for
_SHARE = """CASE WHEN r.last_text IS NULL AND r.count > 0 THEN NULL ELSE (
    SELECT jsonb_object_agg(s.state, round(s.seconds / w.whole, 6)) FROM {states} s, (
        SELECT sum(a.seconds) AS whole FROM {states} a
        WHERE a.resource_id = {resource} AND a.step = {step} AND a.stream = r.stream AND a.bucket = r.bucket) w
    WHERE s.resource_id = {resource} AND s.step = {step} AND s.stream = r.stream AND s.bucket = r.bucket) END"""


class TooSlow(Exception):
    """The question took longer than a question may."""


class Position(NamedTuple):
    """The last row that was read."""

    resource_id: str
    stream: str
    time: datetime


@dataclass(frozen=True)
class Question:
    """``streams``: table → its series in question, None for all. Times are aware; ``until`` is excluded."""

    streams: dict[str, tuple[str, ...] | None]
    since: datetime | None = None
    until: datetime | None = None
    interval: str = "raw"
    aggregates: tuple[str, ...] = AGGREGATES


class Page(NamedTuple):
    """``rows`` in the order of ``columns``; the first column is the table's id. ``last``: where to go on, None at the end."""

    columns: list[str]
    rows: list[tuple[Any, ...]]
    last: Position | None


@contextmanager
def reading(zone: str, seconds: int) -> Iterator[Any]:
    """A cursor that only reads, for so long, with times in this zone. Raises TooSlow."""
    try:
        with store.transaction() as cursor:
            tables.prepare(cursor)
            bounds = "SET LOCAL statement_timeout = %s; SET LOCAL timezone = %s; SET LOCAL transaction_read_only = on; SET LOCAL jit = off"
            cursor.execute(bounds, (seconds * 1000, zone))
            yield cursor
    except psycopg2.errors.QueryCanceled:
        raise TooSlow from None


def page(cursor: Any, question: Question, after: Position | None, limit: int) -> Page:
    """At most ``limit`` rows after a position."""
    resources = sorted(question.streams)
    columns, selects = _columns(cursor, question, resources)
    rows: list[tuple[Any, ...]] = []
    for resource_id in resources:
        if resource_id not in selects or (after is not None and resource_id < after.resource_id):
            continue
        here = after if after is not None and after.resource_id == resource_id else None
        for chunk, since in _chunks(cursor, question, resource_id, here):
            # one more than asked tells whether there is a next page
            rows += selects[resource_id](chunk, since, question.until or _BOUNDS[1], limit + 1 - len(rows))
            if len(rows) > limit:
                end = rows[limit - 1]
                return Page(columns, rows[:limit], Position(end[0], end[1], end[2]))
    return Page(columns, rows, None)


def series(cursor: Any, resource_id: str, among: Sequence[str] | None, after: str | None = None, limit: int | None = None) -> list[str]:
    """Series of a table of which there is or was a value, in their order; of ``among`` where that is given."""
    found = set(_walk(cursor, tables.name(resource_id), "true", (), among, after, limit))
    found |= set(_walk(cursor, ROLLUP, "resource_id = %s AND step = '1d'", (resource_id,), among, after, limit))
    cursor.execute("SELECT s FROM unnest(%s::text[]) s ORDER BY s LIMIT %s", (list(found), limit))
    return [row[0] for row in cursor.fetchall()]


def latest(cursor: Any, resource_id: str, streams: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Stream → its latest row; a time more than a quarter of an hour ahead is not believed."""
    columns = _raw_columns(cursor, resource_id)
    cursor.execute(
        sql.SQL("""SELECT q.* FROM unnest(%s::text[]) s(stream) CROSS JOIN LATERAL (
            SELECT {columns} FROM {table} t WHERE t.stream = s.stream AND t.time <= now() + {ahead}::interval
            ORDER BY t.time DESC LIMIT 1) q""").format(
            columns=sql.SQL(", ").join(sql.Identifier("t", name) for name in columns),
            table=tables.name(resource_id),
            ahead=sql.Literal(AHEAD),
        ),
        (list(streams),),
    )
    return {row[0]: dict(zip(columns, row, strict=True)) for row in cursor.fetchall()}


def extent(cursor: Any, resource_id: str, streams: Sequence[str]) -> dict[str, tuple[datetime, datetime]]:
    """Stream → start of its first quarter with a value, and the time of its last value."""
    cursor.execute(
        sql.SQL("""SELECT s.stream, first.bucket, last.last_time FROM unnest(%s::text[]) s(stream)
            CROSS JOIN LATERAL (SELECT bucket FROM {rollup} WHERE resource_id = %s AND step = '15m' AND stream = s.stream
                                ORDER BY bucket LIMIT 1) first
            CROSS JOIN LATERAL (SELECT last_time FROM {rollup} WHERE resource_id = %s AND step = '15m' AND stream = s.stream
                                AND last_time IS NOT NULL ORDER BY bucket DESC LIMIT 1) last""").format(rollup=ROLLUP),
        (list(streams), resource_id, resource_id),
    )
    return {row[0]: (row[1], row[2]) for row in cursor.fetchall()}


def version(cursor: Any, resources: Sequence[str]) -> list[tuple[str, int]]:
    """How often each table has changed."""
    query = sql.SQL("SELECT resource_id, version FROM {0} WHERE resource_id = ANY(%s) ORDER BY 1").format(tables.VERSION)
    cursor.execute(query, (list(resources),))
    return cursor.fetchall()


def arrived(cursor: Any, resource_id: str, streams: Sequence[str] | None, after: int, limit: int) -> list[dict[str, Any]]:
    """Rows that came (or were corrected) after row number ``after``, in the order in which they came, with ``_id``."""
    columns = ["_id", *_raw_columns(cursor, resource_id)]
    cursor.execute(
        sql.SQL("""SELECT {columns} FROM {table} WHERE _id > %s AND (%s::text[] IS NULL OR stream = ANY(%s))
                   ORDER BY _id LIMIT %s""").format(
            columns=sql.SQL(", ").join(map(sql.Identifier, columns)), table=tables.name(resource_id)
        ),
        (after, *[None if streams is None else list(streams)] * 2, limit),
    )
    return [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]


def newest(cursor: Any, resource_id: str) -> int:
    """The number of the row that came last; 0 in an empty table."""
    cursor.execute(sql.SQL("SELECT coalesce(max(_id), 0) FROM {0}").format(tables.name(resource_id)))
    return cursor.fetchone()[0]


def _raw_columns(cursor: Any, resource_id: str) -> list[str]:
    return [name for name in tables.types(cursor, resource_id) if name not in DESCRIBING]


def _columns(cursor: Any, question: Question, resources: Sequence[str]) -> tuple[list[str], dict[str, Any]]:
    """Names of the columns of the answer, and for each table that is there what reads from it."""
    if question.interval != "raw":
        columns = ["resource", "stream", "time", *question.aggregates]
        return columns, {resource_id: _rollups(cursor, question, resource_id) for resource_id in resources}
    there = {resource_id: _raw_columns(cursor, resource_id) for resource_id in resources}
    there = {resource_id: names for resource_id, names in there.items() if {"stream", "time"} <= set(names)}
    names = list(dict.fromkeys(["stream", "time", *(name for found in there.values() for name in found)]))
    return ["resource", *names], {resource_id: _raw(cursor, resource_id, names, found) for resource_id, found in there.items()}


def _raw(cursor: Any, resource_id: str, names: Sequence[str], there: Sequence[str]) -> Any:
    cells = [sql.Identifier("t", name) if name in there else sql.SQL("NULL::text") for name in names]
    inner = sql.SQL("""SELECT {resource}, {cells} FROM {table} t WHERE t.stream = s.stream AND t.time {{over}} %s AND t.time < %s
                       ORDER BY t.time LIMIT %s""").format(
        resource=_literal(cursor, resource_id), cells=sql.SQL(", ").join(cells), table=tables.name(resource_id)
    )
    return _reader(cursor, inner)


def _rollups(cursor: Any, question: Question, resource_id: str) -> Any:
    resource, step = _literal(cursor, resource_id), _literal(cursor, question.interval)
    cells = {
        "count": sql.SQL("r.count"), "mean": sql.SQL(_MEAN), "min": sql.SQL("r.least"), "max": sql.SQL("r.greatest"),
        "last": sql.SQL("r.last"), "state": sql.SQL("r.last_text"),
        "share": sql.SQL(_SHARE).format(states=STATES, resource=resource, step=step),
    }  # fmt: skip
    inner = sql.SQL("""SELECT {resource}, r.stream, r.bucket, {cells} FROM {rollup} r WHERE r.resource_id = {resource}
                       AND r.step = {step} AND r.stream = s.stream AND r.bucket {{over}} %s AND r.bucket < %s
                       ORDER BY r.bucket LIMIT %s""").format(
        resource=resource, step=step, rollup=ROLLUP, cells=sql.SQL(", ").join(cells[name] for name in question.aggregates)
    )
    share = 3 + question.aggregates.index("share") if "share" in question.aggregates else None
    return _reader(cursor, inner, share)


def _reader(cursor: Any, inner: sql.Composed, share: int | None = None) -> Any:
    """What reads rows of streams in their order, from ``(time, included)`` on. ``share``: which column is JSON."""

    def read(streams: Sequence[str], since: tuple[datetime, bool], until: datetime, limit: int) -> list[tuple[Any, ...]]:
        ranged = inner.as_string(cursor).replace("{over}", ">=" if since[1] else ">")
        cursor.execute(
            f"""SELECT q.* FROM unnest(%s::text[]) WITH ORDINALITY s(stream, n) CROSS JOIN LATERAL ({ranged}) q
                ORDER BY s.n, 3 LIMIT %s""",  # noqa: S608 - composed above
            (list(streams), since[0], until, limit, limit),
        )
        rows = cursor.fetchall()
        if share is None:
            return rows
        # the DataStore's connections give JSON as text
        return [(*row[:share], json.loads(row[share]) if row[share] else None, *row[share + 1 :]) for row in rows]

    return read


def _chunks(cursor: Any, question: Question, resource_id: str, after: Position | None) -> Iterator[tuple[list[str], tuple[datetime, bool]]]:
    """Series in their order, in growing groups, each with the time from which to read. The one that a page ended in goes on alone."""
    since, among, size, last = (question.since or _BOUNDS[0], True), question.streams[resource_id], 1, None
    if after is not None:
        last = after.stream
        yield [last], (after.time, False)
    where = tables.name(resource_id), "true", ()
    if question.interval != "raw":
        where = ROLLUP, "resource_id = %s AND step = %s", (resource_id, question.interval)
    while found := _walk(cursor, *where, among, last, size):
        yield found, since
        last, size = found[-1], min(size * 4, 256)


def _walk(
    cursor: Any, table: sql.Identifier, condition: str, parameters: Sequence[Any], among: Sequence[str] | None, after: str | None,
    limit: int | None,
) -> list[str]:  # fmt: skip
    """Distinct streams of a table in their order, without reading its rows: from one to the next by the index."""
    if among is not None:
        query = sql.SQL("""SELECT DISTINCT s FROM unnest(%s::text[]) s WHERE (%s::text IS NULL OR s > %s)
                           AND EXISTS (SELECT FROM {table} t WHERE {condition} AND t.stream = s) ORDER BY s LIMIT %s""")
        given = (list(among), after, after, *parameters, limit)
    else:
        query = sql.SQL("""WITH RECURSIVE walk(stream) AS (
            (SELECT min(stream) FROM {table} WHERE {condition} AND (%s::text IS NULL OR stream > %s))
            UNION ALL SELECT (SELECT min(stream) FROM {table} WHERE {condition} AND stream > walk.stream) FROM walk
            WHERE walk.stream IS NOT NULL) SELECT stream FROM walk WHERE stream IS NOT NULL LIMIT %s""")
        given = (*parameters, after, after, *parameters, limit)
    cursor.execute(query.format(table=table, condition=sql.SQL(condition)), given)
    return [row[0] for row in cursor.fetchall()]


def _literal(cursor: Any, text: str) -> sql.SQL:
    """A text within SQL that is given parameters."""
    found = sql.Literal(text).as_string(cursor)
    return sql.SQL(found.replace("%", "%%"))

"""What the DataStore says of bays: whether they are free at a time, and how long they were at others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from psycopg2 import sql

from .. import tables
from ..tables import STATES

#: How long a value speaks for what follows it: where its source promises one every so many seconds, until some have failed to
#: come; else for a day, as in rollups.
_MISSED, _AT_LEAST, _WITHOUT = 4, timedelta(hours=1), timedelta(hours=24)


@dataclass(frozen=True)
class Words:
    """What the states of a bay are called, in small letters: "frei", "0"."""

    free: tuple[str, ...]
    taken: tuple[str, ...]

    def says(self, state: str | None) -> bool | None:
        """Whether a bay in this state is free; None: that is not known."""
        said = (state or "").strip().lower()
        return True if said in self.free else False if said in self.taken else None


@dataclass(frozen=True)
class Seen:
    """The state at a time: since when it was said, and whether a later value is there (until then it may still change)."""

    state: str | None
    since: datetime
    settled: bool


def patience(interval_seconds: int | None) -> timedelta:
    """How long a value of a series speaks for what follows it."""
    return max(_MISSED * timedelta(seconds=interval_seconds), _AT_LEAST) if interval_seconds else _WITHOUT


def states(cursor: Any, resource_id: str, moments: Sequence[tuple[str, datetime]], now: datetime) -> dict[tuple[str, datetime], Seen]:
    """(series, time) → its state then, as far as is known at ``now``: of later rows nothing is seen."""
    types = tables.types(cursor, resource_id)
    if not moments or "value" not in types:
        return {}
    said = sql.SQL("coalesce(v.value_text, v.value::text)" if "value_text" in types else "v.value::text")
    cursor.execute(
        sql.SQL("""SELECT s.stream, s.moment, found.state, found.time, found.time = s.moment OR EXISTS (
                SELECT FROM {table} n WHERE n.stream = s.stream AND n.time > s.moment AND n.time <= %s)
            FROM unnest(%s::text[], %s::timestamptz[]) s(stream, moment) CROSS JOIN LATERAL (
                SELECT {said} AS state, v.time FROM {table} v WHERE v.stream = s.stream AND v.time <= s.moment
                ORDER BY v.time DESC LIMIT 1) found""").format(table=tables.name(resource_id), said=said),
        (now, [stream for stream, _ in moments], [moment for _, moment in moments]),
    )
    return {(row[0], row[1]): Seen(*row[2:]) for row in cursor.fetchall()}


def seconds(
    cursor: Any, resource_id: str, streams: Sequence[str], quarters: Mapping[datetime, Sequence[datetime]], words: Words
) -> dict[tuple[str, datetime], tuple[float, float]]:
    """(series, target) → seconds in which it was free and taken in the quarters of that target, from rollups."""
    pairs = [(target, quarter) for target, starts in quarters.items() for quarter in starts]
    # each quarter is found by the index, however many are kept
    cursor.execute("SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off; SET LOCAL enable_seqscan = off")
    cursor.execute(
        sql.SQL("""SELECT s.stream, q.target, coalesce(sum(r.seconds) FILTER (WHERE lower(r.state) = ANY(%s)), 0),
                   coalesce(sum(r.seconds) FILTER (WHERE lower(r.state) = ANY(%s)), 0)
            FROM unnest(%s::text[]) s(stream) CROSS JOIN unnest(%s::timestamptz[], %s::timestamptz[]) q(target, bucket)
            JOIN {states} r ON r.resource_id = %s AND r.step = '15m' AND r.stream = s.stream AND r.bucket = q.bucket
            GROUP BY 1, 2""").format(states=STATES),
        (list(words.free), list(words.taken), list(streams), [pair[0] for pair in pairs], [pair[1] for pair in pairs], resource_id),
    )
    return {(row[0], row[1]): (float(row[2]), float(row[3])) for row in cursor.fetchall()}

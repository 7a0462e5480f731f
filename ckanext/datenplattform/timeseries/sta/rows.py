"""Observations: pages of rows of some series, by an index from the place where the last page ended.

Sorted by series and time where nothing else is asked for; by time over many series, each of them is read by its index and the
results are merged. Nothing is passed over by counting but what a reader asks for by ``$skip``.
"""

from __future__ import annotations

import json
import time as clock
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from psycopg2 import sql

from ...core.i18n import N_
from .. import query, tables
from .catalogue import Series
from .conditions import condition
from .filters import Expression, Refused

#: Rows that may be looked at to sort by time over many series.
MOST_MERGED = 500_000
_CHUNK = 256
# what Python can hold
_BOUNDS = "t.time >= '0002-01-01T00:00:00Z' AND t.time < '9999-12-31T00:00:00Z'"
_EXTENT = sql.SQL("""SELECT s.stream, a.time, z.time FROM unnest(%s::text[]) s(stream)
    CROSS JOIN LATERAL (SELECT t.time FROM {table} t WHERE t.stream = s.stream AND {bounds} ORDER BY t.time LIMIT 1) a
    CROSS JOIN LATERAL (SELECT t.time FROM {table} t WHERE t.stream = s.stream AND {bounds} ORDER BY t.time DESC LIMIT 1) z""")

TOO_MANY = N_("These are too many series to sort by time at once. Please ask for the measurements of one series, or without $orderby.")


class Position(NamedTuple):
    """Of the last row that was read."""

    resource_id: str
    stream: str
    time: datetime

    @property
    def key(self) -> tuple[str, str]:
        """Of its series."""
        return self.resource_id, self.stream


@dataclass(frozen=True)
class Asked:
    """Of which series (sorted by their keys) which rows. ``descending``: None: by series and time; else by time."""

    series: Sequence[Series]
    where: Expression | None = None
    descending: bool | None = None
    # rows of the place of the series only, not those with a place of their own
    at_place: bool = False


Row = tuple[Series, dict[str, Any]]


class Reader:
    """Reads within one transaction and a time. ``seconds``: for all its questions together."""

    def __init__(self, cursor: Any, seconds: float) -> None:
        self.cursor = cursor
        self._until = clock.monotonic() + seconds
        self._types: dict[str, Mapping[str, str]] = {}
        self._extents: dict[str, dict[str, tuple[datetime, datetime]]] = {}

    def page(self, asked: Asked, after: Position | None, limit: int) -> tuple[list[Row], bool]:
        """At most ``limit`` rows after a position, and whether there are more."""
        if asked.descending is None or len(asked.series) == 1:
            found = self._by_series(asked, after, limit + 1)
        else:
            found = self._by_time(asked, after, limit + 1)
        return found[:limit], len(found) > limit

    def count(self, asked: Asked) -> int:
        """How many rows there are."""
        total = 0
        for resource_id, series in _by_table(asked.series):
            where, values = self._where(asked, resource_id)
            statement = sql.SQL("SELECT count(*) FROM {table} t WHERE t.stream = ANY(%s) AND {where}").format(
                table=tables.name(resource_id), where=where
            )
            total += self._rows(statement, ([each.stream for each in series], *values))[0][0]
        return total

    def one(self, series: Series, moment: datetime) -> dict[str, Any] | None:
        """The row of a series and a time."""
        names = self._names(series.resource_id)
        statement = sql.SQL("SELECT {cells} FROM {table} t WHERE t.stream = %s AND t.time = %s").format(
            cells=_cells(names), table=tables.name(series.resource_id)
        )
        found = self._rows(statement, (series.stream, moment))
        return _row(names, found[0]) if found else None

    def extent(self, series: Sequence[Series]) -> dict[Series, tuple[datetime, datetime]]:
        """The first and the last time of each that has rows."""
        for resource_id, those in _by_table(series):
            known = self._extents.setdefault(resource_id, {})
            missing = [each.stream for each in those if each.stream not in known]
            if missing:
                statement = _EXTENT.format(table=tables.name(resource_id), bounds=sql.SQL(_BOUNDS))
                rows = self._rows(statement, (missing,))
                known |= {row[0]: (row[1], row[2]) for row in rows}
        return {each: times for each in series if (times := self._extents[each.resource_id].get(each.stream))}

    # -- inside ------------------------------------------------------------------------------------------------------

    def _by_series(self, asked: Asked, after: Position | None, limit: int) -> list[Row]:
        found: list[Row] = []
        start = 0
        if after is not None:
            start = bisect_right([each.key for each in asked.series], after.key)
            here = [each for each in asked.series[:start] if each.key == after.key]
            found += self._group(asked, here, limit, beyond=after.time)
        for group in _groups(asked.series[start:]):
            if len(found) >= limit:
                break
            found += self._group(asked, group, limit - len(found))
        return found

    def _by_time(self, asked: Asked, after: Position | None, limit: int) -> list[Row]:
        if len(asked.series) * limit > MOST_MERGED:
            raise Refused(501, TOO_MANY)
        found: list[Row] = []
        for _, group in _by_table(asked.series):
            found += self._group(asked, group, limit, after=after)
        # stable: of one moment the series come in their order
        found.sort(key=lambda row: row[1]["time"], reverse=bool(asked.descending))
        return found[:limit]

    def _group(
        self, asked: Asked, group: Sequence[Series], limit: int, beyond: datetime | None = None, after: Position | None = None
    ) -> list[Row]:  # fmt: skip
        """Rows of series of one table: by series and time, beyond a time; or by time, after a position."""
        if not group or limit <= 0:
            return []
        resource_id = group[0].resource_id
        names, (where, values) = self._names(resource_id), self._where(asked, resource_id)
        turn, than = (sql.SQL("DESC"), "<") if asked.descending else (sql.SQL("ASC"), ">")
        order, bounds = [sql.SQL("s.n"), sql.SQL("q.time {0}").format(turn)], sql.SQL("true")
        given: list[Any] = []
        if beyond is not None:
            bounds, given = sql.SQL(f"t.time {than} %s"), [beyond]
        elif after is not None:
            # of the very moment those series that come later
            passed = bisect_right([each.key for each in group], after.key)
            bounds, given = sql.SQL(f"t.time {than}= %s AND (t.time {than} %s OR s.n > %s)"), [after.time, after.time, passed]
        if asked.descending is not None:
            order.reverse()
        statement = sql.SQL("""SELECT s.n, q.* FROM unnest(%s::text[]) WITH ORDINALITY s(stream, n) CROSS JOIN LATERAL (
            SELECT {cells} FROM {table} t WHERE t.stream = s.stream AND {bounds} AND {where} ORDER BY t.time {turn} LIMIT %s) q
            ORDER BY {order} LIMIT %s""").format(
            cells=_cells(names), table=tables.name(resource_id), bounds=bounds, where=where, turn=turn, order=sql.SQL(", ").join(order)
        )
        rows = self._rows(statement, ([each.stream for each in group], *given, *values, limit, limit))
        return [(group[row[0] - 1], _row(names, row[1:])) for row in rows]

    def _where(self, asked: Asked, resource_id: str) -> tuple[sql.Composable, list[Any]]:
        types = self._types_of(resource_id)
        place = sql.SQL(_BOUNDS + (" AND t.geometry IS NULL" if asked.at_place and "geometry" in types else ""))
        if asked.where is None:
            return place, []
        found, values = condition(asked.where, types, resource_id)
        return place + sql.SQL(" AND ") + found, values

    def _types_of(self, resource_id: str) -> Mapping[str, str]:
        if resource_id not in self._types:
            self._types[resource_id] = query.tables.types(self.cursor, resource_id)
        return self._types[resource_id]

    def _names(self, resource_id: str) -> list[str]:
        """Columns that say something of the row, not of its series."""
        describing = query.DESCRIBING - {"result_time"}
        return [name for name in self._types_of(resource_id) if name not in describing and name != "stream"]

    def _rows(self, statement: sql.Composed, values: Sequence[Any]) -> list[tuple[Any, ...]]:
        if clock.monotonic() > self._until:
            raise query.TooSlow
        self.cursor.execute(statement, values)
        return self.cursor.fetchall()


def _cells(names: Sequence[str]) -> sql.Composed:
    return sql.SQL(", ").join(sql.Identifier("t", name) for name in names)


def _row(names: Sequence[str], cells: Sequence[Any]) -> dict[str, Any]:
    row = dict(zip(names, cells, strict=True))
    if isinstance(row.get("geometry"), str):
        # the DataStore's connections give JSON as text
        row["geometry"] = json.loads(row["geometry"])
    return row


def _by_table(series: Sequence[Series]) -> Iterator[tuple[str, list[Series]]]:
    grouped: dict[str, list[Series]] = {}
    for each in series:
        grouped.setdefault(each.resource_id, []).append(each)
    yield from grouped.items()


def _groups(series: Sequence[Series]) -> Iterator[list[Series]]:
    """Series of one table each time, in growing groups: mostly the first fills a page."""
    for _, those in _by_table(series):
        at, size = 0, 1
        while at < len(those):
            yield those[at : at + size]
            at, size = at + size, min(size * 4, _CHUNK)
